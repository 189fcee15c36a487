"""The consensus of tries and of markers: one more marker, while every single mark is kept. Pure numpy."""

from enum import StrEnum

import numpy as np

from app.agreement.table import EPSILON, Code, Floats, Marker, MarkTable


class Rule(StrEnum):
    MEDIAN = "median"
    MODE = "mode"


def median_low(marks: Floats) -> Floats:
    """(answers, n) with NaN for none → (answers,): the middle mark, the lower of two; NaN of nothing."""
    if marks.shape[1] == 0:
        return np.full(len(marks), np.nan)
    ordered = np.sort(marks, axis=1)  # NaN last
    middle = np.maximum(np.isfinite(marks).sum(axis=1) - 1, 0) // 2
    return np.asarray(np.take_along_axis(ordered, middle[:, None], axis=1)[:, 0])


def mode(marks: Floats) -> Floats:
    """The most frequent mark; of several the lower middle one."""
    if marks.shape[1] == 0:
        return np.full(len(marks), np.nan)
    alike = _alike(marks)
    most = alike.max(axis=1, keepdims=True)
    return median_low(np.where(alike == most, marks, np.nan))


def _alike(marks: Floats) -> Floats:
    """How many marks of its answer each mark equals, itself included; 0 for none. One column at a time: n² is large."""
    columns = [(np.abs(marks - column[:, None]) < EPSILON).sum(axis=1) for column in marks.T]
    return np.stack(columns, axis=1).astype(float)


def combine(marks: Floats, rule: Rule) -> Floats:
    return median_low(marks) if rule is Rule.MEDIAN else mode(marks)


def over_tries(marker: Marker, rule: Rule = Rule.MEDIAN) -> Marker:
    """`marker`'s tries as one mark per answer. An answer without any mark is invalid if a try was, else missing."""
    name = f"{marker.name} ({rule} of {len(marker.tries)} tries)"
    return _marker(name, combine(marker.marks, rule), [marker])


def over_markers(markers: tuple[Marker, ...], rule: Rule = Rule.MEDIAN) -> Marker:
    """One vote per marker, its own consensus over tries by the same rule."""
    votes = np.stack([combine(marker.marks, rule) for marker in markers], axis=1)
    return _marker(f"{rule} of {len(markers)} markers", combine(votes, rule), list(markers))


def _marker(name: str, marks: Floats, members: list[Marker]) -> Marker:
    codes = np.concatenate([member.codes for member in members], axis=1)
    invalid, missing = ((codes == code).any(axis=1) for code in (Code.INVALID, Code.MISSING))
    unmarked = np.select([invalid, missing], [Code.INVALID, Code.MISSING], Code.NOT_ASKED)
    found = np.where(np.isfinite(marks), Code.MARKED, unmarked)
    return Marker(name, (1,), marks[:, None], found[:, None].astype(np.uint8))


def consensus_markers(table: MarkTable) -> tuple[Marker, ...]:
    """Median and mode over each marker's tries, and over all markers, where there are several to combine.

    Tries that were made in doubt are heard too: they are part of the mark that students get.

    Corrected marks are no voice beside the raw ones.
    """
    full = [table.settled.get(marker.name, marker) for marker in table.markers]
    repeated = [marker for marker in full if len(marker.tries) > 1]
    found = [over_tries(marker, rule) for marker in repeated for rule in Rule]
    if len(table.heard) > 1:
        found += [over_markers(table.heard, rule) for rule in Rule]
    return tuple(found)
