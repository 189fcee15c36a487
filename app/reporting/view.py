"""What the sections of the report look at: the input, and the markers in the order of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlsplit

from app.agreement.answer import ExamAgreement, MarkerAgreement
from app.agreement.consensus import over_tries
from app.agreement.correction import MarkerCorrection
from app.agreement.fairness import GroupFairness, fairness
from app.agreement.figures import Evidence, evidence
from app.agreement.ranking import Standing
from app.agreement.review import ReviewQueue
from app.agreement.table import Code, Marker, MarkTable
from app.marks.reasons import Reason
from app.reporting.confusion import Confusion, confusions
from app.reporting.exam_marks import ExamMarks
from app.reporting.grades import Grade, grade
from app.reporting.seed_misses import seed_misses


@dataclass(frozen=True)
class ReportInput:
    """`notes`: of each queued answer {session_id, question_id, marks: [{model_name, try_index, marks_awarded,
    rubric_notes, validation_errors}], reviews: [{mark, reviewer, note, reviewed_at}], hidden}. `json_url`: an http(s)
    address, which becomes a link, or the path below whatever server it is, which is said in words.
    """

    title: str
    kind: Literal["exam", "session"]
    marks: ExamMarks
    agreement: ExamAgreement
    queue: ReviewQueue
    notes: Sequence[dict[str, Any]]
    json_url: str
    generated_at: datetime
    # Of each marker without a usable mark: why, the most frequent reason first.
    causes: Mapping[str, Sequence[Reason]] = field(default_factory=dict)
    # None where nobody asked for them.
    corrections: Sequence[MarkerCorrection] | None = None
    # The address of the server that made the page, for links to the desk and to calls.
    server: str | None = None
    # The answer of `/exams/{id}/bill`; None for a session.
    bill: Mapping[str, Any] | None = None
    # On so many seeds a marker may be outside the tolerance; None: as many as their number allows.
    seed_limit: int | None = None


class View:
    """Markers by grade, then as the leaderboard has them; `number` is a marker's place in that order, from 1."""

    def __init__(self, given: ReportInput) -> None:
        self.input = given
        path = urlsplit(given.json_url).path.removesuffix("agreement")
        # Where this exam or session is on its server; None in a page that may be read without one.
        self.here = None if given.server is None else f"{given.server}{path}"
        self.agreement = given.agreement
        self.table: MarkTable = given.marks.table
        self.marker_of: Mapping[str, Marker] = {marker.name: marker for marker in self.table.markers}
        ranks = {standing.marker: place for place, standing in enumerate(given.agreement.leaderboard)}
        self.seed_misses = seed_misses(self.table, given.marks.seeds, given.seed_limit)
        self.grades = {
            found.marker: grade(found, self.marker_of[found.marker], self.seed_misses.get(found.marker))
            for found in given.agreement.markers
        }
        place = {given: index for index, given in enumerate(Grade)}
        self.markers: list[MarkerAgreement] = sorted(
            given.agreement.markers, key=lambda found: (place[self.grades[found.marker]], ranks.get(found.marker, 0))
        )
        self.number = {found.marker: index for index, found in enumerate(self.markers, start=1)}
        self.standing: Mapping[str, Standing] = {found.marker: found for found in given.agreement.leaderboard}

    @cached_property
    def voices(self) -> Mapping[str, Marker]:
        """Each marker's tries as one mark per answer, the middle one."""
        return {name: over_tries(marker) for name, marker in self.marker_of.items()}

    @cached_property
    def compared(self) -> list[MarkerAgreement]:
        """Those with at least one answer that a human marked too."""
        return [found for found in self.markers if found.overall.figures["exact"].n > 0]

    @cached_property
    def fairness(self) -> Mapping[str, Sequence[GroupFairness]]:
        """By marker; of no group where no script names the group of its student."""
        groups = self.input.marks.groups
        return {name: fairness(self.table, marker, groups) if groups else () for name, marker in self.marker_of.items()}

    @cached_property
    def confusions(self) -> Mapping[str, Confusion]:
        return confusions(self.table)

    @cached_property
    def n_human(self) -> int:
        """Answers that the human marked."""
        return int((self.table.human.codes == Code.MARKED).sum())

    @cached_property
    def evidence(self) -> Evidence:
        """Of the marker that shares most scripts with the human."""
        return evidence(max((found.overall.n_scripts for found in self.markers), default=0))

    @cached_property
    def total_maximum(self) -> float | None:
        """Of a script's total; None where scripts hold different questions."""
        whole = len(self.table.script) == len(self.table.scripts) * len(self.table.questions)
        return sum(question.max_marks for question in self.table.questions) if whole else None

    def script_name(self, script: str) -> str:
        return self.input.marks.script_names.get(script, script)
