import pytest

from app.generation.writing_system import direction_of, language_in, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("यह क्या है? What is ATP?", "hi"),
        ("ما عاصمة مصر؟", "ar"),
        ("اردو میں کیا ہے؟", "ur"),
        ("این چه چیزی است؟", "fa"),
        ("光合作用的产物是什么？", "zh"),
        ("これは何ですか。日本", "ja"),
        ("한국의 수도는?", "ko"),
        ("Що це таке? Її", "uk"),
        ("What is α + β?", ""),
        ("5 < 6 = ?", ""),
        ("", ""),
    ],
)
def test_letters_tell_the_language(text: str, language: str):
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "said", "language"),
    [
        ("मराठी भाषा", "mr", "mr"),
        ("हिन्दी", "en", "hi"),
        ("Was ist das?", "de", "de"),
        ("x + 1", "", ""),
        ("繁體中文", "zh-Hant", "zh-Hant"),
    ],
)
def test_the_language_of_a_test_counts_if_the_letters_fit_it(text: str, said: str, language: str):
    assert language_in(text, said) == language


def test_arabic_and_its_neighbours_go_from_right_to_left():
    assert [direction_of(tag) for tag in ("ar", "ur", "he", "ar-EG", "hi", "zh", "")] == ["rtl"] * 4 + ["ltr"] * 3
