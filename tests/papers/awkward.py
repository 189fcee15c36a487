"""Forty questions made to break formats: what each grammar treats specially, in every place, in many scripts."""

from app.generation.model import Bloom, ChoiceQuestion, Difficulty, Kind, QuestionSet
from app.generation.question_set import Extent

_CODE = "What does this print?\nfor i in range(2):\n    for j in range(2):\n        print(i, j)"
_BRACES = "int f(int x) {\n\tif (x < 2) {\n\t\treturn 1;\n\t}\n\treturn x * f(x - 1);\n}"

# (stem, options, explanation); the key goes round from A to D.
_SINGLE: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Which share is it?", ("%--5% of it", "%50%half", "%100%", "%-33.333%x"), "%20% is none of them."),
    ("[html]<b>bold</b> or not?", ("[html]<i>a</i>", "[markdown] *b*", "[plain] c", "[moodle]d"), "[html]<hr>"),
    ("x", ("a", "b", "c", "d"), "e"),
    ("7", ("0", "1", "2", "3"), "0"),
    ("A) Which letter?", ("B) second", "A. first", "ANSWER: A", "D."), "ANSWER: B"),
    ("ANSWER: what is it?", ("answer: x", "ANSWER:", "ANSWER: C", "ans"), ""),
    ("b. lower case too?", ("(A)", "A )", "C)", "z."), "A."),
    ("// no comment", ("// one", "//", "/ /", "/* */"), "// nor here"),
    ("::title:: and more ::", ("::a::", ":", "a:b", "::"), "::"),
    ("$CATEGORY: top/other", ("$CATEGORY: a", "$course$", "$5", "#5"), "$CATEGORY: x"),
    ("{braces} {and} }more{", ("{}", "{=a ~b}", "}", "{"), "}{"),
    ("~tilde =equals #hash", ("~a", "=b", "#c", "~=#"), "####general"),
    ("-> arrow -> twice", ("a -> b", "->", "=a -> b", "<-"), "-> why"),
    ("C:\\new\\temp\\ ends in \\", ("\\n", "\\\\", "\\t\\", "n\\"), "\\"),
    ("&&058; and &&010 stand here", ("&&092;", "&amp;", "&lt;b&gt;", "&&#58;"), "&&035;"),
    ("<script>alert(1)</script> & more", ("<b>", "a < b", "x<y", "&"), "<img src=x onerror=y>"),
    ("]]> ends a section", ("]]>", "<![CDATA[x]]>", "<!-- c -->", "<?php ?>"), "]]]]><![CDATA[>"),
    ("\"Quotes\" and 'apostrophes'", ('"', "'", "''", '""'), "\"'"),
    (
        "\u201cTypographic\u201d \u2026 \u2014 signs?",
        ("\u00bd", "\u2153", "10\u00b2\u00b3", "H\u2082O"),
        "\u00bc + \u00bc",
    ),
    ("What is 6.02\u00d710^23 in words?", ("x^2", "x^{n+1}", "2^-1", "a^b"), "10^3 is a thousand."),
    ("Which formula is it: H_2O?", ("C_6H_12O_6", "SO_4^{2-}", "Na^+", "CO_2"), "x_{ij}"),
    ("Solve (1)/(2a) = 3.", ("(1)/(6)", "1/6", "(a+b)/(c)", "6"), "(1)/(2a)"),
    (_CODE, ("0 0\n0 1\n1 0\n1 1", "0 1", "for i:\n    j", "nothing"), "Two loops:\n    four lines"),
    (_BRACES, ("x\n\ty", "1", "  two spaces", "a  b   c"), "{\n\treturn\n}"),
    ("```python\nx = {1: 2}\nprint(x[1])\n```", ("2", "`1`", "```", "KeyError"), "See `x`."),
    ("Two\n\nparagraphs\r\nand\rmore", ("one\n\ntwo", "a\r\nb", "c\rd", "e"), "x\n\n\ny"),
    ("   blanks around   ", ("  a", "b  ", "\u00a0c", "d\u2003e"), "  f  "),
    ("यदि $x^2 = 4$ हो, तो x का मान क्या है?", ("±2", "केवल 2", "४", "क्षेत्र"), "क्योंकि (−2)^2 = 4 है।"),
    ("ما عاصمة مصر (القاهرة أم London)؟", ("القاهرة", "London", "(1)/(2)", "x^2 = 4"), "لأن 2 < 3."),
    ("光合作用的产物是什么？", ("氧气", "二氧化碳（CO_2）", "水", "以上？"), "叶绿体。"),
    ("日本の首都はどこですか？", ("東京", "京都", "大阪", "ﾅｺﾞﾔ"), "とうきょう"),
    ("สัญลักษณ์ของน้ำคืออะไร", ("H_2O", "CO_2", "น้ำ", "O_2"), "เพราะ"),
    ("e\u0301 or é, 🧪 and 👩\u200d🔬?", ("\u200fאבג", "🇮🇳", "𝒙", "ﬁ"), "\u202eabc\u202c"),
    ("=SUM(A1:A2)", ("@x", "+1", "-1", "=1+1"), "\t=2"),
)


def _question(number: int, stem: str, options: tuple[str, ...], explanation: str, **more: object) -> ChoiceQuestion:
    key = str(more.pop("key", "ABCD"[number % 4]))
    wrong = [letter for letter in "ABCD"[: len(options)] if letter not in key]
    return ChoiceQuestion(
        number=number,
        question=stem,
        options=options,
        correct_option=key,
        explanation=explanation,
        why_wrong={letter: f"[html]{options['ABCD'.index(letter)]}" for letter in wrong[:2]},
        difficulty=Difficulty.HARD,
        topic="Topic: {a} & <b>",
        bloom=Bloom.APPLY,
        page=3,
        quote=explanation,
        max_marks=2,
        **more,
    )


SINGLE = tuple(_question(number, *given) for number, given in enumerate(_SINGLE, start=1))
_NEXT = len(SINGLE) + 1
SEVERAL = (
    _question(_NEXT, "Which are ~prime?", ("2", "3", "4 = 2^2", "%50%"), "#", key="A,B", kind=Kind.SEVERAL),
    _question(_NEXT + 1, "कौन-से सही हैं?", ("क", "ख", "ग", "[html]घ"), "=", key="A,B,D", kind=Kind.SEVERAL),
)
TRUE_FALSE = (
    _question(_NEXT + 2, "{Water} = H_2O", ("True", "False"), "Yes: #1", key="A", kind=Kind.TRUE_FALSE),
    _question(_NEXT + 3, "الماء = CO_2", ("صحيح", "خطأ"), "لا", key="B", kind=Kind.TRUE_FALSE),
)
MATCHING = (
    _question(
        _NEXT + 4,
        "Match ~ each = item",
        ("an -> arrow", "{b}", "C: \\c", "=d"),
        "",
        key="1C,2A,3D,4B",
        kind=Kind.MATCHING,
        prompts=("p->q", "#2", "[html]<b>", "x^2"),
    ),
    _question(
        _NEXT + 5, "配对", ("水", "氧", "铁"), "。", key="1B,2C,3A", kind=Kind.MATCHING, prompts=("O", "Fe", "H_2O")
    ),
)
FORTY = QuestionSet("7d1f0c7e-52b5-4a86-9a53-3d9d0a7b9c11", "/ A title: {x} = <y> && ::z:: #1", (
    *SINGLE, *SEVERAL, *TRUE_FALSE, *MATCHING,
))  # fmt: skip
PLAIN_KINDS = QuestionSet(FORTY.identifier, FORTY.title, (*SINGLE, *TRUE_FALSE))
ALL = Extent(len(FORTY.questions), len(FORTY.questions), "completed")
