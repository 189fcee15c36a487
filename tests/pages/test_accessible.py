"""No page holds a serious barrier, on a screen or on a phone, in the light or in the dark (axe-core)."""

from pathlib import Path

import pytest

from tests.clients.conftest import OpenTab
from tests.clients.react import React
from tests.pages.conftest import OpenPage
from tests.support.teacher import Teacher

AXE = Path(__file__).parent / "axe" / "node_modules" / "axe-core" / "axe.min.js"
if not AXE.exists():
    pytest.skip("there is no axe-core: npm ci --prefix tests/pages/axe", allow_module_level=True)

# What Swagger UI draws inside its place on /docs is its makers' work. The page around it is ours.
RUN = """async () => (await axe.run({ exclude: ["#swagger-ui > *"] }, { resultTypes: ["violations"] })).violations
  .filter(one => ["serious", "critical"].includes(one.impact))
  .map(one => `${one.id}: ${one.nodes.map(node => node.target.join(" ")).slice(0, 4).join(", ")}`)"""
WIDE = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
PHONE, DESKTOP = 390, 1280


async def everything(tab: React) -> dict[str, str]:
    """Each page with something on it, and when it is there."""
    exam = (await tab.ask("POST", "/exams", {"name": "Science"}))["exam_id"]
    session = await tab.prepare_small(exam_id=exam, name="Anna")
    await tab.grade(models=[{"name": "simulated/careful", "tries": 2}, {"name": "simulated/harsh"}])
    teacher = Teacher(tab.http)
    test = await teacher.start(await teacher.document(), n=2)
    await teacher.made(test)
    return {
        "/": "document.querySelectorAll('#rows tr').length > 2",
        f"/exams/{exam}/desk?which=all": "!document.querySelector('#desk').hidden",
        f"/exams/{exam}/live": "document.querySelectorAll('#grid tr').length === 1",
        f"/sessions/{session}/live": "document.querySelectorAll('.cell').length > 2",
        f"/tests/{test}/live": "document.querySelectorAll('.cell').length > 1",
        f"/sessions/{session}/report": "document.querySelector('h1')",
        f"/exams/{exam}/report": "document.querySelector('h1')",
        f"/exams/{exam}/feedback": "document.querySelector('h1')",
        f"/tests/{test}/paper?key=1": "document.querySelector('h1')",
        "/docs": "document.querySelector('#swagger-ui .opblock-tag')",
    }


@pytest.mark.usefixtures("quick_answers")
async def test_no_page_has_a_serious_barrier(tab: React, open_page: OpenPage, record_property):
    found = []
    for path, there in (await everything(tab)).items():
        for scheme, width in (("light", DESKTOP), ("dark", PHONE)):
            viewport = {"width": width, "height": 900}
            page = await open_page(str(tab.http.base_url), path, viewport=viewport, color_scheme=scheme)
            await page.wait_for(there)
            await page.page.evaluate("() => document.querySelectorAll('main details').forEach(one => one.open = true)")
            if path == "/":
                await page.page.click("#new")
                await page.wait_for("document.querySelectorAll('#models input').length > 1")
            if not await page.page.evaluate(WIDE):
                found.append(f"{path} at {width}: wider than the window")
            await page.page.evaluate(AXE.read_text(encoding="utf-8"))
            found += [f"{path} {scheme} {barrier}" for barrier in await page.page.evaluate(RUN)]
            await page.page.context.close()
    assert found == []


async def test_a_blind_desk_has_no_serious_barrier_also_under_its_open_dialog(tab: React, open_page: OpenPage):
    exam = (await tab.ask("POST", "/exams", {"name": "Science"}))["exam_id"]
    await tab.prepare_small(exam_id=exam, name="Anna")
    await tab.grade(models=[{"name": "simulated/careful", "tries": 2}])
    await tab.ask("PUT", f"/exams/{exam}/desk/settings", {"blind_marking": True, "double_marking": True})
    found = []
    for who, scheme, width in (("Ada", "light", DESKTOP), ("Bob", "dark", PHONE)):
        viewport = {"width": width, "height": 900}
        path = f"/exams/{exam}/desk?which=all"
        page = await open_page(str(tab.http.base_url), path, viewport=viewport, color_scheme=scheme)
        await page.page.fill("#name", who)
        await page.page.keyboard.press("Enter")
        for keys, there in (
            ([], "document.querySelector('#why').textContent.startsWith('Blind marking')"),
            (["1", "Enter"], "document.querySelector('#given .group')"),
            (["Shift+?"], "document.querySelector('#help').open"),
        ):
            for key in keys:
                await page.page.keyboard.press(key)
            await page.wait_for(there)
            assert await page.page.evaluate(WIDE), f"wider than {width}"
            await page.page.evaluate(AXE.read_text(encoding="utf-8"))
            found += [f"{there} {scheme} {barrier}" for barrier in await page.page.evaluate(RUN)]
        await page.page.context.close()
    assert found == []


async def test_the_sign_in_has_no_serious_barrier_also_after_a_wrong_key(open_tab: OpenTab, open_page: OpenPage):
    origin = str((await open_tab(api_keys="a-long-key-of-this-server")).http.base_url)
    found = []
    for scheme, width in (("light", DESKTOP), ("dark", PHONE)):
        page = await open_page(origin, "/", viewport={"width": width, "height": 900}, color_scheme=scheme)
        for shown in ("main form", "main [role=alert]"):
            if "alert" in shown:
                await page.page.fill("#key", "wrong")
                await page.page.keyboard.press("Enter")
            await page.page.wait_for_selector(shown)
            assert await page.page.evaluate(WIDE), f"wider than {width}"
            await page.page.evaluate(AXE.read_text(encoding="utf-8"))
            found += [f"{shown} {scheme} {barrier}" for barrier in await page.page.evaluate(RUN)]
    assert found == []
