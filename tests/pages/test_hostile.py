"""Names, notes, ids, models and quotes with markup: every page shows them as text."""

import json

import psycopg
import pytest

from tests.clients.react import React
from tests.pages.conftest import OpenPage
from tests.support.browser import WatchedPage
from tests.support.teacher import Teacher

EVIL = '"><img src=x onerror=window.hacked=1><script>window.hacked=1</script>'
SHORT = "<b onclick=hacked()>x</b>"


@pytest.fixture
async def exam(tab: React, database: str) -> str:
    """An exam in which whatever comes from outside is hostile."""
    made = (await tab.ask("POST", "/exams", {"name": EVIL}))["exam_id"]
    rows = ["script,question_id,max_marks,human_mark,model_name,try_index,mark"]
    quoted = json.dumps(EVIL).replace('\\"', '""')
    models = [f"evil/{SHORT}{n}" for n in range(3)]
    for mark, model in zip((1, 2, 4), models, strict=True):
        rows.append(f'{quoted},{SHORT},4,,"{model}",1,{mark}')
    files = {"file": ("marks.csv", "\n".join(rows).encode(), "text/csv")}
    response = await tab.http.post("/results/import", data={"exam_id": made}, files=files)
    assert response.status_code == 201, response.text
    tab.session_id = (await tab.ask("GET", f"/exams/{made}"))["sessions"][0]["session_id"]
    told = {"rubric_notes": EVIL, "raw_output": json.dumps({"page": 1, "quote": f"quoted {EVIL}"})}
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update result set rubric_notes = %(rubric_notes)s, raw_output = %(raw_output)s", told)
        failed = "update grading_call set status = 'failed', error = %s where model_name = %s"
        connection.execute(failed, [json.dumps({"reason": "bad_request", "message": EVIL}), models[2]])
    review = {"session_id": tab.session_id, "question_id": SHORT, "mark": 3, "reviewer": EVIL[:200], "note": EVIL}
    await tab.ask("POST", f"/exams/{made}/review", review)
    return made


@pytest.fixture
async def paper(tab: React) -> str:
    """A generated test with a hostile name and a hostile question."""
    teacher = Teacher(tab.http)
    made = await teacher.make(await teacher.document(), n=1)
    question = {"question": EVIL, "options": [EVIL, SHORT, "c", "d"], "correct_option": "A", "explanation": EVIL}
    await tab.ask("PATCH", f"/tests/{made['id']}/questions/{made['questions'][0]['id']}", question)
    await tab.ask("PATCH", f"/tests/{made['id']}", {"name": EVIL})
    return str(made["id"])


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/exams/{exam}/desk?which=all&session={session}&question=" + "%3Cb%20onclick%3Dhacked()%3Ex%3C%2Fb%3E",
        "/exams/{exam}/live",
        "/exams/{exam}/report",
        "/exams/{exam}/feedback",
        "/sessions/{session}/live",
        "/sessions/{session}/report",
        "/docs",
        "/sign-in?next=%22%3E%3Cscript%3Ewindow.hacked%3D1%3C/script%3E",
    ],
)
async def test_a_page_shows_hostile_texts_as_texts(tab: React, exam: str, open_page: OpenPage, path: str):
    page = await open_page(str(tab.http.base_url), path.format(exam=exam, session=tab.session_id))
    await page.wait_for("document.readyState === 'complete'")
    if "/desk" in path:
        await page.wait_for("document.querySelectorAll('#given .group').length === 3")
        assert SHORT in await page.text("#question")
        assert EVIL in await page.text("#given")
        assert f"evil/{SHORT}0" in await page.text("#given")
        assert f"quoted {EVIL}" in await page.text("#given blockquote")
    if path.endswith("/live"):
        await page.wait_for("!document.querySelector('#reasons').hidden")
        assert f"evil/{SHORT}2" in await page.text("#failures")
        assert EVIL in await page.text("#failures")
    if path == "/":
        await page.wait_for("document.querySelectorAll('#rows tr').length === 1")
        assert EVIL in await page.text("#rows")
    await assert_harmless(page)


@pytest.mark.parametrize("path", ["live", "paper?key=1"])
async def test_a_paper_shows_hostile_texts_as_texts(tab: React, paper: str, open_page: OpenPage, path: str):
    page = await open_page(str(tab.http.base_url), f"/tests/{paper}/{path}")
    await page.wait_for("document.querySelector('h1').textContent.includes('onerror')")
    if "paper" in path:
        assert (await page.text()).count(EVIL) >= 3
    await assert_harmless(page)


async def assert_harmless(page: WatchedPage) -> None:
    """No text became an element, and none of its scripts ran."""
    await page.page.wait_for_timeout(200)
    assert await page.page.evaluate("() => window.hacked === undefined")
    assert await page.page.evaluate("() => document.querySelectorAll('img[src=x], [onclick], [onerror]').length") == 0
    assert page.complaints == []
