import pytest

from app.agreement.items import Box, Item, item_figures

ITEMS = [Item("1", "A", "ABCD"), Item("2", "B", "ABCD"), Item("3", "C", "ABCD")]
MAXIMA = {"1": 1, "2": 2, "3": 1}
KEYS = {item.question_id: item.key for item in ITEMS}


def box(script, question, *read, **changes):
    return Box(
        **{
            "script": script,
            "question_id": question,
            "key": KEYS.get(question, "D"),
            "max_marks": MAXIMA.get(question, 1),
            "read": read,
        }
        | changes
    )


def read(*scripts):
    """A script per map of letters by question; None is an empty box, a question that is not there was not asked."""
    return [box(f"s{n}", question, letter) for n, script in enumerate(scripts) for question, letter in script.items()]


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
    ids=["nobody", "two scripts", "all right", "nothing else was asked"],
)
def test_where_nothing_varies_or_too_few_were_read_there_is_no_point_biserial(scripts):
    assert item_figures(ITEMS, read(*scripts))["1"].point_biserial is None


def test_a_script_with_an_unread_box_is_left_out_of_the_point_biserial():
    scripts = [{"1": "A", "2": "B"}, {"1": "B", "2": "A"}, {"1": "A", "2": "A"}]
    boxes = [*read(*scripts), box("s9", "1", "B"), box("s9", "2")]

    assert item_figures(ITEMS, boxes)["1"].point_biserial == item_figures(ITEMS, read(*scripts))["1"].point_biserial
    assert item_figures(ITEMS, boxes)["1"].n == 4


def test_a_question_that_came_later_takes_nothing_from_the_others():
    scripts = read({"1": "A", "2": "B"}, {"1": "B", "2": "A"}, {"1": "A", "2": "A"})

    assert item_figures([*ITEMS, Item("4", "D", "ABCD")], scripts) == item_figures(ITEMS, scripts) | {
        "4": item_figures([Item("4", "D", "ABCD")], [])["4"]
    }


def test_a_script_is_marked_by_the_key_it_was_set_with():
    boxes = [box(f"s{n}", "1", letter, key="B") for n, letter in enumerate("BBA")]

    assert item_figures(ITEMS, boxes)["1"].facility == pytest.approx(2 / 3)


def test_sheets_that_asked_the_question_otherwise_say_nothing_of_it():
    old = [box(f"old{n}", "1", "A", is_current=False) for n in range(5)]

    assert item_figures(ITEMS, [*old, box("new", "1", "B")])["1"].choices == {"A": 0, "B": 1, "C": 0, "D": 0}


def test_of_several_readings_most_decide_and_a_tie_decides_nothing():
    most = [box("s", "1", "A", "A", "B")]
    tie = [box("s", "1", "A", "B")]

    assert item_figures(ITEMS, most)["1"].choices["A"] == 1
    assert item_figures(ITEMS, tie)["1"].n == 0
