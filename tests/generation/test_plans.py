from collections import Counter

import pytest

from app.generation.model import Bloom, Kind
from app.generation.options import key_letters
from app.generation.plans import Wishes, plan_slots
from app.generation.segment import Passage, Segment

PARTS = [
    Segment(slot, (Passage(1, text),))
    for slot, text in enumerate(("Roots.", "Leaves, leaves.", "Roots, leaves.", "Bark."), 1)
]


def plans(n=12, seed=5, parts=(), **wishes):
    return list(plan_slots(n, seed, Wishes(**wishes), parts).values())


def test_a_test_of_single_choice_has_the_keys_that_its_seed_always_gave():
    assert [plan.key for plan in plans()] == list(key_letters(12, 5))


def test_kinds_come_in_turn_and_levels_change_with_every_round_of_them():
    planned = plans(8, kinds=(Kind.SINGLE, Kind.MATCHING), blooms=(Bloom.APPLY, Bloom.ANALYSE))
    assert [plan.kind for plan in planned] == [Kind.SINGLE, Kind.MATCHING] * 4
    assert [plan.bloom for plan in planned] == [Bloom.APPLY, Bloom.APPLY, Bloom.ANALYSE, Bloom.ANALYSE] * 2


@pytest.mark.parametrize(("kind", "n_keys"), [(Kind.SINGLE, 4), (Kind.ASSERTION_REASON, 4), (Kind.TRUE_FALSE, 2)])
@pytest.mark.parametrize("n", [1, 7, 12, 19])
def test_each_key_of_a_kind_comes_as_often_as_the_others_give_or_take_one(kind, n_keys, n):
    mixed = (kind, Kind.MATCHING)
    counts = Counter(plan.key for plan in plans(n, kinds=mixed) if plan.kind is kind)
    assert max(counts.values()) - min([*counts.values(), *[0] * (n_keys - len(counts))]) <= 1


def test_two_and_three_right_answers_take_turns():
    assert [len(plan.key.split(",")) for plan in plans(4, kinds=(Kind.SEVERAL,))] == [2, 3, 2, 3]


def test_topics_have_equal_shares_and_go_where_the_document_names_them():
    planned = plans(4, parts=PARTS, topics=("roots", "leaves"))
    assert [plan.topics[0] for plan in planned] == ["roots", "leaves", "roots", "leaves"]
    assert all(set(plan.topics) == {"roots", "leaves"} for plan in planned)


def test_what_an_older_test_stored_is_read_as_single_choice():
    assert Wishes.of({"writer": "w", "solvers": [], "topics": ["a"]}) == Wishes(topics=("a",))
