"""What holds for every page: nothing inline runs, nothing comes from elsewhere, saved pages keep their looks."""

import re

import pytest

from app.pages.frame import STATIC, sealed_policy
from tests.clients.react import React
from tests.support.teacher import Teacher


@pytest.fixture
async def teacher(tab: React) -> Teacher:
    return Teacher(tab.http)


async def paths(tab: React, teacher: Teacher) -> list[str]:
    """Every page that there is, each with something on it."""
    exam = (await tab.ask("POST", "/exams", {"name": "Science"}))["exam_id"]
    session = await tab.prepare_small(exam_id=exam)
    await tab.grade(models=[{"name": "simulated/careful"}])
    test = await teacher.start(await teacher.document(), n=2)
    await teacher.made(test)
    return [
        *("/docs", f"/sessions/{session}/live", f"/tests/{test}/live"),
        *(f"/sessions/{session}/report", f"/exams/{exam}/report", f"/exams/{exam}/feedback"),
        *(f"/tests/{test}/paper", f"/tests/{test}/paper?key=1"),
    ]


async def test_no_page_needs_anything_inline_or_from_elsewhere(tab, teacher, open_page):
    origin = str(tab.http.base_url)
    for path in await paths(tab, teacher):
        response = await tab.http.get(path)
        assert response.status_code == 200, path
        policy = response.headers["content-security-policy"]
        assert "unsafe" not in policy, path
        assert policy.startswith("default-src 'none'"), path
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=|javascript:", response.text), path
        page = await open_page(origin, path)
        await page.page.wait_for_load_state("load")
        page.assert_content()


async def test_a_saved_report_looks_the_same_without_the_server(tab, teacher, open_page, tmp_path):
    path = next(path for path in await paths(tab, teacher) if path.startswith("/exams"))
    origin = str(tab.http.base_url)
    served = await open_page(origin, path)
    file = tmp_path / "report.html"
    file.write_text((await tab.http.get(path)).text, encoding="utf-8")
    saved = await open_page(file.parent.as_uri(), f"/{file.name}")
    look = "() => ['body', 'section', 'h1'].map(one => getComputedStyle(document.querySelector(one)).cssText)"
    at_first, later = [await page.page.evaluate(look) for page in (served, saved)]

    assert at_first == later
    saved.assert_content()


async def test_the_description_of_the_api_opens_without_the_internet(tab, open_page):
    page = await open_page(str(tab.http.base_url), "/docs")
    await page.wait_for("document.querySelectorAll('.opblock').length > 50")

    assert await page.page.is_visible("button.authorize")
    page.assert_content()
    assert (await tab.http.get("/redoc")).status_code == 404


async def test_shared_files_are_asked_about_and_no_others_served(tab):
    response = await tab.http.get("/static/base.css")
    assert response.headers["cache-control"] == "no-cache"
    again = await tab.http.get("/static/base.css", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304
    for path in ("/static/frame.py", "/static/%2e%2e/frame.py", "/static/..%2fframe.py", "/static/"):
        refused = await tab.http.get(path)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NOT_FOUND"), path


def test_a_sealed_page_shows_the_one_style_that_it_was_sealed_with():
    assert sealed_policy("a {}") != sealed_policy("a { }")
    assert "'sha256-" in sealed_policy("a {}")


def test_no_file_of_the_pages_names_another_host():
    for file in STATIC.iterdir():
        assert "://" not in file.read_text(encoding="utf-8"), file.name
