from dataclasses import replace

import pytest

from app.generation.checks import (
    SolverAnswer,
    Thresholds,
    check_draft,
    check_duplicate,
    check_longest_share,
    check_solvers,
    is_rejected,
    share_holds,
)
from app.generation.model import Check, Draft
from app.generation.segment import Passage, Segment
from tests.generation.questions import SEGMENT, distractors, draft
from tests.support.effort import cheap


def blocking(one: Draft, thresholds: Thresholds = Thresholds()) -> list[Check]:  # noqa: B008 - frozen
    return [finding.check for finding in check_draft(one, SEGMENT, thresholds) if finding.blocking]


def test_a_good_draft_passes_without_a_word():
    assert check_draft(draft(), SEGMENT) == ()


@pytest.mark.parametrize(
    "texts",
    [
        ("To enlarge its surface", "b", "c"),
        ("to  enlarge its surface.", "To store starch", "To keep the DNA"),
        ("To store starch", "To store starch", "To keep the DNA"),
        ("To store starch in it", "To keep the DNA"),
        ("To store starch in it", "", "To keep the DNA"),
    ],
)
def test_options_that_are_not_four_different_ones_are_rejected(texts: tuple[str, ...]):
    assert Check.OPTIONS in blocking(draft(distractors=distractors(*texts)))


@pytest.mark.parametrize(
    "texts",
    [
        ("Co", "CO", "C", "Cu"),
        ("5 mA", "5 MA", "5 A", "50 mA"),
        ("MPa", "mPa", "kPa", "Pa"),
        ("AaBb", "aabb", "AABB", "Aabb"),
        ("x²", "x₂", "x2", "2x"),
    ],
)
def test_symbols_units_and_genotypes_differ_by_the_case_or_place_of_a_letter(texts: tuple[str, ...]):
    assert Check.OPTIONS not in blocking(draft(key=texts[0], distractors=distractors(*texts[1:])))


@pytest.mark.parametrize(
    "texts",
    [
        ("iron", "Iron", "IRON", "Zinc"),
        ("the tin", "The Tin", "the zinc", "the lead"),
        ("\u00e9ther", "e\u0301ther", "water", "brine"),
        ("water", "wa\u200bter", "ether", "brine"),
        ("ﬁbre", "fibre", "starch", "sugar"),
        ("5 µm", "5 μm", "5 nm", "5 mm"),
    ],
)
def test_options_that_a_reader_cannot_tell_apart_are_one(texts: tuple[str, ...]):
    assert Check.OPTIONS in blocking(draft(key=texts[0], distractors=distractors(*texts[1:])))


@pytest.mark.parametrize(
    "quote",
    [
        "Its inner membrane is folded into cristae, which enlarge the surface",
        "Its inner  membrane is\nfolded into cristae",
        "lts inner membrane is fo1ded into cristae, which enlarge the surface",
        "units of life. The mitochondrion produces most",
    ],
)
def test_a_quote_that_stands_in_the_segment_passes_line_breaks_and_a_slip_included(quote: str):
    assert not blocking(draft(quote=quote))


@pytest.mark.parametrize(
    "quote",
    [
        "The folds of the membrane were discovered by Palade in 1952",
        "Folding increases the area available for the electron transport chain",
        "Its inner membrane is smooth and without cristae, which reduce the surface",
        "x " * 400,
    ],
)
def test_an_invented_quote_is_rejected(quote: str):
    assert blocking(draft(quote=quote)) == [Check.QUOTE_NOT_FOUND]


@pytest.mark.parametrize(
    "quote", ["", "the cell", "membrane", "transmembrane electrochemical gradient", "電子の流れ", "x" * 400]
)
def test_a_quote_too_short_to_prove_anything_is_rejected(quote: str):
    assert blocking(draft(quote=quote)) == [Check.QUOTE_SHORT]


@pytest.mark.parametrize("quote", ["ミトコンドリアは細胞のエネルギーを作る", "ไมโทคอนเดรียสร้างพลังงาน"])
def test_in_a_script_without_spaces_characters_make_up_words(quote: str):
    segment = Segment(1, (Passage(1, f"{quote}。"),))
    assert check_draft(draft(quote=quote), segment) == ()


@pytest.mark.parametrize(
    "stem",
    [
        "According to the passage, why is the membrane folded?",
        "What does the text say about the membrane?",
        "As stated in the document, why is it folded?",
        "Based on the above text, why is it folded?",
        "Which of these is mentioned in the text?",
        "What reason is mentioned above?",
        "As per the text, why is it folded?",
        "Based on the information provided, why is it folded?",
        "From the information given, what follows?",
        "Given the extract, why is it folded?",
        "Why is the membrane folded, per the passage?",
        "In this chapter, why is the membrane folded?",
    ],
)
def test_a_question_that_points_to_its_source_is_rejected(stem: str):
    assert blocking(draft(stem=stem)) == [Check.SOURCE_MENTIONED]


@pytest.mark.parametrize(
    "stem",
    [
        "According to Newton's second law, what is the acceleration?",
        "Which text format is sent by a web server?",
        "Who is the author of Hamlet?",
        "In which section of the spine is the atlas?",
        "How many words fit per page?",
        "Given the section modulus of a beam, what is its stress?",
        "What flows from the source to the drain?",
        "What is isolated from the leaf extract?",
        "Based on the information provided by the eyes, what does the brain do?",
        "What does a node of the Document Object Model hold?",
    ],
)
def test_a_question_about_texts_and_authors_passes(stem: str):
    assert not blocking(draft(stem=stem))


def test_an_option_that_points_to_its_source_is_rejected():
    pointing = "As stated in the text"
    assert blocking(draft(key=pointing)) == [Check.SOURCE_MENTIONED]
    others = distractors("To store starch grains", "To keep the DNA", pointing)
    assert blocking(draft(distractors=others)) == [Check.SOURCE_MENTIONED]


@pytest.mark.parametrize(("n_characters", "found"), [(13, []), (14, [Check.KEY_TOO_LONG])])
def test_the_key_is_at_most_1_3_times_as_long_as_the_longest_distractor(n_characters: int, found: list[Check]):
    options = distractors("a" * 10, "b" * 9, "c" * 3)
    assert blocking(draft(key="k" * n_characters, distractors=options)) == found


@pytest.mark.parametrize(
    "text",
    [
        "All of the above",
        "None of the above.",
        "Both A and B",
        "A and C",
        "all of these",
        "Neither of the above",
        "A, B and C",
        "All the above",
        "All of these are correct",
        "None of the above is correct",
        "All of the above statements",
        "Both answers are correct",
        "Both A and C are right",
        "None of the other options",
        "None of the answers given",
        "Each of the above",
        "No correct answer",
        "There is no right option",
        "No answer is correct",
        "All of them",
        "A/B",
        "Either A or B",
        "both a and b",
        "Two of the above",
        "Both are true",
        "All apply",
    ],
)
def test_an_option_that_refers_to_the_others_is_rejected_key_or_distractor(text: str):
    texts = ("To store starch grains", "To keep the DNA in place", "To let light through")
    assert Check.ALL_OR_NONE in blocking(draft(distractors=distractors(text, *texts[:2])))
    assert Check.ALL_OR_NONE in blocking(draft(key=text, distractors=distractors(*texts)))


@pytest.mark.parametrize(
    "text",
    [
        "Vitamin A and D",
        "Removes half of the water",
        "A cell and a nucleus",
        "Hepatitis B",
        "All of the mitochondria",
        "All of these enzymes",
        "Both hydrogen and oxygen",
        "Both A and B antigens",
        "Neither oxygen nor light",
        "Either an acid or a base",
        "Each of the four chambers",
        "Two of the electrons",
        "It rejects both options",
        "No answer within a second",
        "An A/D converter",
        "A and a",
        "None",
    ],
)
def test_an_option_that_only_looks_like_it_passes(text: str):
    texts = (text, "To store starch grains", "To keep the DNA in place")
    assert not blocking(draft(distractors=distractors(*texts)))


def test_absolutes_may_stand_in_distractors_only():
    absolute = ("It is always dark inside", "To store starch grains", "To keep the DNA in place")
    assert blocking(draft(key="It always enlarges")) == [Check.ABSOLUTE_KEY]
    assert not blocking(draft(distractors=distractors(*absolute)))


def test_absolutes_in_every_distractor_are_a_flag():
    texts = ("It is always dark inside", "It never stores starch", "To keep all DNA in place")
    [finding] = check_draft(draft(distractors=distractors(*texts)), SEGMENT)
    assert (finding.check, finding.blocking) == (Check.ABSOLUTE_DISTRACTORS, False)


@pytest.mark.parametrize(
    "stem",
    [
        "Which is not a plastid?",
        "Which is Not a plastid?",
        "Which of these isn't one?",
        "All are true, except:",
        "Which is no gas?",
        "Which statement is untrue?",
        "Which statement is false?",
        "The following are gases, except one. Name it.",
        "All of these but one are gases. Which?",
    ],
)
def test_an_unmarked_negative_is_rejected(stem: str):
    assert blocking(draft(stem=stem)) == [Check.NEGATIVE_UNMARKED]


@pytest.mark.parametrize(
    "stem",
    [
        "Which is NOT a plastid?",
        "A cell does not divide. Why?",
        "Which has at least two membranes?",
        "Which is NO gas?",
        "What happens when there is no oxygen?",
        "What is no longer needed?",
        "What is the least common multiple?",
        "Which branch is taken if the condition is false?",
        "The following are gases, EXCEPT one. Name it.",
        "All lamps are off except one. Which current flows?",
    ],
)
def test_a_marked_negative_and_a_scene_set_before_pass(stem: str):
    assert not blocking(draft(stem=stem))


def test_a_bad_draft_is_rejected_with_a_message_for_each_check():
    bad = draft(
        stem="According to the text, which is not true?",
        key="All of the above, always",
        quote="nothing of the kind here",
    )
    findings = check_draft(bad, SEGMENT)
    assert is_rejected(findings)
    assert {one.check for one in findings} >= {Check.SOURCE_MENTIONED, Check.NEGATIVE_UNMARKED, Check.QUOTE_NOT_FOUND}
    assert all(one.message.endswith(".") for one in findings)


def test_the_same_key_and_quote_are_a_duplicate():
    one = draft()
    assert check_duplicate(one, [("to enlarge its surface.", one.quote + " on which ATP is made")])


@pytest.mark.parametrize(
    ("key", "quote"),
    [
        ("To enlarge its surface", "The mitochondrion produces most of the chemical energy"),
        ("Something else", "Its inner membrane is folded into cristae, which enlarge the surface"),
    ],
)
def test_another_key_or_another_quote_is_another_question(key: str, quote: str):
    assert check_duplicate(draft(), [(key, quote)]) == ()


LONGEST = draft(key="k" * 11, distractors=distractors("a" * 10, "b" * 10, "c" * 10))


@pytest.mark.parametrize(
    ("n_longest", "n_target", "passes"), [(3, 10, True), (4, 10, False), (0, 2, False), (7, 20, True)]
)
def test_in_at_most_40_percent_of_a_test_the_key_is_longest(n_longest: int, n_target: int, *, passes: bool):
    assert (check_longest_share(LONGEST, n_longest, n_target) == ()) is passes


def test_a_key_that_is_as_long_as_another_option_is_not_the_longest():
    assert check_longest_share(draft(key="a" * 10, distractors=distractors("b" * 10, "c", "d")), 9, 10) == ()


@pytest.mark.parametrize(
    ("n_longest", "n_all", "holds"),
    [(0, 0, True), (1, 1, False), (1, 2, False), (1, 3, True), (2, 5, True), (3, 5, False)],
)
def test_the_share_is_of_those_that_count(n_longest: int, n_all: int, *, holds: bool):
    assert share_holds(n_longest, n_all) is holds


def answer(letter: str | None, *, is_readable: bool = True) -> SolverAnswer:
    return SolverAnswer("test/solver", letter, "Because.", is_readable)


def test_solvers_who_agree_find_nothing():
    assert check_solvers("B", [answer("B"), answer("B")], [answer("B"), answer("C")]) == ()


@pytest.mark.parametrize("letter", ["A", None])
def test_one_solver_who_disagrees_rejects_with_its_reason(letter: str | None):
    [finding] = check_solvers("B", [answer("B"), answer(letter)], [])
    assert (finding.check, finding.blocking) == (Check.SOLVER_DISAGREES, True)
    assert "Because." in finding.message


def test_a_question_that_everybody_solves_without_the_quote_is_flagged():
    [finding] = check_solvers("B", [answer("B")], [answer("B"), answer("B")])
    assert (finding.check, finding.blocking) == (Check.GUESSABLE, False)


def test_a_silent_solver_is_a_flag_when_another_confirms_and_a_rejection_when_none_does():
    silent = answer(None, is_readable=False)
    assert not is_rejected(check_solvers("B", [answer("B"), silent], []))
    assert is_rejected(check_solvers("B", [silent], []))
    assert is_rejected(check_solvers("B", [silent, silent], []))


def test_of_a_silent_solver_is_said_why():
    [finding] = check_solvers("B", [SolverAnswer("test/solver", None, "HTTP 400.", is_readable=False)], [])
    assert finding.message == "test/solver gave no answer that could be read: HTTP 400."


def test_thresholds_are_settings():
    lenient = Thresholds(key_length_ratio=3, quote_score=0)
    assert not blocking(
        draft(key="k" * 25, distractors=distractors("a" * 10, "b", "c"), quote="no such words here"), lenient
    )


def test_a_hostile_stem_costs_no_time():
    with cheap(3):
        for text in (
            "a" * 50_000,
            "the " * 15_000,
            "A and " * 10_000,
            "n't" * 20_000,
            "all of the " * 5_000,
            "A/" * 20_000,
        ):
            check_draft(draft(stem=text, key=text), Segment(1, (Passage(1, "Some text."),)))


def test_a_question_in_another_script_than_the_document_is_rejected():
    assert Check.LANGUAGE in [one.check for one in check_draft(draft(), replace(SEGMENT, language="hi"))]


def test_a_language_without_a_table_passes_with_a_finding_that_it_was_not_checked():
    stem = "According to the text, which is not true?"
    [finding] = check_draft(draft(stem=stem), replace(SEGMENT, language="sw"))
    assert (finding.check, finding.blocking) == (Check.WORDING_UNCHECKED, False)
    assert "Not checked in this language (Swahili)" in finding.message


def test_the_words_of_a_question_are_checked_in_its_own_language():
    hindi = replace(SEGMENT, language="hi")
    stems = ["गद्यांश के अनुसार कोशिका क्या है?", "इनमें से कौन-सा कथन गलत है?"]
    found = [[one.check for one in check_draft(draft(stem=stem), hindi)] for stem in stems]
    assert found == [[Check.SOURCE_MENTIONED], [Check.NEGATIVE_UNMARKED]]
