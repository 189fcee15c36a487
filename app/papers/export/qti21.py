"""QTI 2.1 of IMS Global: a content package of choice items and a test that names them."""

from app.generation.model import ChoiceQuestion, QuestionSet
from app.generation.question_set import Extent
from app.papers.export.package import MANIFEST, manifest, packed
from app.papers.export.xml import escaped, paragraphs, plain_number

_NAMESPACE = "http://www.imsglobal.org/xsd/imsqti_v2p1"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ROOT = (
    f'xmlns="{_NAMESPACE}" xmlns:xsi="{_XSI}" '
    f'xsi:schemaLocation="{_NAMESPACE} http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_TEST = "test.xml"


def write(test: QuestionSet, extent: Extent) -> bytes:
    items = {f"item-{question.number:02}.xml": item(test, question) for question in test.questions}
    kinds = {_TEST: "imsqti_test_xmlv2p1"} | dict.fromkeys(items, "imsqti_item_xmlv2p1")
    listed = manifest(
        identifier="MANIFEST",
        namespace="http://www.imsglobal.org/xsd/imscp_v1p1",
        schema=("QTIv2.1 Package", "1.0.0"),
        test=_TEST,
        kinds=kinds,
    )
    return packed({MANIFEST: listed, _TEST: assessment(extent.beside(test.title), list(items)), **items})


def assessment(title: str, hrefs: list[str]) -> str:
    refs = "\n".join(f'<assessmentItemRef identifier="i{n}" href="{href}"/>' for n, href in enumerate(hrefs, start=1))
    return (
        f'{_HEAD}<assessmentTest {_ROOT} identifier="test" title="{escaped(title)}">\n'
        '<testPart identifier="part" navigationMode="nonlinear" submissionMode="simultaneous">\n'
        f'<assessmentSection identifier="section" title="{escaped(title)}" visible="true">\n{refs}\n'
        "</assessmentSection>\n</testPart>\n</assessmentTest>\n"
    )


def item(test: QuestionSet, question: ChoiceQuestion) -> str:
    marks = plain_number(question.max_marks)
    choices = "\n".join(
        f'<simpleChoice identifier="{letter}">{paragraphs(text)}</simpleChoice>' for letter, text in question.lettered
    )
    return (
        f'{_HEAD}<assessmentItem {_ROOT} identifier="item-{question.number:02}" '
        f'title="{escaped(f"{test.title} {question.number:02}")}" adaptive="false" timeDependent="false">\n'
        '<responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">\n'
        f"<correctResponse><value>{question.correct_option}</value></correctResponse>\n"
        f'<mapping defaultValue="0"><mapEntry mapKey="{question.correct_option}" mappedValue="{marks}"/></mapping>\n'
        "</responseDeclaration>\n"
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float" '
        f'normalMaximum="{marks}"><defaultValue><value>0</value></defaultValue></outcomeDeclaration>\n'
        '<outcomeDeclaration identifier="FEEDBACK" cardinality="single" baseType="identifier"/>\n'
        '<itemBody>\n<choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="1">\n'
        f"<prompt>{paragraphs(question.question)}</prompt>\n{choices}\n</choiceInteraction>\n</itemBody>\n"
        f"{_PROCESSING}\n{_feedback(question)}</assessmentItem>\n"
    )


# Without an answer the score stays 0: mapResponse gives a missing response no marks.
_PROCESSING = """\
<responseProcessing>
<setOutcomeValue identifier="SCORE"><mapResponse identifier="RESPONSE"/></setOutcomeValue>
<setOutcomeValue identifier="FEEDBACK"><baseValue baseType="identifier">explanation</baseValue></setOutcomeValue>
</responseProcessing>"""


def _feedback(question: ChoiceQuestion) -> str:
    if not question.explanation:
        return ""
    return (
        '<modalFeedback outcomeIdentifier="FEEDBACK" identifier="explanation" showHide="show">'
        f"{paragraphs(question.explanation)}</modalFeedback>\n"
    )
