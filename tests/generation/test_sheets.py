"""From a test to marks: sheets are read by models, and code awards the marks."""

import asyncio
import json
import re

import pytest

from app.generation.options import key_letters
from app.grading.answers.letters import parse_letters
from app.simulator.asks import AskCache

IMAGE = {"role": "student", "url": "https://example.org/sheet.png", "order_index": 0}
KEY_IMAGE = {"role": "answer_key", "url": "https://example.org/key.png", "order_index": 0}
NEXT = dict(zip("ABCD", "BCDA", strict=True))


@pytest.fixture
def sheet(teacher, simulator):
    """A graded session of a test; `letters` by slot stand in the boxes."""

    async def sheet(test, letters, *models, images=(IMAGE,), **body):
        post = teacher.client.post
        response = await post(f"/tests/{test['id']}/session", json=body)
        assert response.status_code == 201, response.text
        session = response.json()["session_id"]
        for image in images:
            assert (await post("/images/register", json={"session_id": session} | image)).status_code == 200
        sheets = simulator.config.sheets | {session: letters}
        simulator.config = simulator.config.model_copy(update={"sheets": sheets})
        names = [{"name": name} for name in models or ("simulated/careful",)]
        started = await post("/grade/single", json={"session_id": session, "models": names})
        assert started.status_code == 202, started.text
        async with asyncio.timeout(60):
            while (await teacher.client.get(f"/sessions/{session}")).json()["status"] == "grading":  # noqa: ASYNC110 - a client polls
                await asyncio.sleep(0.02)
        return session

    return sheet


@pytest.fixture
async def made(teacher):
    return await teacher.make(await teacher.document(), 4)


def key(test):
    return {str(question["slot"]): question["correct_option"] for question in test["questions"]}


async def test_code_awards_the_marks_and_leaves_what_is_unclear_unmarked(teacher, sheet, made):
    right = key(made)
    letters = right | {"2": NEXT[right["2"]], "3": None, "4": "unclear"}
    session = await sheet(made, letters)
    results = (await teacher.client.get(f"/results/{session}")).json()["results_by_question"]
    marks = {qid: row["simulated/careful"][0]["marks_awarded"] for qid, row in results.items()}
    errors = results["4"]["simulated/careful"][0]["validation_errors"]

    assert marks == {"1": 1, "2": 0, "3": 0, "4": None}
    assert [error["reason"] for error in errors] == ["abstained"]


async def test_a_sheet_whose_answers_an_older_parser_could_not_read_is_marked_from_what_was_stored(
    teacher, sheet, made, monkeypatch
):
    monkeypatch.setattr("app.grading.answers.letters.parse_letters", lambda _text, boxes: parse_letters("", boxes))
    session = await sheet(made, key(made) | {"2": "unclear"})
    monkeypatch.undo()
    told = []
    monkeypatch.setattr(AskCache, "read", lambda _cache, body: told.append(body))
    found = (await teacher.client.post(f"/sessions/{session}/reread")).json()
    rows = (await teacher.client.get(f"/results/{session}")).json()["results_by_question"]

    assert (found["unread"], [(one["before"], one["after"]) for one in found["changes"]]) == (
        0,
        [(None, 1), (None, None), (None, 1), (None, 1)],
    )
    assert {qid: row["simulated/careful"][0]["marks_awarded"] for qid, row in rows.items()} == {
        "1": 1,
        "2": None,
        "3": 1,
        "4": 1,
    }
    assert told == []


async def test_a_reader_of_a_sheet_gets_neither_key_nor_question(teacher, sheet, made, monkeypatch):
    told = []
    read = AskCache.read
    monkeypatch.setattr(AskCache, "read", lambda cache, body: told.append(body.decode()) or read(cache, body))
    await sheet(made, key(made), images=(IMAGE, KEY_IMAGE))
    questions = (await teacher.client.get(f"/tests/{made['id']}")).json()["questions"]

    (body,) = told
    assert IMAGE["url"] in body
    assert KEY_IMAGE["url"] not in body
    assert not [question for question in questions if question["question"] in body]
    listed = json.loads(body)["messages"][-1]["content"][0]["text"]
    assert not re.search(r"answer", listed.split("Form of your answer")[0], re.IGNORECASE)


async def test_a_session_of_a_test_keeps_its_key_when_human_marks_come_later(teacher, sheet, made):
    session = await sheet(made, key(made), human_marks_by_qid={"1": 1})
    questions = [{"question_id": qid, "max_marks": 1} for qid in key(made)]
    body = {"session_id": session, "questions": questions, "human_marks_by_qid": {"1": 0, "2": 1}}
    await teacher.client.post("/questions/config", json=body)
    stored = (await teacher.client.get(f"/questions/{session}")).json()

    assert {q["question_id"]: q["answer"] for q in stored["questions"]} == key(made)
    assert stored["human_marks_by_qid"] == {"1": 0, "2": 1}


async def test_the_sheets_of_a_test_make_its_item_statistics(teacher, sheet, made):
    right = key(made)
    wrong = {slot: NEXT[letter] for slot, letter in right.items()}
    for n_right in (4, 4, 2, 0):
        await sheet(made, {slot: right[slot] if int(slot) <= n_right else wrong[slot] for slot in right})
    questions = (await teacher.client.get(f"/tests/{made['id']}")).json()["questions"]
    first, last = questions[0]["statistics"], questions[-1]["statistics"]

    assert (first["n"], first["facility"], last["facility"]) == (4, 0.75, 0.5)
    assert first["point_biserial"] == pytest.approx(7 / 9)
    assert len(first["unused_distractors"]) == 2


async def test_sheets_of_before_an_edit_are_no_answers_to_what_is_asked_now(teacher, sheet, made):
    right = key(made)
    for n_right in (4, 3, 1):
        await sheet(made, {slot: right[slot] if int(slot) <= n_right else NEXT[right[slot]] for slot in right})
    before = (await teacher.client.get(f"/tests/{made['id']}")).json()["questions"]
    first = before[0]
    options = first["options"][1:] + first["options"][:1]
    change = {"options": options, "correct_option": "DABC"["ABCD".index(first["correct_option"])]}
    response = await teacher.client.patch(f"/tests/{made['id']}/questions/{first['id']}", json=change)
    assert response.status_code == 200, response.text

    after = (await teacher.client.get(f"/tests/{made['id']}")).json()["questions"]

    assert after[0]["statistics"] is None
    assert [one["statistics"] for one in after[1:]] == [one["statistics"] for one in before[1:]]


async def test_an_exam_holds_sheets_of_one_test_alone(teacher, sheet, made):
    exam = (await teacher.client.post("/exams", json={"name": "plants"})).json()["exam_id"]
    other = await teacher.make(await teacher.document(), 4)
    await sheet(made, key(made), exam_id=exam)

    response = await teacher.client.post(f"/tests/{other['id']}/session", json={"exam_id": exam})

    assert (response.status_code, response.json()["error"]["code"]) == (409, "CONFLICT")


async def test_agreement_works_on_sheets_as_on_scripts(teacher, sheet, made):
    exam = (await teacher.client.post("/exams", json={"name": "plants"})).json()["exam_id"]
    right = key(made)
    for letters in (right, right | {"1": NEXT[right["1"]]}):
        human = {slot: float(letters[slot] == right[slot]) for slot in right}
        await sheet(made, letters, "simulated/careful", exam_id=exam, human_marks_by_qid=human)
    agreement = (await teacher.client.get(f"/exams/{exam}/agreement")).json()

    assert agreement["markers"][0]["overall"]["exact"]["value"] == 1


@pytest.mark.parametrize(
    ("marks", "field", "message"),
    [
        ({"1": 50}, "human_marks_by_qid.1", "50 is above the maximum of 1."),
        ({"9": 1}, "human_marks_by_qid.9", "There is no such question."),
    ],
)
async def test_a_human_mark_that_cannot_be_is_refused(teacher, made, marks, field, message):
    response = await teacher.client.post(f"/tests/{made['id']}/session", json={"human_marks_by_qid": marks})

    assert response.status_code == 422
    assert response.json()["error"]["details"]["errors"] == [{"field": field, "message": message}]


async def test_a_question_without_a_key_cannot_join_an_answer_sheet(teacher, made):
    session = (await teacher.client.post(f"/tests/{made['id']}/session", json={})).json()["session_id"]
    questions = [{"question_id": qid, "max_marks": 1} for qid in [*key(made), "99"]]

    response = await teacher.client.post("/questions/config", json={"session_id": session, "questions": questions})

    assert response.status_code == 422
    assert [error["field"] for error in response.json()["error"]["details"]["errors"]] == ["questions.4.answer"]


async def test_the_same_seed_puts_the_keys_at_the_same_letters(teacher):
    made = [await teacher.make(await teacher.document(), 4, seed=7) for _ in range(2)]

    assert [tuple(key(test).values()) for test in made] == [key_letters(4, 7)] * 2
