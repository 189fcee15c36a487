import pytest

from app.marks.letter_key import Form, LetterKey, letter_key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("B", LetterKey(Form.ONE, ("B",))),
        ("A,C", LetterKey(Form.SEVERAL, ("A", "C"))),
        ("1C,2A,3D,4B", LetterKey(Form.ROW, ("C", "A", "D", "B"))),
    ],
)
def test_a_key_is_read_and_written(text: str, key: LetterKey):
    assert letter_key(text) == key
    assert str(key) == text


@pytest.mark.parametrize(
    "text", [None, "", "E", "b", "AC", "C,A", "A,A", "1A", "2A,1B", "1A,3B", "1A,2B,2C", "Because", "B "]
)
def test_what_is_no_key_is_none(text: str | None):
    assert letter_key(text) is None


@pytest.mark.parametrize(
    ("key", "read", "share"),
    [
        ("B", ["B"], 1),
        ("B", ["A"], 0),
        ("B", [], 0),
        ("A,C", ["A", "C"], 1),
        ("A,C", ["C"], 0.5),
        ("A,C", ["A", "B"], 0),
        ("A,C", ["A", "B", "C", "D"], 0),
        ("A,B,D", ["A", "B", "D"], 1),
        ("A,B,D", ["A", "B", "C"], 1 / 3),
        ("A,C", ["B", "D"], 0),
        ("1C,2A,3D,4B", ["C", "A", "D", "B"], 1),
        ("1C,2A,3D,4B", ["C", None, "A", "B"], 0.5),
        ("1C,2A", [None, None], 0),
    ],
)
def test_right_letters_earn_their_share_and_wrong_ones_of_several_take_it_away(key: str, read: list, share: float):
    assert letter_key(key).share(read) == pytest.approx(share)
