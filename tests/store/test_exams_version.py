"""The version of an exam's marks: it changes with them, so that marks need not be read to know that they changed."""

import re
from pathlib import Path

from tests.store.rows import IDS, QUESTIONS, imported

SCHEMAS = Path(__file__).parents[2] / "supabase" / "schemas"
READERS = ("exam_marks", "script_marks", "human_marks_of", "questions_of", "exam_questions_of", "examples_of_exam")


async def test_every_change_of_the_marks_changes_their_version(exams, create_exam, graded):
    exam_id = await create_exam()
    session_id = await graded(exam_id)
    scopes = {"exam_id": exam_id}, {"session_id": session_id}

    async def read():
        return [(await exams.marks(scope), await exams.marks_version(scope)) for scope in scopes]

    review = {"question_id": IDS[0], "reviewer": None, "note": None}
    changes = [
        lambda: exams.record_review(session_id, mark=1, **review),
        lambda: exams.record_review(session_id, mark=2, **review),
        lambda: exams.edit_exam(exam_id, name="Renamed", questions=None),
        lambda: exams.set_seeds(exam_id, [session_id], None),
        lambda: exams.import_marks(exam_id, QUESTIONS, [imported("Ben")]),
    ]
    seen = [await read()]
    for change in changes:
        await change()
        seen.append(await read())
    for place in range(len(scopes)):
        for (before, version), (after, next_version) in zip(
            (found[place] for found in seen), (found[place] for found in seen[1:]), strict=False
        ):
            assert version != next_version or before == after
    assert len({found[0][1] for found in seen}) == len(seen)
    assert await read() == seen[-1]


def test_the_version_looks_at_every_table_that_the_marks_are_read_from():
    def tables(name):
        text = re.sub(r"--.*", "", (SCHEMAS / f"{name}.sql").read_text())
        return set(re.findall(r"(?:from|join) public\.(\w+)(?! *\()\b", text))

    read = set().union(*map(tables, READERS))
    assert {"session", "result", "review"} <= read <= tables("marks_version")
