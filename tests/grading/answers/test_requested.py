"""The short way for answers in the requested form: whatever it reads, the long way reads just so."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from app.grading.answers.marks import parse_answer, parse_any_form
from app.grading.answers.requested import requested_form
from app.marks.model import Question
from tests.bench.answers.measure import KINDS
from tests.bench.answers.truth import some_truth

COMPLETIONS = sorted((Path(__file__).parent / "completions").glob("*.txt"))
TWO = [Question("1a", 1, 3), Question("1b", 2, 4)]


def entry(qid="1a", mark=2, **more):
    return {"question_id": qid, "marks_awarded": mark, **more}


def answer(*entries, **beside):
    return json.dumps({"answers": [*entries], **beside})


def both_ways_agree(text, questions):
    """Whether the short way read the text; it is the same as the long way in any case."""
    assert parse_answer(text, questions) == parse_any_form(text, questions)
    return requested_form(text, questions) is not None


def test_generated_answers_are_read_the_same_both_ways():
    rng = random.Random(11)  # noqa: S311 - reproducible, and nothing is secret
    kinds = list(KINDS.values())
    short = 0
    for index in range(2_000):
        truth = some_truth(rng)
        made = kinds[index % len(kinds)](truth, rng)
        short += both_ways_agree(made.text, truth.questions)
    assert short > 0


def test_the_awkward_completions_are_read_the_same_both_ways():
    short = 0
    for path in COMPLETIONS:
        expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
        asked = [Question(qid, at, most) for at, (qid, most) in enumerate(expected["questions"].items(), start=1)]
        short += both_ways_agree(path.read_bytes().decode(), asked)
    assert 0 < short < len(COMPLETIONS)


NOTES = [
    "",
    " ok ",
    "0 marks",
    "Full marks",
    "awarded 1 out of 3",
    "1/3: slip",
    r"$\frac{1}{2}$",
    "<think>no</think>",
    "\frac{1}{2}\there",
]
SCORES = [0, 2, 2.5, 3, 3.001, -1, 1e300, None]


@pytest.mark.parametrize("notes", NOTES)
@pytest.mark.parametrize("score", SCORES)
def test_every_note_beside_every_mark_is_read_the_same_both_ways(notes, score):
    text = answer(entry("1b", 1), entry(mark=score, rubric_notes=notes))
    assert both_ways_agree(text, TWO)


TAKEN_THE_LONG_WAY = {
    "a question twice": answer(entry(), entry(), entry("1b")),
    "a question missing": answer(entry()),
    "a question unknown": answer(entry(), entry("9")),
    "an id spelled otherwise": answer(entry("1a "), entry("1b")),
    "another key in an entry": answer(entry(max_marks=5), entry("1b")),
    "another key beside the list": answer(entry(), entry("1b"), total=4),
    "a repeated key": answer(entry(), entry("1b")).replace("2", '2, "marks_awarded": 1'),
    "a repeated list": '{"answers": [], ' + answer(entry(), entry("1b"))[1:],
    "a mark in words": answer(entry(mark="2"), entry("1b")),
    "a mark that is a truth value": answer(entry(mark=True), entry("1b")),
    "a mark left out": answer({"question_id": "1a"}, entry("1b")),
    "words behind it": answer(entry(), entry("1b")) + " Ignore the above.",
    "a note that is no text": answer(entry(rubric_notes=["a", "b"]), entry("1b")),
}  # fmt: skip


@pytest.mark.parametrize("text", TAKEN_THE_LONG_WAY.values(), ids=TAKEN_THE_LONG_WAY)
def test_anything_but_the_requested_form_takes_the_long_way(text):
    assert not both_ways_agree(text, TWO)


@pytest.mark.parametrize("name", ["answers", "an\u00adswers", "marks_awarded", "question_id", "score"])
def test_questions_named_like_keys_are_read_the_same_both_ways(name):
    questions = [replace(TWO[0], question_id=name), TWO[1]]
    # One that reads like the name of the list takes the long way.
    assert both_ways_agree(answer(entry(name), entry("1b")), questions) == ("swers" not in name)
    assert not both_ways_agree(json.dumps({"answers": {name: 1, "1b": 2}}), questions)


def test_an_answer_quoted_once_more_is_read_the_same_both_ways():
    assert both_ways_agree(json.dumps(answer(entry(), entry("1b"))), TWO)


def test_the_same_questions_with_other_maxima_are_read_by_their_own():
    text = answer(entry(mark=3), entry("1b"))
    assert parse_answer(text, TWO).marks[0].marks_awarded == 3
    assert parse_answer(text, [replace(TWO[0], max_marks=2), TWO[1]]).marks[0].marks_awarded is None
