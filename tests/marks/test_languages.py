import pytest

from app.marks.languages import NAMES, known_language


@pytest.mark.parametrize("code", ["en", "hi", "zh", "ga", "mai"])
def test_a_code_of_a_language_is_taken(code):
    assert known_language(code) == code


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("xx", "write one like en"),
        ("", "write one like en"),
        ("German", "for German write de"),
        ("norwegian", "for Norwegian write nb"),
        ("DE", "for German write de"),
        ("zh_Hans", "for Chinese write zh"),
        ("x" * 9_000, "'" + "x" * 40 + "' is no language code"),
    ],
)
def test_what_no_language_has_is_refused_with_what_to_write(code, advice):
    with pytest.raises(ValueError, match="is no language code") as refused:
        known_language(code)
    assert advice in str(refused.value)
    assert len(str(refused.value)) < 150


def test_every_code_has_a_name():
    assert all(code.isalpha() and code.islower() and name[0].isupper() for code, name in NAMES.items())
