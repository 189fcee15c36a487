"""The frame of the report: head, what it is about, contents, foot."""

import re
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from app.agreement.answer import MarkerAgreement
from app.pages.sealed import REPORT_POLICY, REPORT_STYLE
from app.reporting.grades import Grade, unmarked
from app.reporting.markup import Html, between, join, lines, tag, void
from app.reporting.tables import more
from app.reporting.view import View
from app.reporting.words import count, listed, moment, money, named, out_of, paragraph

_SECTION = re.compile('<section id="([a-z]+)"')

# Grades of markers of which something is known.
_JUDGED = {Grade.CLOSE, Grade.PARTLY, Grade.OPEN, Grade.NOT_CLOSE, Grade.OFF_SEEDS}

_CONTENTS = (
    ("trust", "Verdicts"),
    ("students", "Students"),
    ("questions", "Questions"),
    ("review", "Review"),
    ("card", "Thresholds"),
    ("totals", "Totals"),
    ("cost", "Cost"),
    ("bill", "Bill"),
    ("tries", "Tries"),
    ("confusion", "Confusion"),
    ("bands", "Bands"),
    ("missing", "Missing"),
    ("leaderboard", "Leaderboard"),
    ("compare", "Leader and others"),
    ("corrections", "Corrections"),
    ("examples", "Worked examples"),
    ("seeds", "Seeds"),
    ("groups", "Groups of students"),
    ("generalizability", "How many markers"),
    ("panel", "Panel"),
    ("definitions", "Definitions"),
)


def page(view: View, first: Sequence[Html], figures: Sequence[Html]) -> str:
    """`first` are the sections that stand open, `figures` those behind one fold. Empty ones are not given."""
    title = f"{view.input.title} – marking report"
    head = tag(
        "head",
        void("meta", charset="utf-8"),
        void("meta", http_equiv="Content-Security-Policy", content=REPORT_POLICY),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        void("meta", name="color-scheme", content="light dark"),
        void("meta", name="referrer", content="no-referrer"),
        # Without one a browser asks the server for /favicon.ico.
        void("link", rel="icon", href="data:,"),
        tag("title", title),
        tag("style", Html(REPORT_STYLE)),
    )
    there = {name for found in (*first, *figures) for name in _SECTION.findall(found)}
    folded = more("All figures, for those who want them", lines(figures), class_="all")
    body = tag("body", _header(view, there), tag("main", lines(first), folded), _footer(view))
    return f'<!doctype html>\n<html lang="en">\n{head}\n{body}\n</html>\n'


def _header(view: View, there: Collection[str]) -> Html:
    about = view.input
    return tag(
        "header",
        _simulated(view),
        paragraph("Secondmark · report on ", "one script" if about.kind == "session" else "an exam", class_="over"),
        tag("h1", named(about.title)),
        paragraph(_facts(view), class_="facts"),
        tag("p", headline(view), class_="headline"),
        tag(
            "nav", *(tag("a", words, href=f"#{key}") for key, words in _CONTENTS if key in there), aria_label="Contents"
        ),
    )


def _simulated(view: View) -> Html:
    if not view.input.marks.simulated:
        return Html("")
    words = " No model has seen these scripts: the marks were made up by the built-in simulator. Use this page to see "
    return tag(
        "p", tag("strong", "SIMULATED."), words, "what a report looks like, not to judge any model.", class_="simulated"
    )


def _facts(view: View) -> Html:
    table = view.table
    total = view.total_maximum
    tries = sorted({len(marker.tries) for marker in table.markers})
    parts = [
        count(len(table.scripts), "script"),
        count(len(table.questions), "question") + ("" if total is None else f" for {count(total, 'mark')}"),
        count(len(table.markers), "marker") + (f" × {_span(tries)}" if tries else ""),
        f"human marks for {out_of(view.n_human, len(table.script), 'answer')}",
        *(["with a second human's marks"] if table.human_2 is not None else []),
        *(["scripts shown as worked examples are left out"] if view.input.marks.examples_json() else []),
    ]
    return between(" · ", parts)


def _span(tries: list[int]) -> str:
    return count(tries[0], "try") if len(tries) == 1 else f"{tries[0]}–{tries[-1]} tries"


def headline(view: View) -> Html:
    """What a teacher takes away from the page, in two sentences at most."""
    if not view.markers:
        return Html("No marker has marked yet.")
    found = set(view.grades.values())
    if found == {Grade.NO_MARK}:
        return join("No marker gave a single usable mark, so there is nothing to judge. ", _why_nothing(view))
    if found <= {Grade.NO_MARK, Grade.NO_HUMAN}:
        return Html(
            "No human has marked any of these answers, so nothing can be said about how right the markers are – only "
            "how far they agree with each other and with themselves."
        )
    if Grade.FEW in found and not found & {Grade.EARLY, *_JUDGED}:
        return Html(
            "Too few scripts for a verdict on any marker. Do not rely on a marker yet: this page shows its marks and "
            "draws no conclusion from them."
        )
    if not found & _JUDGED:
        return Html("Early signs only: a verdict on a marker needs 30 scripts that a human has marked.")
    return _judged(view)


def _why_nothing(view: View) -> str:
    """What is true of all markers; else each verdict has its own."""
    found = {unmarked(view.input.causes.get(marker.marker, ())) for marker in view.markers}
    return found.pop() if len(found) == 1 and view.input.causes else "Why stands with each marker and answer below."


def _judged(view: View) -> Html:
    close = [found for found in view.markers if view.grades[found.marker] is Grade.CLOSE]
    if not close:
        return _none_close(view)
    said = join(_named(close), " is" if len(close) == 1 else " are", " close enough to the human to help.")
    priced = [(found.cost_usd_per_script, found.marker) for found in close if found.cost_usd_per_script is not None]
    if len(priced) < 2:  # noqa: PLR2004 - the cheapest of one is no choice
        return said
    cost, name = min(priced)
    return join(said, " The cheapest of them is ", named(name), f" at {money(cost)} for each script and try.")


def _none_close(view: View) -> Html:
    """The best that can be said where no marker is good enough for the whole exam."""
    partly = [found for found in view.markers if view.grades[found.marker] is Grade.PARTLY]
    if partly:
        are = " is" if len(partly) == 1 else " are"
        return join(_named(partly), are, " close enough to the human on a part of the exam only.")
    undecided = [found for found in view.markers if view.grades[found.marker] in {Grade.OPEN, Grade.EARLY, Grade.FEW}]
    if undecided:
        has = join(_named(undecided), " has not") if len(undecided) == 1 else f"None of {_counted(undecided)} has"
        return join(has, " been shown to be close enough to the human to help.")
    failed = [found for found in view.markers if view.grades[found.marker] in _JUDGED]
    who = join(_named(failed), " is not") if len(failed) == 1 else f"None of {_counted(failed)} is"
    return join(who, " close enough to the human to be used.")


def _named(markers: Sequence[MarkerAgreement]) -> Html:
    return listed([tag("strong", named(found.marker)) for found in markers])


def _counted(markers: Sequence[MarkerAgreement]) -> str:
    return count(len(markers), "marker")


def _footer(view: View) -> Html:
    at = tag("time", moment(view.input.generated_at), datetime=view.input.generated_at.isoformat())
    return tag("footer", paragraph(_source(view.input.json_url), " Made by Secondmark on ", at, "."))


def _source(address: str) -> Html:
    """A path is no link: in a file it would lead nowhere."""
    said = "Every figure of this page, unrounded, is in the JSON "
    if urlsplit(address).scheme:
        return join(said, tag("a", address, href=address), ".")
    return join(said, "that the Secondmark server with these marks gives at ", tag("code", address), ".")
