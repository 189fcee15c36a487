"""Seeds apart from the other scripts: scripts whose human marks are agreed."""

from app.reporting.markup import Html, tag
from app.reporting.seed_misses import SeedMisses, tolerance_of
from app.reporting.tables import section as framed
from app.reporting.tables import table
from app.reporting.view import View
from app.reporting.words import count, fixed, named, paragraph


def section(view: View) -> Html:
    """Nothing where the exam has no seeds, or no marker."""
    if not view.seed_misses:
        return Html("")
    rows = [_row(found.marker, view.seed_misses[found.marker]) for found in view.markers]
    limit = next(iter(view.seed_misses.values())).limit
    intro = paragraph(
        "Scripts whose human marks are agreed. A marker is outside where its total, the middle of its tries on each "
        f"question, differs from the human's by more than {fixed(tolerance_of(view.table), 1)} marks. A run stops a "
        f"marker that is outside on more than {count(limit, 'seed')}.",
        class_="hint",
    )
    head = ["Marker", "Seeds marked completely", "Outside the tolerance", "", "Mean difference of totals, marks"]
    return framed("seeds", "How did the markers do on the seeds?", "seeds", intro, table(head, rows))


def _row(name: str, found: SeedMisses) -> list[str]:
    if found.mean is None:
        return [named(name), "0", "–", "", "–"]
    outside = f"{found.outside} of {found.n}"
    return [named(name), str(found.n), outside, _verdict(found), fixed(found.mean, 2, signed=True)]


def _verdict(found: SeedMisses) -> Html:
    words = f"✗ too many: {found.limit} are allowed" if found.too_many else f"✓ {found.limit} are allowed"
    return tag("span", words, class_="verdict-fail" if found.too_many else "verdict-pass")
