"""Questions as a teacher might get them, and as somebody who wishes no good might have written them."""

from xml.etree import ElementTree as ET

from app.generation.model import Bloom, ChoiceQuestion, Difficulty, Distractor, Draft, QuestionSet
from app.generation.question_set import Extent
from app.generation.segment import Passage, Segment

PAGE = (
    "The mitochondrion produces most of the chemical energy that a cell needs. Its inner membrane is folded into "
    "cristae, which enlarge the surface on which ATP is made."
)
SEGMENT = Segment(1, (Passage(3, "Cells are the units of life."), Passage(4, PAGE)))


def draft(**changes: object) -> Draft:
    values = {
        "stem": "Why is the inner membrane of a mitochondrion folded?",
        "key": "To enlarge its surface",
        "distractors": (
            Distractor("To let light pass through", "Light plays no part in respiration."),
            Distractor("To store starch grains", "Starch is stored in plastids."),
            Distractor("To keep the DNA in place", "The DNA lies in the matrix."),
        ),
        "explanation": "More surface has room for more of the enzymes that make ATP.",
        "quote": "Its inner membrane is folded into cristae, which enlarge the surface",
        "topic": "cell biology",
        "bloom": Bloom.UNDERSTAND,
    }
    return Draft(**(values | changes))


def distractors(*texts: str) -> tuple[Distractor, ...]:
    return tuple(Distractor(text, "It is wrong.") for text in texts)


PLAIN = ChoiceQuestion(
    number=1,
    question="Why is the inner membrane of a mitochondrion folded?",
    options=("To store starch", "To enlarge its surface", "To keep the DNA in place", "To let light through"),
    correct_option="B",
    explanation="More surface has room for more enzymes.",
    why_wrong={"A": "Starch is stored in plastids.", "C": "The DNA lies in the matrix.", "D": "No light is needed."},
    difficulty=Difficulty.HARD,
    topic="cell biology",
    bloom=Bloom.UNDERSTAND,
    page=4,
    quote="Its inner membrane is folded into cristae",
    max_marks=2,
)
AWKWARD = ChoiceQuestion(
    number=2,
    question='A) Is {x} < 5 & y ~ "z"?\n# C:\\temp = <script>alert(1)</script> \x00\x0b]]> ::a::',
    options=("%50%half = all\nof it", "=1+1", "~#{}:\\n", "@SUM(A1) é 🧪"),
    correct_option="D",
    explanation="Because // of }this{\n=> ####",
    why_wrong={"A": "a#b", "B": "1 = 2", "C": "~"},
    quote="-1 | <b>bold</b>",
)
WHOLE, GROWING = Extent(2, 2, "completed"), Extent(2, 5, "generating")
TEST = QuestionSet("7d1f", "Cells & <energy> / part 1", (PLAIN, AWKWARD))


def parsed(xml: str | bytes) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 - written a moment ago by the code under test
