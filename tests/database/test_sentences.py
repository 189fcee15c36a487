"""Where English sentences stand in SQL: in refusals, and in the functions that decision 0001 names. Nowhere else."""

import re
from pathlib import Path

SCHEMAS = Path(__file__).parents[2] / "supabase" / "schemas"
STORED = {"unmark_questions", "pages_changed", "record_calls", "edited_checks", "close_attempts"}
# These gather what is wrong by field before they refuse.
GATHERING = {"check_human_marks", "check_keys", "renamed_questions"}
# Raised to take back what a block did, and caught in the same function: nobody outside sees it.
UNDONE = "errcode = 'SM000'"
REFUSAL = re.compile(r"raise exception.*?;\n", re.DOTALL)
LITERAL = re.compile(r"'((?:[^']|'')*)'")
SENTENCE = re.compile(r"[A-Z][a-z]* \S+ \S+")
DECISION = Path(__file__).parents[2] / "docs" / "decisions" / "0001-sql-functions-are-the-contract.md"


def without_comments(path):
    return re.sub(r"--[^\n]*", "", path.read_text("utf-8"))


def test_a_sentence_outside_a_refusal_stands_only_where_decision_0001_says_so():
    speaking = {
        path.stem
        for path in SCHEMAS.glob("*.sql")
        if any(map(SENTENCE.search, LITERAL.findall(REFUSAL.sub("", without_comments(path)))))
    }

    assert speaking == STORED | GATHERING
    assert all(f"`{name}`" in DECISION.read_text("utf-8") for name in STORED | GATHERING)


def test_every_refusal_carries_a_code_that_python_decides_by():
    refusals = [
        (path.stem, refusal)
        for path in SCHEMAS.glob("*.sql")
        for refusal in REFUSAL.findall(without_comments(path))
        if UNDONE not in refusal
    ]

    assert len(refusals) > 20
    assert [name for name, text in refusals if not re.search(r"errcode = 'SM4\d\d'.*detail = ", text, re.DOTALL)] == []


def test_what_a_function_raises_to_take_back_its_work_it_catches_itself():
    for path in SCHEMAS.glob("*.sql"):
        text = without_comments(path)
        assert text.count(UNDONE) == text.count("exception when sqlstate 'SM000' then"), path.stem
