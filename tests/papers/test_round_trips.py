"""Forty awkward questions, written by us and read by readers that others wrote."""

import io
import json
import re
import shutil
import subprocess
import warnings
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from lxml import html as lxml_html

from app.errors import UnprocessableError
from app.generation.model import ChoiceQuestion, Kind
from app.papers.export import aiken, gift, moodle, qti21
from app.papers.export.xml import storable
from tests.papers.awkward import ALL, FORTY, MATCHING, PLAIN_KINDS, SEVERAL, TRUE_FALSE

with warnings.catch_warnings():
    # Its patterns and its search for a locale are older than the Python that runs it.
    warnings.simplefilter("ignore")
    from pygiftparser import parser as pygift
from onyx2moodle.parser import parse_item

READERS = Path(__file__).parent / "readers"
_ISOLATES = re.compile("[\u2066-\u2069]")
_RAISED = re.compile(r"[\^_](?:\{([^{}]*)\}|)")
CHOICES = {Kind.SINGLE, Kind.SEVERAL, Kind.ASSERTION_REASON}


def plain(text: str) -> str:
    """What a reader may change: how white space is written, what nobody sees, and characters that XML cannot hold."""
    return " ".join(storable(text.replace("\u2060", "")).split())


# Code within a sentence is shown without its backticks.
_TICKS = re.compile(r"`([^`\n]+)`")


def shown(text: str) -> str:
    """Letters of `text` as HTML shows them: without the signs of powers and indices, fences, and isolates."""
    lines = [line for line in re.split(r"[\r\n]", text) if not line.startswith("```") or text.count("```") < 2]
    return plain(_ISOLATES.sub("", _TICKS.sub(r"\1", _RAISED.sub(r"\1", "\n".join(lines)))))


@pytest.fixture(scope="module")
def pegjs() -> list[dict]:
    node = shutil.which("node")
    if node is None or not (READERS / "node_modules").is_dir():
        pytest.skip("gift-pegjs is not there: it needs node and npm")
    run = [node, "gift.cjs"]
    done = subprocess.run(run, cwd=READERS, input=gift.write(FORTY, ALL), capture_output=True, check=True, timeout=60)  # noqa: S603 - our own script
    return json.loads(done.stdout)


def peg_text(found: dict | None) -> str:
    """Of a text that is to be shown as it is written, and of no other."""
    assert found is None or found["format"] == "plain"
    return "" if found is None else found["text"]


@pytest.mark.parametrize("question", FORTY.questions, ids=lambda question: str(question.number))
def test_gift_comes_back_from_gift_pegjs(pegjs: list[dict], question: ChoiceQuestion):
    found = pegjs[question.number - 1]
    assert len(pegjs) == 40
    assert (found["type"], found["hasEmbeddedAnswers"]) == (
        {Kind.TRUE_FALSE: "TF", Kind.MATCHING: "Matching"}.get(question.kind, "MC"),
        False,
    )
    assert plain(peg_text(found["stem"])) == plain(question.question)
    assert plain(peg_text(found["globalFeedback"])) == plain(question.explanation)


@pytest.mark.parametrize(
    "question", [q for q in FORTY.questions if q.kind in CHOICES], ids=lambda question: str(question.number)
)
def test_options_key_and_feedback_come_back_from_gift_pegjs(pegjs: list[dict], question: ChoiceQuestion):
    choices = pegjs[question.number - 1]["choices"]
    assert [plain(peg_text(choice["text"])) for choice in choices] == [plain(text) for text in question.options]
    feedback = [question.why_wrong.get(letter, "") for letter in "ABCD"]
    assert [plain(peg_text(choice["feedback"])) for choice in choices] == [plain(text) for text in feedback]
    gives = ["ABCD"[at] for at, choice in enumerate(choices) if choice["isCorrect"] or (choice["weight"] or 0) > 0]
    assert tuple(gives) == question.right_letters


def test_truth_and_pairs_come_back_from_gift_pegjs(pegjs: list[dict]):
    assert [pegjs[question.number - 1]["isTrue"] for question in TRUE_FALSE] == [True, False]
    for question in MATCHING:
        pairs = pegjs[question.number - 1]["matchPairs"]
        # This reader leaves Moodle's own place-holders in the second half of a pair.
        halves = [re.sub(r"&&(\d{3});", lambda code: chr(int(code[1])), pair["subanswer"]) for pair in pairs]
        assert [plain(peg_text(pair["subquestion"])) for pair in pairs] == [plain(text) for text in question.prompts]
        assert halves == [plain(option) for _, option in question.pairs]


def test_weights_of_several_right_answers_come_back_from_gift_pegjs(pegjs: list[dict]):
    weights = [[choice["weight"] for choice in pegjs[question.number - 1]["choices"]] for question in SEVERAL]
    assert weights == [[50, 50, -50, -50], [33.33333, 33.33333, -33.33333, 33.33333]]


def unescaped(text: str) -> str:
    text = re.sub(r"\\([\\~=#{}:n])", lambda match: "\n" if match[1] == "n" else match[1], text)
    return text.removeprefix("[plain]")


def is_known_to_pygift(question: ChoiceQuestion) -> bool:
    """This reader ends a question at an escaped brace and splits options of every kind at an arrow."""
    texts = (question.explanation, *question.options, *question.why_wrong.values())
    return question.kind is Kind.SINGLE and not any("}" in text or "->" in text for text in texts)


@pytest.mark.parametrize(
    "question", [q for q in FORTY.questions if is_known_to_pygift(q)], ids=lambda question: str(question.number)
)
def test_gift_comes_back_from_pygiftparser(question: ChoiceQuestion):
    found = pygift.parseFile(io.StringIO(gift.write(FORTY, ALL).decode()))
    (again,) = [one for one in found if one.title.endswith(f" {question.number:02}")]
    assert len(found) == 40
    assert again.valid
    assert [plain(unescaped(answer.answer)) for answer in again.answers.answers] == [plain(o) for o in question.options]
    assert [answer.fraction > 0 for answer in again.answers.answers] == [
        letter in question.right_letters for letter in "ABCD"
    ]


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> dict[int, object]:
    folder = tmp_path_factory.mktemp("qti")
    with zipfile.ZipFile(io.BytesIO(qti21.write(FORTY, ALL))) as archive:
        archive.extractall(folder)
    return {number: parse_item(folder / f"item-{number:02}.xml") for number in range(1, 41)}


def qti_text(fragment: str) -> str:
    """The reader gives a text without elements as it is, and one with elements as HTML."""
    if not re.search(r"<(?:br|code|samp|sup|sub|span)\b", fragment):
        return _ISOLATES.sub("", fragment)
    return _ISOLATES.sub("", str(lxml_html.fromstring(f"<div>{fragment.replace('<br/>', ' ')}</div>").text_content()))


@pytest.mark.parametrize("question", FORTY.questions, ids=lambda question: str(question.number))
def test_qti_2_1_comes_back_from_onyx2moodle(items: dict, question: ChoiceQuestion):
    (interaction,) = items[question.number].interactions
    response = items[question.number].response_decls["RESPONSE"]
    if question.kind is Kind.MATCHING:
        sources = {one.identifier: qti_text(one.html) for one in interaction.match_sources}
        targets = {one.identifier: qti_text(one.html) for one in interaction.match_targets}
        pairs = [tuple(value.split(" ")) for value in response.correct_values]
        read = [(plain(sources[left]), plain(targets[right])) for left, right in pairs]
        assert read == [(shown(left), shown(right)) for left, right in question.pairs]
        return
    assert [plain(qti_text(choice.html)) for choice in interaction.choices] == [shown(o) for o in question.options]
    assert tuple(response.correct_values) == question.right_letters
    assert sum(response.mapping.values()) == pytest.approx(2)


def moodle_text(element: etree._Element | None) -> str:
    """As a browser shows it, a line for each <br>."""
    text = element.findtext("text") if element is not None else ""
    if not text:
        return ""
    root = lxml_html.fromstring(text)
    for br in root.iter("br"):
        br.tail = "\n" + (br.tail or "")
    return str(root.text_content())


@pytest.mark.parametrize("question", FORTY.questions, ids=lambda question: str(question.number))
def test_moodle_xml_comes_back_from_a_browsers_reading(question: ChoiceQuestion):
    found = etree.fromstring(moodle.write(FORTY, ALL)).findall("question")[question.number]
    assert plain(moodle_text(found.find("questiontext"))) == shown(question.question)
    assert plain(moodle_text(found.find("generalfeedback"))) == shown(question.explanation)
    if question.kind is Kind.MATCHING:
        read = [(plain(moodle_text(one)), one.findtext("answer/text")) for one in found.findall("subquestion")]
        assert read == [(shown(left), plain(right)) for left, right in question.pairs]
        return
    answers = found.findall("answer")
    if question.kind is not Kind.TRUE_FALSE:
        assert [plain(moodle_text(answer)) for answer in answers] == [shown(option) for option in question.options]
    right = tuple("ABCD"[at] for at, answer in enumerate(answers) if float(answer.get("fraction")) > 0)
    assert right == question.right_letters


def test_indentation_of_code_is_seen_in_moodle_and_qti(items: dict):
    question = next(q for q in FORTY.questions if "for j in range" in q.question)
    found = etree.fromstring(moodle.write(FORTY, ALL)).findall("question")[question.number]
    (interaction,) = items[question.number].interactions

    assert moodle_text(found.find("questiontext")).replace("\u00a0", " ") == question.question
    assert qti_text(interaction.choices[2].html).replace("\u00a0", " ") == "for i:     j"
    assert "<code" in interaction.choices[2].html


def read_aiken(content: bytes) -> list[tuple[str, list[str], str]]:
    """As Moodle's importer reads it: lines of fewer than two bytes are none, options by their beginning."""
    questions: list[tuple[str, list[str], str]] = []
    stem, options = "", []
    for line in content.decode().split("\n"):
        line = line.strip()  # noqa: PLW2901 - as the importer does
        if len(line.encode()) < 2:
            continue
        if re.match(r"[A-Z][).][ \t]?", line):
            assert stem, f"an option without a question: {line}"
            options.append(line[2:].strip())
        elif line.startswith("ANSWER:"):
            questions.append((stem, options, line.removeprefix("ANSWER:").strip()[:1]))
            stem, options = "", []
        else:
            assert not stem, f"two questions in one: {line}"
            stem = line
    return questions


def test_aiken_comes_back_from_moodles_reading():
    kept = [q for q in PLAIN_KINDS.questions if aiken._is_kept(q)]
    read = read_aiken(aiken.write(type(FORTY)("id", "title", tuple(kept)), ALL))
    for question, (stem, options, key) in zip(kept, read, strict=True):
        assert plain(stem.removeprefix(f"Question {question.number}: ")) == plain(question.question)
        assert [plain(option) for option in options] == [plain(option) for option in question.options]
        assert key == question.correct_option


@pytest.mark.parametrize(("questions", "why"), [(SEVERAL, "several right answers"), (MATCHING, "matching")])
def test_aiken_refuses_what_it_cannot_ask(questions: tuple[ChoiceQuestion, ...], why: str):
    with pytest.raises(UnprocessableError, match=rf"{why} \(question {questions[0].number}, ") as refused:
        aiken.write(type(FORTY)("id", "title", questions), ALL)
    assert refused.value.code == "KIND_NOT_IN_FORMAT"


def test_aiken_refuses_lines_of_code():
    with pytest.raises(UnprocessableError, match="lines of code"):
        aiken.write(PLAIN_KINDS, ALL)
