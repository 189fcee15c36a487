"""docs/decisions/README.md: the index of the records beside it."""

import re
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "decisions"
INTRODUCTION = """\
# Decisions

Each record holds one choice that is hard to reverse: its context, the choice, its consequence. A record is never
rewritten. A later record replaces an earlier one and says so. A new record takes the next free number, and `make docs`
adds it to this index.

| number | decision |
| --- | --- |
"""


def index() -> str:
    """The text of the index. Raises ValueError for a record without a heading."""
    records = sorted(FOLDER.glob("[0-9]*.md"))
    return INTRODUCTION + "".join(f"| [{path.name[:4]}]({path.name}) | {_title(path)} |\n" for path in records)


def _title(record: Path) -> str:
    heading = re.match(r"# (?:\d+\. )?(.+)", record.read_text(encoding="utf-8"))
    if heading is None:
        raise ValueError(f"{record} begins with no heading; begin it with '# ' and its title")
    return heading[1]
