"""`secondmark review --set` names scripts and questions as tables of marks do."""

from types import SimpleNamespace

import pytest

from app.commands.errors import CommandError
from app.commands.review import _decide

EXAM = {
    "sessions": [{"session_id": "s1", "name": "0042"}, {"session_id": "s2", "name": "Jörg Müller"}],
    "questions": [{"question_id": "1a"}, {"question_id": "2"}],
}


class Asked:
    """A server that holds the exam and keeps what it is sent."""

    def __init__(self):
        self.sent = []

    async def ask(self, method, path, body=None):
        if method == "GET":
            return EXAM
        self.sent.append((path, body))
        return {}


async def decided(script, question_id):
    api = Asked()
    named = SimpleNamespace(is_exam=True, path="/exams/e", thing_id="e", name="Maths")
    decision = SimpleNamespace(script=script, question_id=question_id, mark=1.5, reviewer=None, note=None)
    await _decide(api, named, decision)
    return api.sent


@pytest.mark.parametrize(
    ("script", "question_id", "path", "meant"),
    [
        ("42", "1a", "/sessions/s1/review", "1a"),
        ("Mueller, Joerg", "Aufgabe 2", "/sessions/s2/review", "2"),
        ("s2", "1A", "/sessions/s2/review", "1a"),
    ],
)
async def test_what_people_call_a_script_and_a_question_is_found(script, question_id, path, meant):
    assert await decided(script, question_id) == [(path, {"question_id": meant, "mark": 1.5})]


@pytest.mark.parametrize(
    ("script", "question_id", "said"),
    [
        ("0043", "1a", "there is no script 0043 \\(the nearest number is 0042\\)"),
        ("42", "1b", "there is no question 1b \\(the nearest name is 1a\\)"),
    ],
)
async def test_a_stranger_is_refused_with_the_nearest_name(script, question_id, said):
    with pytest.raises(CommandError, match=said):
        await decided(script, question_id)
