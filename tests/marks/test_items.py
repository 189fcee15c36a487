import pytest

from app.marks.items import Item, item_figures

ITEMS = [Item("1", "A", "ABCD", 1), Item("2", "B", "ABCD", 2), Item("3", "C", "ABCD", 1)]


def read(*scripts):
    return [
        {"session_id": f"s{n}", "question_id": question, "letter": letter}
        for n, script in enumerate(scripts)
        for question, letter in script.items()
    ]


def test_facility_is_the_share_of_right_answers_and_blanks_count_as_wrong():
    figures = item_figures(ITEMS, read({"1": "A"}, {"1": "B"}, {"1": None}, {"1": "A"}))["1"]

    assert (figures.n, figures.n_blank, figures.facility) == (4, 1, 0.5)
    assert figures.choices == {"A": 2, "B": 1, "C": 0, "D": 0}


def test_a_distractor_nobody_chose_is_named_but_never_the_key():
    assert item_figures(ITEMS, read({"1": "B"}, {"1": "C"}))["1"].unused_distractors == ("D",)


def test_the_point_biserial_leaves_the_question_itself_out():
    scripts = [
        {"1": "A", "2": "B", "3": "C"},
        {"1": "A", "2": "B", "3": "D"},
        {"1": "B", "2": "A", "3": "C"},
        {"1": "C", "2": "A", "3": "D"},
    ]
    figures = item_figures(ITEMS, read(*scripts))

    # Right on 1: 1, 1, 0, 0; marks of the others: 3, 2, 1, 0.
    assert figures["1"].point_biserial == pytest.approx(2 / 5**0.5)


@pytest.mark.parametrize(
    "scripts",
    [
        [],
        [{"1": "A", "2": "B", "3": "C"}] * 2,
        [{"1": "A", "2": "B", "3": "C"}, {"1": "A", "2": "A", "3": "C"}, {"1": "A", "2": "B", "3": "D"}],
        [{"1": "A"}, {"1": "B"}, {"1": "A"}],
    ],
    ids=["nobody", "two scripts", "all right", "other boxes unread"],
)
def test_where_nothing_varies_or_too_few_were_read_there_is_no_point_biserial(scripts):
    assert item_figures(ITEMS, read(*scripts))["1"].point_biserial is None


def test_of_several_readings_most_decide_and_a_tie_decides_nothing():
    most = read({"1": "A"}) + read({"1": "A"}) + read({"1": "B"})
    tie = read({"1": "A"}) + read({"1": "B"})

    assert item_figures(ITEMS, most)["1"].choices["A"] == 1
    assert item_figures(ITEMS, tie)["1"].n == 0
