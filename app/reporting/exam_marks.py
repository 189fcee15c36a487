"""All marks of an exam or a session, from the store's compact text to arrays. numpy is imported when this module is."""

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.agreement.table import Code, Floats, Marker, MarkRow, MarkTable
from app.mark_tables.model_marks import INVALID, MISSING, NOT_ASKED
from app.marks.model import Question

_STATUS = {MISSING: "missing", INVALID: "invalid"}


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

    def final_marks(self) -> Floats:
        """The marks after review (answers,), NaN where nobody reviewed."""
        return np.array([self.finals.get(answer, math.nan) for answer in self.answers()], float)


def read_exam_marks(text: bytes) -> ExamMarks:
    """The answer of `exam_marks` (see `script_marks.sql`) as arrays."""
    stored = json.loads(text)
    questions = [Question(**row) for row in stored["questions"]]
    scripts = stored["scripts"]
    ids = [question.question_id for question in questions]
    return ExamMarks(
        name=stored["name"],
        table=MarkTable.from_rows(
            questions, _rows(scripts, ids), _humans(scripts, "human", ids), _humans(scripts, "human_2", ids)
        ),
        script_names={script["session_id"]: script["name"] or script["session_id"] for script in scripts},
        finals=_humans(scripts, "final", ids),
        costs=_means(scripts, 3, 1.0),
        seconds=_means(scripts, 4, 0.001),
        simulated=any(script["simulated"] for script in scripts),
    )


def _rows(scripts: Sequence[Mapping[str, Any]], question_ids: Sequence[str]) -> Iterator[MarkRow]:
    for script in scripts:
        for model, try_index, line, _cost, _latency in script["attempts"]:
            for question_id, field in zip(question_ids, line.split(","), strict=True):
                if field == NOT_ASKED:
                    continue
                status = _STATUS.get(field, "marked")
                mark = float(field) if status == "marked" else None
                yield MarkRow(script["session_id"], question_id, model, try_index, mark, status)


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
