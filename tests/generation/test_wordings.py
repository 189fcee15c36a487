import pytest
import regex

from app.generation.wordings.registry import WORDINGS
from app.generation.wordings.table import Patterns, asking, wording
from tests.support.gate_items import BUILT_WITH, HELD_OUT, errors_in, items_of, stopped_by

LANGUAGES = ["ar", "de", "en", "es", "fr", "hi", "pt", "zh"]


def test_every_promised_language_has_a_table():
    assert sorted(WORDINGS) == LANGUAGES


def test_a_table_is_compiled_when_it_is_used_and_not_at_every_start():
    never = "(?!)"
    table = wording(Patterns("(", never, never, never, never, never, never, never))
    with pytest.raises(regex.error):
        table.source("A question?")


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_the_items_that_the_tables_were_built_with_few_good_ones_are_stopped_and_few_bad_ones_missed(language):
    items = items_of(language, BUILT_WITH)
    false, missed = errors_in(items, language)
    n_good = sum(item.gate is None for item in items)
    assert len(items_of(language)) >= 200
    assert len(false) <= 0.02 * n_good, false
    assert len(missed) <= 0.10 * (len(items) - n_good), missed


def test_of_the_items_that_the_tables_never_saw_few_good_ones_are_stopped_and_few_bad_ones_missed():
    found = [
        (item, language, stopped_by(item, language)) for language in LANGUAGES for item in items_of(language, HELD_OUT)
    ]
    good = [(item.text, bool(gates)) for item, _, gates in found if item.gate is None]
    bad = [(item.text, item.gate not in gates) for item, _, gates in found if item.gate is not None]
    assert min(len(good), len(bad)) > 80
    assert sum(is_wrong for _, is_wrong in good) <= 0.02 * len(good), [text for text, is_wrong in good if is_wrong]
    assert sum(is_wrong for _, is_wrong in bad) <= 0.10 * len(bad), [text for text, is_wrong in bad if is_wrong]


def test_what_stands_in_quotation_marks_or_in_a_name_is_no_absolute():
    assert WORDINGS["es"].absolute("La novela «Nunca me abandones»") is None
    assert WORDINGS["fr"].absolute("Le Festival de Toutes les Cultures") is None
    assert WORDINGS["fr"].absolute("Toutes les cultures") == "Toutes"


def test_a_numbered_paragraph_points_to_the_source_and_a_paragraph_of_an_article_does_not():
    english = WORDINGS["en"]
    assert english.source("According to paragraph 3, why did exports fall?") == "According to paragraph 3"
    assert english.source("According to paragraph 3 of Article 19, what is free?") is None


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


@pytest.mark.parametrize(
    ("language", "stem", "points"),
    [
        ("zh", "空格处应填入哪个词：叶绿素在____中。", False),
        ("zh", "叶绿素在（ ）中，空格处应填什么？", False),
        ("zh", "空格处应填入哪个词？", True),
        ("hi", "रिक्त स्थान में कौन-सा शब्द आता है: पत्तियाँ ____ बनाती हैं।", False),
        ("ar", "أي كلمة تناسب الفراغ: تصنع الأوراق ____.", False),
        ("en", "Which word belongs in the gap: Leaves make ____.", False),
    ],
)
def test_a_question_with_a_gap_of_its_own_points_to_no_other_text(language, stem, points):
    assert bool(WORDINGS[language].source(stem)) is points
