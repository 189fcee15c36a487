"""Deleting a session or an exam leaves no scan behind, whatever happens meanwhile."""

import pytest

from app.errors import ConflictError
from app.grading.removal import remove_exam, remove_session


class Storage:
    def __init__(self):
        self.deleted = []

    async def delete(self, paths):
        self.deleted += paths


class Sessions:
    """Each session has a scan; while its files are being deleted another is registered."""

    async def session_files(self, session_id):
        return [f"{session_id}/a.png"]

    async def delete_session(self, session_id):
        return [f"{session_id}/a.png", f"{session_id}/b.png"]


class Reports:
    def __init__(self):
        self.forgotten = []

    async def forget(self, *ids):
        self.forgotten += ids


class Exam:
    """An exam in which sessions turn up round by round."""

    def __init__(self, *rounds):
        self.rounds = list(rounds)

    async def exam(self, exam_id):
        return {"exam_id": exam_id}

    async def delete_exam(self, _exam_id):
        return self.rounds.pop(0)


async def test_a_file_that_is_registered_while_its_session_is_deleted_goes_too():
    storage, dropped = Storage(), []

    await remove_session("s", store=Sessions(), storage=storage, reports=Reports(), drop=dropped.append)

    assert (storage.deleted, dropped) == (["s/a.png", "s/b.png"], ["s"])


async def test_an_exam_goes_with_sessions_that_are_added_meanwhile():
    dropped, reports = [], Reports()
    exams = Exam(["1", "2"], ["3"], [])

    await remove_exam("e", exams=exams, store=Sessions(), storage=Storage(), reports=reports, drop=dropped.append)

    assert dropped == ["1", "2", "3"]
    assert reports.forgotten == ["e", "1", "2", "3"]


async def test_an_exam_to_which_sessions_are_added_without_end_is_left():
    exam = Exam(*([str(n)] for n in range(20)))

    with pytest.raises(ConflictError):
        await remove_exam("e", exams=exam, store=Sessions(), storage=Storage(), reports=Reports(), drop=lambda _: None)
