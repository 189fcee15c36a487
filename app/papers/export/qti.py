"""What QTI 2.1 and 3.0 of IMS Global have in common: a content package of items and a test that names them.

The elements are written with the names of 2.1; 3.0 has the same ones under longer names.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.generation.model import ChoiceQuestion, Kind, QuestionSet
from app.generation.question_set import Extent
from app.generation.writing_system import direction_of, language_in
from app.papers.export.package import MANIFEST, manifest, packed
from app.papers.export.xml import escaped
from app.papers.rich import Turn, html

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_TEST = "test.xml"
_NOT_IN_IDENTIFIERS = re.compile(r"[^A-Za-z0-9_-]+")
_CAPITAL = re.compile(r"(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Version:
    """How one version of QTI names what is written here. `is_3` tells the two apart where they differ in more."""

    namespace: str
    schema_location: str
    package_namespace: str
    package_schema: tuple[str, str]
    test_kind: str
    item_kind: str
    is_3: bool

    def element(self, name: str, attributes: Mapping[str, object], *children: str) -> str:
        """An element by its name in 2.1, attributes too; what is None is left out."""
        given = "".join(
            f' {self._attribute(key)}="{escaped(str(value))}"' for key, value in attributes.items() if value is not None
        )
        tag = f"qti-{_kebab(name)}" if self.is_3 else name
        inner = "".join(children)
        return f"<{tag}{given}>{inner}</{tag}>" if inner else f"<{tag}{given}/>"

    def root(self, name: str, attributes: Mapping[str, object], *children: str) -> str:
        spaces = {"xmlns": self.namespace, "xmlns:xsi": _XSI, "xsi:schemaLocation": self._location}
        return _HEAD + self.element(name, spaces | dict(attributes), "\n", "\n".join(children), "\n") + "\n"

    @property
    def _location(self) -> str:
        return f"{self.namespace} {self.schema_location}"

    def _attribute(self, name: str) -> str:
        return _kebab(name) if self.is_3 and ":" not in name else name

    def text(self, text: str, language: str) -> str:
        return html(text, language=language, turn=Turn.ATTRIBUTE if self.is_3 else Turn.CHARACTERS)


def package(version: Version, test: QuestionSet, extent: Extent) -> bytes:
    """Every identifier has the test's own in it: Canvas and others take what has the same identifier for the same."""
    items = {f"item-{question.number:02}.xml": item(version, test, question) for question in test.questions}
    named = identifier(test)
    listed = manifest(
        identifier=f"manifest-{named}",
        namespace=version.package_namespace,
        schema=version.package_schema,
        test=_TEST,
        kinds={_TEST: version.test_kind} | dict.fromkeys(items, version.item_kind),
        prefix=named,
    )
    return packed({MANIFEST: listed, _TEST: _assessment(version, test, extent, list(items)), **items})


def identifier(test: QuestionSet) -> str:
    return f"t-{_NOT_IN_IDENTIFIERS.sub('-', test.identifier)}"


def _assessment(version: Version, test: QuestionSet, extent: Extent, hrefs: Iterable[str]) -> str:
    title, named = extent.beside(test.title), identifier(test)
    refs = [
        version.element("assessmentItemRef", {"identifier": _item_id(test, number), "href": href})
        for number, href in zip((question.number for question in test.questions), hrefs, strict=True)
    ]
    section = {"identifier": f"{named}-section", "title": title, "visible": "true"}
    part = {"identifier": f"{named}-part", "navigationMode": "nonlinear", "submissionMode": "simultaneous"}
    inner = version.element("assessmentSection", section, "\n", "\n".join(refs), "\n")
    return version.root(
        "assessmentTest", {"identifier": named, "title": title}, version.element("testPart", part, inner)
    )


def _item_id(test: QuestionSet, number: int) -> str:
    return f"{identifier(test)}-item-{number:02}"


def item(version: Version, test: QuestionSet, question: ChoiceQuestion) -> str:
    language = language_in(" ".join([question.question, *question.options]), test.language)
    attributes = {
        "identifier": _item_id(test, question.number),
        "title": f"{test.title} {question.number:02}",
        "xml:lang": language or None,
        "adaptive": "false",
        "timeDependent": "false",
    }
    direction = {"dir": direction_of(language)} if version.is_3 and language else {}
    interaction = _matching if question.kind is Kind.MATCHING else _choices
    return version.root(
        "assessmentItem",
        attributes,
        _response(version, question),
        *_outcomes(version, question),
        version.element("itemBody", direction, interaction(version, question, language)),
        _processing(version),
        *_feedback(version, question, language),
    )


def _response(version: Version, question: ChoiceQuestion) -> str:
    """Each right answer earns its share; of several in one box a wrong one takes a share away, as in `LetterKey`."""
    is_matching, is_several = question.kind is Kind.MATCHING, question.kind is Kind.SEVERAL
    letters = question.right_letters
    values = [f"P{at} {letter}" for at, letter in enumerate(letters, start=1)] if is_matching else list(letters)
    share = question.max_marks / len(values)
    attributes = {
        "identifier": "RESPONSE",
        "cardinality": "multiple" if is_matching or is_several else "single",
        "baseType": "directedPair" if is_matching else "identifier",
    }
    bounds = {"lowerBound": "0", "upperBound": _number(question.max_marks)} if is_several else {}
    entries = [version.element("mapEntry", {"mapKey": value, "mappedValue": _number(share)}) for value in values]
    right = [version.element("value", {}, value) for value in values]
    mapping = bounds | {"defaultValue": _number(-share) if is_several else "0"}
    return version.element(
        "responseDeclaration",
        attributes,
        version.element("correctResponse", {}, *right),
        version.element("mapping", mapping, *entries),
    )


def _outcomes(version: Version, question: ChoiceQuestion) -> tuple[str, str]:
    nothing = version.element("defaultValue", {}, version.element("value", {}, "0"))
    score = {"identifier": "SCORE", "cardinality": "single", "baseType": "float"}
    feedback = {"identifier": "FEEDBACK", "cardinality": "single", "baseType": "identifier"}
    return (
        version.element("outcomeDeclaration", score | {"normalMaximum": _number(question.max_marks)}, nothing),
        version.element("outcomeDeclaration", feedback),
    )


def _choices(version: Version, question: ChoiceQuestion, language: str) -> str:
    most = "0" if question.kind is Kind.SEVERAL else "1"
    attributes = {"responseIdentifier": "RESPONSE", "shuffle": "false", "maxChoices": most}
    choices = [
        version.element("simpleChoice", {"identifier": letter}, version.text(text, language))
        for letter, text in question.lettered
    ]
    prompt = version.element("prompt", {}, version.text(question.question, language))
    return version.element("choiceInteraction", attributes, "\n", "\n".join([prompt, *choices]), "\n")


def _matching(version: Version, question: ChoiceQuestion, language: str) -> str:
    attributes = {"responseIdentifier": "RESPONSE", "shuffle": "false", "maxAssociations": len(question.prompts)}
    prompts = [(f"P{at}", text) for at, text in enumerate(question.prompts, start=1)]
    sets = [
        version.element("simpleMatchSet", {}, *(_associable(version, *choice, language) for choice in choices))
        for choices in (prompts, question.lettered)
    ]
    prompt = version.element("prompt", {}, version.text(question.question, language))
    return version.element("matchInteraction", attributes, "\n", "\n".join([prompt, *sets]), "\n")


def _associable(version: Version, name: str, text: str, language: str) -> str:
    attributes = {"identifier": name, "matchMax": "1"}
    return version.element("simpleAssociableChoice", attributes, version.text(text, language))


def _processing(version: Version) -> str:
    """Without an answer the score stays 0: mapResponse gives a missing response no marks."""
    score = version.element("mapResponse", {"identifier": "RESPONSE"})
    explanation = version.element("baseValue", {"baseType": "identifier"}, "explanation")
    return version.element(
        "responseProcessing",
        {},
        version.element("setOutcomeValue", {"identifier": "SCORE"}, score),
        version.element("setOutcomeValue", {"identifier": "FEEDBACK"}, explanation),
    )


def _feedback(version: Version, question: ChoiceQuestion, language: str) -> Iterable[str]:
    if question.explanation.strip():
        attributes = {"outcomeIdentifier": "FEEDBACK", "identifier": "explanation", "showHide": "show"}
        text = version.text(question.explanation, language)
        inner = version.element("contentBody", {}, f"<p>{text}</p>") if version.is_3 else text
        yield version.element("modalFeedback", attributes, inner)


def _number(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def _kebab(name: str) -> str:
    return _CAPITAL.sub("-", name).lower()
