import json

from app.papers.export.json_file import write
from tests.generation.questions import AWKWARD, TEST, WHOLE


def test_nothing_is_lost():
    content = json.loads(write(TEST, WHOLE))
    assert content["title"] == TEST.title
    first, second = content["questions"]
    assert first["options"]["B"] == "To enlarge its surface"
    assert (first["correct_option"], first["bloom"], first["difficulty"]) == ("B", "understand", "HARD")
    assert second["question"] == AWKWARD.question
