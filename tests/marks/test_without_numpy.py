"""`app.marks` holds what every part imports, and so it must not bring numpy along."""

import subprocess
import sys
from pathlib import Path

MARKS = Path(__file__).parents[2] / "app" / "marks"
IMPORTS = """
import importlib, sys
sys.modules["numpy"] = None
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def test_every_module_of_marks_can_be_imported_where_numpy_cannot():
    names = [f"app.marks.{path.stem}" for path in MARKS.glob("*.py")]

    done = subprocess.run([sys.executable, "-c", IMPORTS, *names], capture_output=True, text=True, check=False)  # noqa: S603 - our own

    assert len(names) > 3
    assert (done.returncode, done.stderr) == (0, "")
