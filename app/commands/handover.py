"""Hands the scripts of an order to a server: as a new exam, or what changed in an exam that exists."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from app.commands.answers import HeldExam
from app.commands.api import Api
from app.commands.errors import CommandError
from app.commands.exam_file import ExamFile, HandedOver, print_of_files, print_of_questions
from app.commands.grade_order import GradeOrder, Script
from app.mark_tables.names import folded

Agree = Callable[[Sequence[str]], None]
"""Receives the changes that are about to be made. Raises CommandError if the user does not agree."""
Prepared = Callable[[dict[str, Script]], Awaitable[None]]
"""Receives the scripts by the ids of their sessions, before any model is asked."""


class Handover:
    """Sends one order to one server. `exam_id` and `sessions` (scripts by session id) say what it holds then."""

    def __init__(self, api: Api, order: GradeOrder, agree: Agree, wanted_exam: str | None = None) -> None:
        self._api = api
        self._order = order
        self._agree = agree
        self._wanted = wanted_exam
        self._file: ExamFile | None = None
        self._is_new = True
        # Why the exam could not be noted beside the scans; None where it could.
        self.cannot_note: str | None = None
        self.exam_id: str | None = None
        self.sessions: dict[str, Script] = {}

    async def bring(self, prepared: Prepared | None = None) -> None:
        """Create the exam or session if it is missing, and upload what changed. Nothing is started. If this fails, what
        it created is deleted: half an exam would stay for good.
        """
        try:
            if self._order.exam is None:
                await self._new_session(self._order.scripts[0])
            else:
                await self._exam()
            if prepared is not None:
                await prepared(self.sessions)
        except (CommandError, asyncio.CancelledError):
            await self.undo()
            raise

    async def undo(self) -> None:
        """Delete what this handover created. Only for an order of which nothing was started."""
        if self._is_new:
            await asyncio.shield(self._delete())

    async def _delete(self) -> None:
        paths = [f"/exams/{self.exam_id}"] if self.exam_id else [f"/sessions/{name}" for name in self.sessions]
        if self._order.folder is not None:
            ExamFile.forget(self._order.folder)
        # The server may not answer any more: then nothing can be deleted.
        with suppress(CommandError):
            for path in paths:
                await self._api.ask("DELETE", path)

    async def _exam(self) -> None:
        order = self._order
        known = None if order.folder is None else await asyncio.to_thread(ExamFile.read, order.folder)
        exam = await self._known_exam(known)
        prints = await asyncio.to_thread(_prints, order)
        if exam is None:
            body = {"name": order.exam, "questions": order.questions}
            self.exam_id = (await self._api.ask("POST", "/exams", body))["exam_id"]
            self._file = ExamFile(str(self.exam_id), *prints)
            self._note()
        else:
            self._is_new, self.exam_id = False, exam["exam_id"]
            self._file = known or ExamFile(str(self.exam_id), *prints)
        await self._scripts(exam, prints)

    async def _known_exam(self, known: ExamFile | None) -> HeldExam | None:
        exam_id = self._wanted or (known.exam_id if known else None)
        if exam_id is None:
            return None
        found: HeldExam | None = await self._api.find(f"/exams/{exam_id}")
        if found is None and self._wanted is not None:
            raise CommandError(f"--exam-id: there is no exam {exam_id} on this server")
        return found

    async def _scripts(self, exam: HeldExam | None, prints: tuple[str, str, str]) -> None:
        assert self._file is not None  # noqa: S101 - set by the only caller
        there = {folded(row["name"] or ""): row["session_id"] for row in (exam["sessions"] if exam else ())}
        pages = {script.name: await asyncio.to_thread(print_of_files, script.pages) for script in self._order.scripts}
        known = {name: one for name, one in self._file.scripts.items() if one.session_id in there.values()}
        others_changed = (self._file.answer_key, self._file.rubric) != prints[1:]
        questions_changed = self._file.questions != prints[0]
        changed = [name for name, one in known.items() if name in pages and one.pages != pages[name]]
        self._agree([*_changes(changed, others=others_changed, questions=questions_changed)] if exam else [])
        if questions_changed:
            await self._api.ask("PATCH", f"/exams/{self.exam_id}", {"questions": self._order.questions})
        for script in self._order.scripts:
            session_id = known[script.name].session_id if script.name in known else there.get(folded(script.name))
            if session_id is None:
                session_id = await self._new_session(script)
            elif script.name in known or self._wanted is not None:
                roles = ["student"] if script.name in changed else []
                await self._renew(script, session_id, [*roles, *(_OTHERS if others_changed else ())])
            else:
                # An earlier upload broke off before all pages were there: nothing was started in this session.
                await self._api.ask("DELETE", f"/sessions/{session_id}")
                session_id = await self._new_session(script)
            self._file.scripts[script.name] = HandedOver(session_id, pages[script.name])
            self._note()
        self._file.questions, self._file.answer_key, self._file.rubric = prints
        self._note()

    def _note(self) -> None:
        if self._order.folder is None or self._file is None or self.cannot_note:
            return
        try:
            self._file.write(self._order.folder)
        except OSError as error:
            self.cannot_note = f"{self._order.folder} cannot be written to ({error.strerror})."

    async def _new_session(self, script: Script) -> str:
        body = {"name": script.name, "exam_id": self.exam_id}
        session_id: str = (await self._api.ask("POST", "/sessions", body))["session_id"]
        self.sessions[session_id] = script
        await self._upload(script, session_id, ["student", *_OTHERS])
        await self._configure(script, session_id)
        return session_id

    async def _renew(self, script: Script, session_id: str, roles: Sequence[str]) -> None:
        """Upload what changed in a script that exists: its pages, and the marks of humans."""
        self.sessions[session_id] = script
        if roles:
            for image in (await self._api.ask("GET", f"/images/{session_id}"))["images"]:
                if image["role"] in roles:
                    await self._api.ask("DELETE", f"/images/{session_id}/{image['image_id']}")
            await self._upload(script, session_id, roles)
        state = await self._api.ask("GET", f"/sessions/{session_id}")
        # If the folder holds no marks, marks from elsewhere stay.
        if state["status"] != "grading" and (script.human_marks or script.human_marks_2):
            await self._configure(script, session_id)

    async def _upload(self, script: Script, session_id: str, roles: Sequence[str]) -> None:
        files = {"student": script.pages, "answer_key": self._order.answer_key, "grading_rubric": self._order.rubric}
        for role in roles:
            await self._api.upload(session_id, role, files[role])

    async def _configure(self, script: Script, session_id: str) -> None:
        body = {
            "session_id": session_id,
            "questions": self._order.questions,
            "human_marks_by_qid": script.human_marks,
            "human_marks_2_by_qid": script.human_marks_2,
        }
        await self._api.ask("POST", "/questions/config", body)


_OTHERS = ("answer_key", "grading_rubric")


def _prints(order: GradeOrder) -> tuple[str, str, str]:
    return print_of_questions(order.questions), print_of_files(order.answer_key), print_of_files(order.rubric)


def _changes(scripts: Sequence[str], *, others: bool, questions: bool) -> Sequence[str]:
    said = [f"the pages of {name} changed: this script is marked anew" for name in scripts]
    if others:
        said.append("the answer key or rubric changed: every script is marked anew")
    if questions:
        said.append("the questions changed: questions that are asked or marked differently are marked anew")
    return said
