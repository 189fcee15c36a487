import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.errors import (
    BadRequestError,
    ConflictError,
    DatabaseFullError,
    NotFoundError,
    UnprocessableError,
    UpstreamUnavailableError,
)
from app.store.transport import DataError, StoreError, error_for, to_json


async def test_a_call_returns_what_the_function_returns(probe):
    said = {"text": "naïve 'quotes' \\ 数学 %s", "mark": 2.5, "whole": 3, "none": None, "list": [True, {"deep": []}]}

    assert await probe.call("echo", said) == said


async def test_a_call_for_text_returns_the_json_unread(probe):
    text = await probe.call_text("echo", {"mark": 2.50})

    assert isinstance(text, bytes)
    assert json.loads(text) == {"mark": 2.5}


async def test_a_function_that_returns_null_returns_none(probe):
    assert await probe.call("nothing", {}) is None


async def test_ids_and_times_are_sent_as_text(probe):
    moment = datetime(2026, 11, 21, 12, tzinfo=UTC)

    assert await probe.call("echo", {"id": UUID(int=1), "at": moment}) == {
        "id": "00000000-0000-0000-0000-000000000001",
        "at": "2026-11-21T12:00:00+00:00",
    }


ROW = {
    "texts": ['\x00\x1f\x7f\u2028 "quoted" \\\\ naïve 数学 😀', ""],
    "numbers": [0, -0.0, 2.5, 1e16, 5e-324, 1e300, 10**30, -(2**63), True, None],
    "deep": [[[{"answers": {"1a": {}}}]]],
}


def test_rows_of_calls_are_written_as_python_writes_them():
    assert json.loads(to_json({"run": 1, "outcomes": [ROW]})) == {"run": 1, "outcomes": [ROW]}


def test_rows_of_calls_may_hold_ids_times_and_deep_lists():
    deep = []
    for _ in range(300):
        deep = [deep]

    assert json.loads(to_json({"outcomes": [UUID(int=1), deep]}))["outcomes"][1] == deep
    assert "+00:00" in to_json({"at": datetime(2026, 11, 21, tzinfo=UTC)})


@pytest.mark.parametrize("unstorable", ["\ud800", {"\ud800": 1}, float("nan"), float("-inf")])
async def test_rows_of_calls_that_postgres_cannot_hold_are_refused_as_data(probe, unstorable):
    with pytest.raises(DataError):
        await probe.call("echo", {"outcomes": [unstorable]})


async def test_a_large_answer_arrives_whole(probe):
    rows = [{"row": number, "text": "x" * 100} for number in range(3000)]

    assert await probe.call("echo", {"rows": rows}) == {"rows": rows}


async def test_a_ping_is_answered(probe):
    assert await probe.ping()


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("SM400", BadRequestError),
        ("SM404", NotFoundError),
        ("SM409", ConflictError),
        ("SM422", UnprocessableError),
    ],
)
async def test_an_error_of_ours_keeps_message_code_and_details(probe, state, kind):
    details = {"errors": [{"field": "tolerance", "message": "must be 0 or more"}]}
    raised = {"state": state, "message": "It is marked: 50 %.", "detail": "SESSION_BUSY", "hint": json.dumps(details)}

    with pytest.raises(kind) as caught:
        await probe.call("fail", raised)

    assert (caught.value.message, caught.value.code, caught.value.details) == (
        "It is marked: 50 %.",
        "SESSION_BUSY",
        details,
    )


async def test_an_error_of_ours_without_detail_has_the_code_of_its_kind(probe):
    with pytest.raises(NotFoundError) as caught:
        await probe.call("fail", {"state": "SM404", "message": "There is none."})

    assert (caught.value.code, caught.value.details) == ("NOT_FOUND", {})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "half a \ud800 pair", "a \0 byte"])
async def test_a_value_that_json_or_postgres_cannot_hold_is_a_data_error(probe, value):
    with pytest.raises(DataError):
        await probe.call("echo", {"value": value})


async def test_a_value_of_the_wrong_type_is_a_data_error(probe):
    with pytest.raises(DataError) as caught:
        await probe.call("to_integer", {"x": "seven"})

    assert caught.value.sqlstate == "22P02"


async def test_a_function_the_database_lacks_means_that_it_must_be_migrated(probe):
    with pytest.raises(StoreError, match="secondmark migrate"):
        await probe.call("from_the_future", {})


async def test_any_other_error_is_ours_to_explain_and_quotes_no_data(probe):
    with pytest.raises(StoreError) as caught:
        await probe.call("fail", {"state": "23514", "message": "the student wrote: secret"})

    assert (caught.value.status, caught.value.sqlstate) == (500, "23514")
    assert "secret" not in caught.value.message


async def test_a_lost_race_may_work_later(probe):
    with pytest.raises(UpstreamUnavailableError):
        await probe.call("fail", {"state": "40P01", "message": "deadlock detected"})


@pytest.mark.parametrize("name", ["echo; drop table x", "echo(", "public.echo", "../echo", "", "Echo"])
async def test_only_an_identifier_is_called(probe, name):
    with pytest.raises(ValueError, match="not the name of a function"):
        await probe.call(name, {})


async def test_a_database_whose_disk_is_full_is_507_and_may_work_later(probe):
    with pytest.raises(DatabaseFullError, match="The disk of the database is full") as full:
        await probe.call("fail", {"state": "53100", "message": "could not extend file"})

    assert (full.value.status, full.value.code) == (507, "INSUFFICIENT_STORAGE")
    assert isinstance(full.value, UpstreamUnavailableError)


@pytest.mark.parametrize(
    "state", ["08006", "08P01", "57P01", "57P03", "53300", "PGRST000", "PGRST001", "PGRST002", "PGRST003"]
)
def test_connection_trouble_may_work_later(state):
    assert isinstance(error_for(state, "the server closed the connection"), UpstreamUnavailableError)


@pytest.mark.parametrize("hint", ["Try again", "[1]", "", None])
def test_a_hint_that_is_not_an_object_gives_no_details(hint):
    assert error_for("SM409", "Busy.", hint=hint).details == {}
