import json

import pytest

from app.simulator.items import SOLVERS, read_letters, read_page, solve
from app.simulator.sentences import GAP
from app.simulator.writers import WRITERS, write_question

TEXT = " ".join(
    f"Sample {n} shows that the flower stores glucose and returns oxygen number {n} to soil." for n in range(9)
)
DOCUMENT = [f"<document>\n{TEXT}\n</document>"]


def asked(question, *, quote=True):
    options = [question["key"], *(one["text"] for one in question["distractors"])]
    listed = "\n".join(f"{letter}. {text}" for letter, text in zip("ABCD", options, strict=True))
    extract = f"<extract>\n{question['quote']}\n</extract>\n\n" if quote else ""
    return [f"{extract}Question:\n{question['stem']}\n\n{listed}\n\nForm"]


@pytest.mark.parametrize("model", WRITERS)
def test_a_writer_says_the_same_each_time(model):
    assert write_question(model, DOCUMENT, 1, "t/1") == write_question(model, DOCUMENT, 1, "t/1")


@pytest.mark.parametrize("session", [f"t/{n}" for n in range(8)])
def test_a_good_writer_asks_for_a_word_of_a_sentence_that_is_there(session):
    question = json.loads(write_question("simulated/writer", DOCUMENT, 1, session))

    assert question["quote"] in TEXT
    assert question["stem"].count(GAP) == 1
    assert len({question["key"], *(one["text"] for one in question["distractors"])}) == 4


def test_a_good_solver_finds_the_word_with_the_extract_and_a_contrary_one_does_not():
    question = json.loads(write_question("simulated/writer", DOCUMENT, 1, "t/1"))
    answers = [json.loads(solve(model, asked(question), 1, "t"))["answer"] for model in (SOLVERS[0], SOLVERS[2])]

    assert answers[0] == "A"
    assert answers[1] != "A"


def test_without_the_extract_a_solver_guesses():
    questions = [json.loads(write_question("simulated/writer", DOCUMENT, 1, f"t/{n}")) for n in range(20)]
    guesses = {
        json.loads(solve(SOLVERS[0], asked(q, quote=False), 1, f"t/{n}"))["answer"] for n, q in enumerate(questions)
    }

    assert len(guesses) > 1


def test_a_reader_gives_the_page_it_was_told_of():
    assert [read_page("m", ("one", "two"), n) for n in (1, 2, 3)] == ["one", "two", "[no text]"]


def test_letters_are_those_of_the_sheet():
    said = json.loads(
        read_letters("simulated/careful", {"1": "A", "2": None, "3": "unclear"}, ["1", "2", "3", "4"], 0, "x")
    )

    assert [one["letter"] for one in said["letters"]] == ["A", None, "unclear", "unclear"]
