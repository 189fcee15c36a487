"""`secondmark grade` of more scripts than one request starts."""

import json

import httpx
import respx
from rich.console import Console

from app.commands.api import Api
from app.commands.grade import AT_ONCE, Choices, start
from app.commands.grade_order import GradeOrder, Script
from app.commands.handover import Handover

SERVER = "http://127.0.0.1:8000"
EXAM = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"


async def test_seeds_start_before_all_other_scripts_of_a_large_exam():
    ids = [f"s{number}" for number in range(2 * AT_ONCE + 1)]
    seeds = {ids[-1], ids[AT_ONCE], ids[3]}

    started = await started_requests(ids, seeds)

    assert [len(chunk) for chunk in started] == [AT_ONCE, AT_ONCE, 1]
    in_order = [session_id for chunk in started for session_id in chunk]
    assert set(in_order[: len(seeds)]) == seeds
    assert sorted(in_order) == sorted(ids)


async def started_requests(ids: list[str], seeds: set[str]) -> list[list[str]]:
    """The sessions of each request that started some."""
    held = [{"session_id": session_id, "name": session_id, "seed": session_id in seeds} for session_id in ids]
    requests: list[list[str]] = []

    def begin(request: httpx.Request) -> httpx.Response:
        requests.append(json.loads(request.content)["session_ids"])
        return httpx.Response(202, json={"started": requests[-1], "not_ready": []})

    with respx.mock(base_url=SERVER) as server:
        server.get(f"/exams/{EXAM}").respond(json={"exam_id": EXAM, "sessions": held})
        server.post(f"/exams/{EXAM}/grade").mock(side_effect=begin)
        async with Api(SERVER) as api:
            order = GradeOrder("large", (), (), (), [], ("a/b",), 1)
            handover = Handover(api, order, lambda _: None)
            handover.exam_id = EXAM
            handover.sessions = {session_id: Script(session_id, (), {}, {}) for session_id in ids}
            await start(api, order, handover, Choices(), Console(quiet=True))
    return requests
