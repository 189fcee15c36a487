"""A Word document: the questions, and the key with explanations on a page of its own."""

import io
from typing import TYPE_CHECKING

from app.generation.model import ChoiceQuestion, Kind, QuestionSet
from app.generation.question_set import Extent
from app.generation.writing_system import direction_of, language_in
from app.papers.export.xml import plain_number, storable
from app.papers.rich import Line, Span, Style, lines
from app.papers.words import Words, words_of

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph
    from docx.text.run import Run

_CODE_FONT = "Courier New"
_EAST_ASIAN = frozenset({"zh", "ja", "ko"})
# Word asks for a region with some of them.
_REGIONS = {"zh": "zh-CN", "ja": "ja-JP", "ko": "ko-KR", "ar": "ar-SA", "hi": "hi-IN", "he": "he-IL", "fa": "fa-IR"}
# Word draws a letter that its font lacks in another one, but of these it picks poor ones.
_FONTS = {"hi": "Nirmala UI", "bn": "Nirmala UI", "ar": "Arial", "fa": "Arial", "ur": "Arial", "zh": "SimSun"}


def write(test: QuestionSet, extent: Extent) -> bytes:
    from docx import Document  # noqa: PLC0415 - 0.2 s and lxml, for whoever exports a DOCX

    document = Document()
    title = storable(test.title)
    document.core_properties.title, document.core_properties.author = title[:255], "Secondmark"
    texts = " ".join(" ".join([question.question, *question.options]) for question in test.questions)
    language = language_in(texts, test.language)
    words = words_of(language)[1]
    _Writer(document.add_heading(level=1), language).text(title)
    if extent.note:
        document.add_paragraph().add_run(f"{extent.note}.").bold = True
    _Writer(document.add_paragraph(), language).text(f"{words.name}: {'_' * 30}     {words.date}: {'_' * 20}")
    for question in test.questions:
        _question(document, question, _language(test, question), words)
    document.add_page_break()  # type: ignore[no-untyped-call] # the package leaves it without types
    _Writer(document.add_heading(level=1), language).text(words.key.capitalize())
    for question in test.questions:
        _key(document, question, _language(test, question), words)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _language(test: QuestionSet, question: ChoiceQuestion) -> str:
    return language_in(" ".join([question.question, *question.options]), test.language)


class _Writer:
    """Writes texts into one paragraph, which goes in the direction of its language."""

    def __init__(self, paragraph: "Paragraph", language: str) -> None:
        self.paragraph = paragraph
        self._language = language
        self._is_turned = direction_of(language) == "rtl"
        if self._is_turned:
            # Word keeps an order among these elements; the library knows it.
            paragraph._p.get_or_add_pPr().insert_element_before(  # noqa: SLF001 - it has no property for this
                _element("w:bidi"), "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr"
            )

    def lead(self, text: str) -> "_Writer":
        """What stands before a text and is none of it: a number, a letter."""
        self.paragraph.add_run(text).bold = True
        return self

    def text(self, text: str, *, italic: bool = False) -> "_Writer":
        for at, line in enumerate(lines(storable(text))):
            if at:
                self.paragraph.add_run().add_break()
            for span in line.spans:
                self._run(span, line, italic=italic)
        return self

    def _run(self, span: Span, line: Line, *, italic: bool) -> None:
        run = self.paragraph.add_run(span.text)
        run.italic = italic or None
        # To set one of the two to None would take the other away.
        if span.style is Style.POWER:
            run.font.superscript = True
        elif span.style is Style.INDEX:
            run.font.subscript = True
        if line.is_code or span.style is Style.CODE:
            run.font.name = _CODE_FONT
        elif self._language:
            _mark(run, self._language, is_turned=self._is_turned)


def _mark(run: "Run", language: str, *, is_turned: bool) -> None:
    """Names the language for proofing and fonts, and the direction of the run where its letters go from the right."""
    properties = run._r.get_or_add_rPr()  # noqa: SLF001 - the library has no property for these
    tag, primary = _REGIONS.get(language, language), language.partition("-")[0]
    attribute = "w:eastAsia" if primary in _EAST_ASIAN else "w:bidi" if direction_of(language) == "rtl" else "w:val"
    if font := _FONTS.get(primary):
        properties.insert(0, _element("w:rFonts", {"w:eastAsia" if primary in _EAST_ASIAN else "w:cs": font}))
    if is_turned:
        properties.append(_element("w:rtl"))
    properties.append(_element("w:lang", {attribute: tag}))


def _element(name: str, attributes: dict[str, str] | None = None):  # type: ignore[no-untyped-def] # noqa: ANN202 - lxml's
    from docx.oxml import OxmlElement  # noqa: PLC0415 - see write
    from docx.oxml.ns import qn  # noqa: PLC0415 - see write

    element = OxmlElement(name)
    for key, value in (attributes or {}).items():
        element.set(qn(key), value)
    return element


def _question(document: "Document", question: ChoiceQuestion, language: str, words: Words) -> None:
    unit = words.one_mark if question.max_marks == 1 else words.n_marks
    marks = unit.format(n=plain_number(question.max_marks))
    writer = _Writer(document.add_paragraph(), language)
    writer.paragraph.paragraph_format.keep_with_next = True
    writer.lead(f"{question.number}. ").text(question.question)
    writer.paragraph.add_run(f" ({marks})")
    hint = {Kind.SEVERAL: words.several, Kind.MATCHING: words.matching}.get(question.kind)
    if hint:
        _indented(document, "", hint, language, keep=True)
    for at, prompt in enumerate(question.prompts, start=1):
        _indented(document, f"{at}.  ", prompt, language, keep=True)
    last = question.lettered[-1][0]
    for letter, option in question.lettered:
        _indented(document, f"{letter}.  ", option, language, keep=letter != last)


def _indented(document: "Document", lead: str, text: str, language: str, *, keep: bool) -> None:
    from docx.shared import Cm  # noqa: PLC0415 - see write

    writer = _Writer(document.add_paragraph(), language).lead(lead).text(text, italic=not lead)
    writer.paragraph.paragraph_format.left_indent = Cm(1)
    writer.paragraph.paragraph_format.keep_with_next = keep


def _key(document: "Document", question: ChoiceQuestion, language: str, words: Words) -> None:
    writer = _Writer(document.add_paragraph(), language)
    key = ", ".join(str(question.letter_key).split(","))
    writer.lead(f"{question.number}. {key}  ").text(question.explanation)
    if question.quote:
        where = f" ({words.page} {question.page})" if question.page is not None else ""
        writer.paragraph.add_run().add_break()
        writer.text(f"“{question.quote}”{where}", italic=True)
