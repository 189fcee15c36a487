from collections import Counter

import pytest

from app.generation.model import LETTERS, Difficulty
from app.generation.options import key_letters, place
from tests.generation.questions import draft


@pytest.mark.parametrize("n_questions", range(1, 21))
def test_within_a_test_no_letter_is_the_key_more_often_than_another_by_more_than_one(n_questions: int):
    for seed in range(20):
        counts = Counter(dict.fromkeys(LETTERS, 0)) | Counter(key_letters(n_questions, seed))
        spread = [counts[letter] for letter in LETTERS]
        assert max(spread) - min(spread) <= 1
        assert sum(spread) == n_questions


@pytest.mark.parametrize("n_questions", [5, 7, 10, 20])
def test_over_200_questions_each_letter_is_the_key_of_20_to_30_percent(n_questions: int):
    for start in range(0, 2000, 50):
        letters = [key for seed in range(start, start + 200 // n_questions) for key in key_letters(n_questions, seed)]
        assert all(0.2 <= letters.count(letter) / len(letters) <= 0.3 for letter in LETTERS)


def test_the_order_is_the_seeds_and_differs_from_seed_to_seed():
    assert key_letters(20, 7) == key_letters(20, 7)
    assert len({key_letters(20, seed) for seed in range(100)}) == 100


def test_every_place_in_the_test_sees_every_letter():
    for place_in_test in range(5):
        assert {key_letters(5, seed)[place_in_test] for seed in range(100)} == set(LETTERS)


@pytest.mark.parametrize("letter", LETTERS)
def test_the_key_stands_at_its_letter_and_each_distractor_keeps_its_reason(letter: str):
    one = draft()
    question = place(one, number=3, key=letter, seed=1, difficulty=Difficulty.EASY)
    assert (question.correct_option, question.key) == (letter, one.key)
    assert sorted(question.options) == sorted([one.key, *one.distractor_texts])
    reasons = {distractor.text: distractor.why_wrong for distractor in one.distractors}
    assert all(question.why_wrong[at] == reasons[text] for at, text in question.lettered if at != letter)


def test_distractors_do_not_stay_in_the_order_in_which_they_were_written():
    orders = {
        place(draft(), number=number, key="A", seed=1, difficulty=Difficulty.EASY).options for number in range(50)
    }
    assert len(orders) == 6
