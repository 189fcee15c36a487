"""The test on paper: one self-contained HTML page that prints, with numbered boxes for the letters of the answers."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from app.generation.model import ChoiceQuestion, Kind, QuestionSet
from app.generation.question_set import Extent
from app.generation.writing_system import direction_of, language_in
from app.pages.frame import sealed_policy
from app.papers.export.xml import escaped, plain_number
from app.papers.rich import html
from app.papers.taxonomy import level_of
from app.papers.words import Words, words_of

_STYLE = files("app.papers").joinpath("paper.css").read_text(encoding="utf-8")
PAPER_POLICY = sealed_policy(_STYLE)


def paper(test: QuestionSet, extent: Extent, *, with_key: bool = False) -> str:
    """The answer boxes stand together on the first page, so that one scan has them all. With the key the letters are
    in the boxes, the right options marked, and each question explained. A part of a test says so above all. The page
    speaks the language of most of its questions, where it can.
    """
    language = _language(test)
    tag, words = words_of(language)
    sheet = _Sheet(test, words, with_key=with_key)
    title = escaped(test.title) + (f" – {words.key}" if with_key else "")
    note = f"<p><strong>{escaped(extent.note)}.</strong></p>\n" if extent.note else ""
    return f"""<!doctype html>
<html lang="{tag}" dir="{direction_of(tag)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body{' class="key"' if with_key else ""}>
<header>
<h1 dir="auto"{_lang(language)}>{title}</h1>
{note}<p class="who"><span>{words.name}</span><span>{words.group}</span><span>{words.date}</span></p>
</header>
<section class="answers">
<p>{words.boxes}
<b>{sheet.count()}</b></p>
<ol>
{sheet.boxes()}
</ol>
</section>
<main>
{sheet.questions()}
</main>
<footer>{escaped(test.identifier)}</footer>
</body>
</html>
"""


def _language(test: QuestionSet) -> str:
    if not test.questions:
        return test.language
    return Counter(_language_of(test, question) for question in test.questions).most_common(1)[0][0]


def _language_of(test: QuestionSet, question: ChoiceQuestion) -> str:
    return language_in(" ".join([question.question, *question.options]), test.language)


def _lang(language: str) -> str:
    return f' lang="{escaped(language)}"' if language else ""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The parts of one page."""

    test: QuestionSet
    words: Words
    with_key: bool

    def count(self) -> str:
        marks = plain_number(sum(question.max_marks for question in self.test.questions))
        return self.words.count.format(questions=len(self.test.questions), marks=marks)

    def boxes(self) -> str:
        return "\n".join(self._box(question) for question in self.test.questions)

    def _box(self, question: ChoiceQuestion) -> str:
        letters = question.right_letters if self.with_key else ("",) * len(question.right_letters)
        number = f'<span class="number">{question.number}</span>'
        if question.kind is Kind.MATCHING:
            row = "".join(
                f'<span><i>{at}</i><span class="box">{letter}</span></span>' for at, letter in _counted(letters)
            )
            return f'<li class="row n{len(letters)}">{number}<span class="boxes">{row}</span></li>'
        if question.kind is Kind.SEVERAL:
            return f'<li class="wide">{number}<span class="box">{" ".join(letters).strip()}</span></li>'
        return f'<li>{number}<span class="box">{letters[0]}</span></li>'

    def questions(self) -> str:
        return "\n".join(self._question(question) for question in self.test.questions)

    def _question(self, question: ChoiceQuestion) -> str:
        language = _language_of(self.test, question)
        unit = self.words.one_mark if question.max_marks == 1 else self.words.n_marks
        marks = unit.format(n=plain_number(question.max_marks))
        stem = _text("span", question.question, language)
        shown = _matching if question.kind is Kind.MATCHING else _options
        return (
            f'<article dir="{direction_of(language)}"{_lang(language)}>\n'
            f'<h2><span class="number">{question.number}</span> {stem} <small>{marks}</small></h2>\n'
            f"{self._hint(question)}"
            f"{shown(question, language, with_key=self.with_key)}"
            f"{''.join(self._explained(question, language))}</article>"
        )

    def _hint(self, question: ChoiceQuestion) -> str:
        hint = {Kind.SEVERAL: self.words.several, Kind.MATCHING: self.words.matching}.get(question.kind)
        return f'<p class="hint" dir="auto">{hint}</p>\n' if hint and not self.with_key else ""

    def _explained(self, question: ChoiceQuestion, language: str) -> Iterator[str]:
        if not self.with_key:
            return
        yield _text('p class="explanation"', question.explanation, language) + "\n"
        if taxonomy := " · ".join(self._taxonomy(question)):
            yield f'<p class="taxonomy" dir="auto">{taxonomy}</p>\n'
        if question.quote:
            where = f" <cite>{self.words.page.format(number=question.page)}</cite>" if question.page is not None else ""
            quote = html(question.quote, language=language)
            yield f'<blockquote dir="auto"{_lang(language)}>{quote}{where}</blockquote>\n'

    def _taxonomy(self, question: ChoiceQuestion) -> Iterator[str]:
        """Bloom level, topic and measured difficulty, each where it is known."""
        words = self.words
        if question.bloom is not None:
            yield f"{words.bloom}: {words.blooms[question.bloom.value]}"
        if question.topic:
            yield f"{words.topic}: <bdi>{html(question.topic)}</bdi>"
        if question.solved_without is not None:
            right, n = question.solved_without
            level = words.levels[level_of(right, n).value]
            yield f"{words.difficulty}: {level} ({words.solved.format(right=right, n=n)})"


def _options(question: ChoiceQuestion, language: str, *, with_key: bool) -> str:
    options = "\n".join(
        _option(question, letter, text, language, with_key=with_key) for letter, text in question.lettered
    )
    return f"<ul>\n{options}\n</ul>\n"


def _option(question: ChoiceQuestion, letter: str, text: str, language: str, *, with_key: bool) -> str:
    is_right = with_key and letter in question.right_letters and question.kind is not Kind.MATCHING
    why = question.why_wrong.get(letter, "") if with_key else ""
    reason = _text("small", why, language) if why else ""
    return (
        f"<li{' class=right' if is_right else ''}><b>{letter}</b><div>"
        f"{_text('span', text, language)}{reason}</div></li>"
    )


def _matching(question: ChoiceQuestion, language: str, *, with_key: bool) -> str:
    prompts = "\n".join(
        f"<li><b>{at}</b><div>{_text('span', text, language)}</div>{f'<em>{letter}</em>' if with_key else ''}</li>"
        for (at, text), letter in zip(_counted(question.prompts), question.right_letters, strict=True)
    )
    return f'<div class="pairs">\n<ul>\n{prompts}\n</ul>\n{_options(question, language, with_key=with_key)}</div>\n'


def _counted(texts: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    return enumerate(texts, start=1)


def _text(element: str, text: str, language: str) -> str:
    """`dir="auto"`: each text goes the way of its own first letter, a Latin name in an Arabic test too."""
    return f'<{element} dir="auto"{_lang(language)}>{html(text, language=language)}</{element.partition(" ")[0]}>'
