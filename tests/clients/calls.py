"""Asking a server over HTTP, and what the simulator has billed for it."""

import asyncio

QUESTIONS = [{"question_number": name, "max_mark": 4} for name in ("1a", "1b", "2")]


async def ask(http, method, path, body=None, status=None):
    response = await http.request(method, path, json=body)
    assert response.status_code == status if status else response.is_success, response.text
    return response.json() if response.content else None


async def session_of(http, exam_id=None):
    made = (await ask(http, "POST", "/sessions", {"exam_id": exam_id} if exam_id else {}))["session_id"]
    image = {"session_id": made, "role": "student", "url": "https://scans.test/1.png", "order_index": 0}
    await ask(http, "POST", "/images/register", image)
    await ask(http, "POST", "/questions/config", {"session_id": made, "questions": QUESTIONS})
    return made


async def finished(http, *sessions):
    while True:
        states = [await ask(http, "GET", f"/sessions/{one}") for one in sessions]
        if all(state["status"] != "grading" for state in states):
            return states
        await asyncio.sleep(0.02)


def billed(simulator):
    """US dollars for every completion that the simulator gave."""
    return sum(entry.usage["cost"] for entry in simulator.log if entry.usage is not None)
