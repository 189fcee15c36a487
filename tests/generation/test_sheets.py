"""From a test to marks: sheets are read by models, and code awards the marks."""

import asyncio

import pytest

from app.simulator import items

IMAGE = {"role": "student", "url": "https://example.org/sheet.png", "order_index": 0}
NEXT = dict(zip("ABCD", "BCDA", strict=True))


@pytest.fixture
def sheet(teacher, simulator):
    """A graded session of a test; `letters` by slot stand in the boxes."""

    async def sheet(test, letters, *models, **body):
        post = teacher.client.post
        response = await post(f"/tests/{test['id']}/session", json=body)
        assert response.status_code == 201, response.text
        session = response.json()["session_id"]
        await post("/images/register", json={"session_id": session} | IMAGE)
        sheets = simulator.config.sheets | {session: letters}
        simulator.config = simulator.config.model_copy(update={"sheets": sheets})
        names = [{"name": name} for name in models or ("simulated/careful",)]
        started = await post("/grade/single", json={"session_id": session, "models": names})
        assert started.status_code == 202, started.text
        async with asyncio.timeout(20):
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


async def test_who_reads_a_sheet_is_not_told_the_key(teacher, sheet, made, simulator, monkeypatch):
    seen = []
    monkeypatch.setattr(items, "read_letters", lambda *args: seen.append(args) or '{"letters": []}')
    await sheet(made, key(made))
    questions = (await teacher.client.get(f"/tests/{made['id']}")).json()["questions"]

    assert seen
    assert not any(question["quote"] in str(seen) for question in questions)


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


async def test_agreement_works_on_sheets_as_on_scripts(teacher, sheet, made):
    exam = (await teacher.client.post("/exams", json={"name": "plants"})).json()["exam_id"]
    right = key(made)
    for letters in (right, right | {"1": NEXT[right["1"]]}):
        human = {slot: float(letters[slot] == right[slot]) for slot in right}
        await sheet(made, letters, "simulated/careful", exam_id=exam, human_marks_by_qid=human)
    agreement = (await teacher.client.get(f"/exams/{exam}/agreement")).json()

    assert agreement["markers"][0]["overall"]["exact"]["value"] == 1
