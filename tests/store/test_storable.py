import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store.storable import storable

ANY_TEXT = st.text(st.characters(), max_size=20)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "value", ["", "plain", "数学 😀 \\u0000 \n", 1, 2.5, True, None, [], {}, {"a": [1, {"b": "c"}]}, [[["x"]]]]
)
def test_what_can_be_stored_comes_back_as_it_is(value):
    cleaned = storable(value)

    assert cleaned.value is value
    assert not cleaned.changed


@pytest.mark.parametrize(
    ("dirty", "clean_value"),
    [
        ("a\0b", "a\ufffdb"),
        ("a\ud800b", "a\ufffdb"),
        ("\udc00", "\ufffd"),
        ("\ud83d\ude00", "😀"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        ([1, "\0"], [1, "\ufffd"]),
        ((1, "\0"), [1, "\ufffd"]),
        ({"k\0": {"x": [math.inf]}, "y": 1}, {"k\ufffd": {"x": ["inf"]}, "y": 1}),
    ],
)
def test_what_cannot_be_stored_is_replaced(dirty, clean_value):
    assert storable(dirty) == (clean_value, True)


@given(ANY_JSON)
def test_any_value_can_be_stored_afterwards(value):
    text = json.dumps(storable(value).value, allow_nan=False, ensure_ascii=False)

    assert "\\u0000" not in text
    text.encode()
