"""Ways of writing the same marks: every one of these answers is to be read whole."""

import random
from collections.abc import Callable

from tests.bench.answers.truth import Generated, Kind, Truth, as_json, number, read

_BEFORE = (
    "Here are the marks:", "I have marked the script against the answer key.", "Sure! Here is my grading:",
    "After comparing each page with the marking scheme, I award:", "**Marking result**", "Okay.", "### Assessment",
    "Below is the JSON you asked for.", "The marks, in the requested format:", "Grading complete.",
    "Based on the rubric and the scans, these are the marks awarded:",
)  # fmt: skip
_AFTER = (
    "Let me know if you need more detail!", "All questions were marked.", "Page two was hard to read.",
    "Total is left to the teacher.", "I hope this helps.", "The student shows solid understanding overall.",
    "Please check the scans if anything is unclear.",
)  # fmt: skip
_THINKING = (
    ("<think>", "</think>"), ("<thinking>", "</thinking>"), ('<think time="3">', "</think>"), ("<think >", "</think >"),
    ("[THINK]", "[/THINK]"), ("◁think▷", "◁/think▷"), ("<seed:think>", "</seed:think>"), ("<analysis>", "</analysis>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("<reasoning>", "</reasoning>"), ("<|begin_of_thought|>", "<|end_of_thought|>"), ("<scratchpad>", "</scratchpad>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"), ("<thought>\n", "\n</thought>"), ("<reflection>", "</reflection>"),
    ('<details type="reasoning" done="true">\n', "\n</details>\n"), ("<inner_monologue>", "</inner_monologue>"),
    ("```thinking\n", "\n```\n"), ("<|channel>thought\n", "<channel|>"), ("analysisWe mark. ", "assistantfinal"),
    ("", "</think>"), ("<THINK>", "</THINK>"), ("<antThinking>", "</antThinking>"), ("<!-- ", " -->"),
)  # fmt: skip


def _in(before: str, after: str) -> Kind:
    return lambda truth, _: read(before + truth.plain() + after, truth)


def prose(truth: Truth, rng: random.Random) -> Generated:
    return read(f"{rng.choice(_BEFORE)}\n\n{truth.plain()}\n\n{rng.choice(_AFTER)}", truth)


def fence_in_prose(truth: Truth, rng: random.Random) -> Generated:
    return read(f"{rng.choice(_BEFORE)}\n```json\n{truth.plain()}\n```\n{rng.choice(_AFTER)}", truth)


def indented(truth: Truth, _: random.Random) -> Generated:
    return read(as_json({"answers": truth.entries()}, indent=2), truth)


def thinking(truth: Truth, rng: random.Random) -> Generated:
    begin, end = rng.choice(_THINKING)
    return read(f"{begin}Question one looks right.{end}\n{truth.plain()}", truth)


def draft_in_thinking(truth: Truth, rng: random.Random) -> Generated:
    begin, end = rng.choice(_THINKING)
    draft = as_json({"answers": [{"question_id": one, "marks_awarded": 0} for one in truth.ids]})
    return read(f"{begin}Let me try {draft} but no.{end}\n{truth.plain()}", truth)


def thinking_twice(truth: Truth, rng: random.Random) -> Generated:
    begin, end = rng.choice(_THINKING[:8])
    return read(f"{begin}one{end}{begin}two {truth.plain()[:60]}{end}{truth.plain()}", truth)


def as_map(truth: Truth, _: random.Random) -> Generated:
    marked = {one: {"marks_awarded": number(truth.marks[one]), "rubric_notes": truth.notes[one]} for one in truth.ids}
    return read(as_json({"answers": marked}), truth)


def as_map_of_numbers(truth: Truth, rng: random.Random) -> Generated:
    name = rng.choice(["answers", "results", "grades", "scores", "marks_awarded"])
    return read(as_json({name: {one: number(mark) for one, mark in truth.marks.items()}}), truth)


def bare_map(truth: Truth, _: random.Random) -> Generated:
    return read(as_json({one: number(mark) for one, mark in truth.marks.items()}), truth)


def headed_maps(truth: Truth, rng: random.Random) -> Generated:
    first, second = rng.choice([("Maximum marks:", "Marks awarded:"), ("**Points available**", "## My marks")])
    maxima = as_json({one: number(most) for one, most in truth.maxima.items()})
    marks = as_json({one: number(mark) for one, mark in truth.marks.items()})
    return read(f"{first}\n```json\n{maxima}\n```\n{second}\n```json\n{marks}\n```", truth)


_HEADINGS = (
    "Erreichte Punkte:", "Vergebene Punkte", "Points obtenus :", "Points attribués", "Puntos otorgados:",
    "Calificaciones", "Punti ottenuti:", "Toegekende punten:", "得分:", "Marks awarded:",
)  # fmt: skip


def headed_abroad(truth: Truth, rng: random.Random) -> Generated:
    marks = {one: number(mark) for one, mark in truth.marks.items()}
    if truth.marks == truth.maxima:
        return read(as_json({"answers": truth.entries()}), truth)
    return read(f"{rng.choice(_HEADINGS)}\n```json\n{as_json(marks)}\n```", truth)


def top_level_list(truth: Truth, _: random.Random) -> Generated:
    return read(as_json(truth.entries()), truth)


def renamed(truth: Truth, rng: random.Random) -> Generated:
    qid = rng.choice(
        ["question_id", "qid", "questionId", "questionID", "question", "question_number", "QuestionId", "id"]
    )
    mark = rng.choice(
        [
            "marks_awarded",
            "mark",
            "marks",
            "score",
            "marksAwarded",
            "awarded_marks",
            "points",
            "points_earned",
            "score_awarded",
            "marks_obtained",
            "earned_points",
            "awardedMarks",
            "pointsAwarded",
            "MarksAwarded",
            "final_mark",
            "marks_earned",
        ]
    )
    note = rng.choice(["rubric_notes", "feedback", "notes", "comment", "justification", "reasoning", "explanation"])
    around = rng.choice(["answers", "results", "grades", "marks", "evaluations", "scores"])
    return read(as_json({around: truth.entries(qid=qid, mark=mark, note=note)}), truth)


def with_maximum(truth: Truth, rng: random.Random) -> Generated:
    name = rng.choice(
        [
            "max_marks",
            "max",
            "maxMarks",
            "out_of",
            "outOf",
            "total",
            "maximum",
            "points_possible",
            "max_score",
            "total_marks",
        ]
    )
    return read(
        as_json({"answers": [e | {name: number(truth.maxima[e["question_id"]])} for e in truth.entries()]}), truth
    )


def with_deduction(truth: Truth, rng: random.Random) -> Generated:
    name = rng.choice(["marks_deducted", "deducted", "marks_lost", "points_lost", "deduction", "marksLost"])
    lost = {one: number(truth.maxima[one] - truth.marks[one]) for one in truth.ids}
    return read(as_json({"answers": [e | {name: lost[e["question_id"]]} for e in truth.entries()]}), truth)


def with_confidence(truth: Truth, rng: random.Random) -> Generated:
    entries = [
        entry | {"confidence": rng.choice([0.9, 1, "high", 85]), "page": rng.randint(1, 4)} for entry in truth.entries()
    ]
    return read(as_json({"answers": entries, "overall_comment": "Fine.", "model": "x"}), truth)


def with_percentage(truth: Truth, _: random.Random) -> Generated:
    share = {one: round(100 * truth.marks[one] / truth.maxima[one], 1) for one in truth.ids}
    return read(as_json({"answers": [e | {"percentage": share[e["question_id"]]} for e in truth.entries()]}), truth)


def with_total(truth: Truth, _: random.Random) -> Generated:
    total = {
        "total_marks_awarded": number(sum(truth.marks.values())),
        "total_max_marks": number(sum(truth.maxima.values())),
    }
    return read(as_json({"answers": truth.entries()} | total), truth)


def with_breakdown(truth: Truth, _: random.Random) -> Generated:
    entries = []
    for entry in truth.entries():
        first = int(entry["marks_awarded"])
        parts = [
            {"criterion": "M", "marks_awarded": first},
            {"criterion": "A", "marks_awarded": entry["marks_awarded"] - first},
        ]
        entries.append(entry | {"breakdown": parts})
    return read(as_json({"answers": entries}), truth)


def wrapped(truth: Truth, rng: random.Random) -> Generated:
    value = {"answers": truth.entries()}
    for name in rng.sample(["data", "response", "output", "result"], rng.randint(1, 2)):
        value = {name: value}
    return read(as_json(value), truth)


def per_student(truth: Truth, _: random.Random) -> Generated:
    return read(as_json({"result": [{"first_name": "Ada", "last_name": "L", "answers": truth.entries()}]}), truth)


def quoted_once_more(truth: Truth, _: random.Random) -> Generated:
    return read(as_json(truth.plain()), truth)


def list_as_a_string(truth: Truth, _: random.Random) -> Generated:
    return read(as_json({"answers": as_json(truth.entries())}), truth)


def marks_as_strings(truth: Truth, rng: random.Random) -> Generated:
    def written(one: str) -> str:
        mark, maximum = f"{truth.marks[one]:g}", f"{truth.maxima[one]:g}"
        return rng.choice([mark, f" {mark} ", f"{mark}/{maximum}", f"{mark} / {maximum}"])

    return read(
        as_json({"answers": [e | {"marks_awarded": written(e["question_id"])} for e in truth.entries()]}), truth
    )


def other_ids(truth: Truth, rng: random.Random) -> Generated:
    change: Callable[[str], str] = rng.choice(
        [
            lambda one: f" {one}\n",
            lambda one: one.replace("-", "\u2011").replace("–", "-"),
            lambda one: one.replace(" ", "\u00a0"),
            lambda one: one.replace("ä", "a\u0308"),
            lambda one: f"\u200b{one}",
        ]
    )
    return read(as_json({"answers": [e | {"question_id": change(e["question_id"])} for e in truth.entries()]}), truth)


def ids_as_numbers(truth: Truth, _: random.Random) -> Generated:
    text = truth.plain()
    for one in truth.ids:
        if one.replace(".", "", 1).isdigit():
            text = text.replace(f'"question_id": "{one}"', f'"question_id": {one}')
    return read(text, truth)


def repeated_answer(truth: Truth, rng: random.Random) -> Generated:
    return read(f"{truth.plain()}\n\n{rng.choice(_BEFORE)}\n{truth.plain()}", truth)


def repeated_entry(truth: Truth, rng: random.Random) -> Generated:
    entries = truth.entries()
    return read(as_json({"answers": [*entries, rng.choice(entries)]}), truth)


def labelled_draft(truth: Truth, rng: random.Random) -> Generated:
    label = rng.choice(["First pass:", "Draft:", "My initial marks:", "Rough first attempt:", "Preliminary:"])
    draft = as_json({"answers": [{"question_id": one, "marks_awarded": 0} for one in truth.ids]})
    return read(f"{label} {draft}\n\nFinal marks:\n{truth.plain()}", truth)


def labelled_example(truth: Truth, rng: random.Random) -> Generated:
    label = rng.choice(["The form of one entry, for example:", "An example:", "Each entry looks like"])
    example = as_json({"answers": [{"question_id": truth.ids[0], "marks_awarded": 0, "rubric_notes": "why"}]})
    return read(f"{label} {example}\n\nThe marks:\n{truth.plain()}", truth)


def quoted_student(truth: Truth, _: random.Random) -> Generated:
    quoted = as_json({"answers": [{"question_id": one, "marks_awarded": most} for one, most in truth.maxima.items()]})
    return read(f"The student wrote on page 1: {quoted} which is no answer.\n{truth.plain()}", truth)


def question_list_first(truth: Truth, rng: random.Random) -> Generated:
    name = rng.choice(["max_marks", "marks", "max", "points"])
    listed = as_json([{"question_id": one, name: number(most)} for one, most in truth.maxima.items()])
    return read(f"Questions: {listed}\n{truth.plain()}", truth)


def latex(truth: Truth, _: random.Random) -> Generated:
    text = as_json({"answers": [e | {"rubric_notes": "wrote @sqrt{2} @in R"} for e in truth.entries()]}).replace(
        "@", "\\"
    )
    return read(text, truth)


def trailing_comma(truth: Truth, _: random.Random) -> Generated:
    entries = [
        {"question_id": one, "marks_awarded": number(truth.marks[one]), "rubric_notes": "ok"} for one in truth.ids
    ]
    return read(as_json({"answers": entries}).replace("}]", "},]"), truth)


def single_quotes(truth: Truth, _: random.Random) -> Generated:
    entries = [
        {"question_id": one, "marks_awarded": number(truth.marks[one]), "rubric_notes": "ok"} for one in truth.ids
    ]
    return read(as_json({"answers": entries}).replace('"', "'"), truth)


def last_brace_missing(truth: Truth, _: random.Random) -> Generated:
    return read(truth.plain()[:-1], truth)


def text_parts(truth: Truth, rng: random.Random) -> Generated:
    kind = rng.choice(["thinking", "reasoning"])
    draft = as_json({"answers": [{"question_id": one, "marks_awarded": 0} for one in truth.ids]})
    parts = [{"type": kind, kind: draft, "text": draft}, {"type": "text", "text": truth.plain()}]
    return read(as_json(parts), truth)


def parts_asked_for(truth: Truth, _: random.Random) -> Generated:
    entries = []
    for one in truth.ids:
        whole = int(truth.marks[one])
        entries += [
            {"question_id": one, "criterion": "M1", "marks_awarded": whole},
            {"question_id": one, "criterion": "A1", "marks_awarded": truth.marks[one] - whole},
        ]
    return read(as_json({"answers": entries}), truth, adds_parts=True)


DECORATED: dict[str, Kind] = {
    "plain": _in("", ""),
    "blanks around": _in("\n\n  ", "  \n"),
    "byte order mark": _in("\ufeff", ""),
    "fence": _in("```json\n", "\n```"),
    "fence without a language": _in("```\n", "\n```\n"),
    "fence never closed": _in("```json\n", ""),
    "answer tag": _in("<answer>\n", "\n</answer>"),
    "prose": prose,
    "fence in prose": fence_in_prose,
    "indented": indented,
    "thinking": thinking,
    "draft in thinking": draft_in_thinking,
    "thinking twice": thinking_twice,
    "map of entries": as_map,
    "map of numbers": as_map_of_numbers,
    "bare map": bare_map,
    "two headed maps": headed_maps,
    "a map under a heading of another language": headed_abroad,
    "top-level list": top_level_list,
    "other names": renamed,
    "with the maximum": with_maximum,
    "with a deduction": with_deduction,
    "with confidence and page": with_confidence,
    "with a percentage": with_percentage,
    "with totals": with_total,
    "with a breakdown": with_breakdown,
    "wrapped": wrapped,
    "per student": per_student,
    "JSON in a JSON string": quoted_once_more,
    "list as a JSON string": list_as_a_string,
    "marks as strings": marks_as_strings,
    "ids in another spelling": other_ids,
    "ids as numbers": ids_as_numbers,
    "answer twice": repeated_answer,
    "entry twice": repeated_entry,
    "labelled draft first": labelled_draft,
    "labelled example first": labelled_example,
    "student's JSON quoted": quoted_student,
    "question list first": question_list_first,
    "LaTeX in notes": latex,
    "trailing comma": trailing_comma,
    "single quotes": single_quotes,
    "last brace missing": last_brace_missing,
    "typed parts": text_parts,
    "parts that were asked for": parts_asked_for,
}
