import pytest

from app.generation.wordings.registry import WORDINGS
from app.generation.wordings.table import asking
from tests.support.gate_items import items_of, stopped_by

LANGUAGES = ["ar", "de", "en", "es", "fr", "hi", "pt", "zh"]


def test_every_promised_language_has_a_table():
    assert sorted(WORDINGS) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_two_hundred_items_a_language_few_good_ones_are_stopped_and_few_bad_ones_missed(language):
    items = items_of(language)
    good = [item for item in items if item.gate is None]
    bad = [item for item in items if item.gate is not None]
    false = [item.text for item in good if stopped_by(item, language)]
    missed = [item.text for item in bad if item.gate not in stopped_by(item, language)]
    assert len(items) >= 200
    assert len(false) <= 0.02 * len(good), false
    assert len(missed) <= 0.10 * len(bad), missed


@pytest.mark.parametrize(
    "stem",
    [
        "According to Article 21 of the Constitution, what is protected?",
        "According to Section 498A, what is cruelty?",
        "According to the text of the Constitution, who elects the President?",
        "What happens to a cell that does not receive oxygen?",
        "Which gas is released when plants do not get light?",
    ],
)
def test_numbered_provisions_and_negations_inside_a_clause_pass(stem):
    english = WORDINGS["en"]
    assert (english.source(stem), english.negative(stem)) == (None, None)


@pytest.mark.parametrize("key", ["All India Muslim League", "every five years", "Every second year", "The All Blacks"])
def test_proper_names_and_quantities_are_no_absolutes(key):
    assert WORDINGS["en"].absolute(key) is None


@pytest.mark.parametrize(
    ("language", "stem"),
    [
        ("en", "Which is NOT a gas?"),
        ("hi", "इनमें से कौन-सी गैस «नहीं» है?"),
        ("ar", "أي مما يلي «ليس» غازًا؟"),
        ("zh", "下列哪一项【不是】气体?"),
    ],
)
def test_a_marked_negative_passes_by_capitals_or_by_signs(language, stem):
    wording = WORDINGS[language]
    assert wording.negative(stem) is None
    assert wording.negative(stem.replace("NOT", "not").translate(dict.fromkeys(map(ord, "«»【】"))))


def test_only_the_sentence_that_asks_is_judged():
    assert asking("यहाँ प्रकाश नहीं है। क्या होगा?") == "क्या होगा?"
    assert asking("没有光。会怎样？") == "会怎样？"
    assert asking("A virus is not") == "A virus is not"
