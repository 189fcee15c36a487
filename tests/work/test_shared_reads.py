import asyncio
import gc

import pytest

from app.work.shared_reads import SharedReads


class Database:
    """Answers with a number that counts its reads, when it is let."""

    def __init__(self):
        self.reads = []
        self.may_answer = asyncio.Event()
        self.error = None

    async def read(self, key, owner_id):
        self.reads.append((key, owner_id))
        number = len(self.reads)
        await self.may_answer.wait()
        if self.error is not None:
            raise self.error
        return f"{key} {number}".encode()


@pytest.fixture
def database():
    return Database()


@pytest.fixture
def shared(database):
    return SharedReads(database.read)


async def ask(shared, key="s", owner=None):
    """A request that has begun."""
    asked = asyncio.ensure_future(shared.get(key, owner))
    await turns()
    return asked


async def turns():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_requests_that_come_together_share_one_read(shared, database):
    asked = [asyncio.ensure_future(shared.get("s")) for _ in range(5)]
    await turns()
    database.may_answer.set()

    assert await asyncio.gather(*asked) == [b"s 1"] * 5


async def test_a_request_is_never_answered_by_a_read_that_began_before_it(shared, database):
    first = await ask(shared)
    late = [await ask(shared) for _ in range(3)]
    database.may_answer.set()

    assert await first == b"s 1"
    assert await asyncio.gather(*late) == [b"s 2"] * 3
    assert len(database.reads) == 2


async def test_different_sessions_and_owners_share_nothing(shared, database):
    asked = [await ask(shared, *wanted) for wanted in (("s", None), ("t", None), ("s", "ada"), ("s", "bob"))]
    database.may_answer.set()
    await asyncio.gather(*asked)

    assert database.reads == [("s", None), ("t", None), ("s", "ada"), ("s", "bob")]


async def test_a_failure_answers_all_who_wait_and_no_later_read(shared, database):
    asked = [asyncio.ensure_future(shared.get("s")) for _ in range(2)]
    await turns()
    database.error = RuntimeError("away")
    database.may_answer.set()

    answers = await asyncio.gather(*asked, return_exceptions=True)
    database.error = None

    assert [str(answer) for answer in answers] == ["away", "away"]
    assert await shared.get("s") == b"s 2"


async def test_a_client_that_goes_away_takes_no_answer_with_it(shared, database):
    going, staying = [asyncio.ensure_future(shared.get("s")) for _ in range(2)]
    await turns()
    going.cancel()
    await turns()
    database.may_answer.set()

    assert await staying == b"s 1"


async def test_when_all_clients_have_gone_a_failure_disturbs_nobody(shared, database, caplog):
    going = await ask(shared)
    going.cancel()
    await turns()
    database.error = RuntimeError("away")
    database.may_answer.set()
    await turns()
    database.error = None
    del going
    gc.collect()  # asyncio complains of a failure that nobody looked at when it throws it away

    assert await shared.get("s") == b"s 2"
    assert caplog.records == []


async def test_nothing_is_kept_of_finished_reads(shared, database):
    database.may_answer.set()
    for number in range(20):
        await shared.get(str(number))
    await turns()

    assert (shared._waiting, shared._readers) == ({}, {})
