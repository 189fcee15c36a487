"""Documents and generated tests over both transports."""

import os
from hashlib import sha256

import pytest

from app.errors import ConflictError, NotFoundError
from app.generation.progress import status_of
from app.store.documents import PART_BYTES, DocumentStore
from app.store.generated_tests import GeneratedTestStore

QUESTION = {
    "question": "Which?",
    "options": ["a", "b", "c", "d"],
    "correct_option": "B",
    "why_wrong": {"A": "no"},
    "explanation": "",
    "topic": "",
    "bloom": None,
    "page": 1,
    "quote": "b",
    "checks": {},
}
TEST = {
    "name": "cells",
    "target_questions": 2,
    "difficulty": "EASY",
    "models": {"writer": "a/b", "solvers": ["c/d"], "topics": []},
    "prompt_version": "1",
    "seed": 7,
}
ATTEMPT = {
    "slot": 1,
    "round": 1,
    "role": "writer",
    "model": "a/b",
    "with_quote": True,
    "raw": {"content": "a \0 NUL and a lone \ud800"},
    "verdict": {"outcome": "written"},
    "prompt_tokens": 10,
    "completion_tokens": 5,
    "cost_usd": 0.25,
}


@pytest.fixture
def documents(transport):
    return DocumentStore(transport)


@pytest.fixture
def tests(transport):
    return GeneratedTestStore(transport)


async def create(documents, content=b"some text", name="a.txt"):
    row = await documents.create(content, name=name, sha256=sha256(content).hexdigest(), content_type="text/plain")
    return row["id"]


@pytest.fixture
async def ready(documents):
    document = await create(documents)
    await documents.claim(document, "me")
    await documents.record_pages(document, 1, [{"page": 1, "text": "some text", "source": "text"}])
    await documents.finish(document, "me", "ready", error=None, word_count=2, character_count=9)
    return document


@pytest.mark.parametrize("size", [0, 1, PART_BYTES, 2 * PART_BYTES + 77])
async def test_a_file_comes_back_as_it_was_sent(documents, size):
    content = os.urandom(size)
    claimed = await documents.claim(await create(documents, content), "me")

    assert claimed.is_whole
    assert await documents.content(claimed) == content


async def test_a_document_is_claimed_by_one_process(documents):
    document = await create(documents)

    assert await documents.claim(document, "me") is not None
    assert await documents.claim(document, "another") is None
    assert not (await documents.renew_lease(document, "another")).held
    await documents.release_lease(document, "me")
    assert await documents.unclaimed() == [document]


async def test_the_first_text_of_a_page_stays_and_is_paid_once(documents):
    document = await create(documents)
    for text in ("first", "second"):
        await documents.record_pages(document, 2, [{"page": 2, "text": text, "source": "ocr"}], cost_usd=0.5)
    stored = await documents.text(document)

    assert [page["text"] for page in stored["pages"]] == ["first"]
    assert stored["document"]["cost_usd"] == 0.5


async def test_a_document_has_one_test_in_the_making(tests, ready):
    first = await tests.create(ready, **TEST)
    with pytest.raises(ConflictError):
        await tests.create(ready, **TEST)
    await tests.cancel(first["id"], "no more")

    assert (await tests.create(ready, **TEST))["status"] == "pending"


async def test_what_an_interrupted_attempt_had_cost_is_added_to_what_comes_for_it(tests, ready):
    test = (await tests.create(ready, **TEST))["id"]
    billed = {"raw": {"content": None, "exchanges": [{"at": "10:00"}]}, "verdict": {"outcome": "interrupted"}}
    written = {"raw": {"content": "{}", "exchanges": [{"at": "10:05", "reply": {"size": 9, "data": "eJw="}}]}}
    for change in (billed, billed, written, written):
        await tests.record_attempt(test, ATTEMPT | change)

    [attempt] = (await tests.attempts(test))["attempts"]

    assert attempt["verdict"] == {"outcome": "written"}
    assert attempt["raw"] == {"content": "{}", "exchanges": [{"at": "10:00"}, {"at": "10:05"}]}
    assert (attempt["prompt_tokens"], attempt["cost_usd"]) == (20, 0.5)
    assert (await tests.summary(test))["cost_usd"] == 0.5


async def test_an_attempt_is_paid_once_and_gets_its_last_verdict(tests, ready):
    test = (await tests.create(ready, **TEST))["id"]
    await tests.record_attempt(test, ATTEMPT)
    await tests.record_attempt(test, ATTEMPT | {"verdict": {"outcome": "rejected"}})
    [attempt] = (await tests.attempts(test))["attempts"]

    assert attempt["verdict"] == {"outcome": "rejected"}
    assert (await tests.summary(test))["cost_usd"] == 0.25


async def test_only_who_holds_the_lease_adds_questions_and_ends_the_test(tests, ready):
    test = (await tests.create(ready, **TEST))["id"]
    await tests.claim(test, "me")

    assert not await tests.accept(test, "another", 1, QUESTION)
    assert await tests.accept(test, "me", 1, QUESTION)
    assert await tests.accept(test, "me", 1, QUESTION | {"question": "Another?"})
    await tests.finish(test, "another", "no")
    assert (await tests.summary(test))["status"] == "generating"
    await tests.finish(test, "me", "one is missing")
    stored = await tests.test(test)
    assert (stored["status"], stored["failure_reason"]) == ("partial", "one is missing")
    assert [question["question"] for question in stored["questions"]] == ["Which?"]


async def test_a_cancelled_test_takes_no_question(tests, ready):
    test = (await tests.create(ready, **TEST))["id"]
    await tests.claim(test, "me")
    await tests.cancel(test, "Cancelled by user")

    assert not await tests.accept(test, "me", 1, QUESTION)
    assert not (await tests.renew_lease(test, "me")).held
    with pytest.raises(ConflictError):
        await tests.cancel(test, "again")


async def outcomes(tests, test):
    return {one["slot"]: one["verdict"]["outcome"] for one in (await tests.attempts(test))["attempts"]}


async def test_no_answer_of_a_test_that_is_over_is_without_a_verdict(tests, ready):
    test = (await tests.create(ready, **TEST))["id"]
    await tests.claim(test, "me")
    for slot in (1, 2):
        await tests.record_attempt(test, ATTEMPT | {"slot": slot})
    await tests.accept(test, "me", 1, QUESTION | {"checks": {"round": 1, "findings": []}})
    await tests.finish(test, "me", "one is missing")

    assert await outcomes(tests, test) == {1: "accepted", 2: "late"}


async def test_an_answer_that_comes_after_a_cancel_is_kept_as_late(tests, ready):
    test = (await tests.create(ready, **TEST))["id"]
    await tests.claim(test, "me")
    await tests.record_attempt(test, ATTEMPT)
    await tests.cancel(test, "Cancelled by user")
    await tests.record_attempt(test, ATTEMPT | {"slot": 2})

    assert await outcomes(tests, test) == {1: "late", 2: "late"}
    assert (await tests.summary(test))["cost_usd"] == 0.5


async def test_another_owner_sees_nothing(documents, tests, ready):
    test = (await tests.create(ready, **TEST))["id"]

    for ask in (documents.for_owner("x").document(ready), tests.for_owner("x").test(test)):
        with pytest.raises(NotFoundError):
            await ask
    assert not await tests.for_owner("x").delete(test)
    assert (await documents.for_owner("x").documents(limit=9, offset=0))["total"] == 0


async def test_what_was_left_out_of_requests_is_a_note_of_the_test_once(tests, ready):
    test = (await tests.create(ready, **TEST))["id"]
    raw = {"content": "x", "exchanges": [{"at": 1, "notes": ["m/one does not take reasoning: it is left out."]}]}
    for slot in (1, 2):
        await tests.record_attempt(test, ATTEMPT | {"slot": slot, "raw": raw})
    stored = await tests.summary(test)

    assert stored["notes"] == ["m/one does not take reasoning: it is left out."]
    assert status_of(stored)["notes"] == stored["notes"]
