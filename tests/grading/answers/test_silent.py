"""The short way past notes that say nothing of a mark: it passes over nothing that a search would find."""

import json
import random
from pathlib import Path

import pytest

from app.grading.answers import glossary, statements
from app.grading.answers.silent import says_nothing
from app.grading.answers.spoken import noted_mark, search
from app.marks.model import Question

HERE = Path(__file__).parent
QUESTIONS = [Question(question_id="1a", number=1, max_marks=most) for most in (1.0, 2.0, 3.0)]
TABLES = [*statements._KNOWN, *statements._WORD_NUMBERS, *statements._BLANK_OR_WRONG, *glossary._ANY]
WORDS = sorted({word for word in TABLES if word.isascii()})
NUMBERS = ("1", "2", "3", "0", "-1", "- 2", "0.5", "1/2", "2 / 3", "M1", "A0", "1,5", "(2)", "-.5", "10")
OTHERS = ("method", "cells", "carbon", "dioxide", "uses", "x", "light", "slip", "sign", "units", "right")
SEPARATORS = (" ", " ", " ", ", ", ". ", "; ", ": ", " - ", "\n")
QUIET = (
    "Method right, a slip in the working.",
    "The student identifies chlorophyll but spells it as chlorofil, which the key accepts.",
    "Quotes 48 at 10 cm and 7 at 40 cm, explains that less light reaches the plant.",
)


def found(note):
    marks = [(question, mark) for question in QUESTIONS for mark in {0.0, 1.0, question.max_marks}]
    return [said for question, mark in marks if (said := search(note, question, mark))]


def composed(draw):
    """A note of words that the tables know, numbers and others, in any order."""
    pieces = [draw.choice(draw.choices((WORDS, NUMBERS, OTHERS), (5, 3, 2))[0]) for _ in range(draw.randint(1, 6))]
    return "".join(piece + draw.choice(SEPARATORS) for piece in pieces)


def written_notes():
    texts = [path.read_text("utf-8") for path in sorted(HERE.glob("test_*.py"))]
    texts.append(json.dumps(json.loads((HERE / "awkward.json").read_text("utf-8"))))
    return sorted({piece for text in texts for piece in text.split('"') if 3 < len(piece) < 300})


@pytest.mark.parametrize("note", QUIET)
def test_a_usual_note_about_the_work_is_not_searched(note):
    assert says_nothing(note)
    assert not found(note)


def test_no_note_of_these_tests_is_passed_over_in_which_a_search_finds_a_mark():
    quiet = [note for note in written_notes() if says_nothing(note)]

    assert len(quiet) > 100
    assert {note: said for note in quiet if (said := found(note))} == {}


@pytest.mark.parametrize("seed", range(4))
def test_no_composed_note_is_passed_over_in_which_a_search_finds_a_mark(seed):
    draw = random.Random(seed)  # noqa: S311 - the same notes in every run
    quiet = [note for note in (composed(draw) for _ in range(1500)) if says_nothing(note)]

    assert len(quiet) > 50
    assert {note: said for note in quiet if (said := found(note))} == {}


@pytest.mark.parametrize(
    "note",
    ["Full marks.", "awarded 1 out of 3", "M1 A0", "1/3", "keine Punkte", "No attempt.", "Lost two marks", "満点"],
)
def test_a_note_that_may_speak_of_a_mark_is_searched(note):
    assert not says_nothing(note)


def test_a_note_in_other_letters_is_always_searched():
    assert noted_mark("一半分", QUESTIONS[1], 2.0) == search("一半分", QUESTIONS[1], 2.0)
    assert not says_nothing("方法正确")
