"""The checks of the kinds beside single choice: each rejects a draft."""

import json

import pytest

from app.generation.answers import parse_solver, parse_writer
from app.generation.checks import check_plan, check_wording, is_rejected
from app.generation.model import Bloom, Check, Difficulty, Draft, Kind
from app.generation.options import draft_of, place
from app.generation.plans import SlotPlan

PROOF = {"explanation": "So it is.", "quote": "some words of the text", "topic": "cells", "bloom": "apply"}
GOOD = {
    Kind.SEVERAL: {
        "stem": "Which organelles have DNA of their own?",
        "keys": ["Mitochondria", "Chloroplasts"],
        "distractors": [{"text": "Ribosomes of it", "why_wrong": "RNA"}, {"text": "Lysosomes", "why_wrong": "no"}],
    },
    Kind.TRUE_FALSE: {"statement": "Mitochondria have DNA of their own.", "why_wrong": "The nucleus has most of it."},
    Kind.ASSERTION_REASON: {"assertion": "Cristae enlarge a surface.", "reason": "They are folds of a membrane."},
    Kind.MATCHING: {
        "stem": "Match each organelle with its task.",
        "pairs": [
            {"item": "Ribosome", "match": "makes proteins"},
            {"item": "Nucleus", "match": "keeps the DNA"},
            {"item": "Vacuole", "match": "stores water"},
            {"item": "Chloroplast", "match": "catches light"},
        ],
    },
}
KEYS = {Kind.SEVERAL: "A,C", Kind.TRUE_FALSE: "B", Kind.ASSERTION_REASON: "C", Kind.MATCHING: "1C,2A,3D,4B"}


def written(kind, **changes):
    return parse_writer(json.dumps(GOOD[kind] | PROOF | changes), kind)


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_question_of_each_kind_passes_and_comes_back_from_its_place(kind):
    draft = written(kind)
    plan = SlotPlan(kind, KEYS[kind], Bloom.APPLY)
    assert isinstance(draft, Draft)
    assert [*check_wording(draft, "en"), *check_plan(draft, plan)] == []
    placed = place(draft, number=1, key=KEYS[kind], seed=1, difficulty=Difficulty.EASY)
    assert placed.correct_option == KEYS[kind]
    assert draft_of(placed).gist == draft.gist == placed.gist


@pytest.mark.parametrize(
    ("kind", "changes", "check"),
    [
        (Kind.SEVERAL, {"keys": ["Mitochondria", "mitochondria "]}, Check.OPTIONS),
        (Kind.SEVERAL, {"keys": ["Mitochondria", "Chloroplasts and all that belongs to them"]}, Check.KEY_TOO_LONG),
        (Kind.SEVERAL, {"keys": ["Mitochondria", "All of the above"]}, Check.ALL_OR_NONE),
        (Kind.SEVERAL, {"keys": ["Always new", "Chloroplasts"]}, Check.ABSOLUTE_KEY),
        (Kind.TRUE_FALSE, {"statement": "All cells have mitochondria."}, Check.ABSOLUTE_KEY),
        (Kind.TRUE_FALSE, {"statement": "According to the text, cells breathe."}, Check.SOURCE_MENTIONED),
        (Kind.ASSERTION_REASON, {"reason": "A fold never lies flat."}, Check.ABSOLUTE_KEY),
        (Kind.ASSERTION_REASON, {"assertion": "The passage says that cristae are folds."}, Check.SOURCE_MENTIONED),
    ],
)
def test_what_a_gate_of_the_kind_finds_rejects_the_draft(kind, changes, check):
    findings = check_wording(written(kind, **changes), "en")
    assert check in {finding.check for finding in findings}
    assert is_rejected(findings)


@pytest.mark.parametrize(
    "pair", [{"item": "Ribosome", "match": "keeps the DNA"}, {"item": "What keeps the DNA", "match": "keeps the DNA"}]
)
def test_pairs_must_be_one_to_one_and_no_item_may_say_its_match(pair):
    pairs = [pair, *GOOD[Kind.MATCHING]["pairs"][2:], {"item": "Nucleus", "match": "keeps the dna"}]
    if pair["item"] != "Ribosome":
        pairs[-1] = {"item": "Ribosome", "match": "makes proteins"}
    (finding,) = check_wording(written(Kind.MATCHING, pairs=pairs), "en")
    assert (finding.check, finding.blocking) == (Check.PAIRS, True)


def test_another_number_of_right_answers_or_another_level_than_asked_for_is_rejected():
    plan = SlotPlan(Kind.SEVERAL, "A,B,C", Bloom.CREATE)
    assert [finding.check for finding in check_plan(written(Kind.SEVERAL), plan)] == [Check.OPTIONS, Check.LEVEL]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (Kind.SEVERAL, {"keys": ["one"]}),
        (Kind.TRUE_FALSE, {"quote": ""}),
        (Kind.ASSERTION_REASON, {"explanation": None}),
        (Kind.MATCHING, {"pairs": GOOD[Kind.MATCHING]["pairs"][:3]}),
        (Kind.MATCHING, {"pairs": [{"item": "a"}] * 4}),
    ],
)
def test_what_is_incomplete_says_what_it_lacks(kind, changes):
    findings = written(kind, **changes)
    assert {finding.check for finding in findings} == {Check.INCOMPLETE}


@pytest.mark.parametrize(
    ("key", "answer", "chosen"),
    [
        ("A,C", "A,C", "A,C"),
        ("A,C", "C and A", "A,C"),
        ("A,C", ["C", "A"], "A,C"),
        ("A,C", "AC", "A,C"),
        ("1C,2A,3D,4B", "1C,2A,3D,4B", "1C,2A,3D,4B"),
        ("1C,2A,3D,4B", {"1": "C", "2": "A", "3": "D", "4": "B"}, "1C,2A,3D,4B"),
        ("1C,2A,3D,4B", "CADB", "1C,2A,3D,4B"),
        ("1C,2A,3D,4B", "1C,2A", None),
        ("A,C", "neither", None),
    ],
)
def test_a_solver_may_write_several_letters_in_many_ways(key, answer, chosen):
    read = parse_solver(json.dumps({"reason": "r", "answer": answer}), "m", key)
    assert (read.letter, read.is_readable) == (chosen, chosen is not None)
