"""The search for garbage in a process that serves or works: rare, and still made."""

import subprocess
import sys

SCRIPT = """
import gc, weakref
from app.commands.garbage import NEW_OBJECTS, spare_the_living

class Node:
    pass

gc.disable()
spare_the_living()
node = Node()
node.itself, gone = node, weakref.ref(node)
del node
live = [[] for _ in range(NEW_OBJECTS // 2)]
rarely = gone() is not None
live += [[] for _ in range(NEW_OBJECTS)]
print(gc.isenabled(), gc.get_freeze_count() > 1000, rarely, gone() is None)
"""


def test_circles_of_objects_are_found_though_rarely_and_what_was_there_before_is_passed_over():
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60)  # noqa: S603

    assert told.stdout.split() == ["True", "True", "True", "True"], told.stderr
