"""Sessions and exams behind both transports, a database that fails in every way, and servers that tests may stop."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from time import monotonic
from typing import Any

import httpx
import psycopg
import pytest

from app.database.embedded import EmbeddedPostgres
from app.marks.model import Role, Stage
from app.store.exams import ExamStore
from app.store.postgrest import PostgrestTransport
from app.store.psycopg import PsycopgTransport
from app.store.runs import CallKey, PlannedCall
from app.store.sessions import Store
from app.store.transport import Transport
from tests.store.rows import IDS, ONE, QUESTIONS, TWO, register, start_grading

FUNCTIONS = """
create function public.ping(args jsonb) returns jsonb language sql as $$ select '{"ok": true}'::jsonb $$;
create function public.echo(args jsonb) returns jsonb language sql as $$ select args $$;
create function public.nothing(args jsonb) returns jsonb language sql as $$ select null::jsonb $$;
create function public.to_integer(args jsonb) returns jsonb language sql as $$ select to_jsonb((args ->> 'x')::int) $$;
create function public.fail(args jsonb) returns jsonb language plpgsql as $$
begin
  raise exception using errcode = args ->> 'state', message = args ->> 'message',
    detail = coalesce(args ->> 'detail', ''), hint = coalesce(args ->> 'hint', '');
end $$;
create sequence public.hang_ups;
create function public.hang_up(args jsonb) returns jsonb language plpgsql security definer as $$
begin
  if nextval('public.hang_ups') > (args ->> 'times')::int then return '"answered"'; end if;
  perform pg_terminate_backend(pg_backend_pid());
  return null;
end $$;
"""


@pytest.fixture(scope="session")
def probes(cluster: EmbeddedPostgres) -> str:
    """The conninfo of a database that holds `FUNCTIONS`."""
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("create database probes")
    with psycopg.connect(cluster.conninfo("probes"), autocommit=True) as connection:
        connection.execute(FUNCTIONS)
    return cluster.conninfo("probes")


@pytest.fixture(scope="session")
def probes_rest(serve_postgrest: Callable[[str], AbstractContextManager[Any]], probes: str) -> Iterator[Any]:
    with serve_postgrest(probes) as server:
        yield server


@pytest.fixture(params=["psycopg", "postgrest"])
async def probe(request: pytest.FixtureRequest, probes: str) -> AsyncIterator[Transport]:
    """Each of the two transports to the probes."""
    async with httpx.AsyncClient() as http:
        if request.param == "psycopg":
            opened: Transport = PsycopgTransport(probes)
        else:
            server = request.getfixturevalue("probes_rest")
            opened = PostgrestTransport(server.url, server.key, http)
        await opened.open()
        yield opened
        await opened.close()


@pytest.fixture(scope="module")
def own_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server that tests may stop and kill, with a `ping`."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("own"))
    server.start()
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(FUNCTIONS)
    yield server
    server.stop()


@pytest.fixture
def outage(own_cluster: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    """The same, running again after the test."""
    yield own_cluster
    own_cluster.start()


@pytest.fixture
def answers_again() -> Callable[[Transport], Awaitable[bool]]:
    """Whether a transport finds its database again within a minute."""

    async def answers_again(transport: Transport) -> bool:
        deadline = monotonic() + 60
        while monotonic() < deadline:
            if await transport.ping():
                return True
        return False

    return answers_again


@pytest.fixture
def store(transport):
    return Store(transport)


@pytest.fixture
def create(store):
    async def create(store=store, **fields):
        return (await store.create_session(name="Bio", **fields))["session_id"]

    return create


@pytest.fixture
def prepare(store, create):
    async def prepare():
        session_id = await create()
        await store.configure_questions(session_id, QUESTIONS, {"MAI.1b(ii)": 1.25})
        await register(store, session_id)
        return session_id

    return prepare


@pytest.fixture
def start(store, prepare):
    """A session in grading with two calls, claimed by `me`."""

    async def start():
        session_id = await prepare()
        assert await start_grading(store, session_id, ONE, TWO) == "started"
        return session_id, await store.claim_session(session_id, "me")

    return start


@pytest.fixture
def exams(transport):
    return ExamStore(transport)


@pytest.fixture
def create_exam(exams):
    async def create_exam(name="Science", questions=QUESTIONS):
        return await exams.create_exam(name, questions)

    return create_exam


@pytest.fixture
def join(store):
    """A session of an exam."""

    async def join(exam_id, name="Anna"):
        return (await store.create_session(name=name, exam_id=exam_id))["session_id"]

    return join


@pytest.fixture
def graded(store, join):
    """A session of an exam in which model a/b was asked once: 2 marks, and none for the second question."""

    async def graded(exam_id):
        session_id = await join(exam_id)
        await store.configure_questions(session_id, QUESTIONS, {IDS[0]: 1.5}, {IDS[0]: 2})
        await store.register_pages(
            session_id=session_id, role=Role.STUDENT, order_index=0, pages=[("https://x.test/1.png", None)]
        )
        inputs = await store.grading_inputs(session_id)
        call = PlannedCall(CallKey("a/b", 1, Stage.ASSESSMENT), {"model": "a/b", "input_hash": "h"})
        await store.start_grading(
            session_id,
            plan={"markers": [{"key": "a/b"}], "summary": {"model_pairs": None}},
            default_tries=1,
            calls=[call],
            inputs_version=inputs.inputs_version,
            force=False,
        )
        run = (await store.claim_session(session_id, "me")).run
        await store.record_calls(session_id, run, [OUTCOME])
        return session_id

    return graded


OUTCOME = {
    "model_name": "a/b",
    "try_index": 1,
    "stage": "assessment",
    "status": "succeeded",
    "input_hash": "h",
    "cost_usd": 0.002,
    "latency_ms": 1500,
    "completions": [{"content": "{}"}],
    "results": [
        {"question_id": IDS[0], "marks_awarded": 2, "rubric_notes": "half right", "validation_errors": []},
        {"question_id": IDS[1], "marks_awarded": 9, "rubric_notes": None, "validation_errors": []},
    ],
}
