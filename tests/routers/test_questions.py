import pytest

UNKNOWN = "0f8fad5b-d9cb-469f-a165-70867728950e"
AWKWARD_IDS = [
    "MAI.1b(ii)",
    "1/2",
    "../x",
    "a_b",
    "two words",
    "pad ded",
    "Ünïcode é",
    "数学-1",
    "😀",
    "%00",
    "'; --",
    "a.b.c",
    "x" * 200,
]


@pytest.fixture
def configure(client):
    async def configure(session_id, questions, human=None, **more):
        body = {"session_id": session_id, "questions": questions} | more
        if human is not None:
            body["human_marks_by_qid"] = human
        return await client.post("/questions/config", json=body)

    return configure


@pytest.fixture
def stored(client):
    async def stored(session_id):
        return (await client.get(f"/questions/{session_id}")).json()

    return stored


async def test_both_shapes_of_a_question_are_taken_mixed(configure, stored, create):
    session_id = await create()
    questions = [
        {"question_id": "1", "max_marks": 4, "tolerance": 0.5, "text": "Why?", "answer": "Because."},
        {"question_number": "2", "max_mark": 2.25},
        {"question_number": 3, "max_mark": 0},
        {"question_number": 4.1, "max_mark": 1},
        {"question_id": "five", "max_marks": 1, "number": 50, "question_number": "five ", "max_mark": 1.0},
    ]

    response = await configure(session_id, questions, {"1": 3.75, "2": 0, "3": 0})

    assert (response.status_code, response.json()) == (200, {"ok": True})
    found = await stored(session_id)
    assert found["session_id"] == session_id
    rows = [(q["question_id"], q["number"], q["max_marks"]) for q in found["questions"]]
    assert rows == [("1", 1, 4), ("2", 2, 2.25), ("3", 3, 0), ("4.1", 4, 1), ("five", 50, 1)]
    assert found["questions"][0] | {"tolerance": 0.5, "text": "Why?", "answer": "Because."} == found["questions"][0]
    assert (found["questions"][1]["tolerance"], found["questions"][1]["text"]) == (None, None)
    assert found["human_marks_by_qid"] == {"1": 3.75, "2": 0, "3": 0}


async def test_ids_are_kept_verbatim(configure, stored, create):
    session_id = await create()
    questions = [{"question_id": question_id, "max_marks": 2} for question_id in AWKWARD_IDS]
    human = dict.fromkeys(AWKWARD_IDS, 1.5)

    assert (await configure(session_id, questions, human)).status_code == 200

    found = await stored(session_id)
    assert [q["question_id"] for q in found["questions"]] == AWKWARD_IDS
    assert found["human_marks_by_qid"] == human


REFUSED = [
    ([], {}, "questions"),
    (None, {}, "questions"),
    ({}, {}, "questions"),
    ([7], {}, "questions.0"),
    ([{"max_marks": 1}], {}, "questions.0.question_id"),
    ([{"question_id": "", "max_marks": 1}], {}, "questions.0.question_id"),
    ([{"question_id": True, "max_marks": 1}], {}, "questions.0.question_id"),
    ([{"question_id": None, "max_marks": 1}], {}, "questions.0.question_id"),
    ([{"question_id": 10**400, "max_marks": 1}], {}, "questions.0.question_id"),
    ([{"question_id": ["1"], "max_marks": 1}], {}, "questions.0.question_id"),
    ([{"question_id": "x" * 201, "max_marks": 1}], {}, "questions.0.question_id"),
    ([{"question_id": "1"}], {}, "questions.0.max_marks"),
    ([{"question_id": "1", "max_marks": -0.01}], {}, "questions.0.max_marks"),
    ([{"question_id": "1", "max_marks": 0.125}], {}, "questions.0.max_marks"),
    ([{"question_id": "1", "max_marks": 100_000_000}], {}, "questions.0.max_marks"),
    ([{"question_id": "1", "max_marks": 10**400}], {}, "questions.0.max_marks"),
    ([{"question_id": "1", "max_marks": True}], {}, "questions.0.max_marks"),
    ([{"question_id": "1", "max_marks": "3"}], {}, "questions.0.max_marks"),
    ([{"question_id": "1", "max_marks": None}], {}, "questions.0.max_marks"),
    ([{"question_id": "1", "max_marks": [1]}], {}, "questions.0.max_marks"),
    ([{"question_id": "1", "max_marks": 1, "number": 0}], {}, "questions.0.number"),
    ([{"question_id": "1", "max_marks": 1, "number": "1"}], {}, "questions.0.number"),
    ([{"question_id": "1", "max_marks": 1, "number": 1.0}], {}, "questions.0.number"),
    ([{"question_id": "1", "max_marks": 1, "number": 2**31}], {}, "questions.0.number"),
    ([{"question_id": "1", "max_marks": 1, "tolerance": -1}], {}, "questions.0.tolerance"),
    ([{"question_id": "1", "max_marks": 1, "text": 7}], {}, "questions.0.text"),
    ([{"question_id": "1", "max_marks": 1}] * 2, {}, "questions.1.question_id"),
    ([{"question_id": "1", "max_marks": 1}, {"question_number": 1, "max_mark": 1}], {}, "questions.1.question_id"),
    (
        [{"question_id": "1", "max_marks": 1, "number": 2}, {"question_id": "2", "max_marks": 1}],
        {},
        "questions.1.number",
    ),
    ([{"question_id": "1", "max_marks": 2}], {"9": 1}, "human_marks_by_qid.9"),
    ([{"question_id": "MAI.1b(ii)", "max_marks": 2}], {"MAI.1b(ii)": 2.01}, "human_marks_by_qid.MAI.1b(ii)"),
    ([{"question_id": "1", "max_marks": 2}], {"1": -1}, "human_marks_by_qid.1"),
    ([{"question_id": "1", "max_marks": 2}], {"1": 0.333}, "human_marks_by_qid.1"),
    ([{"question_id": "1", "max_marks": 2}], {"1": True}, "human_marks_by_qid.1"),
    ([{"question_id": "1", "max_marks": 2}], {"1": "1"}, "human_marks_by_qid.1"),
    ([{"question_id": "1", "max_marks": 2}], {"1": None}, "human_marks_by_qid.1"),
    ([{"question_id": "1", "max_marks": 2}], [1], "human_marks_by_qid"),
]


async def test_what_cannot_be_marked_is_refused_by_field(client_without_database, fields_of):
    for questions, human, field in REFUSED:
        body = {"session_id": UNKNOWN, "questions": questions, "human_marks_by_qid": human}
        assert fields_of(await client_without_database.post("/questions/config", json=body)) == [field], str(body)[:200]


async def test_numbers_that_json_does_not_know_are_refused(client_without_database, fields_of):
    for number in ("NaN", "Infinity", "-Infinity", "1e999", "-1e999"):
        for body, field in [
            ('"questions": [{"question_id": "1", "max_marks": %s}]', "questions.0.max_marks"),
            ('"questions": [{"question_number": %s, "max_mark": 1}]', "questions.0.question_id"),
            (
                '"questions": [{"question_id": "1", "max_marks": 1}], "human_marks_by_qid": {"1": %s}',
                "human_marks_by_qid.1",
            ),
        ]:
            content = f'{{"session_id": "{UNKNOWN}", {body % number}}}'
            response = await client_without_database.post(
                "/questions/config", content=content, headers={"Content-Type": "application/json"}
            )
            assert fields_of(response) == [field]


async def test_several_faults_are_all_named(client_without_database, fields_of):
    questions = [{"question_id": "1", "max_marks": -1}, {"question_id": "2", "max_marks": True}]
    response = await client_without_database.post(
        "/questions/config", json={"session_id": UNKNOWN, "questions": questions}
    )

    assert fields_of(response) == ["questions.0.max_marks", "questions.1.max_marks"]


async def test_a_refusal_leaves_what_was_there(configure, stored, create):
    session_id = await create()
    await configure(session_id, [{"question_id": "1", "max_marks": 2}], {"1": 1})
    before = await stored(session_id)

    for questions, human in [
        ([{"question_id": "2", "max_marks": 2}], {"2": 3}),
        ([{"question_id": "2", "max_marks": 2}, {"question_id": "2", "max_marks": 2}], {}),
        ([], {}),
    ]:
        assert (await configure(session_id, questions, human)).status_code == 422
        assert await stored(session_id) == before


async def test_the_list_is_the_whole_truth(configure, stored, create):
    session_id = await create()
    await configure(session_id, [{"question_id": "1", "max_marks": 2}, {"question_id": "2", "max_marks": 2}], {"1": 1})

    await configure(session_id, [{"question_id": "2", "max_marks": 3}, {"question_id": "3", "max_marks": 1}])

    found = await stored(session_id)
    assert [(q["question_id"], q["number"], q["max_marks"]) for q in found["questions"]] == [("2", 1, 3), ("3", 2, 1)]
    assert found["human_marks_by_qid"] == {}


async def test_questions_can_change_places(configure, stored, create):
    session_id = await create()
    one, two = {"question_id": "1", "max_marks": 2}, {"question_id": "2", "max_marks": 2}
    await configure(session_id, [one, two])

    assert (await configure(session_id, [two, one])).status_code == 200

    assert [q["question_id"] for q in (await stored(session_id))["questions"]] == ["2", "1"]


async def test_the_same_again_changes_nothing(client, configure, prepare, grade, openrouter):
    openrouter.marks = {"1a": 1, "1b": 1}
    questions = [{"question_id": "1a", "max_marks": 3}, {"question_id": "1b", "max_marks": 4.5}]
    session_id = await prepare(questions=questions, human={"1a": 2})
    await grade(session_id, "a/b")
    before = (await client.get(f"/results/{session_id}")).json()

    assert (await configure(session_id, questions, {"1a": 2})).status_code == 200

    assert (await client.get(f"/results/{session_id}")).json() == before


async def test_a_question_changed_after_grading_is_unmarked_until_graded_again(
    client, configure, prepare, grade, openrouter
):
    openrouter.marks = {"1a": 1, "1b": 1}
    session_id = await prepare()
    await grade(session_id, "a/b")

    await configure(session_id, [{"question_id": "1a", "max_marks": 5}, {"question_id": "1b", "max_marks": 4.5}])

    results = (await client.get(f"/results/{session_id}")).json()["results_by_question"]
    (changed,), (kept,) = results["1a"]["a/b"], results["1b"]["a/b"]
    assert (changed["marks_awarded"], changed["validation_errors"][0]["reason"]) == (None, "question_changed")
    assert kept["marks_awarded"] == 1
    await grade(session_id, "a/b")
    results = (await client.get(f"/results/{session_id}")).json()["results_by_question"]
    assert results["1a"]["a/b"][0]["marks_awarded"] == 1


async def test_while_grading_questions_stay(configure, stored, while_grading, refused):
    before = await stored(while_grading)

    refused(await configure(while_grading, [{"question_id": "9", "max_marks": 1}]), 409, "SESSION_BUSY")

    assert await stored(while_grading) == before


async def test_a_new_session_has_no_questions(stored, create):
    session_id = await create()

    found = await stored(session_id)

    assert (found["session_id"], found["questions"], found["human_marks_by_qid"]) == (session_id, [], {})


async def test_questions_of_no_session_are_refused(configure, refused):
    for session_id in (UNKNOWN, "x"):
        assert refused(await configure(session_id, [{"question_id": "1", "max_marks": 1}]), 404, "NOT_FOUND")


async def test_a_key_that_stands_twice_is_refused_by_its_path(client, create, fields_of, stored):
    session_id = await create()
    body = (
        f'{{"session_id": "{session_id}", "questions": [{{"question_id": "1", "max_marks": 3, "max_marks": 5}}], '
        '"human_marks_by_qid": {"1": 1, "1": 3}}'
    )

    response = await client.post("/questions/config", content=body, headers={"Content-Type": "application/json"})

    assert fields_of(response) == ["questions.0.max_marks", "human_marks_by_qid.1"]
    assert (await stored(session_id))["questions"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/sessions", '{"name": "a", "name": "b"}'),
        ("POST", "/exams", '{"name": "a", "questions": [{"question_id": "1", "question_id": "2", "max_marks": 1}]}'),
        ("POST", "/grade/single", '{"session_id": "x", "models": [{"name": "a/b", "tries": 1, "tries": 20}]}'),
        ("PUT", "/settings/prompt", '{"system_template": "a", "system_template": "b"}'),
        ("POST", "/images/register", '{"url": "a", "url": "b"}'),
    ],
)
async def test_a_key_that_stands_twice_is_refused_in_every_body(client, fields_of, method, path, body):
    response = await client.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert len(fields_of(response)) == 1


@pytest.mark.parametrize(
    "names",
    [
        {"question_id": "1", "question_number": "2", "max_marks": 3},
        {"question_id": "1", "max_marks": 3, "max_mark": 4},
        {"question_id": "1", "question_number": 2, "max_marks": 3, "max_mark": 4},
    ],
)
async def test_two_names_of_one_field_must_agree(create, configure, fields_of, names):
    response = await configure(await create(), [names])
    assert fields_of(response) == ["questions.0"]


async def test_two_names_of_one_field_that_agree_are_taken(create, configure, stored):
    session_id = await create()
    named = {"question_id": " 1", "question_number": 1, "max_marks": 3, "max_mark": 3.0}
    assert (await configure(session_id, [named])).status_code == 200
    assert [q["question_id"] for q in (await stored(session_id))["questions"]] == ["1"]


@pytest.mark.parametrize(
    "twin", ["1a ", "\u00a01a", "1a\u200b", "1a"], ids=["trailing blank", "no-break blank", "zero width", "same"]
)
async def test_ids_that_look_alike_are_refused(create, configure, fields_of, twin):
    questions = [{"question_id": "1a", "max_marks": 1}, {"question_id": twin, "max_marks": 1}]
    assert fields_of(await configure(await create(), questions)) == ["questions.1.question_id"]


@pytest.mark.parametrize(
    ("one", "other"), [("2ä", "2a\u0308"), ("1-2", "1\u20112"), ("Q 3", "Q\u00a03"), ("x'", "x\u2019"), ("Q 3", "Q  3")]
)
async def test_ids_that_differ_only_in_how_they_are_written_are_refused(create, configure, fields_of, one, other):
    questions = [{"question_id": one, "max_marks": 1}, {"question_id": other, "max_marks": 1}]
    assert fields_of(await configure(await create(), questions)) == ["questions.1.question_id"]


async def test_ids_that_differ_in_case_or_digits_are_different(create, configure):
    questions = [{"question_id": one, "max_marks": 1} for one in ("1a", "1A", "1.1", "1.10")]
    assert (await configure(await create(), questions)).status_code == 200


async def test_ids_are_stored_trimmed_with_their_human_marks(create, configure, stored):
    session_id = await create()
    questions = [{"question_id": "1a ", "max_marks": 3}, {"question_id": "1‑2", "max_marks": 2}]
    assert (await configure(session_id, questions, {"1a ": 2, "1-2": 1})).status_code == 200
    found = await stored(session_id)
    assert [q["question_id"] for q in found["questions"]] == ["1a", "1‑2"]
    assert found["human_marks_by_qid"] == {"1a": 2, "1‑2": 1}


async def test_two_human_marks_of_one_question_are_refused(create, configure, fields_of):
    questions = [{"question_id": "1a", "max_marks": 3}]
    assert fields_of(await configure(await create(), questions, {"1a": 2, " 1a": 3})) == ["human_marks_by_qid. 1a"]
