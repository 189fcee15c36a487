"""Sentences of notes and prose that state the whole mark, in words of several languages, and sentences that do not."""

import json

import pytest

from app.grading.answers.marks import parse_answer
from app.marks.model import Question
from app.marks.reasons import Reason

ASKED = [Question("1a", 1, 3), Question("1b", 2, 2), Question("2", 3, 5)]
GIVEN = {"1a": 2, "1b": 1, "2": 4}
ANOTHER_MARK = [
    "Just one mark.", "One mark.", "1 mark only", "Gets 1.", "Mark: 1.", "mark=1", "Final score = 1",
    "So the mark is 1.", "The mark is 3.", "Therefore 1 mark.", "-> 1 mark", "I would give this one mark.",
    "On reflection, 1 mark.", "Should be 1 mark really.", "Method shown. Final mark: 1", "Overall: 1/3.",
    "Only one mark earned.", "Nur ein Punkt.", "Un solo punto.", "Se otorgan 0 puntos.", "Punteggio: 1/3",
    "Nota: 1 de 3", "Note : 1 sur 3", "Un seul point.", "Un punto su tre.",
]  # fmt: skip
ALL_OR_NOTHING = [
    "All three marks given.", "This gets full marks.", "Deserves full credit.",
    "Tous les points sont accordés.", "Correct, complete answer: full credit (3).", "Scores zero.",
    "Earned nothing.", "No credit given.", "Not worth any marks.", "Kein Punkt, da falsch.",
    "Aucun point accordé.", "Entirely incorrect, no credit.", "Student did not answer.", "No attempt made.",
    "(blank)", "Leer.", "Vide.", "The student left this blank, so zero.", "Zéro.", "Nil marks.",
    "Nichts geschrieben.", "Rien.", "Cero puntos.", "Note maximale.", "M1 A0 B0", "M1 A1 A1 awarded",
    "I cannot read this answer, so I cannot mark it.",
]  # fmt: skip
LOSSES = [
    "Minus two marks for the unit.",
    "Two marks deducted: no unit.",
    "Zwei Punkte Abzug wegen Einheit.",
    "2 marks off.",
]
NO_STATEMENT = [
    "Two of three.", "Two marks.", "Loses one mark.", "Only two marks: the unit is missing.", "M1 M1 A0",
    "score: 2", "Not full marks because the unit is missing.", "Needs the unit for full marks.",
    "One mark short of full credit.", "Could have earned full marks with the unit.",
    "Would be zero without the method shown", "Answer not complete",
    "First mark for method, second mark for substitution, no mark for accuracy.",
    "No credit for the last step.", "Correct formula; wrong result, no credit for accuracy",
    "0 marks for accuracy, 2 for method", "1 + 1 + 0", "1 mark for method and 1 mark for accuracy",
    "Gets 1 for x and 1 for y", "Mark 1: yes. Mark 2: yes. Mark 3: no.",
    "Answer left blank in part (c), other parts fine", "Nearly all marks given", "Student wrote 'one mark'",
    "Student scores 3 goals in the example", "The total is 1 kg", "He gets x = 1.",
    "Temperature of -1 point lower", "All points are addressed except the last",
    "Not completely wrong, method ok", "Zero of the function found", "İki puan.", "The final answer is 1.",
    "Should be 1.", "Maximum marks: 3", "公式正确得1分,代入正确得1分。", "no errors in method, unit missing", "-1 mark",
    "This question is worth 3 marks.", "Zwei von drei Gründen genannt.",
]  # fmt: skip


def answer(note):
    notes = {"1a": note}
    return {
        "answers": [
            {"question_id": one, "marks_awarded": mark, "rubric_notes": notes.get(one, "")}
            for one, mark in GIVEN.items()
        ]
    }


def marks_of(text):
    return {mark.question_id: mark.marks_awarded for mark in parse_answer(text, ASKED).marks}


@pytest.mark.parametrize("note", [*ANOTHER_MARK, *ALL_OR_NOTHING, *LOSSES])
def test_a_note_that_states_another_whole_mark_leaves_its_question_unmarked(note):
    first, *others = parse_answer(json.dumps(answer(note)), ASKED).marks
    assert first.marks_awarded is None
    assert first.findings[0].reason is Reason.CONTRADICTORY
    assert first.findings[0].found.startswith("2, ")
    assert [mark.marks_awarded for mark in others] == [1, 4]


@pytest.mark.parametrize("note", NO_STATEMENT)
def test_a_note_that_states_no_other_whole_mark_leaves_the_mark_alone(note):
    assert marks_of(json.dumps(answer(note))) == GIVEN


@pytest.mark.parametrize(
    "prose",
    [
        "For question 1a I awarded only one mark because the unit is missing.",
        "For question 1a I awarded full marks.",
        "I could not award any marks for 1a.",
        "Question 1a received zero marks.",
        "For 1a, two marks were deducted for the missing unit.",
        "Summary: 1a 3/3, 1b 1/2, 2 4/5",
        "Total for 1a: 1",
        "Question 1a : 3 points sur 3",
    ],
)
def test_prose_beside_the_answer_that_states_another_mark_leaves_its_question_unmarked(prose):
    assert marks_of(f"{json.dumps(answer(''))}\n\n{prose}") == GIVEN | {"1a": None}


@pytest.mark.parametrize(
    "prose",
    [
        "For question 1a I awarded two marks.",
        "For 1a, one mark was deducted for the missing unit.",
        "Question 1a is worth 3 marks, question 1b 2 marks and question 2 5 marks.",
        "Aufgabe 1a (3 Punkte), Aufgabe 1b (2 Punkte), Aufgabe 2 (5 Punkte).",
        "In question 2 1/2 of the table is filled.",
    ],
)
def test_prose_that_agrees_or_speaks_of_maxima_leaves_the_marks_alone(prose):
    assert marks_of(f"{prose}\n\n{json.dumps(answer(''))}") == GIVEN
