from app.generation.bank import Bank
from app.generation.checks import Gates
from tests.generation.questions import PLAIN, distractors, draft

LONG = draft(
    key="To enlarge the whole of its surface", distractors=distractors("To let light in", "To store", "None at all")
)


def codes(findings):
    return [finding.check.value for finding in findings]


def test_of_two_alike_the_second_has_no_place():
    bank = Bank(10, Gates())

    assert codes(bank.enter(1, draft())) == []
    assert codes(bank.enter(2, draft())) == ["duplicate"]


def test_a_place_that_is_withdrawn_is_free():
    bank = Bank(10, Gates())
    bank.enter(1, draft())
    bank.withdraw(1)

    assert codes(bank.enter(2, draft())) == []


def test_a_slot_is_not_its_own_duplicate():
    bank = Bank(10, Gates())
    bank.enter(1, draft())

    assert codes(bank.enter(1, draft())) == []


def test_no_more_keys_are_longest_than_the_share_allows():
    bank = Bank(5, Gates())
    quotes = [f"{word} membrane is folded into cristae today" for word in ("An inner", "Some other", "Yet another")]
    found = [
        codes(bank.enter(n, draft(key=LONG.key + str(n), quote=quote, distractors=LONG.distractors)))
        for n, quote in enumerate(quotes)
    ]

    assert found == [[], [], ["too_many_longest"]]


def test_questions_that_were_stored_before_count():
    bank = Bank(10, Gates())
    bank.add(PLAIN)

    assert bank.by_slot() == [(1, False)]
    assert codes(bank.enter(2, draft(quote=PLAIN.quote))) == ["duplicate"]
