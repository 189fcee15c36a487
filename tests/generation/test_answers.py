import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.ocr import parse_ocr
from app.generation.answers import parse_solver, parse_writer
from app.generation.checks import SolverAnswer
from app.generation.model import Bloom, Check, CheckFinding, Draft

GOOD: dict[str, Any] = {
    "stem": "Why is the inner membrane folded?",
    "key": "To enlarge its surface",
    "distractors": [{"text": text, "why_wrong": "It is wrong."} for text in ("Light", "Starch", "DNA")],
    "explanation": "More surface, more enzymes.",
    "quote": "folded into cristae",
    "topic": "cells",
    "bloom": "understand",
}


def drafted(text: str) -> Draft:
    found = parse_writer(text)
    assert isinstance(found, Draft)
    return found


def refused(**changes: object) -> tuple[CheckFinding, ...]:
    found = parse_writer(json.dumps(GOOD | changes))
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD),
        f"Here it is:\n```json\n{json.dumps(GOOD)}\n```\nGood luck!",
        f"<think>{json.dumps(GOOD | {'stem': 'A draft?'})}</think>{json.dumps(GOOD)}",
        json.dumps({"question": GOOD}),
        json.dumps({"questions": [GOOD]}),
        json.dumps([GOOD]),
        json.dumps(GOOD | {"key": "An earlier try"}) + "\nBetter:\n" + json.dumps(GOOD),
    ],
)
def test_the_question_is_found_whatever_surrounds_it(text: str):
    draft = drafted(text)
    assert (draft.stem, draft.key, draft.bloom) == (GOOD["stem"], GOOD["key"], Bloom.UNDERSTAND)
    assert draft.distractor_texts == ("Light", "Starch", "DNA")


def test_other_names_for_the_same_things_are_understood():
    other = {
        "question": GOOD["stem"],
        "correct_answer": GOOD["key"],
        "rationale": "x",
        "evidence": "y",
        "bloom": "Analyze",
    }
    draft = drafted(json.dumps(other | {"distractors": GOOD["distractors"]}))
    assert (draft.stem, draft.key, draft.explanation, draft.bloom) == (GOOD["stem"], GOOD["key"], "x", Bloom.ANALYSE)


def test_letters_before_the_options_go_when_every_option_has_one():
    lettered = [{"text": f"{letter}) {letter}x", "why_wrong": "w"} for letter in "ABC"]
    draft = drafted(json.dumps(GOOD | {"key": "D. right", "distractors": lettered}))
    assert (draft.key, draft.distractor_texts) == ("right", ("Ax", "Bx", "Cx"))
    assert drafted(json.dumps(GOOD | {"key": "C. elegans"})).key == "C. elegans"


def test_a_backslash_that_json_ate_comes_back():
    assert (
        drafted(json.dumps(GOOD).replace("Light", r"\frac{1}{2} \sqrt{3}")).distractor_texts[0]
        == r"\frac{1}{2} \sqrt{3}"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quote": ""}, "quote is missing"),
        ({"explanation": None}, "explanation is missing"),
        ({"distractors": GOOD["distractors"][:2]}, "there are 2"),
        ({"distractors": "none"}, "there are 0"),
        ({"distractors": ["a", "b", "c"]}, "does not say why"),
    ],
)
def test_what_is_missing_is_named(changes: dict[str, object], words: str):
    [finding] = refused(**changes)
    assert finding.check is Check.INCOMPLETE
    assert words in finding.message


@pytest.mark.parametrize("text", ["", "I cannot do that.", "{", "[]", '{"stem": "Why?"}', "null"])
def test_an_answer_without_a_question_is_unreadable(text: str):
    found = parse_writer(text)
    assert isinstance(found, tuple)
    assert found[0].check is Check.UNREADABLE


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ('{"reason": "r", "answer": "B"}', "B"),
        ('```json\n{"answer": "c"}\n```', "C"),
        ('{"answer": "B. To enlarge"}', "B"),
        ('{"answer": null, "reason": "two are right"}', None),
        ("B", "B"),
        ("**B**", "B"),
        ("The correct answer is: (d).", "D"),
        ("<think>A?</think>B", "B"),
        ('{"answer": "A"}\nNo:\n{"answer": "B"}', "B"),
    ],
)
def test_the_letter_a_solver_chose(text: str, letter: str | None):
    answer = parse_solver(text, "test/solver")
    assert (answer.letter, answer.is_readable, answer.model) == (letter, True, "test/solver")


@pytest.mark.parametrize(
    "text",
    ["", "A cell has a membrane, so B or C", '{"answer": "E"}', '{"answer": ["A"]}', '{"answer": "Because"}', "{}"],
)
def test_an_answer_that_is_no_letter_is_never_guessed_at(text: str):
    answer = parse_solver(text, "test/solver")
    assert (answer.letter, answer.is_readable) == (None, False)


@pytest.mark.parametrize(
    ("text", "page"),
    [("Cells.\n", "Cells."), ("```text\nCells.\n```", "Cells."), ("[no text]", ""), ("[No text].", ""), ("a\0b", "ab")],
)
def test_a_copied_page_is_its_text(text: str, page: str):
    assert parse_ocr(text) == page


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*GOOD, "answer", "text"]), inner),
    max_leaves=12,
)


@given(
    st.text() | _JSON.map(json.dumps) | _JSON.map(lambda value: json.dumps(GOOD | {"distractors": value, "key": value}))
)
def test_no_answer_raises_and_every_draft_is_whole(text: str):
    found = parse_writer(text)
    if isinstance(found, Draft):
        assert all([found.stem, found.key, found.explanation, found.quote, len(found.distractors) == 3])
    else:
        assert found
    assert isinstance(parse_solver(text, "m"), SolverAnswer)
    assert "\0" not in parse_ocr(text)
