"""Tests as they stand in the database once they are made, without anybody having made them."""

from collections.abc import Iterable
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from app.generation.model import ChoiceQuestion
from tests.generation.questions import PLAIN

MODELS = {"writer": "a/b", "solvers": ["c/d"], "topics": []}
GUESSABLE = {"code": "guessable", "message": "It may be guessed.", "blocking": False}
CHECKS = {"round": 1, "findings": [GUESSABLE]}


def store_test(
    database: str,
    *,
    name: str = "Cells",
    status: str = "completed",
    target: int = 1,
    slots: Iterable[int] = (1,),
    question: ChoiceQuestion = PLAIN,
) -> tuple[UUID, list[UUID]]:
    """The ids of the test and of its questions: the same one in each of `slots`."""
    with psycopg.connect(database, autocommit=True) as connection:
        test = connection.execute(
            "insert into generated_test (name, status, target_questions, questions_generated, difficulty, models,"
            " prompt_version, seed, lease_owner, lease_expires_at)"
            " values (%s, %s, %s, %s, 'HARD', %s, '1', 1, 'another', now() + interval '1 day') returning id",
            [name, status, target, len(list(slots)), Jsonb(MODELS)],
        ).fetchone()[0]
        questions = [_store_question(connection, test, slot, question) for slot in slots]
        if status not in {"pending", "generating"}:
            connection.execute("update generated_test set finished_at = clock_timestamp() where id = %s", [test])
    return test, questions


def _store_question(connection: psycopg.Connection, test: UUID, slot: int, question: ChoiceQuestion) -> UUID:
    return connection.execute(
        "insert into test_question (test_id, slot, question, options, correct_option, why_wrong, explanation,"
        " difficulty, page, quote, max_marks, checks) values (%s, %s, %s, %s, %s, %s, %s, 'HARD', %s, %s, %s, %s)"
        " returning id",
        [
            test,
            slot,
            question.question,
            Jsonb(question.options),
            question.correct_option,
            Jsonb(question.why_wrong),
            question.explanation,
            question.page,
            question.quote,
            question.max_marks,
            Jsonb(CHECKS),
        ],
    ).fetchone()[0]
