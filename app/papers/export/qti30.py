"""QTI 3.0 of IMS Global: the same package as 2.1 with the names of 3.0."""

from app.generation.model import ChoiceQuestion, QuestionSet
from app.generation.question_set import Extent
from app.papers.export.package import MANIFEST, manifest, packed
from app.papers.export.xml import escaped, paragraphs, plain_number

_NAMESPACE = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ROOT = (
    f'xmlns="{_NAMESPACE}" xmlns:xsi="{_XSI}" xsi:schemaLocation="{_NAMESPACE} '
    'https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd"'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_TEST = "test.xml"


def write(test: QuestionSet, extent: Extent) -> bytes:
    items = {f"item-{question.number:02}.xml": item(test, question) for question in test.questions}
    kinds = {_TEST: "imsqti_test_xmlv3p0"} | dict.fromkeys(items, "imsqti_item_xmlv3p0")
    listed = manifest(
        identifier="MANIFEST",
        namespace="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
        schema=("QTI Package", "3.0.0"),
        test=_TEST,
        kinds=kinds,
    )
    return packed({MANIFEST: listed, _TEST: assessment(extent.beside(test.title), list(items)), **items})


def assessment(title: str, hrefs: list[str]) -> str:
    refs = "\n".join(
        f'<qti-assessment-item-ref identifier="i{n}" href="{href}"/>' for n, href in enumerate(hrefs, start=1)
    )
    return (
        f'{_HEAD}<qti-assessment-test {_ROOT} identifier="test" title="{escaped(title)}">\n'
        '<qti-test-part identifier="part" navigation-mode="nonlinear" submission-mode="simultaneous">\n'
        f'<qti-assessment-section identifier="section" title="{escaped(title)}" visible="true">\n{refs}\n'
        "</qti-assessment-section>\n</qti-test-part>\n</qti-assessment-test>\n"
    )


def item(test: QuestionSet, question: ChoiceQuestion) -> str:
    marks, key = plain_number(question.max_marks), question.correct_option
    choices = "\n".join(
        f'<qti-simple-choice identifier="{letter}">{paragraphs(text)}</qti-simple-choice>'
        for letter, text in question.lettered
    )
    return (
        f'{_HEAD}<qti-assessment-item {_ROOT} identifier="item-{question.number:02}" '
        f'title="{escaped(f"{test.title} {question.number:02}")}" adaptive="false" time-dependent="false">\n'
        '<qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="identifier">\n'
        f"<qti-correct-response><qti-value>{key}</qti-value></qti-correct-response>\n"
        f'<qti-mapping default-value="0"><qti-map-entry map-key="{key}" mapped-value="{marks}"/></qti-mapping>\n'
        "</qti-response-declaration>\n"
        '<qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float" '
        f'normal-maximum="{marks}"><qti-default-value><qti-value>0</qti-value></qti-default-value>'
        "</qti-outcome-declaration>\n"
        '<qti-outcome-declaration identifier="FEEDBACK" cardinality="single" base-type="identifier"/>\n'
        '<qti-item-body>\n<qti-choice-interaction response-identifier="RESPONSE" shuffle="false" max-choices="1">\n'
        f"<qti-prompt>{paragraphs(question.question)}</qti-prompt>\n{choices}\n</qti-choice-interaction>\n"
        f"</qti-item-body>\n{_PROCESSING}\n{_feedback(question)}</qti-assessment-item>\n"
    )


_PROCESSING = """\
<qti-response-processing>
<qti-set-outcome-value identifier="SCORE"><qti-map-response identifier="RESPONSE"/></qti-set-outcome-value>
<qti-set-outcome-value identifier="FEEDBACK"><qti-base-value base-type="identifier">explanation</qti-base-value>\
</qti-set-outcome-value>
</qti-response-processing>"""


def _feedback(question: ChoiceQuestion) -> str:
    if not question.explanation:
        return ""
    return (
        '<qti-modal-feedback outcome-identifier="FEEDBACK" identifier="explanation" show-hide="show">'
        f"<qti-content-body><p>{paragraphs(question.explanation)}</p></qti-content-body></qti-modal-feedback>\n"
    )
