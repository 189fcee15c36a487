"""What `secondmark grade` prints of the marks. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

UNMARKED = "–"

Results = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]


def marks_table(questions: Sequence[Mapping[str, Any]], human: Mapping[str, float], results: Results) -> Table:
    """Questions down, markers across; the tries of a cell in order, a dash where a try gave no mark."""
    markers = list(dict.fromkeys(marker for by_marker in results.values() for marker in by_marker))
    table = Table(show_footer=True)
    table.add_column("Question", "Total")
    table.add_column("Max", _number(sum(q["max_marks"] for q in questions)), justify="right")
    table.add_column("Human", _number(sum(human.values())) if human else "", justify="right")
    for marker in markers:
        table.add_column(marker, _totals(marker, results), justify="right", overflow="fold")
    for question in questions:
        qid = question["question_id"]
        cells = [_cell(results.get(qid, {}).get(marker, ())) for marker in markers]
        table.add_row(qid, _number(question["max_marks"]), _mark(human.get(qid)), *cells)
    return table


def exam_table(agreement: Mapping[str, Any]) -> Table:
    """Markers down: how often each agrees with the human, by how much it is off, what it costs."""
    table = Table(
        caption=f"{agreement['n_scripts']} scripts. Close: within the question's tolerance. Bias: model - human."
    )
    table.add_column("Marker", overflow="fold", min_width=20)
    for name in ("Rank", "Same", "Close", "Bias", "QWK", "$ per script"):
        table.add_column(name, justify="right")
    ranks = {row["marker"]: row["rank"] for row in agreement["leaderboard"]}
    for marker in agreement["markers"]:
        overall = marker["overall"]
        unit = "" if overall["unit"] == "marks" else " %"
        cost = marker["cost_usd_per_script"]
        table.add_row(
            marker["marker"],
            str(ranks.get(marker["marker"], "")),
            _share(overall["exact"]),
            _share(overall["within_tolerance"]),
            _value(overall["bias"], "+.1f", unit),
            _value(overall["qwk"], ".2f"),
            UNMARKED if cost is None else f"{cost:.4f}",
        )
    return table


def _share(figure: Mapping[str, Any]) -> str:
    return UNMARKED if figure["value"] is None else f"{100 * figure['value']:.0f} %"


def _value(figure: Mapping[str, Any], form: str, unit: str = "") -> str:
    return UNMARKED if figure["value"] is None else format(figure["value"], form) + unit


def _cell(tries: Sequence[Mapping[str, Any]]) -> str:
    return "  ".join(_mark(one["marks_awarded"]) for one in tries)


def _totals(marker: str, results: Results) -> str:
    """The total of each try over the questions it marked."""
    sums: dict[int, float] = {}
    for by_marker in results.values():
        for one in by_marker.get(marker, ()):
            sums[one["try_index"]] = sums.get(one["try_index"], 0) + (one["marks_awarded"] or 0)
    return "  ".join(_number(sums[try_index]) for try_index in sorted(sums))


def reasons(errors: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]) -> Iterator[str]:
    """One line for each thing that went wrong, the attempt in front."""
    for marker, tries in errors.items():
        for try_index, found in tries.items():
            for error in found:
                where = f", question {error['question_id']}" if error.get("question_id") else ""
                yield f"{marker}, try {try_index}{where}: {error['message']}"


def _mark(mark: float | None) -> str:
    return UNMARKED if mark is None else _number(mark)


def _number(value: float) -> str:
    return f"{value:g}"
