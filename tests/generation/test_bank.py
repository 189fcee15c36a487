from app.generation.bank import Bank
from app.generation.checks import Thresholds
from tests.generation.questions import PLAIN, distractors, draft

LONG = draft(
    key="To enlarge the whole of its surface", distractors=distractors("To let light in", "To store", "None at all")
)


def codes(findings):
    return [finding.check.value for finding in findings]


def test_of_two_alike_the_second_has_no_place():
    bank = Bank(10, Thresholds())

    assert codes(bank.enter(1, draft())) == []
    assert codes(bank.enter(2, draft())) == ["duplicate"]


def test_a_place_that_is_withdrawn_is_free():
    bank = Bank(10, Thresholds())
    bank.enter(1, draft())
    bank.withdraw(1)

    assert codes(bank.enter(2, draft())) == []


def test_a_slot_is_not_its_own_duplicate():
    bank = Bank(10, Thresholds())
    bank.enter(1, draft())

    assert codes(bank.enter(1, draft())) == []


def test_no_more_keys_are_longest_than_the_share_allows():
    bank = Bank(5, Thresholds())
    quotes = [f"{word} membrane is folded into cristae today" for word in ("An inner", "Some other", "Yet another")]
    found = [
        codes(bank.enter(n, draft(key=LONG.key + str(n), quote=quote, distractors=LONG.distractors)))
        for n, quote in enumerate(quotes)
    ]

    assert found == [[], [], ["too_many_longest"]]


def test_questions_that_were_stored_before_count():
    bank = Bank(10, Thresholds())
    bank.add(PLAIN)

    assert codes(bank.enter(2, draft(quote=PLAIN.quote))) == ["duplicate"]


LONGEST, SHORTER = LONG, draft()


def bank_of(*drafts):
    """A bank with one of these drafts in each slot from 1, all being worked on."""
    bank = Bank(10, Thresholds())
    bank.begin(range(1, len(drafts) + 1))
    for slot, one in enumerate(drafts, start=1):
        assert bank.enter(slot, draft(key=f"{one.key}{slot}", quote=f"{slot}" * 40, distractors=one.distractors)) == ()
    return bank


async def test_a_question_that_gives_nothing_away_counts_at_once():
    bank = bank_of(SHORTER, LONGEST)

    assert bank.turn(1).result() == ()


async def test_one_whose_key_is_longest_waits_until_enough_others_count():
    bank = bank_of(LONGEST, SHORTER, SHORTER)

    waiting = bank.turn(1)
    bank.turn(2)
    assert not waiting.done()
    bank.turn(3)
    assert waiting.result() == ()


async def test_without_other_slots_at_work_long_keys_are_rejected_one_at_a_time():
    bank = bank_of(LONGEST, LONGEST, SHORTER)

    first, second = bank.turn(1), bank.turn(2)
    bank.turn(3)
    assert not second.done()
    bank.leave(3)

    assert not first.done()
    assert codes(second.result()) == ["too_many_longest"]
    bank.withdraw(2)
    bank.leave(2)
    assert codes(first.result()) == ["too_many_longest"]


async def test_a_question_that_is_written_again_makes_room_for_one_that_waits():
    bank = bank_of(LONGEST, LONGEST, SHORTER)
    first, second = bank.turn(1), bank.turn(2)
    bank.turn(3)
    bank.leave(3)
    assert codes(second.result()) == ["too_many_longest"]

    bank.withdraw(2)
    assert bank.enter(2, draft(key="To fold", quote="x" * 40)) == ()
    bank.turn(2)

    assert first.result() == ()


async def test_a_slot_that_ends_without_a_question_lets_the_others_go_on():
    bank = bank_of(LONGEST, SHORTER)
    waiting = bank.turn(1)

    bank.withdraw(2)
    bank.leave(2)

    assert codes(waiting.result()) == ["too_many_longest"]
