import re
from dataclasses import dataclass, field, replace

from app.papers.export import gift
from tests.generation.questions import GROWING, TEST, WHOLE


@dataclass
class Read:
    title: str
    stem: str
    general: str = ""
    options: list[tuple[float, str, str]] = field(default_factory=list)


def split(text: str, separator: str) -> list[str]:
    parts, current, index = [], "", 0
    while index < len(text):
        if text[index] == "\\":
            current += text[index : index + 2]
            index += 2
        elif text.startswith(separator, index):
            parts.append(current)
            current, index = "", index + len(separator)
        else:
            current, index = current + text[index], index + 1
    return [*parts, current]


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], text.strip())


def read(source: str) -> list[Read]:
    """As Moodle reads it: questions parted by empty lines, `//` lines dropped, a backslash taking the sense off."""
    lines = [line for line in source.split("\n") if not line.strip().startswith("//")]
    return [read_question(block) for block in re.split(r"\n\s*\n", "\n".join(lines).strip())]


def read_question(block: str) -> Read:
    _, title, rest = split(block, "::")
    stem, rest = split(rest, "{")
    answers, after = split(rest, "}")
    assert not after.strip()
    body, *general = split(answers, "####")
    question = Read(unescaped(title), unescaped(stem.removeprefix("[plain]")), unescaped("".join(general)))
    for part in split("~=".join(split(body, "=")), "~")[1:]:
        answer, *feedback = split(part, "#")
        weight = 100.0 if answer.startswith("=") else 0.0
        answer = answer.removeprefix("=")
        if not weight and (match := re.match(r"%(-?[0-9]{1,3}\.?[0-9]*)%", answer)):
            weight, answer = float(match[1]), answer[match.end() :]
        answer, feedback = (
            re.sub(r"^\[(html|plain|moodle|markdown)\]", "", text) for text in (answer, "".join(feedback))
        )
        question.options.append((weight, unescaped(answer), unescaped(feedback)))
    return question


def test_questions_come_back_as_they_were():
    for question, again in zip(TEST.questions, read(gift.write(TEST, WHOLE).decode()), strict=True):
        assert again.stem == question.question
        assert [text for _, text, _ in again.options] == list(question.options)
        assert again.general == question.explanation


def test_only_the_key_gives_marks_even_where_a_wrong_option_looks_like_a_weight():
    plain, awkward = read(gift.write(TEST, WHOLE).decode())
    assert [weight for weight, _, _ in plain.options] == [0, 100, 0, 0]
    assert [weight for weight, _, _ in awkward.options] == [0, 0, 0, 100]


def test_each_option_has_its_own_feedback():
    assert [feedback for _, _, feedback in read(gift.write(TEST, WHOLE).decode())[1].options] == [
        "a#b",
        "1 = 2",
        "~",
        "",
    ]


def test_a_note_on_top_is_no_question():
    assert read(gift.write(TEST, GROWING).decode()) == read(gift.write(TEST, WHOLE).decode())


def test_every_special_character_is_escaped():
    assert gift._plain(r"~=#{}:\ ok") == r"\~\=\#\{\}\:\\ ok"


def test_an_option_that_looks_like_a_format_or_ends_lines_oddly_comes_back():
    options = ("[html]<b>", "one\rtwo\r\nthree", "[markdown] *x*", "plain")
    question = replace(TEST.questions[0], options=options, correct_option="A")

    (again,) = read(gift.write(replace(TEST, questions=(question,)), WHOLE).decode())

    assert [text for _, text, _ in again.options] == ["[html]<b>", "one\ntwo\nthree", "[markdown] *x*", "plain"]
