import io
from collections.abc import Sequence

import pytest

from app.mark_tables.model_marks import ImportedMarks, ScriptRows, read_model_marks
from app.mark_tables.reading import read_tables
from app.mark_tables.table import TableRefusedError

HEADER = "script,question_id,max_marks,human_mark,human_mark_2,model_name,try_index,mark\n"


def read_marks(rows: Sequence[str]) -> ImportedMarks:
    [table] = read_tables(io.BytesIO("".join(rows).encode()))
    return read_model_marks(table)


def lines(*rows: str) -> list[str]:
    return [HEADER, *(row + "\n" for row in rows)]


def problems(rows: Sequence[str]) -> list[dict[str, object]]:
    with pytest.raises(TableRefusedError) as refused:
        read_marks(rows)
    return refused.value.problems


def test_marks_of_one_attempt_stand_in_the_order_of_the_questions() -> None:
    marks = read_marks(lines("s1,q1,4,3,,m,1,2.5", "s1,q2,2,1,2,m,1,2", "s1,q1,4,3,,m,2,4"))

    (script,) = ScriptRows(marks)
    assert [q["question_id"] for q in marks.questions()] == ["q1", "q2"]
    assert script["human"] == {"q1": 3, "q2": 1}
    assert script["human_2"] == {"q2": 2}
    assert script["attempts"] == [["m", 1, "2.5,2"], ["m", 2, "4,-"]]
    assert (marks.rows, marks.invalid, marks.missing) == (3, 0, 0)


@pytest.mark.parametrize("mark", ["5", "-1", "abc", "nan", "inf", "4.001", "1_0", "٣", "3/4", "3;5", '"1,234"'])
def test_a_mark_that_is_none_is_kept_as_invalid(mark: str) -> None:
    marks = read_marks(lines(f"s1,q1,4,3,,m,1,{mark}"))

    assert next(iter(ScriptRows(marks)))["attempts"] == [["m", 1, "x"]]
    assert (marks.invalid, marks.missing) == (1, 0)


def test_lines_with_an_invalid_mark_are_named_up_to_fifty() -> None:
    some = read_marks(lines("s1,q1,4,3,,m,1,2", "s2,q1,4,3,,m,1,9", "s3,q1,4,3,,m,1,", 's4,q1,4,3,,m,1,"4,5"'))
    many = read_marks(lines(*(f"s{n},q1,4,3,,m,1,9" for n in range(60))))

    assert some.invalid_lines == [3, 5]
    assert many.invalid_lines == list(range(2, 52))


def test_an_empty_mark_that_our_export_calls_invalid_is_invalid() -> None:
    header = HEADER.replace("mark\n", "mark,status\n")
    marks = read_marks([header, "s1,q1,4,3,,m,1,,invalid\n", "s2,q1,4,3,,m,1,,missing\n", "s3,q1,4,3,,m,1,2,marked\n"])

    assert (marks.invalid, marks.missing) == (1, 1)


def test_an_empty_mark_is_kept_as_missing() -> None:
    marks = read_marks(lines("s1,q1,4,3,,m,1,"))

    assert next(iter(ScriptRows(marks)))["attempts"] == [["m", 1, ""]]
    assert (marks.invalid, marks.missing) == (0, 1)


def test_marks_carry_two_decimals() -> None:
    marks = read_marks(lines("s1,q1,4,3.456,,m,1,2.666"))
    assert next(iter(ScriptRows(marks)))["attempts"] == [["m", 1, "2.67"]]


def test_the_same_row_twice_counts_its_mark_once() -> None:
    marks = read_marks(lines("s1,q1,4,3,,m,1,", "s1,q1,4,3,,m,1,"))

    assert marks.missing == 1


def test_a_line_without_a_model_gives_the_human_marks_alone() -> None:
    (script,) = ScriptRows(read_marks(lines("s1,q1,4,3,,,,")))

    assert (script["human"], script["attempts"]) == ({"q1": 3}, [])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("s1,q1,four,3,,m,1,2", "max_marks"),
        ("s1,q1,-4,3,,m,1,2", "max_marks"),
        ("s1,q1,nan,3,,m,1,2", "max_marks"),
        ("s1,q1,4,5,,m,1,2", "human_mark must be"),
        ("s1,q1,4,3,x,m,1,2", "human_mark_2 must be"),
        ("s1,q1,4,3,,m,0,2", "try_index"),
        ("s1,q1,4,3,,m,one,2", "try_index"),
        (",q1,4,3,,m,1,2", "script"),
        ("s1,,4,3,,m,1,2", "question_id"),
        ("s1,q1,4,3,,m\0,1,2", "NUL"),
        ("s1,q1,4,3,,m,1", "fewer fields"),
    ],
)
def test_a_line_that_cannot_be_read_refuses_the_file_with_its_number(row: str, message: str) -> None:
    (problem,) = problems(lines("s0,q1,4,3,,m,1,2", row))

    assert problem["line"] == 3
    assert message in str(problem["message"])


@pytest.mark.parametrize("row", ["s1,q1,4,3,,m,1,3", "s1,q1,5,3,,m,1,2", "s1,q1,4,2,,m,1,2"])
def test_two_lines_that_contradict_each_other_refuse_the_file(row: str) -> None:
    assert problems(lines("s1,q1,4,3,,m,1,2", row))[0]["line"] == 3


def test_missing_columns_are_named() -> None:
    assert "mark" in str(problems(["script,question_id,max_marks,human_mark,model_name,try_index\n"])[0]["message"])


def test_a_file_without_marks_is_refused() -> None:
    assert problems([HEADER])


def test_an_empty_file_holds_no_table() -> None:
    assert read_tables(io.BytesIO(b"")) == []
