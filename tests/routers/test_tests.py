import asyncio
import json
import time

import jwt
import psycopg
import pytest
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from tests.documents.files import docx_of, paragraph, text_pdf
from tests.generation.stored import store_test

ISSUER = "https://project.supabase.co/auth/v1"
SECRET = "a secret of at least thirty-two characters"
ME, THEM = "0f8fad5b-d9cb-469f-a165-708677289501", "0f8fad5b-d9cb-469f-a165-708677289502"
PROSE = "The mitochondrion produces most of the chemical energy that a cell needs. " * 60
BY_HAND = {"question": "Which?", "options": ["one", "two", "three", "four"], "correct_option": "C"}


@pytest.fixture
def document(client):
    async def document(content=PROSE, name="cells.txt"):
        row = (await client.post("/documents/upload", files={"file": (name, content)})).json()
        async with asyncio.timeout(60):
            while (row := (await client.get(f"/documents/{row['id']}")).json())["status"] == "processing":  # noqa: ASYNC110 - a client polls
                await asyncio.sleep(0.01)
        return row["id"]

    return document


@pytest.fixture
def start(client, document):
    async def start(n=2, document_id=None, **body):
        request = {"document_id": document_id or await document(), "num_questions": n} | body
        return await client.post("/tests/generate", json=request)

    return start


@pytest.fixture
async def in_the_making(openrouter, start):
    """A test whose calls wait until this test ends."""
    openrouter.may_answer.clear()
    response = await start(4)
    yield response.json()["id"]
    openrouter.may_answer.set()


@pytest.fixture
async def failed(openrouter, start, client):
    """A test whose writer says nothing of use: it ends without questions, and takes some by hand."""
    test_id = (await start(2)).json()["id"]
    async with asyncio.timeout(60):
        while (await client.get(f"/tests/{test_id}/status")).json()["status"] in {"pending", "generating"}:  # noqa: ASYNC110 - a client polls
            await asyncio.sleep(0.01)
    return test_id


async def test_a_start_is_accepted_before_anything_is_asked(openrouter, start):
    openrouter.may_answer.clear()
    response = await start(3, difficulty="HARD", topics=["cells"])
    test = response.json()
    openrouter.may_answer.set()

    assert response.status_code == 202
    assert response.headers["Location"] == f"/tests/{test['id']}"
    assert (test["status"], test["target_questions"], test["difficulty"]) == ("pending", 3, "HARD")


@pytest.mark.parametrize("n", [0, 21, -1, 1000])
async def test_a_number_of_questions_out_of_range_is_400(start, refused, n):
    assert refused(await start(n, "0f8fad5b-d9cb-469f-a165-70867728950e"), 400, "NUM_QUESTIONS_OUT_OF_RANGE")


@pytest.mark.parametrize(
    "body",
    [{"difficulty": "TRICKY"}, {"model": "noprovider"}, {"solver_models": []}, {"topics": 1}, {"language": "xx"}],
)
async def test_a_field_that_cannot_be_used_is_named(start, fields_of, body):
    [name] = body

    assert fields_of(await start(2, "0f8fad5b-d9cb-469f-a165-70867728950e", **body))[0].startswith(name)


async def test_a_document_that_was_refused_or_not_read_is_400_with_the_reason(client, document, start, refused):
    assert (await client.post("/documents/upload", files={"file": ("a.pdf", text_pdf(101, 1))})).status_code == 422
    [rejected] = (await client.get("/documents")).json()["items"]
    scanned = (await client.get(f"/documents/{await document(docx_of(paragraph('')), 'a.docx')}")).json()

    assert [rejected["status"], scanned["status"]] == ["rejected", "extraction_failed"]
    for row in (rejected, scanned):
        error = refused(await start(2, row["id"]), 400, "DOCUMENT_NOT_READY")
        assert error["message"].endswith(row["extraction_error"])
        assert error["details"] == {"status": row["status"]}


@pytest.mark.parametrize("document_id", ["0f8fad5b-d9cb-469f-a165-70867728950e", "nonsense"])
async def test_a_document_that_is_not_there_is_404(start, refused, document_id):
    assert refused(await start(2, document_id), 404, "NOT_FOUND")


async def test_too_few_words_are_400(start, document, refused):
    assert refused(await start(2, await document("Only a few words.")), 400, "NOT_ENOUGH_TEXT")


async def test_the_writer_cannot_solve_its_own_questions(start, fields_of):
    for solver in ("a/b", "A/B", "a/b:free"):
        assert fields_of(await start(model="a/b:nitro", solver_models=[solver])) == ["solver_models"]


async def test_without_a_key_it_is_503(connect_app, refused):
    client = await connect_app(openrouter_api_key=None)
    row = (await client.post("/documents/upload", files={"file": ("cells.txt", PROSE.encode())})).json()

    assert refused(
        await client.post("/tests/generate", json={"document_id": row["id"], "num_questions": 2}), 503, "NOT_CONFIGURED"
    )


async def test_a_second_test_of_a_document_in_the_making_is_409(openrouter, document, start, refused):
    openrouter.may_answer.clear()
    document_id = await document()
    responses = await asyncio.gather(*(start(2, document_id) for _ in range(5)))
    openrouter.may_answer.set()

    assert sorted(response.status_code for response in responses) == [202, 409, 409, 409, 409]
    refused(max(responses, key=lambda response: response.status_code), 409, "GENERATION_IN_PROGRESS")


async def test_the_status_says_how_many_questions_there_are(client, in_the_making):
    status = (await client.get(f"/tests/{in_the_making}/status")).json()

    assert status["message"] == "Generating... usually under 1 minute. 0 of 4 questions created"
    assert (status["progress"], status["questions_generated"], status["target_questions"]) == (0, 0, 4)
    assert status["elapsed_time"] >= 0


async def test_a_cancel_is_final(openrouter, client, in_the_making, refused):
    async with asyncio.timeout(60):
        while not openrouter.requests:  # noqa: ASYNC110 - a client polls
            await asyncio.sleep(0.01)
    cancelled = await client.post(f"/tests/{in_the_making}/cancel")
    openrouter.may_answer.set()
    async with asyncio.timeout(60):
        while not (await client.get(f"/tests/{in_the_making}/attempts")).json()["attempts"]:  # noqa: ASYNC110 - a client polls
            await asyncio.sleep(0.01)
    test = (await client.get(f"/tests/{in_the_making}")).json()

    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "failed")
    assert cancelled.json()["message"] == "0 of 4 questions created"
    assert (test["status"], test["failure_reason"], test["questions"]) == ("failed", "Cancelled by user", [])
    refused(await client.post(f"/tests/{in_the_making}/cancel"), 409, "CONFLICT")


async def test_questions_by_hand_fill_the_test_up_to_its_target(client, failed, refused):
    for slot, status in ((1, "partial"), (2, "completed")):
        added = await client.post(f"/tests/{failed}/questions", json=BY_HAND)
        assert (added.status_code, added.json()["slot"], added.json()["state"]) == (201, slot, "edited")
        assert (await client.get(f"/tests/{failed}/status")).json()["status"] == status

    refused(await client.post(f"/tests/{failed}/questions", json=BY_HAND), 409, "TEST_FULL")
    assert (await client.get(f"/tests/{failed}/status")).json()["questions_generated"] == 2


async def test_a_question_by_hand_has_no_reason_against_its_key(client, failed, fields_of):
    question = BY_HAND | {"why_wrong": {"C": "no"}}

    assert fields_of(await client.post(f"/tests/{failed}/questions", json=question)) == ["why_wrong"]


async def test_no_question_is_added_while_the_test_is_made(client, in_the_making, refused):
    assert refused(await client.post(f"/tests/{in_the_making}/questions", json=BY_HAND), 409, "GENERATION_IN_PROGRESS")


async def test_a_question_is_edited_where_it_is_named(client, failed):
    question = (await client.post(f"/tests/{failed}/questions", json=BY_HAND)).json()
    path = f"/tests/{failed}/questions/{question['id']}"
    edited = (await client.patch(path, json={"max_marks": 2.5, "correct_option": "D"})).json()

    assert (edited["max_marks"], edited["correct_option"], edited["question"]) == (2.5, "D", "Which?")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"options": ["a", "a", "b", "c"]},
        {"options": ["a"]},
        {"correct_option": "E"},
        {"max_marks": 0},
        {"question": ""},
    ],
)
async def test_an_edit_that_makes_no_question_is_422(client, failed, refused, changes):
    question = (await client.post(f"/tests/{failed}/questions", json=BY_HAND)).json()

    assert refused(
        await client.patch(f"/tests/{failed}/questions/{question['id']}", json=changes), 422, "VALIDATION_ERROR"
    )


@pytest.mark.parametrize("changes", [{}, {"weight": 3}, {"question": None}])
async def test_an_edit_of_nothing_that_is_known_says_so(client, failed, refused, changes):
    question = (await client.post(f"/tests/{failed}/questions", json=BY_HAND)).json()
    response = await client.patch(f"/tests/{failed}/questions/{question['id']}", json=changes)

    assert refused(response, 422, "VALIDATION_ERROR")["message"] == "name at least one field to change"


@pytest.mark.parametrize("name", ["moodle", "gift", "aiken", "qti21", "qti30", "csv", "json", "docx"])
async def test_every_format_is_a_file(client, failed, name):
    await client.post(f"/tests/{failed}/questions", json=BY_HAND)
    response = await client.get(f"/tests/{failed}/export", params={"format": name})

    assert response.status_code == 200
    assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    assert response.content


@pytest.mark.parametrize(("name", "ending"), [("moodle", ".xml"), ("aiken", ".aiken.txt"), ("qti30", ".qti30.zip")])
async def test_a_file_is_called_like_its_test_and_a_part_of_one_says_so(client, database, name, ending):
    [whole, part] = [
        store_test(database, name="Übung 1", status=status, target=target)[0]
        for status, target in (("completed", 1), ("generating", 3))
    ]
    plain, told = [await client.get(f"/tests/{test_id}/export?format={name}") for test_id in (whole, part)]

    assert plain.headers["Content-Disposition"] == (
        f"attachment; filename=\"Ubung-1{ending}\"; filename*=UTF-8''%C3%9Cbung%201{ending}"
    )
    assert f'filename="Ubung-1-1-of-3{ending}"' in told.headers["Content-Disposition"]
    assert (told.headers["X-Test-Status"], told.headers["X-Test-Questions"]) == ("generating", "1/3")


async def test_a_paper_that_is_printed_too_early_says_so(client, database):
    test_id, _ = store_test(database, status="generating", target=3)
    response = await client.get(f"/tests/{test_id}/paper")

    assert "1 of 3 questions; still being generated" in response.text
    assert response.headers["X-Test-Status"] == "generating"


async def test_an_unknown_format_is_422_and_an_empty_test_409(client, failed, refused):
    assert refused(await client.get(f"/tests/{failed}/export?format=word"), 422, "VALIDATION_ERROR")
    assert refused(await client.get(f"/tests/{failed}/export?format=json"), 409, "TEST_NOT_READY")
    assert refused(await client.get(f"/tests/{failed}/paper"), 409, "TEST_NOT_READY")
    assert refused(await client.post(f"/tests/{failed}/session"), 409, "TEST_NOT_READY")


async def test_the_paper_shows_the_key_only_when_it_is_asked_for(client, failed):
    await client.post(f"/tests/{failed}/questions", json=BY_HAND)
    plain, key = [(await client.get(f"/tests/{failed}/paper?key={n}")).text for n in (0, 1)]

    assert '<span class="box"></span>' in plain
    assert '<span class="box">C</span>' in key


async def test_places_without_a_question_leave_no_gap_and_what_is_added_comes_last(client, database):
    test_id, _ = store_test(database, status="partial", target=4, slots=[1, 3, 4])
    printed = [
        question["number"]
        for question in (await client.get(f"/tests/{test_id}/export?format=json")).json()["questions"]
    ]
    added = (await client.post(f"/tests/{test_id}/questions", json=BY_HAND)).json()
    test = (await client.get(f"/tests/{test_id}")).json()

    assert printed == [1, 2, 3]
    assert (added["slot"], added["number"]) == (2, 4)
    assert [(question["number"], question["slot"]) for question in test["questions"]] == [
        (1, 1),
        (2, 3),
        (3, 4),
        (4, 2),
    ]


async def test_a_sheet_asks_under_the_numbers_that_are_printed(client, database):
    test_id, _ = store_test(database, status="partial", target=4, slots=[1, 3, 4])
    session = (await client.post(f"/tests/{test_id}/session")).json()["session_id"]
    asked = (await client.get(f"/questions/{session}")).json()["questions"]

    assert [(question["question_id"], question["number"]) for question in asked] == [("1", 1), ("2", 2), ("3", 3)]


async def test_a_test_outlives_its_document_and_goes_when_it_is_deleted(client, failed, refused):
    document_id = (await client.get(f"/tests/{failed}")).json()["document_id"]
    await client.delete(f"/documents/{document_id}")
    assert (await client.get(f"/tests/{failed}")).json()["document_id"] is None

    assert [(await client.delete(f"/tests/{failed}")).status_code for _ in range(2)] == [204, 204]
    refused(await client.get(f"/tests/{failed}"), 404, "NOT_FOUND")


async def test_a_document_is_not_deleted_while_a_test_is_made_from_it(client, in_the_making, refused):
    document_id = (await client.get(f"/tests/{in_the_making}")).json()["document_id"]

    assert refused(await client.delete(f"/documents/{document_id}"), 409, "CONFLICT")


@pytest.mark.parametrize("test_id", ["nonsense", "0f8fad5b-d9cb-469f-a165-70867728950e"])
@pytest.mark.parametrize("path", ["", "/status", "/paper", "/export?format=json", "/attempts", "/events", "/live"])
async def test_a_test_that_is_not_there_is_404(client, refused, test_id, path):
    assert refused(await client.get(f"/tests/{test_id}{path}"), 404, "NOT_FOUND")


async def test_the_events_of_a_test_end_with_done(client, failed):
    response = await client.get(f"/tests/{failed}/events")
    names = [line.removeprefix("event: ") for line in response.text.splitlines() if line.startswith("event: ")]

    assert names == ["attempt", "attempt", "attempts", "progress", "done"]


async def test_a_question_that_came_after_a_cancel_was_not_given_up(client, database):
    test_id, _ = store_test(database, status="failed", target=2)
    late = {"outcome": "late", "final": True, "message": "The test was over before this question was ready."}
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "insert into test_attempt (test_id, slot, round, role, model, raw, verdict)"
            " values (%s, 2, 3, 'writer', 'a/b', '{}', %s)",
            [test_id, Jsonb(late)],
        )
    events = (await client.get(f"/tests/{test_id}/events")).text
    [attempt] = [
        json.loads(line[6:]) for line in events.splitlines() if line.startswith("data:") and "was over before" in line
    ]

    assert (attempt["status"], attempt["round"]) == ("cancelled", 3)


async def test_what_belongs_to_another_is_404(connect_app, refused):
    keys = {"api_keys": (SecretStr("key"),), "supabase_jwt_secret": SecretStr(SECRET), "supabase_jwt_issuer": ISSUER}
    client = await connect_app(**keys)
    mine, theirs = ({"Authorization": f"Bearer {_token(user)}"} for user in (ME, THEM))
    files = {"file": ("cells.txt", PROSE.encode())}
    document = (await client.post("/documents/upload", files=files, headers=mine)).json()["id"]
    async with asyncio.timeout(60):
        while (await client.get(f"/documents/{document}", headers=mine)).json()["status"] == "processing":  # noqa: ASYNC110 - a client polls
            await asyncio.sleep(0.01)
    body = {"document_id": document, "num_questions": 2}
    refused(await client.post("/tests/generate", json=body, headers=theirs), 404, "NOT_FOUND")
    test = (await client.post("/tests/generate", json=body, headers=mine)).json()["id"]

    for path in (f"/documents/{document}", f"/documents/{document}/extract", f"/tests/{test}", f"/tests/{test}/status"):
        refused(await client.get(path, headers=theirs), 404, "NOT_FOUND")
        assert (await client.get(path, headers=mine)).is_success
    refused(await client.post(f"/tests/{test}/cancel", headers=theirs), 404, "NOT_FOUND")
    assert (await client.get("/documents", headers=theirs)).json() == {"items": [], "total": 0}
    assert (await client.get("/tests", headers=theirs)).json() == {"items": [], "total": 0}
    await client.delete(f"/tests/{test}", headers=theirs)
    assert (await client.get(f"/tests/{test}", headers=mine)).is_success


def _token(user):
    claims = {
        "iss": ISSUER,
        "sub": user,
        "aud": "authenticated",
        "role": "authenticated",
        "exp": int(time.time()) + 600,
    }
    return jwt.encode(claims, SECRET, algorithm="HS256")


@pytest.mark.parametrize("seed", [-1, 2**31, 1.5, "7"])
async def test_a_seed_out_of_range_is_named(start, fields_of, seed):
    assert fields_of(await start(2, seed=seed)) == ["seed"]
