import json

import pytest

from app.strict_json import RepeatedKeysError, UnstorableTextError, loads, storable


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ('{"a": 1, "a": 1}', ["a"]),
        ('{"questions": [{}, {"max_marks": 3, "max_marks": 5}]}', ["questions.1.max_marks"]),
        ('{"a": {"b": 1, "b": 2}, "a": {"c": 1}}', ["a.b", "a"]),
        ('[{"a": {"x": 1, "x": 2, "x": 3}}]', ["0.a.x"]),
        (r'{"a": 1, "\u0061": 2}', ["a"]),
    ],
)
def test_every_repeated_key_is_named_by_its_path(text, paths):
    with pytest.raises(RepeatedKeysError) as refused:
        loads(text)
    assert refused.value.paths == paths


def test_the_same_key_in_two_objects_is_no_repeat():
    assert loads('[{"a": 1}, {"a": {"a": 2}}]') == [{"a": 1}, {"a": {"a": 2}}]


def test_what_is_no_json_is_refused_as_ever():
    with pytest.raises(json.JSONDecodeError):
        loads('{"a": ')


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (rb'{"a": [1, {"b": "x\u0000"}]}', ["a.1.b"]),
        (rb'{"a": "\uD83D", "b": "\udE00"}', ["a", "b"]),
        (rb'{"m\udc00": {"c": "\u0000"}}', ["m\ufffd", "m\ufffd.c"]),
        (rb'"\u0000"', [""]),
    ],
)
def test_strings_that_cannot_be_stored_are_named_by_their_paths(text, paths):
    with pytest.raises(UnstorableTextError) as refusal:
        storable(text)

    assert refusal.value.paths == paths


@pytest.mark.parametrize("text", [rb'{"a": "\ud83d\ude00"}', rb'{"a": "\\u0000 \\ud800"}', '{"a": "é😀"}'.encode()])
def test_pairs_of_surrogates_and_words_about_escapes_are_text(text):
    assert storable(text) == json.loads(text)
