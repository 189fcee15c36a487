"""Every kind of question from the writer to the marks, over a real server and real sockets."""

import asyncio

import pytest

from app.generation.model import Kind
from app.marks.letter_key import letter_key, misfit

KINDS = [kind.value for kind in Kind]
IMAGE = {"role": "student", "url": "https://example.org/sheet.png", "order_index": 0}


@pytest.fixture
async def made(teacher):
    return await teacher.make(await teacher.document(), 10, kinds=KINDS, seed=3)


def by_kind(test, kind):
    return [question for question in test["questions"] if question["kind"] == kind]


async def test_kinds_come_in_turn_and_every_question_has_the_form_of_its_kind(made):
    assert made["status"] == "completed", made["failure_reason"]
    assert made["kinds"] == KINDS
    assert [question["kind"] for question in made["questions"]] == KINDS * 2
    for question in made["questions"]:
        form = (question["kind"], len(question["prompts"]), len(question["options"]), question["correct_option"])
        assert misfit(*form) is None
    assert {question["correct_option"] for question in by_kind(made, "true_false")} == {"A", "B"}


async def test_what_is_matched_and_what_is_right_is_what_the_writer_wrote(teacher, made):
    attempts = await teacher.attempts(made["id"])
    for question in by_kind(made, "matching"):
        (written,) = [
            one["raw"]["content"]
            for one in attempts
            if one["slot"] == question["slot"] and one["role"] == "writer" and one["verdict"]["outcome"] == "accepted"
        ]
        for prompt, part in zip(question["prompts"], question["correct_option"].split(","), strict=True):
            match = question["options"]["ABCD".index(part[1])]
            assert f'{{"item": "{prompt}", "match": "{match}"}}' in written


async def test_solvers_with_the_quote_find_every_key_and_their_blind_share_is_kept(made):
    for question in made["questions"]:
        blind = question["checks"]["blind"]
        assert (blind["right_with_quote"], blind["with_quote"], blind["without"]) == (1, 1, 1)
        assert question["measured_difficulty"]["level"] == ("EASY" if blind["right_without"] else "HARD")
    assert made["taxonomy"]["kinds"] == dict.fromkeys(KINDS, 2)
    assert sum(made["taxonomy"]["measured_difficulty"].values()) == 10


@pytest.fixture
async def marks_of(teacher, simulator, made):
    """The marks that code awards for what stands in the boxes of each question."""

    async def marks_of(letters):
        post = teacher.client.post
        session = (await post(f"/tests/{made['id']}/session", json={})).json()["session_id"]
        assert (await post("/images/register", json={"session_id": session} | IMAGE)).status_code == 200
        sheets = simulator.config.sheets | {session: letters}
        simulator.config = simulator.config.model_copy(update={"sheets": sheets})
        started = await post("/grade/single", json={"session_id": session, "models": [{"name": "simulated/careful"}]})
        assert started.status_code == 202, started.text
        async with asyncio.timeout(60):
            while (await teacher.client.get(f"/sessions/{session}")).json()["status"] == "grading":  # noqa: ASYNC110 - a client polls
                await asyncio.sleep(0.02)
        results = (await teacher.client.get(f"/results/{session}")).json()["results_by_question"]
        return {qid: row["simulated/careful"][0]["marks_awarded"] for qid, row in results.items()}

    return marks_of


def written(key):
    """The key as a student writes it into the boxes."""
    return "".join(letter_key(key).letters)


async def test_code_marks_every_kind_by_its_key(made, marks_of):
    right = {str(question["number"]): written(question["correct_option"]) for question in made["questions"]}
    assert set((await marks_of(right)).values()) == {1}
    assert set((await marks_of(dict.fromkeys(right, None))).values()) == {0}


async def test_part_of_a_key_earns_its_share_and_a_wrong_letter_takes_it_away(made, marks_of, teacher):
    several, matching = by_kind(made, "several")[0], by_kind(made, "matching")[0]
    keys = letter_key(several["correct_option"]).letters
    wrong = next(letter for letter in "ABCD" if letter not in keys)
    row = list(letter_key(matching["correct_option"]).letters)
    letters = {str(question["number"]): None for question in made["questions"]}
    letters |= {str(several["number"]): keys[0], str(matching["number"]): f"{row[0]}--{row[3]}"}
    marks = await marks_of(letters)
    assert marks[str(several["number"])] == pytest.approx(1 / len(keys), abs=0.01)
    assert marks[str(matching["number"])] == 0.5

    marks = await marks_of(letters | {str(several["number"]): keys[0] + wrong, str(matching["number"]): "unclear"})
    assert marks[str(several["number"])] == 0
    assert marks[str(matching["number"])] is None
    statistics = {
        question["number"]: question["statistics"]
        for question in (await teacher.client.get(f"/tests/{made['id']}")).json()["questions"]
    }
    assert statistics[matching["number"]]["facility"] == 0.5
    assert statistics[several["number"]]["choices"][keys[0]] == 2


@pytest.mark.parametrize("name", ["moodle", "gift", "qti21", "qti30", "csv", "json", "docx"])
async def test_every_kind_is_exported_in_formats_that_have_it(teacher, made, name):
    response = await teacher.client.get(f"/tests/{made['id']}/export", params={"format": name})
    assert response.status_code == 200, response.text
    assert response.content


async def test_a_format_without_a_kind_says_so_and_what_to_take(teacher, made):
    response = await teacher.client.get(f"/tests/{made['id']}/export", params={"format": "aiken"})
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (422, "KIND_NOT_IN_FORMAT")
    assert "several right answers and matching (question 2, 5, 7, 10)" in error["message"]


async def test_the_paper_has_a_box_for_each_letter(teacher, made):
    page = (await teacher.client.get(f"/tests/{made['id']}/paper")).text
    assert page.count('class="box"') == 8 + 2 * 4
    assert page.count('<li class="wide">') == 2


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"kind": "true_false", "options": ["True", "False"], "correct_option": "C"}, "correct_option"),
        ({"kind": "single", "options": ["a", "b"], "correct_option": "A"}, "options"),
        ({"kind": "several", "options": ["a", "b", "c", "d"], "correct_option": "A"}, "correct_option"),
        ({"kind": "several", "options": ["a", "b", "c", "d"], "correct_option": "A,B,C,D"}, "correct_option"),
        ({"kind": "matching", "options": ["a", "b"], "correct_option": "1A,2B"}, "prompts"),
        (
            {"kind": "matching", "prompts": ["x", "y"], "options": ["a", "b"], "correct_option": "1A,2C"},
            "correct_option",
        ),
        ({"kind": "single", "options": ["a", "A\u200b", "c", "dd"], "correct_option": "D"}, None),
        ({"kind": "single", "options": ["iron", "Iron ", "c", "d"], "correct_option": "D"}, "options"),
    ],
)
async def test_a_question_by_hand_must_have_the_form_of_its_kind(teacher, question, field):
    test = await teacher.make(await teacher.document(), 2, model="simulated/writer-hopeless")
    response = await teacher.client.post(f"/tests/{test['id']}/questions", json={"question": "Which?"} | question)
    if field is None:
        assert response.status_code == 201, response.text
        return
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["error"]["details"]["errors"]] == [field]


async def test_an_edit_keeps_the_form_and_is_checked_again(teacher, made):
    single = by_kind(made, "single")[0]
    address = f"/tests/{made['id']}/questions/{single['id']}"
    refused = await teacher.client.patch(address, json={"correct_option": "A,B"})
    assert refused.status_code == 422
    options = ["a", "b", "c", "All of the above"]
    edited = (await teacher.client.patch(address, json={"options": options, "correct_option": "D"})).json()
    codes = [finding["code"] for finding in edited["checks"]["findings"]]
    assert codes == ["key_too_long", "all_or_none", "absolute_key", "edited"]
    assert not any(finding["blocking"] for finding in edited["checks"]["findings"])
    assert "blind" not in edited["checks"]
    mended = (await teacher.client.patch(address, json={"options": ["a", "b", "c", "d"]})).json()
    assert [finding["code"] for finding in mended["checks"]["findings"]] == ["edited"]
