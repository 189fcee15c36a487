"""The start page in a real browser: what there is, and a new exam from a dropped folder to the run."""

import asyncio
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.clients.react import React

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An exam as teachers keep it: a folder for each student, the key, and a table of the questions."""
    top = tmp_path / f"Physics {HOSTILE.replace('/', '')}"
    for name, pages in {"Ada": 2, "Bob": 1, "answer-key": 1}.items():
        (top / name).mkdir(parents=True)
        for page in range(1, pages + 1):
            Image.new("L", (40, 50), hash(name) % 200 + page).save(top / name / f"page-{page}.png")
    (top / "questions.csv").write_text("question_id,max_marks,text\n1a,3,Name it.\n1b,2.5,\n", encoding="utf-8")
    (top / "readme.txt").write_text("not a scan", encoding="utf-8")
    return top


async def test_a_dropped_folder_becomes_an_exam_that_is_marked(tab: React, open_page, folder):
    page = await open_page(str(tab.http.base_url), "/")
    await page.wait_for("document.querySelector('#list-said').textContent.includes('nothing yet')")
    await page.page.click("#new")
    await page.page.set_input_files("#folder", folder)
    await page.wait_for("document.querySelector('#sending').textContent.startsWith('4 of 4')")
    assert await page.text("#found") == (
        f"Found 2 scripts, 1 file of the answer key. Left out, because they are no scans: {folder.name}/readme.txt."
    )
    assert await page.page.input_value("#questions") == "1a 3\n1b 2.5"
    await page.wait_for("document.querySelectorAll('#models input').length > 2")
    await page.page.check("#models input[value='simulated/careful']")
    await page.page.click("#estimate")
    await page.wait_for(
        "/^2 scripts, 2 calls: about .0.*nothing is really paid/.test(document.querySelector('#estimated').textContent)"
    )
    await page.page.fill("#limit", "12.5")
    async with page.page.expect_request("**/exams/*/grade") as started:
        await page.page.click("#start")
    assert json.loads((await started.value).post_data)["max_cost_usd"] == 12.5
    await page.page.wait_for_url("**/exams/*/live")
    exam = page.page.url.split("/")[-2]
    found = await tab.ask("GET", f"/exams/{exam}")
    assert found["name"] == folder.name
    assert [(question["max_marks"], question["text"]) for question in found["questions"]] == [
        (3, "Name it."),
        (2.5, None),
    ]
    assert {row["name"]: row["n_student_images"] for row in found["sessions"]} == {"Ada": 2, "Bob": 1}
    for row in found["sessions"]:
        tab.session_id = row["session_id"]
        assert (await tab.ended())["status"] == "graded"

    await page.goto("/")
    await page.wait_for("document.querySelector('#rows')?.textContent.includes('marked')")
    line = await page.text("#rows")
    assert folder.name in line
    assert "2 scripts" in line
    assert "100 %" in line
    assert "(simulated)" in line
    class_list = await page.page.get_attribute("text=class list (CSV)", "href")
    assert class_list.endswith(f"/exams/{exam}/export.csv?form=wide")
    page.assert_content()


# A drop as the browser reports it: entries of folders, whose readers give what is inside in turns.
DROP = """(names) => {
  const file = (name) => ({ isFile: true, name, file: (found) => found(new File(["no image at all"], name)) });
  const folder = (name, inside) => {
    const turns = [inside, []];
    return { isFile: false, name, createReader: () => ({ readEntries: (found) => found(turns.shift()) }) };
  };
  const students = names.map((name) => folder(name, [file("page-1.png")]));
  const top = folder("Physics", [...students, folder("answer-key", [file("key.png")])]);
  const event = new Event("drop", { bubbles: true, cancelable: true });
  event.dataTransfer = { items: [{ webkitGetAsEntry: () => top }], files: [] };
  document.querySelector("#drop").dispatchEvent(event);
  return event.defaultPrevented;
}"""


async def test_a_folder_that_is_dropped_is_read_with_all_folders_inside(tab: React, open_page):
    page = await open_page(str(tab.http.base_url), "/")
    await page.page.click("#new")
    assert await page.page.evaluate(DROP, ["Ada", HOSTILE]), "else the browser opens the file in place of the page"
    await page.wait_for("document.querySelector('#found').textContent.startsWith('Found')")
    assert await page.text("#found") == "Found 2 scripts, 1 file of the answer key."
    assert await page.page.input_value("#exam-name") == "Physics"
    await page.wait_for("document.querySelector('#sending').textContent.includes('failed')")
    assert f"Physics/{HOSTILE}/page-1.png" in await page.text("#uploads")
    assert await page.page.evaluate("() => document.querySelectorAll('img').length") == 0


async def test_a_file_that_failed_is_sent_again_alone(tab: React, open_page, folder):
    page = await open_page(str(tab.http.base_url), "/")
    await page.page.click("#new")
    (folder / "Bob" / "page-1.png").write_bytes(b"no image at all")
    await page.page.set_input_files("#folder", folder)
    await page.wait_for("document.querySelector('#sending').textContent === '3 of 4 files uploaded; 1 failed'")
    assert "Bob/page-1.png" in await page.text("#uploads")
    await page.page.click("#start")
    await page.wait_for("document.querySelector('#problem').textContent.includes('Not every file is uploaded')")
    exam = (await tab.ask("GET", "/exams"))[0]["exam_id"]
    before = await tab.ask("GET", f"/exams/{exam}")

    await page.page.reload()
    await page.page.click("#new")
    Image.new("L", (40, 50), 7).save(folder / "Bob" / "page-1.png")
    await page.page.set_input_files("#folder", folder)
    await page.wait_for("document.querySelector('#sending').textContent.startsWith('4 of 4')")
    after = await tab.ask("GET", f"/exams/{exam}")
    assert len(await tab.ask("GET", "/exams")) == 1, "the reload goes on with the same exam"
    assert [row["session_id"] for row in after["sessions"]] == [row["session_id"] for row in before["sessions"]]
    assert {row["name"]: row["n_student_images"] for row in after["sessions"]} == {"Ada": 2, "Bob": 1}


async def test_pages_whose_answer_a_reload_cut_off_are_not_sent_again(tab: React, open_page, folder):
    page = await open_page(str(tab.http.base_url), "/")
    await page.page.click("#new")
    registered = asyncio.Event()

    async def answer_never(route):
        await route.fetch()
        registered.set()

    await page.page.route("**/images/register", answer_never)
    await page.page.set_input_files("#folder", folder)
    await asyncio.wait_for(registered.wait(), 60)
    await page.page.unroute_all(behavior="ignoreErrors")
    await page.page.reload()
    await page.page.click("#new")
    await page.page.set_input_files("#folder", folder)
    await page.wait_for("document.querySelector('#sending').textContent.startsWith('4 of 4')")
    exam = (await tab.ask("GET", "/exams"))[0]["exam_id"]
    scripts = (await tab.ask("GET", f"/exams/{exam}"))["sessions"]
    assert {row["name"]: row["n_student_images"] for row in scripts} == {"Ada": 2, "Bob": 1}


async def test_everything_is_listed_newest_first_page_by_page(tab: React, open_page):
    exam = (await tab.ask("POST", "/exams", {"name": HOSTILE}))["exam_id"]
    await tab.new_session(name="in the exam", exam_id=exam)
    for n in range(35):
        await tab.new_session(name=f"Script {n}")
    page = await open_page(str(tab.http.base_url), "/")
    await page.wait_for("document.querySelectorAll('#rows tr').length === 30")
    assert (await page.text("#rows th")).startswith("Script 34")
    await page.page.click("#more")
    await page.wait_for("document.querySelectorAll('#rows tr').length === 36")
    assert HOSTILE in await page.text("#rows tr:last-child")
    await page.page.select_option("#kind", "exam")
    await page.wait_for("document.querySelectorAll('#rows tr').length === 1")
    page.assert_content()


async def test_pages_of_the_overview_hang_together(tab: React):
    for n in range(5):
        await tab.new_session(name=f"Script {n}")
    first = await tab.ask("GET", "/overview?limit=3")
    assert "+" not in first["next"], "clients need not encode it"
    second = await tab.ask("GET", f"/overview?limit=3&before={first['next']}")
    assert [item["name"] for item in first["items"] + second["items"]] == [f"Script {n}" for n in (4, 3, 2, 1, 0)]
    assert second["next"] is None
    assert (await tab.http.get("/overview?before=x")).status_code == 422
    files = {"file": ("q.csv", b"question_id,max_marks\n1,3\n2,x\n")}
    refused = await tab.http.post("/questions/read", files=files)
    assert refused.status_code == 422
    assert refused.json()["error"]["details"]["errors"][0]["line"] == 3
