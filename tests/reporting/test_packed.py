"""Questions and answers of computations as texts: whole when they are read back, and harmless whoever wrote them."""

import os
import pickle
import re
import zlib
from base64 import b64encode

import pytest

from app.errors import UnprocessableError
from app.reporting.analyses import analysed, queue_of_analysis
from app.reporting.compared import ComparisonQuery, _compare
from app.reporting.desk import _stand
from app.reporting.packed import NotAllowedError, answer_to, pack, question_of, unpack, value_of
from app.reporting.studies import _corrections, _fairness, _generalizability
from tests.bench.sizes import stored_text

MARKS = stored_text(30, 3, 3, 2).encode()


class Harm:
    """What somebody who can write to the database would put there."""

    def __init__(self, function, *arguments):
        self._what = function, arguments

    def __reduce__(self):
        return self._what


def shown(value):
    """The words of a value: sets have no order, and plain objects an address."""
    return sorted(re.split(r"[ ,(){}]+", re.sub(r" at 0x\w+", "", repr(value))))


def written(value):
    return b64encode(zlib.compress(pickle.dumps(value))).decode()


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (analysed, (MARKS, (1.5,), True)),
        (_stand, (MARKS,)),
        (_generalizability, (MARKS,)),
        (_fairness, (MARKS,)),
        (_corrections, (MARKS,)),
    ],
)
def test_what_is_computed_elsewhere_is_what_is_computed_here(function, arguments):
    answer, failed = answer_to(question_of(function, arguments))
    assert not failed
    assert shown(value_of(answer)) == shown(function(*arguments))


def test_an_analysis_can_be_the_question_of_what_follows_from_it():
    analysis = analysed(MARKS).analysis
    answer, _ = answer_to(question_of(queue_of_analysis, (analysis, 0.3)))
    assert value_of(answer).as_json() == queue_of_analysis(analysis, 0.3).as_json()


def test_an_error_is_raised_whole_where_the_answer_is_read():
    answer, failed = answer_to(question_of(_compare, (MARKS, ComparisonQuery("nobody", "none"))))
    assert failed
    with pytest.raises(UnprocessableError, match="no marker 'nobody'") as refused:
        value_of(answer)
    assert refused.value.details["errors"]


@pytest.mark.parametrize("harm", [Harm(os.system, "true"), Harm(eval, "1"), Harm(getattr, "", "join")])
def test_a_text_that_would_run_a_program_is_refused(harm):
    with pytest.raises(NotAllowedError):
        unpack(written(harm))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("app.commands.migrate", "migrate"),
        ("app.reporting.jobs", "os"),
        ("app.reporting.jobs", "Jobs"),
        ("app.reporting.packed", "import_module"),
        ("app.reporting.analyses", "nothing"),
    ],
)
def test_a_question_names_a_function_of_the_analyses_and_nothing_else(module, name):
    answer, failed = answer_to(pack((module, name, ())))
    assert failed
    with pytest.raises(Exception, match=r"no computation|has no place"):
        value_of(answer)
