import re

from app.papers.export import aiken
from tests.generation.questions import TEST, WHOLE


def test_each_question_is_six_lines():
    blocks = aiken.write(TEST, WHOLE).decode().strip().split("\n\n")
    for block, question in zip(blocks, TEST.questions, strict=True):
        _, *options, answer = block.split("\n")
        assert [line[:3] for line in options] == ["A. ", "B. ", "C. ", "D. "]
        assert answer == f"ANSWER: {question.correct_option}"


def test_a_stem_that_looks_like_an_option_does_not_begin_its_line():
    stem = aiken.write(TEST, WHOLE).decode().strip().split("\n\n")[1].split("\n")[0]
    assert stem.startswith("Question 2: A) Is")
    assert not re.match(r"[A-Z][.)]", stem)
