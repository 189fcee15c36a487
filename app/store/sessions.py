"""Every question the app asks the database: one method each, one SQL function each, over either transport."""

from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import uuid4

from app.marks.model import CallStatus, Image, Question, Role, SessionStatus, Stage
from app.marks.rows import SeedRow, SessionResults, SessionTemplate
from app.store.base import LEASE_SECONDS, DailyLimits, Row, StoreBase
from app.store.records import AttemptRow, ExampleCandidates, ExampleScript, TemplateRow
from app.store.runs import (
    CallKey,
    ClaimedRun,
    GradingInputs,
    Lease,
    Outcome,
    PlannedCall,
    RunSummary,
    StoredCall,
)
from app.store.storable import storable
from app.store.transport import DataError, unavailable


class Store(StoreBase):
    """Sessions and their grading."""

    async def ping(self) -> None:
        """Raises UpstreamUnavailableError unless the database answers within two seconds."""
        if not await self._transport.ping():
            raise unavailable()

    async def create_session(self, **fields: str | None) -> Row:
        """{session_id, status} of a new session; fields as in `POST /sessions`."""
        return dict(await self._ask("create_session", session_id=str(uuid4()), **fields))

    async def sessions(self, *, limit: int, before: str | None) -> list[Row]:
        return list(await self._ask("list_sessions", limit=limit, before=before))

    async def session_progress(self, session_id: str) -> bytes:
        """The polled object as JSON text, ready for the wire."""
        return await self._ask_text("session_progress", session_id=session_id)

    async def rename_session(self, session_id: str, name: str) -> None:
        await self._ask("rename_session", session_id=session_id, name=name)

    async def session_files(self, session_id: str) -> list[str]:
        """The storage paths that no other session uses; none for a session that does not exist."""
        return list(await self._ask("session_files", session_id=session_id))

    async def delete_session(self, session_id: str) -> list[str] | None:
        """Delete all rows, and return the files that they named; None if there was no session."""
        answer = await self._ask("delete_session", session_id=session_id)
        return list(answer["files"]) if answer["deleted"] else None

    async def register_pages(
        self,
        *,
        session_id: str,
        role: Role,
        order_index: int,
        pages: Sequence[tuple[str, str | None]],
        source_path: str | None = None,
    ) -> None:
        """Add (url, storage_path) of each page from `order_index` on. `source_path`: the upload they were made of."""
        await self._ask(
            "register_pages",
            session_id=session_id,
            role=role.value,
            order_index=order_index,
            source_path=source_path,
            pages=[{"url": url, "storage_path": path} for url, path in pages],
        )

    async def order_images(self, session_id: str, role: Role, image_ids: Sequence[str]) -> None:
        await self._ask("order_images", session_id=session_id, role=role.value, image_ids=list(image_ids))

    async def replace_image(
        self, session_id: str, image_id: str, *, url: str, storage_path: str | None, source_path: str | None
    ) -> list[str]:
        """Put another page in an image's place, and return the files that no image names any more."""
        answer = await self._ask(
            "replace_image",
            session_id=session_id,
            image_id=image_id,
            url=url,
            storage_path=storage_path,
            source_path=source_path,
        )
        return list(answer["files"])

    async def delete_image(self, session_id: str, image_id: str) -> list[str]:
        """Remove one image, and return the files that no image names any more."""
        return list((await self._ask("delete_image", session_id=session_id, image_id=image_id))["files"])

    async def images(self, session_id: str) -> list[Row]:
        """{image_id, role, url, order_index, storage_path, source_path}, students' pages first, each role in order."""
        return list(await self._ask("session_images", session_id=session_id))

    async def configure_questions(
        self,
        session_id: str,
        questions: Sequence[Row],
        human_marks_by_qid: Mapping[str, float],
        human_marks_2_by_qid: Mapping[str, float] | None = None,
    ) -> None:
        await self._ask(
            "configure_questions",
            session_id=session_id,
            questions=list(questions),
            human_marks_by_qid=dict(human_marks_by_qid),
            human_marks_2_by_qid=dict(human_marks_2_by_qid or {}),
        )

    async def questions(self, session_id: str) -> Row:
        """{questions, human_marks_by_qid, human_marks_2_by_qid}"""
        return dict(await self._ask("session_questions", session_id=session_id))

    async def grading_inputs(self, session_id: str) -> GradingInputs:
        row = await self._ask("grading_inputs", session_id=session_id)
        return GradingInputs(
            row["plan"],
            row["default_tries"],
            row["inputs_version"],
            _questions(row["questions"]),
            _images(row["images"]),
            row["templates"],
            row["marked_by"],
            row["seeds"],
        )

    async def example_candidates(self, scope: Mapping[str, str]) -> ExampleCandidates:
        """{exam_id, scripts: [{session_id, seed, human}], chosen: {marker: [session ids]}} of an exam, or of the exam
        of a session: the scripts with pages and human marks, and the examples that the markers have now.
        """
        found: ExampleCandidates = await self._ask("example_candidates", **scope)
        return found

    async def example_scripts(self, scope: Mapping[str, str], examples: Sequence[str]) -> list[ExampleScript]:
        """{session_id, questions, images, human} of each of these sessions that has the same owner as `scope`."""
        return list(await self._ask("example_scripts", **scope, examples=list(examples)))

    async def start_grading(
        self,
        session_id: str,
        *,
        plan: Row,
        default_tries: int,
        calls: Sequence[PlannedCall],
        inputs_version: int,
        force: bool,
        daily: DailyLimits | None = None,
    ) -> Literal["started", "joined", "stale"]:
        """Store every pending call and the status `grading`.

        Raises ConflictError for another plan while grading, RateLimitedError beyond a limit of the owner for one day.
        """
        answer = await self._ask(
            "start_grading",
            session_id=session_id,
            plan=plan,
            default_tries=default_tries,
            force=force,
            inputs_version=inputs_version,
            calls=_planned(calls),
            **(daily.as_json() if daily else {}),
        )
        outcome: Literal["started", "joined", "stale"] = answer["outcome"]
        return outcome

    async def unclaimed_sessions(self) -> list[str]:
        return list(await self._ask("unclaimed_sessions"))

    async def claim_session(self, session_id: str, lease_owner: str) -> ClaimedRun | None:
        """Take the lease and return the run; None if the session is not in grading or another process holds it."""
        row = await self._ask(
            "claim_session", session_id=session_id, lease_owner=lease_owner, lease_seconds=LEASE_SECONDS
        )
        return None if row is None else claimed_run(row)

    async def budget_spent(self, session_id: str) -> float:
        """The stored cost, in US dollars, of all runs under this session's limit on cost."""
        return float(await self._ask("budget_spent", session_id=session_id))

    async def calls_to_make(self, session_id: str, calls: Sequence[PlannedCall], *, force: bool) -> set[CallKey]:
        """Which calls of a plan a start would make; the others are complete."""
        rows = await self._ask("calls_to_make", session_id=session_id, calls=_planned(calls), force=force)
        return {CallKey(model_name, try_index, Stage(stage)) for model_name, try_index, stage in rows}

    async def renew_lease(
        self, session_id: str, lease_owner: str, *, running: Sequence[CallKey], waiting: Sequence[CallKey]
    ) -> Lease:
        row = await self._ask(
            "renew_lease",
            session_id=session_id,
            lease_owner=lease_owner,
            lease_seconds=LEASE_SECONDS,
            running=[key.as_json() for key in running],
            waiting=[key.as_json() for key in waiting],
        )
        return Lease(row["held"], row["stop_reason"])

    async def release_lease(self, session_id: str, lease_owner: str) -> None:
        await self._ask("release_lease", session_id=session_id, lease_owner=lease_owner)

    async def record_calls(self, session_id: str, run: int, outcomes: Sequence[Outcome]) -> int:
        """Store finished calls with their marks, and return how many were stored. The first writer of a call wins."""
        try:
            return await self._record(session_id, run, outcomes)
        except DataError:
            # Hardly any answer holds what jsonb refuses: looking through each of them first would cost more than the
            # calls that store them.
            return await self._record(session_id, run, [_storable_outcome(outcome) for outcome in outcomes])

    async def _record(self, session_id: str, run: int, outcomes: Sequence[Outcome]) -> int:
        answer = await self._ask("record_calls", session_id=session_id, run=run, outcomes=list(outcomes))
        return int(answer["recorded"])

    async def stored_answers(self, session_id: str) -> Row:
        """{status, failure_reason, run, plan, marked_by, questions, calls, rubrics}: every finished call with its
        replies, and every failed rubric call.
        """
        return dict(await self._ask("stored_answers", session_id=session_id))

    async def record_reread(
        self, session_id: str, run: int, calls: Sequence[Outcome], rubrics: Sequence[Row], *, graded: bool
    ) -> int:
        """Store marks and criteria that were read anew; how many assessment calls changed. ConflictError while the
        session is being graded.
        """
        answer = await self._ask(
            "record_reread",
            session_id=session_id,
            run=run,
            calls=storable(list(calls)).value,
            rubrics=storable(list(rubrics)).value,
            graded=graded,
        )
        return int(answer["changed"])

    async def leave_out_tries(self, session_id: str, lease_owner: str, tries: Sequence[tuple[str, int]]) -> None:
        """Take these tries (marker, try) out of the plan of the current run, as far as nobody began them."""
        given = [list(one) for one in tries]
        await self._ask("leave_out_tries", session_id=session_id, lease_owner=lease_owner, tries=given)

    async def run_summary(self, session_id: str) -> RunSummary:
        return RunSummary(**await self._ask("run_summary", session_id=session_id))

    async def finish_session(
        self, session_id: str, lease_owner: str, status: SessionStatus, failure_reason: str | None
    ) -> bool:
        row = await self._ask(
            "finish_session",
            session_id=session_id,
            lease_owner=lease_owner,
            status=status.value,
            failure_reason=failure_reason,
        )
        return bool(row["finished"])

    async def seed_runs(self, session_ids: Sequence[str], *, current: bool) -> list[SeedRow]:
        """Marks of seeds by run, marker and try (see `seed_runs.sql`); `current`: of the current run alone."""
        return list(await self._ask("seed_runs", session_ids=list(session_ids), current=current))

    async def session_results(self, session_id: str, run: int | None = None) -> SessionResults:
        """{status, run, questions, human_marks_by_qid, calls, results} of the current plan."""
        found: SessionResults = await self._ask("session_results", session_id=session_id, run=run)
        return found

    async def cancel_session(self, session_id: str, reason: str) -> str | None:
        """Tell the process that runs the session to stop, or end the run. Raises ConflictError if nothing runs.

        Gives a lease owner where nobody works on the run and it has too many calls to close while a client waits: the
        caller then calls `finish_session` under that name.
        """
        answer = await self._ask("cancel_session", session_id=session_id, reason=reason)
        lease_owner: str | None = answer["lease_owner"]
        return lease_owner

    async def session_attempts(self, session_id: str) -> tuple[str | None, list[AttemptRow]]:
        """When the session was started, and its attempts, finished ones first."""
        found = await self._ask("session_attempts", session_id=session_id)
        return found["started_at"], found["attempts"]

    async def session_template(self, session_id: str) -> SessionTemplate:
        """{name, exam_id, plan, default_tries, questions, human_marks_by_qid, images, templates}"""
        found: SessionTemplate = await self._ask("session_template", session_id=session_id)
        return found

    async def prompt_templates(self, kind: Stage, scope: Mapping[str, str] | None = None) -> list[TemplateRow]:
        """The owner's templates and the common ones. With a key: those of the owner of `scope`."""
        return list(await self._ask("prompt_templates", kind=kind.value, **scope or {}))

    async def put_prompt_template(self, kind: Stage, name: str, **texts: str | None) -> None:
        await self._ask("put_prompt_template", kind=kind.value, name=name, **texts)

    async def delete_prompt_template(self, kind: Stage, name: str) -> None:
        await self._ask("delete_prompt_template", kind=kind.value, name=name)

    async def seen_as_example_by(self, session_id: str) -> list[str]:
        """The markers that saw the session with the human's marks: its marks by them are in no figure."""
        shown = dict(await self._ask("shown_examples", session_id=session_id))
        return sorted(marker for marker, scripts in shown.items() if session_id in scripts)

    async def save_stats(self, session_id: str, totals: Row, discrepancies_by_model_try: Row) -> None:
        await self._ask(
            "save_stats",
            session_id=session_id,
            totals=totals,
            discrepancies_by_model_try=discrepancies_by_model_try,
        )


def claimed_run(row: Row) -> ClaimedRun:
    """A claim of a session, or of a portion of it, as the database gives it."""
    return ClaimedRun(
        row["session_id"],
        row["run"],
        row["plan"],
        row["stop_reason"],
        _questions(row["questions"]),
        _images(row["images"]),
        tuple(_stored_call(call) for call in row["calls"]),
        row["marked_by"],
        row["correlation_id"],
    )


def _planned(calls: Sequence[PlannedCall]) -> list[Row]:
    return [
        {
            "model_name": call.key.model_name,
            "try_index": call.key.try_index,
            "stage": call.key.stage.value,
            "request": call.request,
        }
        for call in calls
    ]


def _questions(rows: Sequence[Row]) -> tuple[Question, ...]:
    return tuple(Question(**row) for row in rows)


def _images(rows: Sequence[Row]) -> tuple[Image, ...]:
    return tuple(Image(**{**row, "role": Role(row["role"])}) for row in rows)


def _stored_call(row: Row) -> StoredCall:
    key = CallKey(row["model_name"], row["try_index"], Stage(row["stage"]))
    status = CallStatus(row["status"])
    return StoredCall(key, status, row["input_hash"], row["criteria"], row["first_answer"], row["slices"])


def _storable_outcome(outcome: Outcome) -> Outcome:
    value, changed = storable(outcome)
    if changed:
        value["completions"] = [*value["completions"], {"note": "characters that cannot be stored were replaced"}]
    cleaned: Outcome = value
    return cleaned
