import csv
import io

from app.papers.export.csv_file import write
from tests.generation.questions import TEST, WHOLE


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(write(TEST, WHOLE).decode("utf-8-sig"), newline="")))


def test_each_question_is_a_row():
    plain, _ = rows()
    assert plain["number"] == "1"
    assert plain["option_b"] == "To enlarge its surface"
    assert (plain["correct_option"], plain["max_marks"], plain["page"], plain["bloom"]) == ("B", "2", "4", "understand")


def test_no_cell_can_act_as_a_formula():
    awkward = rows()[1]
    assert (awkward["option_b"], awkward["option_d"][:5], awkward["quote"][:3]) == ("'=1+1", "'@SUM", "'-1")
    assert not [cell for row in rows() for cell in row.values() if cell.lstrip()[:1] in set("=+-@")]
