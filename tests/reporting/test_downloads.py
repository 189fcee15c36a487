"""What the report is told by the store: where its figures are, and why a marker has no mark."""

import httpx
import pytest

HEAD = "script,question_id,max_marks,human_mark,human_mark_2,model_name,try_index,mark"


async def imported(client, *lines):
    exam_id = (await client.post("/exams", json={"name": "Imported"})).json()["exam_id"]
    file = {"file": ("marks.csv", "\n".join([HEAD, *lines]))}
    assert (await client.post("/results/import", files=file, data={"exam_id": exam_id})).status_code == 201
    return exam_id


@pytest.mark.parametrize(
    ("base", "said"),
    [(None, "<code>{path}</code>"), ("https://marks.org", '<a href="https://marks.org{path}">')],
)
async def test_a_report_links_to_its_figures_only_where_the_server_is_known_to_be(connect_app, base, said):
    client = await connect_app(public_base_url=base)
    exam_id = await imported(client, "s,q,4,3,,m,1,2")
    page = (await client.get(f"/exams/{exam_id}/report")).text
    assert said.format(path=f"/exams/{exam_id}/agreement") in page


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        (["", ""], "Its answers left every question out."),
        (["9", "9"], "Every mark it gave was refused"),
        (["9", ""], "No usable mark: "),
    ],
)
async def test_a_report_says_why_a_marker_has_no_mark(client, marks, said):
    exam_id = await imported(client, *(f"s{i},q,4,3,,m,1,{mark}" for i, mark in enumerate(marks)))
    assert said in (await client.get(f"/exams/{exam_id}/report")).text


async def test_a_report_says_that_calls_failed(client, openrouter):
    openrouter.reply = lambda: httpx.Response(400, json={"error": {"message": "No such image", "code": 400}})
    session_id = (await client.post("/sessions", json={"name": "s"})).json()["session_id"]
    for role in ("student", "answer_key"):
        image = {"session_id": session_id, "role": role, "url": f"https://x.org/{role}.png", "order_index": 0}
        assert (await client.post("/images/register", json=image)).is_success
    questions = [{"question_id": "1", "number": 1, "max_marks": 2}]
    await client.post("/questions/config", json={"session_id": session_id, "questions": questions})
    plan = {"session_id": session_id, "models": [{"name": "m/x", "tries": 1}]}
    started = await client.post("/grade/single?wait=true", json=plan)
    assert started.is_success, started.text
    assert (
        "Every call failed, so there is no answer to read." in (await client.get(f"/sessions/{session_id}/report")).text
    )
