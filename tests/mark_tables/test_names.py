"""Names that people take for the same are matched where exactly one fits, and said where more was forgiven."""

import unicodedata

import pytest

from app.mark_tables.names import folded, match, match_questions, nearest


@pytest.mark.parametrize(
    ("given", "known"),
    [
        (unicodedata.normalize("NFD", "Müller"), "Müller"),
        ("1\u00a0a", "1 a"),
        ("anna  maria ", "anna maria"),
        ("O\u2019Neill", "O'Neill"),
        ("1\u20112", "1-2"),
        ("ANNA", "Anna"),
        ("\ufeffAnna", "Anna"),
    ],
)
def test_names_that_look_the_same_are_the_same(given, known):
    assert match([given], [known, "Zoë"]).found == {given: known}


def test_leading_zeros_that_a_spreadsheet_dropped_are_matched_and_reported():
    found = match(["42", "7"], ["00042", "7"])

    assert found.found == {"42": "00042", "7": "7"}
    assert found.notes == ["42 was taken for 00042: a spreadsheet drops leading zeros."]


def test_what_may_be_two_names_is_neither():
    found = match(["42", "anna"], ["042", "0042", "Anna", "ANNA"])

    assert found.found == {}
    assert found.strangers == {"42": "42 may be 0042 or 042", "anna": "anna may be ANNA or Anna"}


def test_the_exact_name_wins_over_one_that_differs_in_case():
    assert match(["anna"], ["anna", "Anna"]).found == {"anna": "anna"}


def test_a_stranger_gets_the_nearest_name():
    assert match(["Jon Doe"], ["John Doe", "Zoë"]).strangers == {"Jon Doe": "Jon Doe (the nearest name is John Doe)"}
    assert nearest("xyz", ["Anna"]) is None


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("Mueller, Joerg", "Jörg Müller"),
        ("Jorg Muller", "Jörg Müller"),
        ("Garcia", "García"),
        ("Soren", "Søren"),
        ("Soeren", "Søren"),
        ("Lukasz", "Łukasz"),
        ("Müller", "Mueller"),
    ],
)
def test_a_name_is_known_however_a_keyboard_wrote_its_letters(given, known):
    found = match([given], [known, "Zoë"])

    assert found.found == {given: known}
    assert found.notes == [f"{given} was taken for {known}."]


def test_two_students_whose_names_differ_in_signs_alone_stay_apart():
    assert match(["Muller"], ["Müller", "Mueller"]).found == {"Muller": "Müller"}
    assert match(["Mueller"], ["Müller", "Mueller"]).found == {"Mueller": "Mueller"}
    assert match(["Garcia"], ["García", "Garcïa"]).found == {}


def test_letters_of_other_alphabets_keep_their_signs():
    assert match(["Сергеи"], ["Сергей"]).found == {}


def test_the_nearest_name_is_found_in_another_order_of_words():
    assert nearest("Muler, Anna", ["Anna Müller", "Jörg Weiß"]) == "Anna Müller"


def test_numbers_keep_their_digits():
    assert folded("1.10") != folded("1.1")


@pytest.mark.parametrize(("given", "known"), [("1.1", "11"), ("1-2", "12"), ("Frage 1.2", "12"), ("1", "1a")])
def test_another_question_is_never_taken_for_one_that_looks_alike(given, known):
    assert match_questions([given], [known]).found == {}


@pytest.mark.parametrize("given", ["Aufgabe 3 (ii)", "q3ii", "3.ii)", "3 II", "Task 3(ii)"])
def test_a_question_is_known_without_the_word_and_the_signs_around_it(given):
    assert match_questions([given], ["3(ii)", "3(i)"]).found == {given: "3(ii)"}


@pytest.mark.parametrize("given", ["123", "00123", "Berg, Anna", "anna berg", "ANNA  Berg"])
@pytest.mark.parametrize("known", ["00123 Anna Berg", "Berg_Anna_00123", "Berg, Anna (00123)"])
def test_a_folder_with_number_and_name_is_found_by_either(given, known):
    found = match([given], [known, "00124 Yann Le Goff"])

    assert found.found == {given: known}
    assert found.notes == [f"{given} was taken for {known}."]


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("123 Berg", ["00123 Rossi"]),
        ("1", ["student-01"]),
        ("123", ["00123 Anna Berg", "123 Can Berg"]),
        ("Anna Berg", ["00123 Anna Berg", "00124 Anna Berg"]),
        ("2026", ["2026 1 a", "2026 1 b"]),
    ],
)
def test_a_number_or_name_that_does_not_tell_one_student_finds_none(given, known):
    assert match([given], known).found == {}


def test_a_wrong_question_gets_no_other_number():
    assert match_questions(["7"], ["1", "2"]).strangers == {"7": "7"}


@pytest.mark.parametrize(
    ("given", "known", "near"),
    [
        ("4711", ["0042", "4171", "9999"], "4171"),
        ("0047", ["0041", "0046", "Anna"], "0046"),
        ("7", ["00123 Anna Berg", "00009 Can Öztürk"], "00009 Can Öztürk"),
    ],
)
def test_a_wrong_number_gets_the_nearest_number(given, known, near):
    assert match([given], known).strangers == {given: f"{given} (the nearest number is {near})"}
