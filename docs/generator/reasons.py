"""docs/reasons.md, from the list of reasons in app/marks/reasons.py."""

from app.marks.reasons import Kind, Reason

INTRODUCTION = """\
# Why a mark is missing

Secondmark never invents a mark. A question without a mark has a reason; these are all there are. `/results` and exports
carry the code, `/results/errors/{id}` the code and a sentence. Made from `app/marks/reasons.py` by `make docs`.
"""


def page() -> str:
    """The page as Markdown, one table for each kind of reason."""
    return "\n".join([INTRODUCTION, *(_section(kind) for kind in Kind)])


def _section(kind: Kind) -> str:
    rows = [f"| `{one.value}` | {one.sentence} | {one.advice} |" for one in Reason if one.kind is kind]
    return "\n".join(
        [f"## {kind.value}", "", "| code | what happened | what to do |", "| --- | --- | --- |", *rows, ""]
    )
