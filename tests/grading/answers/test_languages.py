"""Headings and keys of other languages than English: awards are read, maxima and losses never."""

import json

import pytest

from app.grading.answers.keys import Meaning, meaning
from app.grading.answers.marks import parse_answer
from app.marks.model import Question

ASKED = [Question("1a", 1, 3), Question("1b", 2, 2), Question("2", 3, 5)]
GIVEN = {"1a": 2, "1b": 1, "2": 4}
UNREAD = dict.fromkeys(GIVEN)
AWARDS = [
    "Punkte", "Vergebene Punkte", "Erreichte Punkte", "Bewertung", "Notes attribuées", "Points obtenus",
    "Puntos otorgados", "Puntuaciones", "Calificaciones", "Punti ottenuti", "Pontos atribuídos",
    "Toegekende punten", "得分", "採点結果", "баллы", "Przyznane punkty", "Poäng", "Puanlar", "점수", "الدرجات", "अंक",
]  # fmt: skip
NO_AWARDS = [
    "Maximalpunkte", "Höchstpunktzahl", "Abgezogene Punkte", "Punktabzug", "Barème", "Points possibles",
    "Points perdus", "Puntuación máxima", "Puntos perdidos", "Punti persi", "Pontos perdidos", "満点", "扣分",
    "Klassendurchschnitt", "Punkte der Erstkorrektur", "Marks lost", "Marks deducted per question",
    "Class average marks", "Marks as percentages", "Marks awarded to another student", "Marks still missing",
]  # fmt: skip


def marks_of(text):
    return {mark.question_id: mark.marks_awarded for mark in parse_answer(text, ASKED).marks}


def under(heading, value=GIVEN):
    return f"{heading}:\n```json\n{json.dumps(value)}\n```"


@pytest.mark.parametrize("heading", AWARDS)
def test_a_map_under_a_heading_or_key_for_awards_is_read(heading):
    assert marks_of(under(heading)) == GIVEN
    assert marks_of(json.dumps({heading: GIVEN})) == GIVEN


@pytest.mark.parametrize("heading", NO_AWARDS)
def test_a_map_under_a_heading_or_key_for_anything_else_is_not_read(heading):
    assert marks_of(under(heading)) == UNREAD
    assert marks_of(json.dumps({heading: GIVEN})) == UNREAD


@pytest.mark.parametrize(
    "sentence",
    [
        "Hier ist meine Bewertung der Klausur:",
        "Estas son las calificaciones del estudiante:",
        "Voici les points obtenus :",
    ],
)
def test_a_map_under_a_sentence_whose_words_are_all_known_is_read(sentence):
    assert marks_of(under(sentence.removesuffix(":"))) == GIVEN


def test_a_map_under_a_sentence_with_an_unknown_foreign_word_is_not_read():
    assert marks_of(under("Punkte, die eingebüßt wurden")) == UNREAD


@pytest.mark.parametrize(
    ("maxima", "awards"),
    [("Maximalpunkte", "Erreichte Punkte"), ("Barème", "Points attribués"), ("Puntuación máxima", "Puntos obtenidos")],
)
def test_of_two_headed_maps_the_awards_are_read(maxima, awards):
    most = {one.question_id: one.max_marks for one in ASKED}
    assert marks_of(f"{under(maxima, most)}\n\n{under(awards)}") == GIVEN


@pytest.mark.parametrize(
    ("first", "last"),
    [("Erster Durchgang", "Endgültige Bewertung"), ("Première passe", "Notes finales"), ("Borrador", "Final")],
)
def test_a_first_pass_in_another_language_is_passed_over(first, last):
    draft = {"answers": [{"question_id": one, "marks_awarded": 0} for one in GIVEN]}
    final = {"answers": [{"question_id": one, "marks_awarded": mark} for one, mark in GIVEN.items()]}
    assert marks_of(f"{first}:\n{json.dumps(draft)}\n{last}:\n{json.dumps(final)}") == GIVEN


@pytest.mark.parametrize("heading", ["Marks in percent", "Angaben in Prozent", "Notes en pourcentage"])
def test_marks_that_a_label_calls_percentages_are_not_read(heading):
    entries = [{"question_id": one, "marks_awarded": mark} for one, mark in GIVEN.items()]
    assert marks_of(f"{heading}:\n{json.dumps({'answers': entries})}") == UNREAD


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("erreichte_punkte", Meaning.AWARD), ("note_obtenue", Meaning.AWARD), ("puntosObtenidos", Meaning.AWARD),
        ("Gesamtpunktzahl", Meaning.TOTAL), ("points_perdus", Meaning.DEDUCTION), ("final_note", Meaning.NOTE),
        ("notes", Meaning.NOTE), ("teilaufgabe", Meaning.PART), ("puntos_asignados", Meaning.OTHER),
    ],
)  # fmt: skip
def test_a_foreign_key_means_what_its_english_words_mean(key, meant):
    assert meaning(key) is meant
