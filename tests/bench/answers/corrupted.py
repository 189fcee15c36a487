"""Answers with damage: what is read must still be the truth, and nothing has to be."""

import random

from tests.bench.answers.decorated import DECORATED
from tests.bench.answers.truth import Generated, Kind, Truth, as_json, number, read

_DIGITS = "0123456789.-"


def _damaged(text: str, rng: random.Random, times: int) -> str:
    """`text` with characters lost, doubled or added, none of them part of a number."""
    for _ in range(times):
        begin = rng.randrange(len(text))
        end = min(len(text), begin + rng.randint(0, 3))
        if not any(character in _DIGITS for character in text[max(0, begin - 1) : end + 1]):
            text = text[:begin] + rng.choice(["", text[begin:end] * 2, *"{}[],:\"'\\\n/a "]) + text[end:]
    return text


def _plain(truth: Truth) -> str:
    entries = [
        {"question_id": one, "marks_awarded": number(truth.marks[one]), "rubric_notes": "ok"} for one in truth.ids
    ]
    return as_json({"answers": entries})


def characters(truth: Truth, rng: random.Random) -> Generated:
    return read(_damaged(_plain(truth), rng, rng.randint(1, 4)), truth, readable=False)


def characters_of_a_decorated(truth: Truth, rng: random.Random) -> Generated:
    name = rng.choice(
        [name for name in DECORATED if "thinking" not in name and "draft" not in name and "first" not in name]
    )
    made = DECORATED[name](truth, rng)
    safe = "quoted" not in name and "typed" not in name
    text = _damaged(made.text, rng, 2) if safe else made.text
    return read(text, truth, readable=False, adds_parts=made.adds_parts)


def cut_off(truth: Truth, rng: random.Random) -> Generated:
    text = _plain(truth)
    end = rng.randrange(len(text))
    while end and text[end - 1] in _DIGITS:
        end -= 1
    return read(text[:end], truth, readable=False)


def beginning_lost(truth: Truth, rng: random.Random) -> Generated:
    text = _plain(truth)
    begin = rng.randrange(len(text))
    while begin < len(text) and text[begin] in _DIGITS:
        begin += 1
    return read(text[begin:], truth, readable=False)


def lines_lost(truth: Truth, rng: random.Random) -> Generated:
    lines = as_json({"answers": truth.entries()}, indent=1).splitlines()
    kept = [line for line in lines if rng.random() > 0.1 or "question_id" in line]
    # A mark whose id is lost would stand in the entry before.
    return read("\n".join(kept), truth, readable=False)


def commas_lost(truth: Truth, rng: random.Random) -> Generated:
    text = _plain(truth).replace("}, {", rng.choice(["} {", "}{", "},, {", "}\n{"]))
    return read(text, truth, readable=False)


def comments(truth: Truth, _: random.Random) -> Generated:
    return read(_plain(truth).replace(', "rubric', ', // of all\n "rubric'), truth, readable=False)


def python_literals(truth: Truth, _: random.Random) -> Generated:
    return read(repr({"answers": truth.entries()}), truth, readable=False)


def no_quotes(truth: Truth, _: random.Random) -> Generated:
    text = _plain(truth)
    for name in ("answers", "question_id", "marks_awarded", "rubric_notes"):
        text = text.replace(f'"{name}"', name)
    return read(text, truth, readable=False)


def smart_quotes(truth: Truth, _: random.Random) -> Generated:
    return read(_plain(truth).replace('"', "”"), truth, readable=False)


CORRUPTED: dict[str, Kind] = {
    "characters lost or added": characters,
    "characters of a decorated answer": characters_of_a_decorated,
    "cut off": cut_off,
    "beginning lost": beginning_lost,
    "lines lost": lines_lost,
    "commas lost": commas_lost,
    "comments": comments,
    "Python literals": python_literals,
    "keys without quotes": no_quotes,
    "smart quotes": smart_quotes,
}
