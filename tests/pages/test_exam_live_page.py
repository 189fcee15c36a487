"""The live page of an exam, in a real browser while its scripts are marked: on a phone and on a desk."""

import pytest

BUTTON_APART_FROM_TABLE = (
    "document.querySelector('.attempts').getBoundingClientRect().top"
    " - document.querySelector('#stop').getBoundingClientRect().bottom >= 8"
)


@pytest.mark.parametrize("width", [390, 1280])
async def test_scripts_go_from_being_marked_to_done_without_a_reload(tab, open_page, simulator, width):
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 1})
    exam_id = (await tab.ask("POST", "/exams", {"name": "Physics <b>9c</b>"}))["exam_id"]
    await tab.prepare_small(exam_id=exam_id, name="Zoë Müller-Lüdenscheidt " * 3)
    page = await open_page(str(tab.http.base_url), f"/exams/{exam_id}/live", viewport={"width": width, "height": 900})
    await page.wait_for("document.querySelector('#status').textContent === 'Not started.'")

    await tab.ask("POST", f"/exams/{exam_id}/grade", {"models": [{"name": "simulated/careful", "tries": 2}]})

    await page.wait_for("document.querySelector('#grid').textContent.includes('being marked')")
    await page.wait_for("!document.querySelector('#stop').hidden")
    assert await page.page.evaluate(BUTTON_APART_FROM_TABLE)
    assert await page.page.evaluate("document.documentElement.scrollWidth") <= width
    await page.wait_for("document.querySelector('#status').textContent === 'Done.'")
    assert await page.text("#name") == "Physics <b>9c</b>"
    assert await page.text("#attempts") == "2 of 2"
    assert await page.text("#cost-name") == "Simulated cost so far"
    page.assert_content()
