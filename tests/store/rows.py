"""What the tests of the store write into the database, and how they read it."""

import json
from uuid import uuid4

from app.marks.model import Role, Stage
from app.store.runs import CallKey, PlannedCall

QUESTIONS = [
    {"question_id": "MAI.1b(ii)", "number": 1, "max_marks": 2.5, "tolerance": 0.5, "text": "Why?", "answer": None},
    {"question_id": "数学/2", "number": 2, "max_marks": 4, "tolerance": None, "text": None, "answer": "42"},
]
IDS = [question["question_id"] for question in QUESTIONS]
URL = "https://example.org/a.png"
PLAN = {"markers": [{"key": "a/b"}], "summary": {"selected_models": ["a/b"], "model_pairs": None}}
ONE, TWO = (CallKey("a/b", number, Stage.ASSESSMENT) for number in (1, 2))
USED = {"prompt_tokens": 100, "completion_tokens": 20, "reasoning_tokens": 5, "cached_tokens": 60, "cost_usd": 0.002}
FULL = {"MAI.1b(ii)": 2.5, "数学/2": 4}
ANY_PAGE = {"after": 0, "limit": 50}


async def register(store, session_id, url=URL, order_index=0, role=Role.STUDENT):
    await store.register_pages(
        session_id=session_id, role=role, order_index=order_index, pages=[(url, f"2026-11/{order_index}.png")]
    )


async def start_grading(store, session_id, *keys, plan=PLAN, force=False):
    inputs = await store.grading_inputs(session_id)
    calls = [PlannedCall(key, {"model": "a/b", "input_hash": "h"}) for key in keys]
    return await store.start_grading(
        session_id, plan=plan, default_tries=2, calls=calls, inputs_version=inputs.inputs_version, force=force
    )


def outcome(key, marks, status="succeeded", **more):
    results = [
        {"question_id": question_id, "marks_awarded": mark, "rubric_notes": "n", "validation_errors": []}
        for question_id, mark in marks.items()
    ]
    row = {"model_name": key.model_name, "try_index": key.try_index, "stage": key.stage.value, "input_hash": "h"}
    return row | USED | {"status": status, "completions": [{"content": "{}"}], "results": results} | more


async def progress_of(store, session_id):
    return json.loads(await store.session_progress(session_id))


def imported(name, line="2,4", model="m", **more):
    row = {"session_id": str(uuid4()), "name": name, "human": {}, "human_2": {}, "attempts": [[model, 1, line]]}
    return row | more


async def marks_of(exams, **scope):
    """The stored marks of a scope: attempts by script."""
    stored = json.loads(await exams.marks(scope))
    return {script["name"]: script["attempts"] for script in stored["scripts"]}
