"""Single marks as dots: a heap stays where its difference is."""

from app.reporting.plots.strips import _heap, _room
from app.reporting.svg import Scale


def test_a_heap_of_equal_marks_does_not_reach_the_next_difference():
    scale = Scale(-2.0, 2.0, 16, 400)
    found = {"a": {0.0: 97, 0.5: 3}, "b": {-1.0: 2}}

    middle = [x for x, _ in _heap(scale(0.0), 80, 97, _room(found, scale))]
    beside = [x for x, _ in _heap(scale(0.5), 80, 3, _room(found, scale))]

    assert len(middle) == 97
    assert scale(-0.25) < min(middle) < max(middle) < scale(0.25) < min(beside)


def test_one_difference_alone_has_room():
    assert _room({"a": {0.0: 40}}, Scale(-1.0, 1.0, 16, 400)) == 70
