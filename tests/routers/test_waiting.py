"""Studies of an exam: a small one is answered at once; a large one says how far it is, and then the same."""

import pytest

from app.reporting import analyses
from app.routers import waiting

HEADER = "script,question_id,max_marks,human_mark,model_name,try_index,mark,group"
STUDIES = ["agreement", "compare?a=one&b=two", "fairness", "generalizability", "corrections", "watch"]


@pytest.fixture
async def exam(client, send):
    lines = [
        f"s{i},q{q},10,{(i + q) % 9},{model},{t},{min(10, (i + q) % 9 + (t + i) % 2)},{'north' if i % 2 else 'south'}"
        for i in range(20)
        for q in (1, 2)
        for model in ("one", "two")
        for t in (1, 2)
    ]
    _, exam_id = await send(file="\n".join([HEADER, *lines]))
    sessions = (await client.get(f"/exams/{exam_id}")).json()["sessions"]
    seeds = {"session_ids": [session["session_id"] for session in sessions[:3]]}
    assert (await client.put(f"/exams/{exam_id}/seeds", json=seeds)).status_code == 200
    return f"/exams/{exam_id}"


@pytest.mark.parametrize("study", STUDIES)
async def test_a_large_study_is_first_202_with_its_progress_and_then_200_with_what_a_small_one_says(
    client, exam, study, monkeypatch
):
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 60)
    at_once = await client.get(f"{exam}/{study}")
    assert at_once.status_code == 200, at_once.text

    # Other marks, so that nothing is kept of them, and each analysis in a process of its own.
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(analyses, "LARGE_BYTES", 0)
    first = (await client.get(exam)).json()["sessions"][0]
    await client.put(f"/sessions/{first['session_id']}", json={"name": "renamed"})
    asked = await client.get(f"{exam}/{study}")
    waited = await client.get(f"{exam}/{study}{'&' if '?' in study else '?'}wait=true")
    again = await client.get(f"{exam}/{study}")

    assert asked.status_code == 202
    assert (asked.json()["status"], asked.headers["Retry-After"]) == ("computing", "1")
    assert 0 <= asked.json()["progress"] < 1
    assert (waited.status_code, again.status_code) == (200, 200)
    assert waited.text == again.text == at_once.text.replace(f'"{first["name"]}"', '"renamed"')
