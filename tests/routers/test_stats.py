import asyncio

import httpx
import psycopg
import pytest

QUESTIONS = [
    {"question_id": "full", "max_marks": 4},
    {"question_id": "half", "max_marks": 2.5},
    {"question_id": "none", "max_marks": 0},
    {"question_id": "unseen", "max_marks": 1},
]
NO_DISCREPANCY = {
    "lt100": {"count": 0, "questions": []},
    "zpf": {"count": 0, "questions": [], "mismatched": []},
    "range": {"count": 0, "questions": [], "mismatched": []},
}


@pytest.fixture
def stats_of(client):
    async def stats_of(session_id):
        response = await client.get(f"/stats/{session_id}")
        assert response.status_code == 200
        return response.json()

    return stats_of


async def test_an_ungraded_session_has_its_maxima_and_human_marks(prepare, stats_of):
    session_id = await prepare(questions=QUESTIONS, human={"full": 3.5})

    assert await stats_of(session_id) == {
        "session_id": session_id,
        "worked_example_of": [],
        "human_marks_by_qid": {"full": 3.5},
        "totals": {
            "total_max_marks": 7.5,
            "total_marks_awarded_by_model_try": {},
            "n_unmarked_by_model_try": {},
            "max_of_marked_by_model_try": {},
            "token_usage_stats": {},
        },
        "discrepancies_by_model_try": {},
    }


async def test_totals_and_discrepancies_stand_under_model_and_try(prepare, grade, openrouter, stats_of):
    openrouter.marks = {"full": 3, "half": 0, "none": 0}
    session_id = await prepare(questions=QUESTIONS, human={"full": 4, "half": 1.25, "none": 0, "unseen": 1})
    await grade(session_id, {"name": "a/b", "instance_id": "m 1", "tries": 2})

    stats = await stats_of(session_id)

    totals = stats["totals"]
    assert totals["total_max_marks"] == 7.5
    assert totals["total_marks_awarded_by_model_try"] == {"m 1": {"1": 3, "2": 3}}
    assert totals["n_unmarked_by_model_try"] == {"m 1": {"1": 1, "2": 1}}
    assert totals["max_of_marked_by_model_try"] == {"m 1": {"1": 6.5, "2": 6.5}}
    # Two attempts, each asked for its missing question once more.
    assert totals["token_usage_stats"]["m 1"].items() >= {"input_tokens": 400, "output_tokens": 80}.items()
    found = stats["discrepancies_by_model_try"]["m 1"]["2"]
    assert found == stats["discrepancies_by_model_try"]["m 1"]["1"]
    assert found["lt100"] == {"count": 1, "questions": ["full"]}
    assert found["zpf"]["mismatched"] == [
        {"qid": "full", "human": "F", "ai": "P"},
        {"qid": "half", "human": "P", "ai": "Z"},
    ]
    assert found["range"] == {
        "count": 1,
        "questions": ["half"],
        "mismatched": [{"qid": "half", "human": "25_74_9", "ai": "0_25"}],
    }


async def test_token_counts_are_whole_numbers(client, prepare, grade, openrouter):
    openrouter.marks = {question["question_id"]: 0 for question in QUESTIONS}
    session_id = await prepare(questions=QUESTIONS)
    await grade(session_id, "a/b")

    assert '"input_tokens":100,' in (await client.get(f"/stats/{session_id}")).text


async def test_an_attempt_without_marks_has_no_entry(prepare, grade, openrouter, stats_of):
    openrouter.reply = lambda: httpx.Response(400, json={"error": {"message": "no", "code": 400}})
    session_id = await prepare(questions=QUESTIONS, human={"full": 4})
    await grade(session_id, "a/b")

    stats = await stats_of(session_id)

    assert stats["discrepancies_by_model_try"] == {}
    assert stats["totals"]["total_marks_awarded_by_model_try"] == {}
    assert stats["totals"]["n_unmarked_by_model_try"] == {"a/b": {"1": 4}}


async def test_an_attempt_beside_which_no_human_marked_agrees_with_nobody(prepare, grade, openrouter, stats_of):
    openrouter.marks = {question["question_id"]: 0 for question in QUESTIONS}
    session_id = await prepare(questions=QUESTIONS)
    await grade(session_id, "a/b")

    assert (await stats_of(session_id))["discrepancies_by_model_try"] == {"a/b": {"1": NO_DISCREPANCY}}


async def test_human_marks_that_change_are_seen_at_once(client, prepare, grade, openrouter, stats_of):
    openrouter.marks = {question["question_id"]: 0 for question in QUESTIONS}
    session_id = await prepare(questions=QUESTIONS, human={"full": 0})
    await grade(session_id, "a/b")

    config = {"session_id": session_id, "questions": QUESTIONS, "human_marks_by_qid": {"full": 4}}
    assert (await client.post("/questions/config", json=config)).status_code == 200

    found = (await stats_of(session_id))["discrepancies_by_model_try"]["a/b"]["1"]
    assert [found[view]["questions"] for view in ("lt100", "zpf", "range")] == [["full"]] * 3


@pytest.fixture
async def at_rest(client, prepare, grade, openrouter, database):
    """A graded session whose snapshot is stored, which follows the end of its run."""
    openrouter.marks = {question["question_id"]: 0 for question in QUESTIONS}
    session_id = await prepare(questions=QUESTIONS, human={"full": 0})
    await grade(session_id, "a/b")
    with psycopg.connect(database, autocommit=True) as connection:
        async with asyncio.timeout(60):
            while connection.execute("select totals is null from stats").fetchall() != [(False,)]:
                await client.get(f"/sessions/{session_id}")
    return session_id


@pytest.fixture
def rows(database):
    """Every row, with the transaction that wrote it."""

    def rows():
        with psycopg.connect(database) as connection:
            return [
                connection.execute(f"select xmin, * from {table}").fetchall()  # noqa: S608 # names that stand here
                for table in ("session", "stats", "result", "grading_call")
            ]

    return rows


async def test_a_read_writes_nothing(client, at_rest, rows):
    before = rows()
    for path in ("stats", "results", "results/errors", "sessions", "questions", "grade/tokens"):
        await client.get(f"/{path}/{at_rest}")

    assert rows() == before
