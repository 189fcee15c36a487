"""Whatever a completion says: one entry per question, marks in range or reasons, and no exception."""

import json
import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.grading.answers import glossary
from app.grading.answers.criteria import parse_criteria
from app.grading.answers.marks import parse_answer
from app.grading.answers.merged import merge
from app.marks.model import Question

ASKED = [Question("1", 1, 3), Question("2", 2, 2.5), Question("3(ii)", 3, 0), Question("result", 4, 10)]
KNOWN = [question.question_id for question in ASKED]
# Examples are cheap (some 0.3 ms), and the whole module must stay below ten seconds.
quickly = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["3", "½", "2 1/2", "8/10", "about 8", "1e400", "-1", "NaN", 10**30, 1e308])
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
ids = st.sampled_from([*KNOWN, "9", 1, 2, None, True]) | values
names = st.sampled_from(
    ["question_id", "qid", "question", "question_number", "marks_awarded", "mark", "score", "rubric_notes", "notes"]
)
entries = st.fixed_dictionaries({"question_id": ids, "marks_awarded": values}) | st.dictionaries(names, values | ids)
maps = st.dictionaries(st.sampled_from([*KNOWN, "9", "answers"]), values | entries)
answers = st.dictionaries(
    st.sampled_from(["answers", "result", "results", "grades", "data"]), st.lists(entries, max_size=6) | maps | values
)
documents = (answers | st.lists(entries, max_size=6) | maps | values).map(json.dumps)
punctuation = st.text(alphabet='{}[]",:\\/<>`n0123456789. \n½e-', max_size=80)
around = st.text(max_size=20) | punctuation | st.sampled_from(["<think>", "</think>", "```json\n", "\n```"])


def check_marks(parsed):
    assert [mark.question_id for mark in parsed.marks] == KNOWN
    for mark, question in zip(parsed.marks, ASKED, strict=True):
        if mark.marks_awarded is None:
            assert mark.findings
            assert mark.findings[0].message
        else:
            assert type(mark.marks_awarded) is float
            assert math.isfinite(mark.marks_awarded)
            assert 0 <= mark.marks_awarded <= question.max_marks


@st.composite
def mutated(draw):
    """A document with a stretch of it cut out, doubled or replaced."""
    text = draw(documents)
    begin, end = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    return text[:begin] + draw(st.sampled_from(["", text[begin:end] * 2, "#"]) | punctuation) + text[end:]


@quickly
@given(st.text() | punctuation)
def test_arbitrary_text(text):
    check_marks(parse_answer(text, ASKED))
    parse_criteria(text)


@quickly
@given(around, documents, around, documents)
def test_arbitrary_values_in_the_shapes_of_answers(before, document, between, other):
    check_marks(parse_answer(document, ASKED))
    check_marks(parse_answer(before + document + between + other, ASKED))


@quickly
@given(mutated())
def test_broken_json(text):
    check_marks(parse_answer(text, ASKED))


@quickly
@given(values, values)
def test_arbitrary_values_as_marks(one, other):
    text = json.dumps({"answers": [{"qid": "1", "mark": one}, {"qid": "2", "mark": other}, {"qid": "9", "mark": 1}]})
    check_marks(parse_answer(text, ASKED))


@quickly
@given(st.sampled_from(["[", "{", '{"a":', '[{"answers":', '{"answers":[', '"', "\\"]), st.integers(0, 3000), documents)
def test_deep_structures(opening, times, document):
    check_marks(parse_answer(opening * times + document, ASKED))


@quickly
@given(documents, documents)
def test_merged_answers_keep_every_mark_of_the_first(one, other):
    first, second = parse_answer(one, ASKED), parse_answer(other, ASKED)
    both = merge(first, second)
    check_marks(both)
    for before, after in zip(first.marks, both.marks, strict=True):
        assert before.marks_awarded in {None, after.marks_awarded}


GIVEN = {"1": 2.0, "2": 1.5, "3(ii)": 0.0, "result": 7.0}
WRITTEN = json.dumps(
    {"answers": [{"question_id": q, "marks_awarded": m, "rubric_notes": "x"} for q, m in GIVEN.items()]}
)
STYLES = [WRITTEN, WRITTEN.replace('"', "'"), WRITTEN.replace('"}', '",}'), WRITTEN.replace("}, {", "} {")]


@st.composite
def damaged(draw):
    """An answer with a few characters lost or added, none of them part of a number."""
    text = draw(st.sampled_from(STYLES))
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(text) - 1))
        end = begin + draw(st.integers(0, 3))
        if not any(character in "0123456789.-" for character in text[begin:end]):
            text = text[:begin] + draw(st.sampled_from(["", *'",{}[]:\\\n/a '])) + text[end:]
    return text


@settings(quickly, max_examples=400)
@given(damaged())
def test_damage_outside_the_numbers_changes_no_mark(text):
    for mark in parse_answer(text, ASKED).marks:
        assert mark.marks_awarded in {None, GIVEN[mark.question_id]}


NUMBER_WORDS = {"one", "zwei", "deux", "dois", "два", "dwa", "iki", "tré", "fünf", "cinq"}
NOTE_WORDS = sorted({*glossary.COMPOUNDED, *NUMBER_WORDS, "marks", "no", "full", "answer", "question 1", "for"})
spelt = st.sampled_from(NOTE_WORDS).flatmap(
    lambda word: st.sampled_from([word, word.upper(), word.title(), "İKİ", "½"])
)
note_texts = st.lists(spelt | st.sampled_from(["1", "1.5", "1/3", "-1", ":", ".", "=>", "\n"]), max_size=10).map(
    " ".join
)


@quickly
@given(note_texts)
def test_no_note_in_any_spelling_raises(note):
    entries = [{"question_id": one, "marks_awarded": 0, "rubric_notes": note} for one in KNOWN]
    check_marks(parse_answer(json.dumps({"answers": entries}), ASKED))
    check_marks(parse_answer(f"{note}:\n```json\n{json.dumps(dict.fromkeys(KNOWN, 0))}\n```\n{note}", ASKED))
