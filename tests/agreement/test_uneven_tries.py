"""Figures of plans that make further tries only where marks disagree: stopping must not bend them."""

import json

import numpy as np
import pytest

from app.agreement.agreement import analyse
from app.agreement.doubt import doubts
from app.marks.settling import Votes, more_needed
from app.reporting.exam_marks import read_exam_marks

MOST = 5


def exam(n_scripts, seed, *, sure=1):
    """An exam of one question, as the store gives it, and the marker's true accuracy: 0.95 or 0.6 by script."""
    rng = np.random.default_rng(seed)
    right = np.where(rng.random(n_scripts) < 0.7, 0.95, 0.6)
    scripts = []
    for number, chance in enumerate(right.tolist()):
        marks = (rng.random(MOST) < chance).astype(float).tolist()
        made = sure
        while more := more_needed([Votes(marks[:made], 1.0)], MOST - made):
            made += more
        attempts = [["m", n + 1, f"{mark:g}", 0.01, 100] for n, mark in enumerate(marks[:made])]
        row = {"session_id": str(number), "name": str(number), "human": {"q": 1}, "human_2": {}, "final": {}}
        scripts.append(row | {"simulated": False, "sure_tries": {"m": sure}, "attempts": attempts})
    questions = [{"question_id": "q", "number": 1, "max_marks": 1}]
    return {"name": "exam", "questions": questions, "scripts": scripts}, float(right.mean())


def read(stored):
    return read_exam_marks(json.dumps(stored).encode())


def exact(stored):
    return analyse(read(stored).table, seed=1).markers[0].overall.figures["exact"].value


def mean_of_all(stored):
    return np.mean([float(attempt[2]) for one in stored["scripts"] for attempt in one["attempts"]])


def in_full(stored):
    return stored | {"scripts": [one | {"sure_tries": {}} for one in stored["scripts"]]}


@pytest.mark.parametrize("sure", [1, 2])
def test_the_share_of_exact_marks_is_that_of_the_marker_however_the_tries_stopped(sure):
    runs = [exam(400, seed, sure=sure) for seed in range(12)]
    off = [exact(stored) - truth for stored, truth in runs]
    assert abs(np.mean(off)) < 3 * np.std(off) / np.sqrt(len(off))

    plain = [mean_of_all(stored) - truth for stored, truth in runs]
    assert np.mean(plain) < -3 * np.std(plain) / np.sqrt(len(plain)), (
        "a mean over all tries counts the hard answers more often"
    )


def test_the_consensus_and_the_doubt_hear_all_tries():
    stored, _ = exam(50, 3)
    table = read(stored).table
    assert table.markers[0].tries == (1,)
    [heard] = table.heard
    assert heard.tries == (1, 2, 3, 4, 5)
    assert doubts(table, table.heard).disagreement.max() > 0
    np.testing.assert_array_equal(
        doubts(table, table.heard).doubt, doubts(read(in_full(stored)).table, table.heard).doubt
    )


def test_a_marker_with_a_number_of_tries_keeps_all_of_them():
    stored, _ = exam(20, 3)
    assert read(in_full(stored)).table.markers[0].tries == (1, 2, 3, 4, 5)
