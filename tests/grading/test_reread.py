"""Stored answers read anew: no call, old marks kept beside it, and no mark from an answer to other questions."""

import json
from dataclasses import replace

import pytest

from app.errors import ConflictError
from app.grading.answers.criteria import ParsedCriteria
from app.grading.answers.marks import parse_answer
from app.grading.reread import reread_session
from app.marks.model import Stage
from tests.grading.fakes import GOOD, ONE, QUESTIONS


@pytest.fixture
def process(engine, models):
    return engine.process(models.http)


@pytest.fixture
def older_parser(monkeypatch):
    """A parser that reads nothing of `unreadable` questions, until it is replaced by today's."""

    def install(*unreadable):
        def parse(text, questions, **options):
            known = [one for one in questions if one.question_id not in unreadable]
            read = {mark.question_id: mark for mark in parse_answer(text, known, **options).marks}
            unread = {mark.question_id: mark for mark in parse_answer("", questions).marks}
            whole = parse_answer(text, questions, **options)
            return replace(whole, marks=tuple(read.get(one.question_id, unread[one.question_id]) for one in questions))

        monkeypatch.setattr("app.grading.answers.marks.parse_answer", parse)
        return monkeypatch.undo

    return install


async def graded(engine, process, **request):
    session = await engine.session()
    await engine.grade(process, session, ONE, **request)
    return session


async def test_what_an_older_parser_left_unmarked_is_marked_without_a_call(engine, process, models, older_parser):
    replaced = older_parser("1a", "1b")
    session = await graded(engine, process)
    asked = len(models.asked)
    failed = await engine.progress(session)
    replaced()
    found = await reread_session(engine.store, session)

    assert (failed["status"], (await engine.progress(session))["status"]) == ("failed", "graded")
    assert await engine.marks(session) == {(key, "acme/one", 1): mark for key, mark in GOOD.items()}
    assert (found["answers"], found["unread"], len(models.asked)) == (1, 0, asked)
    assert {(one["question_id"], one["before"], one["after"]) for one in found["changes"]} == {
        ("1a", None, 3),
        ("1b", None, 1),
    }


async def test_the_marks_before_are_kept_with_the_replies(engine, process, older_parser):
    replaced = older_parser("1b")
    session = await graded(engine, process)
    replaced()
    await reread_session(engine.store, session)
    [(replies,)] = engine.sql("select raw_output from grading_call where session_id = %s", session)

    marks = {row["question_id"]: row["marks_awarded"] for row in replies[-1]["before"]["results"]}
    assert marks == {"1a": 3, "1b": None}


async def test_reading_anew_what_reads_the_same_changes_nothing(engine, process):
    session = await graded(engine, process)
    before = engine.sql("select raw_output, finished_at from grading_call where session_id = %s", session)
    found = await reread_session(engine.store, session)

    assert found == {"session_id": session, "answers": 1, "unread": 0, "rubrics": [], "changes": []}
    assert engine.sql("select raw_output, finished_at from grading_call where session_id = %s", session) == before


async def test_an_answer_that_an_older_version_took_for_empty_is_read_from_its_whole_reply(engine, process, models):
    session = await graded(engine, process)
    engine.sql(
        "update grading_call set status = 'failed', raw_output = jsonb_build_array(raw_output -> 0 "
        '|| \'{"verdict": "retryable", "content": null}\') where session_id = %s',
        session,
    )
    engine.sql("update result set marks_awarded = null where session_id = %s", session)
    await reread_session(engine.store, session)

    assert await engine.marks(session) == {(key, "acme/one", 1): mark for key, mark in GOOD.items()}


async def test_an_answer_to_other_questions_gives_no_mark(engine, process):
    session = await graded(engine, process)
    await engine.configure(session, (replace(QUESTIONS[0], max_marks=9.0), QUESTIONS[1]))
    found = await reread_session(engine.store, session)

    assert found["changes"] == []
    assert await engine.marks(session) == {("1a", "acme/one", 1): None, ("1b", "acme/one", 1): 1}


async def test_a_cut_answer_is_never_read_as_a_whole_one(engine, process, models):
    models.reply = lambda _: models.marks(GOOD, finish_reason="length")
    session = await graded(engine, process)
    found = await reread_session(engine.store, session)

    assert (found["answers"], found["unread"], found["changes"]) == (0, 1, [])


async def test_a_session_that_is_being_graded_is_left_alone(engine, process, older_parser):
    replaced = older_parser("1b")
    session = await graded(engine, process)
    replaced()
    await engine.start(session, ONE, force=True)
    engine.sql("update grading_call set status = 'succeeded' where session_id = %s", session)
    engine.sql("update session set run = 1 where id = %s", session)

    with pytest.raises(ConflictError):
        await reread_session(engine.store, session)


async def test_criteria_that_an_older_parser_could_not_read_are_not_paid_for_again(
    engine, process, models, monkeypatch
):
    rubric = json.dumps({"grading_criteria": [{"question_id": "1a", "marks": 3, "criterion": "Value"}]})
    models.reply = lambda request: models.text(rubric) if request.stage is Stage.RUBRIC else models.marks(GOOD)
    unread = ParsedCriteria([], "", "No grading criteria could be read.")
    monkeypatch.setattr("app.grading.attempt.parse_criteria", lambda _: unread)
    session = await engine.session(rubric=True)
    await engine.grade(process, session, ONE)
    monkeypatch.undo()
    found = await reread_session(engine.store, session)
    [(status, criteria, replies)] = engine.sql(
        "select status, criteria, raw_output from grading_call where session_id = %s and stage = 'rubric'", session
    )

    assert (found["rubrics"], found["changes"]) == (["acme/one"], [])
    assert (status, json.loads(criteria)) == ("succeeded", json.loads(rubric))
    assert replies[-1]["before"]["status"] == "failed"
    assert (await reread_session(engine.store, session))["rubrics"] == []
    await engine.grade(process, session, ONE)
    assert await engine.marks(session) == {(key, "acme/one", 1): mark for key, mark in GOOD.items()}
    assert [one.stage for one in models.asked] == [Stage.RUBRIC, Stage.ASSESSMENT]
