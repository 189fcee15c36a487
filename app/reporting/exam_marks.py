"""All marks of an exam or a session, from the store's compact text to arrays. numpy is imported when this module is."""

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.agreement.table import Bools, Code, Codes, Floats, Grid, Marker, MarkTable
from app.mark_tables.model_marks import INVALID, MISSING, NOT_ASKED
from app.marks.model import Question

_STATUS = {MISSING: Code.MISSING, INVALID: Code.INVALID}


@dataclass(frozen=True)
class ExamMarks:
    """`table`'s scripts are session ids; `script_names` says what people call them. `finals` are marks after review.

    `costs` (US dollars) and `seconds` are of one try of one script, by marker; imported marks have neither.
    """

    name: str | None
    table: MarkTable
    script_names: Mapping[str, str]
    finals: Mapping[tuple[str, str], float]
    costs: Mapping[str, float]
    seconds: Mapping[str, float]
    # Whether any mark was made up by the simulator, whatever name its model was given.
    simulated: bool = False
    # Of each script that has one: the group of its student.
    groups: Mapping[str, str] = field(default_factory=dict)
    seeds: frozenset[str] = frozenset()
    # By marker: the scripts that it saw with the human's marks. The table holds none of its marks for them.
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def answers(self) -> list[tuple[str, str]]:
        """(script, question_id) of each line of the table."""
        scripts, questions = self.table.scripts, self.table.questions
        lines = zip(self.table.script, self.table.question, strict=True)
        return [(scripts[script], questions[question].question_id) for script, question in lines]

    def by_answer(self, marker: Marker) -> dict[tuple[str, str], float]:
        """The marks of a marker with one try, where there are any."""
        marks = zip(self.answers(), marker.marks[:, 0].tolist(), strict=True)
        return {answer: mark for answer, mark in marks if math.isfinite(mark)}

    def mute(self) -> set[str]:
        """Markers without a single usable mark."""
        return {marker.name for marker in self.table.markers if not (marker.codes == Code.MARKED).any()}

    def examples_json(self) -> dict[str, list[dict[str, str]]]:
        """{session_id, script} of the worked examples of each marker that is here and has any."""
        names = self.script_names.items()
        return {
            marker.name: [{"session_id": one, "script": name} for one, name in names if one in shown]
            for marker in self.table.markers
            if (shown := self.examples.get(marker.name))
        }

    def final_marks(self) -> Floats:
        """The marks after review (answers,), NaN where nobody reviewed."""
        return np.array([self.finals.get(answer, math.nan) for answer in self.answers()], float)


def read_exam_marks(text: bytes) -> ExamMarks:
    """The answer of `exam_marks` (see `script_marks.sql`) as arrays."""
    stored = json.loads(text)
    questions = [Question(**row) for row in stored["questions"]]
    examples = stored.get("examples") or {}
    scripts = _without_examples(stored["scripts"], examples)
    ids = [question.question_id for question in questions]
    return ExamMarks(
        name=stored["name"],
        table=MarkTable.from_grid(questions, [script["session_id"] for script in scripts], _grid(scripts, ids)),
        script_names={script["session_id"]: script["name"] or script["session_id"] for script in scripts},
        finals=_humans(scripts, "final", ids),
        costs=_means(scripts, 3, 1.0),
        seconds=_means(scripts, 4, 0.001),
        simulated=any(script["simulated"] for script in scripts),
        groups={script["session_id"]: script["group"] for script in scripts if script.get("group")},
        seeds=frozenset(script["session_id"] for script in scripts if script.get("seed")),
        examples={marker: tuple(shown) for marker, shown in examples.items()},
    )


def _without_examples(
    scripts: Sequence[Mapping[str, Any]], examples: Mapping[str, Sequence[str]]
) -> Sequence[Mapping[str, Any]]:
    """The scripts without the attempts of markers that saw them with the human's marks."""
    seeing: dict[str, set[str]] = defaultdict(set)
    for marker, shown in examples.items():
        for session_id in shown:
            seeing[session_id].add(marker)
    return [
        {**script, "attempts": [one for one in script["attempts"] if one[0] not in seeing[script["session_id"]]]}
        if script["session_id"] in seeing
        else script
        for script in scripts
    ]


def _grid(scripts: Sequence[Mapping[str, Any]], question_ids: Sequence[str]) -> Grid:
    attempts: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for at, script in enumerate(scripts):
        for model, try_index, line, _cost, _latency in script["attempts"]:
            attempts[model].append((at, try_index, line))
    tries = {model: tuple(sorted({index for _, index, _ in found})) for model, found in attempts.items()}
    shape = (len(scripts), len(question_ids))
    return Grid(
        _human_grid(scripts, "human", question_ids),
        _human_grid(scripts, "human_2", question_ids),
        {model: _marker_grid(found, tries[model], shape) for model, found in attempts.items()},
        tries,
        _doubted(scripts, tries),
    )


def _doubted(scripts: Sequence[Mapping[str, Any]], tries: Mapping[str, tuple[int, ...]]) -> dict[str, Bools]:
    """By marker, where a plan leaves tries out: which (scripts, tries) were made only because others disagreed."""
    sure = [script.get("sure_tries") or {} for script in scripts]
    return {
        marker: np.array([[index > one.get(marker, index) for index in found] for one in sure], bool)
        for marker, found in tries.items()
        if any(marker in one for one in sure)
    }


def _marker_grid(
    attempts: Sequence[tuple[int, int, str]], tries: Sequence[int], shape: tuple[int, int]
) -> tuple[Codes, Floats]:
    """The codes and marks (scripts, questions, tries) of one marker's attempts (script, try, fields)."""
    codes, marks = np.zeros((*shape, len(tries)), np.uint8), np.full((*shape, len(tries)), np.nan)
    if shape[1] == 0:
        return codes, marks
    fields = ",".join(line for _, _, line in attempts).split(",")
    read = {field: _field(field) for field in set(fields)}
    found = np.array([read[field] for field in fields], float).reshape(len(attempts), shape[1], 2)
    place = {try_index: column for column, try_index in enumerate(tries)}
    at, columns = [script for script, _, _ in attempts], [place[index] for _, index, _ in attempts]
    codes[at, :, columns] = found[:, :, 0]
    marks[at, :, columns] = found[:, :, 1]
    return codes, marks


def _field(field: str) -> tuple[int, float]:
    if field == NOT_ASKED:
        return Code.NOT_ASKED, math.nan
    return (_STATUS[field], math.nan) if field in _STATUS else (Code.MARKED, float(field))


def _human_grid(scripts: Sequence[Mapping[str, Any]], name: str, question_ids: Sequence[str]) -> Floats:
    rows = [[script[name].get(question_id) for question_id in question_ids] for script in scripts]
    return np.array(rows, float).reshape(len(scripts), len(question_ids))


def _humans(
    scripts: Sequence[Mapping[str, Any]], name: str, question_ids: Sequence[str]
) -> dict[tuple[str, str], float]:
    known = set(question_ids)
    return {
        (script["session_id"], question_id): mark
        for script in scripts
        for question_id, mark in script[name].items()
        if question_id in known
    }


def _means(scripts: Sequence[Mapping[str, Any]], place: int, unit: float) -> dict[str, float]:
    """The mean of one column of the attempts by marker; attempts that no call was made for have none."""
    found: dict[str, list[float]] = defaultdict(list)
    for script in scripts:
        for attempt in script["attempts"]:
            if attempt[4] is not None and attempt[place] is not None:
                found[attempt[0]].append(attempt[place] * unit)
    return {marker: sum(values) / len(values) for marker, values in found.items()}
