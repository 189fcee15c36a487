"""What each figure means."""

from app.agreement.definitions import DEFINITIONS
from app.agreement.figures import INDICATIVE_FROM, JUDGED_FROM
from app.agreement.trust import CRITERIA
from app.reporting.markup import Html, join, lines, tag
from app.reporting.tables import section as framed
from app.reporting.tables import table
from app.reporting.view import View
from app.reporting.words import paragraph


def section(_: View) -> Html:
    terms = lines(tag("div", tag("dt", name), tag("dd", words)) for name, words in DEFINITIONS.items())
    return framed("definitions", "Definitions", "", _evidence(), _thresholds(), tag("dl", terms, class_="definitions"))


def _evidence() -> Html:
    return paragraph(
        f"Scripts decide what may be said, not answers: below {INDICATIVE_FROM} single marks only, from "
        f"{INDICATIVE_FROM} figures as indications, from {JUDGED_FROM} pass or fail."
    )


def _thresholds() -> Html:
    rows = [[criterion.text, criterion.source] for criterion in CRITERIA]
    return join(table(["Threshold", "Source"], rows))
