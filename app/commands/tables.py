"""The tables and lines in which commands print marks and exams. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from rich.table import Table

from app.commands.words import cost_name, cost_unit

UNMARKED = "–"
ID_WIDTH = 36
DATE_WIDTH = 10

CLOSE = "Close: within the question's tolerance. Bias: model - human."
ENOUGH = "One rank: these scripts show no difference between the markers. "
# As the report has it.
FEW = "Too few scripts: markers get no rank, and QWK is hidden. "

Results = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]


def marks_table(questions: Sequence[Mapping[str, Any]], human: Mapping[str, float], results: Results) -> Table:
    """A row for each question, a column for each marker; a cell holds the tries in order, a dash for a try without a
    mark.
    """
    markers = list(dict.fromkeys(marker for by_marker in results.values() for marker in by_marker))
    table = Table(show_footer=True)
    table.add_column("Question", "Total")
    table.add_column("Max", _number(sum(q["max_marks"] for q in questions)), justify="right")
    maxima = {question["question_id"]: question["max_marks"] for question in questions}
    table.add_column("Human", _total(human, maxima), justify="right")
    for marker in markers:
        table.add_column(marker, _totals(marker, results, maxima), justify="right", overflow="fold")
    for question in questions:
        qid = question["question_id"]
        cells = [_cell(results.get(qid, {}).get(marker, ())) for marker in markers]
        table.add_row(qid, _number(question["max_marks"]), _mark(human.get(qid)), *cells)
    return table


def exam_table(agreement: Mapping[str, Any], *, simulated: bool = False) -> Table:
    """A row for each marker: how often it agrees with the human, its bias, its cost. `simulated`: nobody was paid, also
    where a marker's name does not say so.
    """
    few = all(marker["overall"]["evidence"] == "dots" for marker in agreement["markers"])
    table = Table(caption=f"{n_of(agreement['n_scripts'], 'script')}. {FEW if few else ENOUGH}{CLOSE}")
    table.add_column("Marker", overflow="fold", min_width=20)
    cost = cost_unit((marker["marker"] for marker in agreement["markers"]), simulated=simulated)
    for name in ("Rank", "Same", "Close", "Bias", "QWK", f"{cost}\nper script\nand try"):
        table.add_column(name, justify="right")
    ranks = {row["marker"]: row["rank"] for row in agreement["leaderboard"]}
    for marker in agreement["markers"]:
        overall = marker["overall"]
        unit = "" if overall["unit"] == "marks" else " %"
        cost = marker["cost_usd_per_script"]
        table.add_row(
            marker["marker"],
            _rank(ranks.get(marker["marker"])),
            _share(overall["exact"]),
            _share(overall["within_tolerance"]),
            _value(overall["bias"], "+.1f", unit),
            UNMARKED if overall["evidence"] == "dots" else _value(overall["qwk"], ".2f"),
            UNMARKED if cost is None else f"{cost:.4f}",
        )
    return table


def _rank(rank: int | None) -> str:
    return UNMARKED if rank is None else str(rank)


def _share(figure: Mapping[str, Any]) -> str:
    return UNMARKED if figure["value"] is None else f"{100 * figure['value']:.0f} %"


def _value(figure: Mapping[str, Any], form: str, unit: str = "") -> str:
    return UNMARKED if figure["value"] is None else format(figure["value"], form) + unit


def _cell(tries: Sequence[Mapping[str, Any]]) -> str:
    return "  ".join(_mark(one["marks_awarded"]) for one in tries)


def _totals(marker: str, results: Results, maxima: Mapping[str, float]) -> str:
    """The total of each try."""
    tries: dict[int, dict[str, float]] = {}
    for question_id, by_marker in results.items():
        for one in by_marker.get(marker, ()):
            marks = tries.setdefault(one["try_index"], {})
            if one["marks_awarded"] is not None:
                marks[question_id] = one["marks_awarded"]
    return "  ".join(_total(tries[try_index], maxima) for try_index in sorted(tries))


def _total(marks: Mapping[str, float], maxima: Mapping[str, float]) -> str:
    """The sum of the marks, with the maximum of the marked questions if some are not marked; a dash if there is no
    mark.
    """
    if not marks:
        return UNMARKED
    total = _number(sum(marks.values()))
    return total if len(marks) == len(maxima) else f"{total} of {_number(sum(maxima[name] for name in marks))}"


def reasons(errors: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]) -> Iterator[str]:
    """One line for each problem, with the attempt in front."""
    for marker, tries in errors.items():
        for try_index, found in tries.items():
            for error in found:
                where = f", question {error['question_id']}" if error.get("question_id") else ""
                yield f"{marker}, try {try_index}{where}: {error['message']}"


def _mark(mark: float | None) -> str:
    return UNMARKED if mark is None else _number(mark)


def n_of(n: int, noun: str, plural: str | None = None) -> str:
    """1 script, 2 scripts."""
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def _number(value: float) -> str:
    return f"{value:g}"


def exams_table(exams: Sequence[Mapping[str, Any]]) -> Table:
    """A row for each exam, newest first. The id stands in one line, so that it can be copied into the next command."""
    table = Table()
    table.add_column("Exam", no_wrap=True)
    table.add_column("Made", no_wrap=True)
    table.add_column("Scripts")
    for exam in exams:
        n = exam["sessions"]
        states = {"graded": n["graded"], "failed": n["failed"], "running": n["grading"]}
        said = ", ".join(f"{count} {state}" for state, count in states.items() if count)
        scripts = f"{n['total']}: {said}" if said else str(n["total"])
        named = [*wrap(exam["name"], ID_WIDTH), exam["exam_id"]]
        table.add_row("\n".join(named), exam["created_at"][:DATE_WIDTH], scripts)
    return table


def is_simulated(exam: Mapping[str, Any]) -> bool:
    """Whether the built-in simulator made up all its marks."""
    sessions = [session for session in exam["sessions"] if session["attempts"]["total"]]
    return bool(sessions) and all(session["simulated"] for session in sessions)


def sessions_table(exam: Mapping[str, Any], markers: Sequence[str]) -> Table:
    """A row for each script of an exam, which `markers` marked."""
    table = Table(title=f"{exam['name']} ({exam['exam_id']})", title_justify="left")
    table.add_column("Script", overflow="fold")
    table.add_column("Status")
    for name in ("Pages", "Human marks", "Attempts", "Failed", cost_unit(markers, simulated=is_simulated(exam))):
        table.add_column(name, justify="right")
    for session in exam["sessions"]:
        n = session["attempts"]
        cells = (session["n_student_images"], session["n_human_marks"], f"{n['finished']}/{n['total']}", n["failed"])
        table.add_row(session["name"] or UNMARKED, session["status"], *map(str, cells), f"{session['cost_usd']:.4f}")
    return table


def queue_table(queue: Mapping[str, Any]) -> Table:
    """The answers that a human should look at, most doubtful first."""
    table = Table(caption=f"{len(queue['items'])} of {queue['n_items']} answers")
    table.add_column("Script", overflow="fold")
    for name in ("Question", "Models", "Human", "Final", "Doubt"):
        table.add_column(name, justify="right")
    table.add_column("Why", overflow="fold")
    for item in queue["items"]:
        marks = (_mark(item[name]) for name in ("consensus", "human_mark", "final_mark"))
        why = "drawn at random" if item["sampled"] else "; ".join(item["reasons"])
        table.add_row(item["script"], item["question_id"], *marks, f"{item['doubt']:.2f}", why)
    return table


def estimate_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The estimated cost of a start, for each marker and in total."""
    for marker in found["markers"]:
        yield f"{marker['marker']}: {_calls_and_cost(marker)}"
    yield f"In all: {_calls_and_cost(found)}, some {_duration(found['seconds'])}"
    for model in found["unpriced"]:
        yield f"Note: OpenRouter's list has no price of {model}; the cost is left open."
    for line in found["notes"]:
        yield f"Note: {line}"
    for session in found["not_ready"]:
        yield f"{session['name']} would not start: {session['message']}"


def _calls_and_cost(one: Mapping[str, Any]) -> str:
    cost = one["cost_usd"]
    name = cost_name(marker["marker"] for marker in one.get("markers", [one])).lower()
    said = f"{name} unknown"
    if cost is not None:
        said = f"{name} ${cost['likely']:.2f} (${cost['low']:.2f} to ${cost['high']:.2f})"
    tokens = f"{one['input_tokens']} tokens in, {one['output_tokens']} out"
    return f"{n_of(one['calls'], 'call')}, {tokens}, {said}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 - two minutes
