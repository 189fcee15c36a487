"""What leaves a question unmarked although a number stands there, and what does not."""

import json

import pytest

from app.grading.answers.marks import parse_answer
from app.grading.answers.parts import asks_for_parts
from app.marks.model import Question
from app.marks.reasons import Reason

ASKED = [Question("1", 1, 3), Question("2", 2, 5)]
SECOND = {"question_id": "2", "marks_awarded": 2}


def entry(**said):
    return {"question_id": "1"} | said


def answer(*entries):
    return json.dumps({"answers": [*entries, SECOND]})


WHOLE = answer(entry(marks_awarded=1))
OTHER = json.dumps({"answers": [entry(marks_awarded=3), SECOND | {"marks_awarded": 5}]})


def read(text, **more):
    return {mark.question_id: mark.marks_awarded for mark in parse_answer(text, ASKED, **more).marks}


@pytest.mark.parametrize(
    ("said", "reason", "found"),
    [
        ({"marks_awarded": 1, "score": 2}, Reason.DUPLICATE, "1, 2"),
        ({"marks": 2, "marks_obtained": 1}, Reason.DUPLICATE, "1, 2"),
        ({"marks_awarded": 3, "max_marks": 10}, Reason.OTHER_MAXIMUM, "10, 3"),
        ({"marks_awarded": 1, "outOf": "10 marks"}, Reason.OTHER_MAXIMUM, "10, 3"),
        ({"marks_awarded": 1, "scale": "0-1"}, Reason.OTHER_MAXIMUM, "1, 3"),
        ({"marks_awarded": 1, "unit": "percent"}, Reason.OTHER_MAXIMUM, "100, 3"),
        ({"marks_awarded": 2, "marks_lost": 2}, Reason.CONTRADICTORY, "2, 2"),
        ({"marks_awarded": 2, "penalty": 0.5}, Reason.CONTRADICTORY, "2, 0.5"),
        ({"marks_awarded": 1, "percentage": 100}, Reason.CONTRADICTORY, "1, 100"),
        ({"marks_awarded": 1, "breakdown": {"method": 1, "accuracy": 1}}, Reason.CONTRADICTORY, "1, 2"),
        ({"marks_awarded": 1, "total": 2}, Reason.CONTRADICTORY, "1, 2"),
        ({"marks_awarded": 1, "adjusted_mark": 2}, Reason.CONTRADICTORY, "1, 2"),
        ({"marks_awarded": 1, "bonus": 1}, Reason.CONTRADICTORY, "1, 1"),
        ({"marks": 3, "net": 1}, Reason.CONTRADICTORY, "3, 1"),
        ({"marks_awarded": 3, "is_correct": False}, Reason.CONTRADICTORY, "3, false"),
        ({"marks_awarded": 0, "verdict": "correct"}, Reason.CONTRADICTORY, "0, correct"),
        ({"marks_awarded": 0, "status": "not_marked"}, Reason.CONTRADICTORY, "0, not_marked"),
        ({"marks_awarded": 0, "illegible": True}, Reason.CONTRADICTORY, "0, True"),
        ({"marks_awarded": 3, "rubric_notes": "Awarded 1 out of 3."}, Reason.CONTRADICTORY, "3, Awarded 1 out of 3"),
        ({"marks_awarded": 3, "rubric_notes": "No marks: blank."}, Reason.CONTRADICTORY, "3, No marks"),
        ({"marks_awarded": 1, "rubric_notes": "2/3: unit missing"}, Reason.CONTRADICTORY, "1, 2/3"),
        (
            {"marks_awarded": 2, "breakdown": [{"criterion": "M1", "marks_awarded": 1}]},
            Reason.CONTRADICTORY,
            "2, 1",
        ),
        ({"criterion": "M1", "marks_awarded": 1}, Reason.SEVERAL_ENTRIES, "1"),
        ({"parts": [{"criterion": "M1", "marks_awarded": 1}]}, Reason.SEVERAL_ENTRIES, "1"),
    ],
)
def test_an_entry_that_contradicts_itself_shows_both_values(said, reason, found):
    first, second = parse_answer(answer(entry(**said)), ASKED).marks
    assert (first.marks_awarded, second.marks_awarded) == (None, 2)
    (finding,) = first.findings
    assert (finding.reason, finding.found) == (reason, found)


@pytest.mark.parametrize(
    "said",
    [
        {"marks": 3, "marks_obtained": 1},
        {"marks_awarded": 1, "max_marks": 3},
        {"marks_awarded": 1, "total": 3},
        {"marks_awarded": 1, "marks_lost": 2},
        {"marks_awarded": 1, "penalty": 0},
        {"marks_awarded": 1, "percentage": 33.3},
        {"marks_awarded": 1, "score_share": 0.33, "ratio": 0.33},
        {"marks_awarded": 1, "suggested_marks": 2, "previous_score": 3, "class_average": 2.5},
        {"marks_awarded": 1, "grade": "C", "awarded": True, "confidence": 0.4, "page": 2},
        {"marks_awarded": 1, "verdict": "partially correct", "is_correct": False},
        {"marks_awarded": 1, "rubric_notes": "Full marks for the method; loses two for the value, 2/3 is no answer."},
        {"marks_awarded": 1, "rubric_notes": "Wrote 2/3 where 1/3 was asked."},
        {"marks": 1, "line": 7},
    ],
)
def test_what_fits_the_mark_leaves_it_alone(said):
    assert read(answer(entry(**said))) == {"1": 1, "2": 2}


@pytest.mark.parametrize("name", ["criterion", "page", "rubric_notes", "mark_type", "step"])
def test_entries_of_one_question_that_differ_are_parts(name):
    text = answer(entry(marks_awarded=1, **{name: "M1"}), entry(marks_awarded=1, **{name: "A1"}))
    mark = parse_answer(text, ASKED).marks[0]
    assert (mark.marks_awarded, mark.findings[0].reason) == (None, Reason.SEVERAL_ENTRIES)
    assert mark.findings[0].found == "1, 1"


PARTS = [entry(marks_awarded=1, criterion="M1"), entry(marks_awarded=1, criterion="A1")]


def test_parts_that_were_asked_for_are_added_up_once_each():
    assert read(answer(*PARTS), adds_parts=True) == {"1": 2, "2": 2}
    assert read(answer(*PARTS, PARTS[0]), adds_parts=True) == {"1": 2, "2": 2}
    assert read(answer({"question_id": "1", "parts": PARTS}), adds_parts=True) == {"1": 2, "2": 2}


@pytest.mark.parametrize(
    "entries",
    [
        [*PARTS, entry(marks_awarded=2, criterion="B1")],
        [PARTS[0], PARTS[1] | {"marks_awarded": "x"}],
        [PARTS[0], PARTS[0] | {"marks_awarded": 0}],
        [PARTS[0], entry(criterion="A1")],
        [entry(marks_awarded=1, rubric_notes="a"), entry(marks_awarded=1, rubric_notes="b")],
        [*PARTS, {"criterion": "B1", "marks_awarded": 1}],
    ],
    ids=["above the maximum", "unreadable", "two marks of a part", "a part unmarked", "unnamed", "without a question"],
)
def test_parts_that_cannot_be_added_up_leave_the_question_unmarked(entries):
    assert read(answer(*entries), adds_parts=True)["1"] is None


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        ('{"answers": [{"question_id": "", "criterion": "", "marks_awarded": 0}]}', True),
        ('{"answers": [{"question_id": "", "parts": [{"part": "a", "marks": 0}]}]}', True),
        ('{"answers": [{"question_id": "", "marks_awarded": 0, "rubric_notes": ""}]}', False),
        ('{"answers": [{"question_id": "", "page": 1, "marks_awarded": 0}]}', False),
        ("Mark every part.", False),
    ],
)
def test_a_template_asks_for_parts_in_its_form(form, asked):
    assert asks_for_parts(form) is asked


@pytest.mark.parametrize(
    "text",
    [
        f"{WHOLE}\n{OTHER}",
        f"{WHOLE}\n\nWait, question 1 should be 2.",
        f"{WHOLE}\n\nPlease ignore the above.",
        f"{WHOLE}\n\nFinally: {OTHER[:-3]},]}}",
        f"Reasoning: maybe {WHOLE} but I am not sure",
        f"If the student had seen page 2: {WHOLE}",
        f"A perfect script would get {WHOLE}",
        f"According to the key: {WHOLE} and the student missed everything.",
        f"> {WHOLE}",
        f"<my_thoughts>{WHOLE} hmm",
        f"Thinking...\n{WHOLE} hmm",
    ],
)
def test_marks_that_are_taken_back_or_only_tried_are_none(text):
    assert read(text) == {"1": None, "2": None}


@pytest.mark.parametrize(
    "text",
    [
        f"| Q | mark |\n|---|---|\n| 1 | 3 |\n\n{WHOLE}",
        f"- Question 1: 2/3\n\n{WHOLE}",
        f"| Question | Max | Awarded |\n|---|---|---|\n| 1 | 3 | 2 |\n| 2 | 5 | 2 |\n\n{WHOLE}",
        f"For question 1 I award 2 marks.\n\n{WHOLE}",
        f"I give 2 marks for question 1.\n\n{WHOLE}",
        f"{WHOLE}\n\nQ1 = 2, Q2 = 2",
        json.dumps({"marks_awarded": {"1": 1, "2": 2}, "max_marks": {"1": 10, "2": 5}}),
        json.dumps({"answers": {"1": {"question_id": "9", "marks_awarded": 1}, "2": 2}}),
        json.dumps({"history": [{"answers": [entry(marks_awarded=3)]}], "answers": [entry(marks_awarded=1), SECOND]}),
    ],
)
def test_what_contradicts_one_question_leaves_the_other_alone(text):
    assert read(text) == {"1": None, "2": 2}


@pytest.mark.parametrize(
    "text",
    [
        f"Thinking: {OTHER}\n\nAnswer: {WHOLE}",
        f"Thinking...\n{OTHER}\n...done thinking.\n\n{WHOLE}",
        f"<|im_start|>think\n{OTHER}<|im_end|>\n{WHOLE}",
        f"## My thinking\n{OTHER}\n## Final\n{WHOLE}",
        f"> {OTHER}\n\n{WHOLE}",
        f"Example: {OTHER}\n\n{WHOLE}",
        f"{WHOLE}\n\nThe student showed solid understanding on page 2.",
        f"Page 1: 2 marks are at stake. Question 1 is worth 3 marks.\n{WHOLE}",
        f"{WHOLE}\n\nTotal: 3/8",
        f"| Question | Max | Awarded |\n|---|---|---|\n| 1 | 3 | 1 |\n| 2 | 5 | 2 |\n\n{WHOLE}",
        f"The student wrote in blue ink.\n\n{WHOLE}",
        f"As far as I could read the pages, and assuming their order is right:\n{WHOLE}",
        f"{WHOLE}\n\nPlease let me know if I should re-evaluate any question, for example 2.",
        f"{WHOLE}\n\nThe total of 3 marks should be entered instead of a letter grade.",
        answer(entry(marks_awarded=1, question_number=1, index=4)),
        json.dumps({"marks": {"1": 3, "2": 5}, "obtained": {"1": 1, "2": 2}}),
        json.dumps({"thinking": json.loads(OTHER), **json.loads(WHOLE)}),
    ],
)
def test_words_around_an_answer_do_not_hide_it(text):
    assert read(text) == {"1": 1, "2": 2}


def test_what_was_passed_over_is_named_with_its_reason():
    parsed = parse_answer(f"<think>{OTHER}</think>Example: {OTHER}\n\n{WHOLE}", ASKED)
    assert parsed.parse_path == "prose"
    assert [one.why for one in parsed.passed_over] == [
        "It stands inside a block of thinking.",
        "The words before it say that it is no answer: 'Example:'.",
    ]
    assert all(one.piece and len(one.piece) <= 120 for one in parsed.passed_over)


def test_an_answer_in_the_requested_form_beats_another_form_and_names_it():
    other = json.dumps({"scores": {"1": 3, "2": 5}})
    parsed = parse_answer(f"{other}\n{WHOLE}", ASKED)
    assert [mark.marks_awarded for mark in parsed.marks] == [1, 2]
    assert [one.why for one in parsed.passed_over] == ["The marks in the requested form were read instead."]


@pytest.mark.parametrize(
    "said",
    [
        "Korrektur: Frage 1 hat 1 Punkt statt 3.",
        "Für Frage 1 sind es 1 statt 3 Punkte.",
        "Correction : la question 1 mérite 1 point et non 3.",
        "Change question 1 to 1.",
        "Question 1 was marked too generously; 1 is appropriate.",
        "Frage 1 sollte 1 sein.",
        "La question 1 devrait être 1.",
        "En fait, la question 1 vaut 1 point.",
        "Corrección: la pregunta 1 merece 1 punto, no 3.",
        "Na verdade, a questão 1 vale 1 ponto.",
        "In realtà la domanda 1 merita 1 punto.",
        "更正：第1题应为1分，而不是3分。",
        "訂正：問1は3点ではなく1点です。",
        "Исправление: вопрос 1 – 1 балл вместо 3.",
        "सुधार: प्रश्न 1 को 1 अंक मिलने चाहिए।",
        "تصحيح: السؤال 1 يستحق درجة 1",
        "Correctie: vraag 1 krijgt 1 punt.",
        "Düzeltme: soru 1 için 1 puan.",
        "Korekta: pytanie 1 – 1 punkt.",
        "Đính chính: câu 1 được 1 điểm.",
        "Διόρθωση: ερώτηση 1: 1 βαθμός.",
        "Виправлення: питання 1 – 1 бал.",
        "Koreksi: soal 1 mendapat 1 poin.",
        "Oprava: otázka 1 má 1 bod.",
        "תיקון: שאלה 1 מקבלת נקודה 1",
        "แก้ไข: ข้อ 1 ได้ 1 คะแนน",
    ],
)
def test_marks_that_are_taken_back_in_other_words_or_another_language_are_none(said):
    assert set(read(f"{OTHER}\n\n{said}").values()) == {None}


@pytest.mark.parametrize(
    "said",
    [
        "Das sind 6 von 8 Punkten.",
        "Man sollte Kapitel 3 wiederholen.",
        "J'ai corrigé les deux questions.",
        "总分8分中得6分。",
        "Total: 8 puntos de 8.",
    ],
)
def test_a_closing_sentence_in_another_language_takes_nothing_back(said):
    assert read(f"{OTHER}\n\n{said}") == {"1": 3, "2": 5}


@pytest.mark.parametrize(
    ("mark", "note"),
    [
        (3, "M1 A0 A1, total 2 marks."),
        (3, "Only 1 mark can be given as the method is missing."),
        (3, "Lost 1 mark for the sign."),
        (2, "2 marks were deducted: no unit, no method."),
        (0, "Only 1 mark awarded."),
        (3, "Mark reduced to 2 because the sign is wrong."),
        (3, "The student gets 2 marks."),
        (3, "2 out of 3"),
        (3, "Nur 2 von 3 Punkten."),
        (3, "2 points sur 3."),
        (3, "扣1分。"),
        (3, "得2分。"),
        (3, "One mark lost for the sign."),
        (3, "Loses a mark for the missing unit."),
        (3, "Completely incorrect."),
        (3, "-1 for the sign error."),
        (3, "Correct method. \u22120.5 marks for the missing unit."),
        (3, "Right idea (-1 because the unit is missing)."),
        (3, "Half marks: 1.5"),
        (3, "Half credit."),
        (3, "M1 A1 A0"),
        (2, "Not attempted."),
        (2, "Illegible, cannot be marked."),
        (2, "Full credit."),
        (2, "No credit."),
        (3, "1 for the method; nothing else. Total: 1"),
    ],
)
def test_a_note_that_tells_another_sum_or_a_greater_loss_leaves_the_question_unmarked(mark, note):
    assert read(answer(entry(marks_awarded=mark, rubric_notes=note))) == {"1": None, "2": 2}


@pytest.mark.parametrize(
    ("mark", "note"),
    [
        (2, "M1 A0 A1, total 2 marks."),
        (2, "Lost 1 mark for the sign."),
        (2, "Only 1 mark for the method, 1 for the answer."),
        (2, "Only 1 mark can be given for the second part."),
        (3, "A wrong sign would have lost 1 mark, but it is right."),
        (1, "1 mark lost for the sign, 1 mark lost for the unit."),
        (2, "A question of 3 marks in total, 3 marks available."),
        (2, "M1 A1 A0"),
        (2, "Loses a mark for the sign."),
        (2, "2 Punkte von 3."),
        (2, "The final answer 3 is right, the working is missing."),
        (2, "Reduced to 3 terms, then integrated."),
        (3, "M1 M0 A2: the second method was not needed."),
        (3, "No marks lost."),
        (3, "x = -1 for the first root, x = 2 for the second."),
        (3, "- 1 for the method\n- 2 for the answer"),
        (1.5, "Half marks: the unit is missing."),
        (2, "-1 for the sign error."),
        (3, "Would lose a mark without its unit."),
    ],
)
def test_a_note_that_fits_its_mark_leaves_it_alone(mark, note):
    assert read(answer(entry(marks_awarded=mark, rubric_notes=note))) == {"1": mark, "2": 2}


def test_prose_that_opens_with_the_question_and_awards_another_mark_leaves_it_unmarked():
    assert read(f"**1** – the student earns 3/3 marks.\n{WHOLE}") == {"1": None, "2": 2}
    assert read(f"**1** – the student earns 1/3 marks.\n{WHOLE}") == {"1": 1, "2": 2}
    assert read(f"1: the method earns 0 marks for the unit.\n{WHOLE}") == {"1": 1, "2": 2}


def test_ids_that_only_count_the_questions_are_no_ids():
    asked = [Question("1a", 1, 3), Question("1b", 2, 3), Question("2", 3, 3)]
    text = json.dumps({"answers": [{"question_id": number, "marks_awarded": 1} for number in (1, 2, 3)]})
    assert {mark.marks_awarded for mark in parse_answer(text, asked).marks} == {None}


def test_entries_on_lines_of_their_own_are_one_answer_where_they_hold_every_question_once():
    lines = [entry(marks_awarded=1), SECOND]
    assert read("\n".join(map(json.dumps, lines))) == {"1": 1, "2": 2}
    assert read("```jsonl\n" + "\n".join(map(json.dumps, lines)) + "\n```") == {"1": 1, "2": 2}
    assert read("\n".join(map(json.dumps, [*lines, entry(marks_awarded=2)]))) == {"1": None, "2": None}
    assert read("\n".join(map(json.dumps, lines[:1]))) == {"1": None, "2": None}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"deductions": "-1 for the missing unit in the last line of the working"}, "3, 1"),
        ({"deductions": ["-1: sign", "-0.5: unit"]}, "3, 1.5"),
        ({"deductions": [{"reason": "sign", "marks": 1}]}, "3, 1"),
        ({"rubric_notes": "All right.", "feedback": "Se descuenta 1 punto."}, "3, descuenta 1 punto"),
    ],
)
def test_a_loss_beside_full_marks_counts_wherever_the_entry_tells_it(said, found):
    first = parse_answer(answer(entry(marks_awarded=3, **said)), ASKED).marks[0]
    assert (first.marks_awarded, first.findings[0].found) == (None, found)


@pytest.mark.parametrize(
    "said",
    [
        {"deductions": []},
        {"deductions": "none"},
        {"deductions": [{"reason": "none", "marks": 0}]},
        {"rubric_notes": "All right.", "reasoning": "At first I would award 1/3 marks, -1 point for the sign."},
    ],
)
def test_no_loss_and_thoughts_leave_full_marks_alone(said):
    assert read(answer(entry(marks_awarded=3, **said))) == {"1": 3, "2": 2}


@pytest.mark.parametrize(
    "said",
    [
        "Frage 1: 1 von 3 Punkten",
        "Pregunta 1: 1 de 3",
        "問1: 1点",
        "प्रश्न १: १/३",
        "Question 1 : 1 sur 3",
        "Вопрос 1: 1 балл",
    ],
)
def test_prose_in_another_language_that_gives_a_question_another_mark_leaves_it_unmarked(said):
    assert read(f"{said}\n\n{OTHER}") == {"1": None, "2": 5}
    assert read(f"{said}\n\n{WHOLE}") == {"1": 1, "2": 2}
