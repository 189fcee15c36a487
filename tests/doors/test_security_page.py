"""SECURITY.md judges the versions that are pinned."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_table_of_known_weaknesses_names_the_pinned_versions():
    pinned = dict(re.findall(r"^([\w.-]+)==([^ \\;]+)", (ROOT / "constraints" / "run.txt").read_text(), re.MULTILINE))
    judged = re.findall(r"^\| ([\w-]+) \| ([\d.]+) \|", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)

    assert len(judged) > 5
    assert judged == [(name, pinned[name]) for name, _ in judged]
