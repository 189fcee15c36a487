import re
from pathlib import Path

from app.marks.reasons import INVALID, Reason
from docs.generator.reasons import page as reasons_page

ROOT = Path(__file__).parents[2]
SCHEMAS = sorted((ROOT / "supabase" / "schemas").glob("*.sql"))
# Built: 'reason', 'x' and "reason": "x". Compared: ->> 'reason' = 'x' and ->> 'reason' in ('x', 'y').
BUILT = re.compile(r"""(?<!> )['"]reason['"]\s*[,:]\s*['"](\w+)['"]""")
COMPARED = re.compile(r"""> 'reason'\s*(?:=|<>|in\s*\()\s*('\w+'(?:,\s*'\w+')*)""")


def words_for_reasons(sql):
    compared = (word for listed in COMPARED.findall(sql) for word in re.findall(r"\w+", listed))
    return {*BUILT.findall(sql), *compared}


def test_sql_uses_only_reasons_of_the_list():
    used = {path.name: words_for_reasons(path.read_text("utf-8")) for path in SCHEMAS}

    assert len(set().union(*used.values())) > 5
    assert {name: words - set(Reason) for name, words in used.items() if words - set(Reason)} == {}


def test_sql_counts_the_same_reasons_as_invalid():
    assert words_for_reasons((ROOT / "supabase/schemas/script_marks.sql").read_text("utf-8")) == INVALID


def test_the_page_of_reasons_is_current():
    assert (ROOT / "docs" / "reasons.md").read_text("utf-8") == reasons_page(), "run `make docs`"


def test_every_reason_is_explained_once():
    for reason in Reason:
        assert reason.sentence.endswith(".")
        assert reason.advice.endswith(".")
        assert reasons_page().count(f"| `{reason}` |") == 1
