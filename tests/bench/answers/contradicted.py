"""Answers that contradict themselves, or award nothing: the doubtful questions must stay unmarked."""

import random
from collections.abc import Callable
from typing import Any

from tests.bench.answers.truth import Generated, Kind, Truth, as_json, differing, number, other_mark, read, unread

Change = Callable[[dict[str, Any], Truth, random.Random], dict[str, Any] | list[dict[str, Any]]]

_UNCLOSED = (
    "<think>", "<thinking>", '<think time="3">', "[THINK]", "◁think▷", "<seed:think>", "<analysis>",
    "<|channel|>analysis<|message|>", "<reasoning>", "<|begin_of_thought|>", "<scratchpad>", "<thought>", "<think\n>",
    "<reflection foo='bar'>", "<|START_THINKING|>", "```thinking\n", "<|channel>thought\n", "<internal_monologue>",
    "<plan>", "<draft>", "<chain_of_thought>", "<cot>", "[REASONING]", "<Thoughts>", "&lt;think&gt;",
)  # fmt: skip


def _one(change: Change) -> Kind:
    """One entry changed, the others left as they are."""

    def kind(truth: Truth, rng: random.Random) -> Generated:
        entries: list[dict[str, Any]] = []
        chosen = rng.choice(truth.ids)
        for entry in truth.entries():
            changed = change(entry, truth, rng) if entry["question_id"] == chosen else entry
            entries.extend(changed if isinstance(changed, list) else [changed])
        return unread(as_json({"answers": entries}), truth, [chosen])

    return kind


def _other(entry: dict[str, Any], truth: Truth, rng: random.Random) -> float:
    return number(other_mark(truth, entry["question_id"], rng))


def second_award(entry: dict[str, Any], truth: Truth, rng: random.Random) -> dict[str, Any]:
    name = rng.choice(
        ["score", "awarded_marks", "points_earned", "marksObtained", "final_mark", "mark_given", "points_awarded"]
    )
    return entry | {name: _other(entry, truth, rng)}


def other_maximum(entry: dict[str, Any], truth: Truth, rng: random.Random) -> dict[str, Any]:
    name = rng.choice(["max_marks", "out_of", "maxMarks", "max", "points_possible", "maximum", "total_possible"])
    return entry | {name: truth.maxima[entry["question_id"]] + rng.choice([1, 2, 5, 90])}


def other_maximum_in_words(entry: dict[str, Any], truth: Truth, rng: random.Random) -> dict[str, Any]:
    return entry | {"max_marks": f"{truth.maxima[entry['question_id']] + rng.choice([1, 5]):g} marks"}


def mark_out_of_another(entry: dict[str, Any], truth: Truth, _: random.Random) -> dict[str, Any]:
    return entry | {"marks_awarded": f"{entry['marks_awarded']}/{truth.maxima[entry['question_id']] + 7:g}"}


def only_the_maximum(entry: dict[str, Any], truth: Truth, rng: random.Random) -> dict[str, Any]:
    name = rng.choice(["max_marks", "total", "out_of", "full_marks", "marks_available"])
    return {"question_id": entry["question_id"], name: number(truth.maxima[entry["question_id"]])}


def only_the_deduction(entry: dict[str, Any], _: Truth, rng: random.Random) -> dict[str, Any]:
    name = rng.choice(
        ["marks_lost", "deducted", "penalty", "points_off", "marks_not_awarded", "lost_marks", "pointsDeducted"]
    )
    return {"question_id": entry["question_id"], name: 1, "rubric_notes": "Unit missing."}


def deduction_that_does_not_add_up(entry: dict[str, Any], truth: Truth, rng: random.Random) -> dict[str, Any]:
    lost = truth.maxima[entry["question_id"]] - entry["marks_awarded"]
    return entry | {rng.choice(["marks_lost", "deducted", "penalty"]): number(lost + rng.choice([1, 2]))}


def other_percentage(entry: dict[str, Any], truth: Truth, _: random.Random) -> dict[str, Any]:
    share = 100 * entry["marks_awarded"] / truth.maxima[entry["question_id"]]
    return entry | {"percentage": round(share + 50 if share < 50 else share - 50, 1)}


def parts(entry: dict[str, Any], truth: Truth, rng: random.Random) -> list[dict[str, Any]]:
    name = rng.choice(["criterion", "part", "step", "component", "mark_type", "page", "rubric_notes"])
    mark = rng.choice([0.5, 1])
    labels = ("M1", "A1") if name != "page" else (1, 2)
    return [{"question_id": entry["question_id"], name: label, "marks_awarded": mark} for label in labels]


def parts_inside(entry: dict[str, Any], _: Truth, rng: random.Random) -> dict[str, Any]:
    name = rng.choice(["parts", "criteria", "breakdown", "components", "steps"])
    inside = [{"criterion": "M1", "marks_awarded": 0.5}, {"criterion": "A1", "marks_awarded": 0.5}]
    return {"question_id": entry["question_id"], name: inside}


def parts_that_do_not_add_up(entry: dict[str, Any], _: Truth, __: random.Random) -> dict[str, Any]:
    inside = [{"criterion": "M1", "marks_awarded": entry["marks_awarded"]}, {"criterion": "A1", "marks_awarded": 0.5}]
    return entry | {"breakdown": inside}


def twice_with_other_marks(entry: dict[str, Any], truth: Truth, rng: random.Random) -> list[dict[str, Any]]:
    return [entry, entry | {"marks_awarded": _other(entry, truth, rng)}]


def unreadable_mark(entry: dict[str, Any], _: Truth, rng: random.Random) -> dict[str, Any]:
    mark = entry["marks_awarded"]
    written: list[Any] = [f"about {mark}", "two", [mark], {"value": mark}, True, f"{mark} or 1", "N/A", f"{mark},5", ""]
    return entry | {"marks_awarded": rng.choice(written)}


def out_of_range(entry: dict[str, Any], truth: Truth, rng: random.Random) -> dict[str, Any]:
    return entry | {"marks_awarded": rng.choice([-1, truth.maxima[entry["question_id"]] + 0.5, 1e9])}


def suggestion_alone(entry: dict[str, Any], _: Truth, rng: random.Random) -> dict[str, Any]:
    name = rng.choice(
        ["suggested_marks", "expected_marks", "average_mark", "previous_score", "teacher_mark", "min_marks"]
    )
    return {"question_id": entry["question_id"], name: entry["marks_awarded"]}


def note_of_another_mark(entry: dict[str, Any], truth: Truth, rng: random.Random) -> dict[str, Any]:
    other, most = _other(entry, truth, rng), truth.maxima[entry["question_id"]]
    return entry | {"rubric_notes": rng.choice([f"Awarded {other} out of {most:g}.", f"Total {other}/{most:g} marks."])}


_LOSSES = (
    "-1 por la unidad.", "Se quita 1 punto: -1 punto.", "Punktabzug: Einheit fehlt.", "Minus 1 Punkt.",
    "−0,5 Punkte", "-1 pour le signe", "Un point retiré.", "-1 per l'unità", "Manca il segno (-1).",
    "Desconto: -1 ponto.", "1 punt aftrek.", "-1 балл за знак.", "Снят 1 балл.", "1 अंक काटा गया।", "-१ अंक",
    "خصم درجة واحدة", "-١ درجة", "単位なしで1点減点。", "-1点", "缺单位，扣1分", "1점 감점", "Odjęto 1 punkt.",
    "1 puan kırıldı.", "Trừ 1 điểm.", "1 poäng avdrag.", "Sign error: -1", "Lost 1 mark for the unit.",
)  # fmt: skip


def loss_beside_full_marks(entry: dict[str, Any], truth: Truth, rng: random.Random) -> dict[str, Any]:
    return entry | {"marks_awarded": truth.maxima[entry["question_id"]], "rubric_notes": rng.choice(_LOSSES)}


def share_in_the_note(entry: dict[str, Any], truth: Truth, rng: random.Random) -> dict[str, Any]:
    other, most = _other(entry, truth, rng), f"{truth.maxima[entry['question_id']]:g}"
    said = [
        f"{other} von {most} Punkten",
        f"{other} de {most} puntos",
        f"{most}点中{other}点",
        f"Einheit fehlt. {other}/{most}",
    ]
    return entry | {"rubric_notes": rng.choice(said)}


def wrong_total(truth: Truth, rng: random.Random) -> Generated:
    wrong = rng.randint(150, 250)
    name = rng.choice(["total", "total_marks_awarded", "totalScore", "max_total", "out_of"])
    beside = rng.choice([{name: wrong}, {"summary": {"total_awarded": wrong}}])
    return unread(as_json({"answers": truth.entries()} | beside), truth)


def refused_and_marked(entry: dict[str, Any], _: Truth, rng: random.Random) -> dict[str, Any]:
    return entry | {rng.choice(["abstained", "illegible", "unreadable", "not_marked"]): True}


def unclosed_thinking(truth: Truth, rng: random.Random) -> Generated:
    return unread(f"{rng.choice(_UNCLOSED)}Let me try {truth.plain()} hmm, wait, for question 2 the", truth)


def unclosed_thinking_after_the_first(truth: Truth, rng: random.Random) -> Generated:
    begin = rng.choice(_UNCLOSED[:7])
    return unread(f"<think>I begin.</think>\nSo:\n{begin}{truth.plain()} but", truth)


def two_answers(truth: Truth, rng: random.Random) -> Generated:
    between = rng.choice(["\n\n", "\n\nSo the marks are\n", "\nor\n", "\n```json\n", "\n\nIn short: "])
    return unread(f"{truth.plain()}{between}{differing(truth, rng).plain()}", truth)


def two_answers_in_one(truth: Truth, rng: random.Random) -> Generated:
    one, other = rng.sample(["answers", "results", "grades", "final_answers"], 2)
    return unread(as_json({one: truth.entries(), other: differing(truth, rng).entries()}), truth)


def revision_of_one(truth: Truth, rng: random.Random) -> Generated:
    chosen = rng.choice(truth.ids)
    revised = {"question_id": chosen, "marks_awarded": number(other_mark(truth, chosen, rng)), "rubric_notes": "unit"}
    value = rng.choice([revised, [revised], {"answers": [revised]}, {"correction": revised}])
    return unread(f"{truth.plain()}\n\nOn a second look the unit is missing:\n{as_json(value)}", truth)


def broken_revision(truth: Truth, rng: random.Random) -> Generated:
    return unread(f"{truth.plain()}\n\nFinally:\n{differing(truth, rng).plain()[:-3]},]}}", truth)


def revision_in_prose(truth: Truth, rng: random.Random) -> Generated:
    chosen = rng.choice(truth.ids)
    other = number(other_mark(truth, chosen, rng))
    said = rng.choice(
        [
            f"Wait, question {chosen} should be {other}.", f"Correction: {chosen} gets {other} marks.",
            f"Actually, on reflection I would give {other} for {chosen}.", "Please ignore the above, it was a draft.",
            f"I made a mistake in {chosen}: the mark must be {other}.",
        ]
    )  # fmt: skip
    return unread(f"{truth.plain()}\n\n{said}", truth)


def prose_says_otherwise(truth: Truth, rng: random.Random) -> Generated:
    chosen = rng.choice(truth.ids)
    other, most = number(other_mark(truth, chosen, rng)), number(truth.maxima[chosen])
    said = rng.choice(
        [f"Question {chosen}: {other}/{most}", f"{chosen}: {other} out of {most}", f"| {chosen} | {other}/{most} |"]
    )
    return unread(f"{said}\n\n{truth.plain()}", truth, [chosen])


def maxima_in_a_fence(truth: Truth, rng: random.Random) -> Generated:
    said = rng.choice(["The questions carry", "The maximum marks are", "Question weights:", "Points available:"])
    maxima = as_json({one: number(most) for one, most in truth.maxima.items()})
    return unread(f"{said}\n```json\n{maxima}\n```\nOf these the student earned half.", truth)


def question_list_alone(truth: Truth, rng: random.Random) -> Generated:
    name = rng.choice(["max_marks", "marks", "points"])
    listed = [{"question_id": one, name: number(most)} for one, most in truth.maxima.items()]
    return unread(
        rng.choice([as_json({"questions": listed}), f"The questions are {as_json(listed)}. No scan came."]), truth
    )


def key_alone(truth: Truth, rng: random.Random) -> Generated:
    said = rng.choice(
        ["The answer key says", "The teacher's example:", "The student wrote", "First pass:", "Maximum marks:"]
    )
    full = as_json({"answers": [{"question_id": one, "marks_awarded": most} for one, most in truth.maxima.items()]})
    return unread(f"{said} {full}\n\nI cannot open the scans.", truth)


def draft_under_a_key(truth: Truth, rng: random.Random) -> Generated:
    name = rng.choice(
        ["draft", "first_pass", "example", "answer_key", "initial_marks", "previous", "reference", "human_marks"]
    )
    return unread(as_json({name: {"answers": truth.entries()}}), truth)


def shifted_keys(truth: Truth, _: random.Random) -> Generated:
    if len(truth.ids) == 1:
        return read(truth.plain(), truth, readable=False)
    rolled = [*truth.entries()[1:], truth.entries()[0]]
    return unread(as_json({"answers": dict(zip(truth.ids, rolled, strict=True))}), truth)


def other_ids(truth: Truth, rng: random.Random) -> Generated:
    change: Callable[[str], str] = rng.choice([lambda one: f"x{one}", lambda one: f"{one}0", lambda one: f"{one}'"])
    entries = [entry | {"question_id": change(entry["question_id"])} for entry in truth.entries()]
    doubtful = [one for one in truth.ids if change(one) not in truth.ids]
    if len(doubtful) < len(truth.ids):
        return read(truth.plain(), truth, readable=False)
    return unread(as_json({"answers": entries}), truth)


_WHOLE_MARKS = (
    "Just {} marks.",
    "Mark: {}.",
    "So the mark is {}.",
    "Gets {}.",
    "Final score = {}",
    "Nur {} Punkte.",
    "{} marks only",
)


def whole_mark_in_the_note(entry: dict[str, Any], truth: Truth, rng: random.Random) -> dict[str, Any]:
    """The whole mark in a sentence of its own. A number that is the maximum may be meant as that."""
    one = entry["question_id"]
    other = other_mark(truth, one, rng)
    if other == truth.maxima[one]:
        return entry | {"rubric_notes": rng.choice(["Deserves full credit.", "All marks given.", "Full marks"])}
    return entry | {"rubric_notes": rng.choice(_WHOLE_MARKS).format(number(other))}


_OTHER_MAPS = (
    "Marks lost:",
    "Abgezogene Punkte:",
    "Points perdus :",
    "Puntos perdidos:",
    "Class average marks:",
    "Barème :",
)


def map_of_other_numbers(truth: Truth, rng: random.Random) -> Generated:
    marks = as_json({one: number(mark) for one, mark in truth.marks.items()})
    return unread(f"{rng.choice(_OTHER_MAPS)}\n```json\n{marks}\n```", truth)


CONTRADICTED: dict[str, Kind] = {
    "a second award": _one(second_award),
    "another maximum": _one(other_maximum),
    "another maximum in words": _one(other_maximum_in_words),
    "a mark out of another maximum": _one(mark_out_of_another),
    "only the maximum": _one(only_the_maximum),
    "only the deduction": _one(only_the_deduction),
    "a deduction that does not add up": _one(deduction_that_does_not_add_up),
    "another percentage": _one(other_percentage),
    "parts": _one(parts),
    "parts inside an entry": _one(parts_inside),
    "parts that do not add up": _one(parts_that_do_not_add_up),
    "an entry twice with other marks": _one(twice_with_other_marks),
    "an unreadable mark": _one(unreadable_mark),
    "out of range": _one(out_of_range),
    "only a suggestion": _one(suggestion_alone),
    "a note that speaks of another mark": _one(note_of_another_mark),
    "a note that is another whole mark": _one(whole_mark_in_the_note),
    "a map of losses, averages or maxima": map_of_other_numbers,
    "a loss beside full marks": _one(loss_beside_full_marks),
    "a note of another share": _one(share_in_the_note),
    "a total that does not fit": wrong_total,
    "declined and marked": _one(refused_and_marked),
    "thinking that never ends": unclosed_thinking,
    "thinking that begins again": unclosed_thinking_after_the_first,
    "two answers": two_answers,
    "two answers in one object": two_answers_in_one,
    "a revision of one question": revision_of_one,
    "a broken revision": broken_revision,
    "a revision in prose": revision_in_prose,
    "prose that says otherwise": prose_says_otherwise,
    "maxima in a fence": maxima_in_a_fence,
    "the question list alone": question_list_alone,
    "the key or a draft alone": key_alone,
    "a draft under a key": draft_under_a_key,
    "keys that contradict ids": shifted_keys,
    "ids that nobody configured": other_ids,
}
