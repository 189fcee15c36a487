"""The live page of an exam: which model is where, what failed and why, stop and retry."""

import psycopg

from app.simulator.config import Behaviour
from app.simulator.faults import Fault

CAREFUL, HARSH = "simulated/careful", "simulated/harsh"
PLAN = {"models": [{"name": CAREFUL, "tries": 2}, {"name": HARSH}]}
STATUS = "document.querySelector('#status').textContent"


def told(text: str) -> str:
    return f"document.querySelector('#markers').textContent.includes({text!r})"


async def exam_of_two(tab, simulator, **behaviour):
    """An exam of two scripts, one call at a time; `behaviour` is the simulator's."""
    simulator.config = simulator.config.model_copy(update=behaviour)
    exam = (await tab.ask("POST", "/exams", {"name": "Science <i>A</i>"}))["exam_id"]
    for name in ("Anna", "Ben"):
        await tab.prepare_small(exam_id=exam, name=name)
    return exam


async def test_an_exam_is_stopped_and_its_open_attempts_started_again(open_tab, open_page, simulator):
    tab = await open_tab(grading_max_concurrency=1)
    exam = await exam_of_two(tab, simulator, latency_seconds=1.0)
    page = await open_page(str(tab.http.base_url), f"/exams/{exam}/live")
    await tab.ask("POST", f"/exams/{exam}/grade", PLAN)
    await page.wait_for("!document.querySelector('#stop').hidden")
    await page.page.click("#stop")
    await page.wait_for("document.querySelector('#acted').textContent.startsWith('Stopped')")
    await page.wait_for(f"{STATUS}.startsWith('Stopped before 2 scripts were done.')")
    assert "cancelled" not in await page.text()
    assert (await tab.ask("GET", f"/exams/{exam}"))["markers"][0]["finished"] < 6

    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0})
    await page.wait_for("!document.querySelector('#retry').hidden")
    await page.page.click("#retry")
    await page.wait_for(f"{STATUS} === 'Done.'", seconds=30)
    await page.wait_for(told("4 of 4"))
    assert await page.text("#scripts") == "2 of 2"
    page.assert_content()


async def test_a_page_that_is_opened_while_a_run_ends_says_so_and_offers_no_second_stop(tab, open_page, database):
    """As after a reload: nothing in the page knows of the click."""
    exam = (await tab.ask("POST", "/exams", {"name": "Science"}))["exam_id"]
    await tab.prepare_small(exam_id=exam, name="Anna")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "update public.session set status = 'grading', stop_reason = 'cancelled', lease_owner = 'another process',"
            " lease_expires_at = 'infinity'"
        )
    for path in (f"/exams/{exam}/live", f"/sessions/{tab.session_id}/live"):
        page = await open_page(str(tab.http.base_url), path)
        await page.wait_for(f"{STATUS}.startsWith('Stopping: 0 attempts under way.')")
        assert await page.page.is_hidden("#stop")


async def test_the_page_says_which_model_failed_on_how_many_scripts_and_why(open_tab, open_page, simulator):
    tab = await open_tab()
    exam = await exam_of_two(tab, simulator, models={HARSH: Behaviour(fault_rates={Fault.HTTP_400: 1})})
    await tab.ask("POST", f"/exams/{exam}/grade", PLAN)
    page = await open_page(str(tab.http.base_url), f"/exams/{exam}/live")
    await page.wait_for(f"{STATUS} === 'Done, but 2 of 6 attempts failed. Read why below, and retry them.'", seconds=30)

    assert [line.split("\t") for line in (await page.text("#markers")).splitlines()] == [
        [CAREFUL, "4 of 4", "done"],
        [HARSH, "2 of 2, 2 failed", "done"],
    ]
    assert (await page.text("#failures")).startswith(f"{HARSH}, 2 attempts: ")
    assert (await page.text("#grid")).count("3 of 3, 1 failed") == 2
    assert await page.text("#name") == "Science <i>A</i>"
    await page.page.click("#grid a")
    await page.page.wait_for_url("**/sessions/*/live")
    await page.page.click("#exam")
    await page.page.wait_for_url(f"**/exams/{exam}/live")
    page.assert_content()
