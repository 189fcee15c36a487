"""The test on paper: one self-contained HTML page that prints, with a numbered box for the letter of each answer."""

from importlib.resources import files

from app.generation.model import ChoiceQuestion, QuestionSet
from app.generation.question_set import Extent
from app.papers.export.xml import escaped, plain_number

_STYLE = files("app.generation").joinpath("paper.css").read_text(encoding="utf-8")


def paper(test: QuestionSet, extent: Extent, *, with_key: bool = False, language: str = "en") -> str:
    """The answer boxes stand together on the first page, so that one scan has them all. With the key the letters are
    in the boxes, the right options marked, and each question explained. A part of a test says so above all.
    """
    boxes = "\n".join(_box(question, with_key=with_key) for question in test.questions)
    questions = "\n".join(_question(question, with_key=with_key) for question in test.questions)
    title = escaped(test.title) + (" – key" if with_key else "")
    note = f"<p><strong>{escaped(extent.note)}.</strong></p>\n" if extent.note else ""
    total = plain_number(sum(question.max_marks for question in test.questions))
    return f"""<!doctype html>
<html lang="{escaped(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{_STYLE}</style>
</head>
<body{' class="key"' if with_key else ""}>
<header>
<h1>{title}</h1>
{note}<p class="who"><span>Name</span><span>Class</span><span>Date</span></p>
</header>
<section class="answers">
<p>Write one capital letter in each box. To change an answer, cross the box out and write the letter beside it.
<b>{len(test.questions)} questions, {total} marks.</b></p>
<ol>
{boxes}
</ol>
</section>
<main>
{questions}
</main>
<footer>{escaped(test.identifier)}</footer>
</body>
</html>
"""


def _box(question: ChoiceQuestion, *, with_key: bool) -> str:
    letter = question.correct_option if with_key else ""
    return f'<li><span class="number">{question.number}</span><span class="box">{letter}</span></li>'


def _question(question: ChoiceQuestion, *, with_key: bool) -> str:
    unit = "mark" if question.max_marks == 1 else "marks"
    options = "\n".join(_option(question, letter, text, with_key=with_key) for letter, text in question.lettered)
    return (
        f'<article>\n<h2><span class="number">{question.number}</span> {escaped(question.question)} '
        f"<small>{plain_number(question.max_marks)} {unit}</small></h2>\n"
        f"<ul>\n{options}\n</ul>\n{_explained(question) if with_key else ''}</article>"
    )


def _option(question: ChoiceQuestion, letter: str, text: str, *, with_key: bool) -> str:
    is_right = with_key and letter == question.correct_option
    why = question.why_wrong.get(letter, "") if with_key else ""
    return (
        f"<li{' class=right' if is_right else ''}><b>{letter}</b><span>{escaped(text)}"
        f"{f'<small>{escaped(why)}</small>' if why else ''}</span></li>"
    )


def _explained(question: ChoiceQuestion) -> str:
    where = f" <cite>page {question.page}</cite>" if question.page is not None else ""
    quote = f"<blockquote>{escaped(question.quote)}{where}</blockquote>\n" if question.quote else ""
    return f'<p class="explanation">{escaped(question.explanation)}</p>\n{quote}'
