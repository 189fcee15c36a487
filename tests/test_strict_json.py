import json

import pytest

from app.strict_json import RepeatedKeysError, loads


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
