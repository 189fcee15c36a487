"""CPU and memory of the analysis itself, from the stored text to the answer, for exams of several sizes."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.report import Figure

# (scripts, questions, markers, tries): seconds of CPU at most.
SIZES = {(1000, 10, 3, 3): 2.0, (3000, 10, 3, 3): 5.0, (10_000, 10, 3, 3): 15.0, (50, 10, 200, 1): 5.0}
RSS_MEGABYTES = 400
_MEASURE = """
import resource, sys, time
from app.reporting.analyses import analysed_text
text = open(sys.argv[1], "rb").read()
started = time.process_time()
analysed_text(text)
print(time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
"""


def sizes(folder: Path) -> list[Figure]:
    """Each in a process of its own, with numpy's import."""
    found = []
    for size, limit in SIZES.items():
        file = folder / "marks.json"
        file.write_text(stored_text(*size))
        done = subprocess.run([sys.executable, "-c", _MEASURE, str(file)], capture_output=True, text=True, check=True)  # noqa: S603 - fixed code
        seconds, megabytes = map(float, done.stdout.split())
        name = "{} scripts × {} questions × {} markers × {} tries".format(*size)
        found.append(Figure(f"{name}: CPU", seconds, "s", at_most=limit))
        found.append(Figure(f"{name}: RSS", megabytes, "MB", at_most=RSS_MEGABYTES))
    return found


def stored_text(n_scripts: int, n_questions: int, n_markers: int, n_tries: int) -> str:
    """Marks as the store gives them (see `script_marks.sql`)."""
    draw = random.Random(1)  # noqa: S311 - made-up marks
    names = [f"q{i + 1}" for i in range(n_questions)]
    scripts = []
    for script in range(n_scripts):
        human = [draw.randint(0, 8) / 2 for _ in names]
        attempts = [
            [f"made/up-{marker}", t, ",".join(f"{_near(draw, h):g}" for h in human), None, None]
            for marker in range(n_markers)
            for t in range(1, n_tries + 1)
        ]
        about = {"session_id": f"s{script}", "name": f"s{script}", "simulated": False, "human_2": {}, "final": {}}
        scripts.append({**about, "human": dict(zip(names, human, strict=True)), "attempts": attempts})
    questions = [{"question_id": name, "number": i + 1, "max_marks": 4} for i, name in enumerate(names)]
    return json.dumps({"name": "sizes", "questions": questions, "scripts": scripts})


def stored_lines(n_scripts: int, n_questions: int, n_markers: int, n_tries: int) -> Iterator[str]:
    """The same as lines of a file to import, each exam with scripts of its own."""
    stored = json.loads(stored_text(n_scripts, n_questions, n_markers, n_tries))
    for script in stored["scripts"]:
        for marker, try_index, line, _, _ in script["attempts"]:
            for (question, human), mark in zip(script["human"].items(), line.split(","), strict=True):
                yield f"{script['name']},{question},4,{human},{marker},{try_index},{mark}"


def _near(draw: random.Random, human: float) -> float:
    return min(4.0, max(0.0, human + draw.choice((0, 0, 0, 0.5, -0.5))))
