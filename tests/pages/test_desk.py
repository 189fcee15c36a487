"""A teacher at the review desk, in a real browser, by keys alone."""

import asyncio
import csv
import io
import random
import statistics
from typing import Any

import pytest

from tests.pages.conftest import OpenPage
from tests.support.browser import WatchedPage

N_SCRIPTS, N_QUESTIONS = 22, 3


def marks_file(n_scripts: int, n_questions: int, seed: int = 5) -> str:
    """Marks of four models, who often differ; of a made-up exam."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    rows = ["script,question_id,max_marks,human_mark,model_name,try_index,mark"]
    for script in range(n_scripts):
        for question in range(1, n_questions + 1):
            truth = rng.randint(0, 8) / 2
            for model in "abcd":
                mark = min(4, max(0, truth + rng.choice([0, 0, 0.5, -0.5, 1])))
                rows.append(f"Student {script:03},q{question},4,,maker/{model},1,{mark}")
    return "\n".join(rows)


IN_SIGHT = """(selector) => {
  const box = document.querySelector(selector).getBoundingClientRect();
  return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
}"""
UPRIGHT = """async () => {
  const sheet = Object.assign(document.createElement("canvas"), { width: 40, height: 60 });
  const page = document.querySelector("#view img");
  page.src = sheet.toDataURL();
  await page.decode();
}"""
# How far the scan reaches to the left of its place and above it, where nobody can scroll to; in pixels.
OUTSIDE = """() => {
  const view = document.querySelector("#view");
  const [box, page] = [view, view.querySelector("img")].map((one) => one.getBoundingClientRect());
  const beyond = (at, scrolled, from) => Math.max(0, Math.round(from - at - scrolled));
  return [beyond(page.left, view.scrollLeft, box.left), beyond(page.top, view.scrollTop, box.top)];
}"""


class Desk(WatchedPage):
    """The desk as its user sees it."""

    exam: str

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def on_desk(self) -> tuple[str, str]:
        return await self.text("#script"), (await self.text("#question")).removeprefix("Question ")

    async def ready(self) -> None:
        await self.wait_for("!document.querySelector('#desk').hidden")

    async def left(self, where: tuple[str, str]) -> None:
        """Waits until another answer lies on the desk, or none."""
        shown = "document.querySelector('#script').textContent + document.querySelector('#question').textContent"
        await self.wait_for(f"{shown} !== '{where[0]}Question {where[1]}' || document.querySelector('#desk').hidden")

    def watch_fetching(self) -> None:
        """`fetching` holds the requests for more answers that are under way."""
        self.fetching: set[Any] = set()
        self.page.on("request", lambda one: self.fetching.add(one) if one.url.endswith("/desk/answers") else None)
        for ended in ("requestfinished", "requestfailed"):
            # Playwright marks what it calls, which a method of a set does not allow.
            self.page.on(ended, lambda one: self.fetching.discard(one))  # noqa: PLW0108

    async def stocked(self) -> None:
        """Waits until all is saved, and the next answers are there."""
        await self.all_saved()
        async with asyncio.timeout(60):
            while self.fetching:  # noqa: ASYNC110 - the browser is another process
                await asyncio.sleep(0.03)

    async def all_saved(self) -> None:
        await self.wait_for("document.querySelector('#saving').textContent === 'All saved.'", seconds=60)


@pytest.fixture
async def exam(tab):
    """An exam with marks of four models; one scan of each script."""
    made = (await tab.ask("POST", "/exams", {"name": "Science <b>2026</b>"}))["exam_id"]
    files = {"file": ("marks.csv", marks_file(N_SCRIPTS, N_QUESTIONS).encode(), "text/csv")}
    imported = await tab.http.post("/results/import", data={"exam_id": made}, files=files)
    assert imported.status_code == 201, imported.text
    for session in (await tab.ask("GET", f"/exams/{made}"))["sessions"]:
        tab.session_id = session["session_id"]
        await tab.upload("student", [f"{session['name']} page 1"])
    return made


@pytest.fixture
async def open_desk(tab, exam, open_page: OpenPage) -> Any:
    async def open_it(query: str = "", **profile: Any) -> Desk:
        page = await open_page(str(tab.http.base_url), f"/exams/{exam}/desk{query}", **profile)
        page.__class__ = Desk
        await page.ready()
        return page

    return open_it


@pytest.fixture
async def history(tab, exam):
    async def history() -> list[dict[str, Any]]:
        return (await tab.ask("GET", f"/exams/{exam}/review-history"))["changes"]

    return history


Cells = dict[tuple[str, str], float]
"""Marks by (script, question id)."""


async def class_list(tab: Any, exam: str) -> Cells:
    """The cells of the class list that hold a mark. Its row of maxima is left out; each total is checked."""
    response = await tab.http.get(f"/exams/{exam}/export.csv?form=wide")
    assert response.is_success, response.text
    cells: Cells = {}
    for row in csv.DictReader(io.StringIO(response.text)):
        marks = {f"q{n}": row[f"q{n}"] for n in range(1, N_QUESTIONS + 1) if row[f"q{n}"]}
        # A student without any mark has no total.
        assert row["total"] == "" if not marks else float(row["total"]) == sum(map(float, marks.values()))
        if row["student"] != "max":
            cells |= {(row["student"], question): float(mark) for question, mark in marks.items()}
    return cells


async def test_an_hour_of_sixty_answers_by_keys_alone(open_desk, tab, exam, history):
    before = await class_list(tab, exam)
    desk = await open_desk("?which=all")
    desk.watch_fetching()
    await desk.page.fill("#name", "Ada")
    await desk.page.keyboard.press("Enter")
    given: dict[tuple[str, str], float] = {}
    for n in range(60):
        await desk.ready()
        where = await desk.on_desk()
        assert where not in given
        if n == 20:
            await desk.stocked()
            await desk.page.context.set_offline(True)
        if n == 25:
            assert "not saved yet" in await desk.text("#saving")
            await desk.page.context.set_offline(False)
        if n == 45:
            await desk.page.reload()
            await desk.ready()
            where = await desk.on_desk()
        keys, mark = [(["3"], 3), (["1", "."], 1.5), (["h"], 0.5), (["4"], 4), (["0"], 0)][n % 5]
        await desk.press(*keys, "Enter")
        given[where] = mark
        await desk.left(where)
    await desk.all_saved()

    changes = await history()
    assert len(changes) == 60, "nothing lost, nothing doubled"
    assert {(row["script"], row["question_id"]): row["mark"] for row in changes} == given
    assert {row["reviewer"] for row in changes} == {"Ada"}
    assert await class_list(tab, exam) == before | given
    desk.complaints = [words for words in desk.complaints if "ERR_INTERNET_DISCONNECTED" not in words]
    desk.assert_content()


async def test_undo_previous_next_and_skip(open_desk, history):
    desk = await open_desk()
    first = await desk.on_desk()
    await desk.press("2", "Enter")
    await desk.left(first)
    second = await desk.on_desk()
    await desk.press("u")
    await desk.left(second)
    assert await desk.on_desk() == first, "undo brings the answer back"
    await desk.all_saved()
    (change,) = await history()
    assert (change["mark"], bool(change["withdrawn_at"])) == (2, True)

    await desk.press("n")
    await desk.left(first)
    assert await desk.on_desk() == second
    async with desk.page.expect_response("**/desk/answers"):
        await desk.press("p")
    await desk.left(second)
    assert await desk.on_desk() == first
    await desk.press("s")
    await desk.left(first)
    assert await desk.on_desk() == second
    await desk.press("Enter")
    await desk.left(second)
    assert await desk.on_desk() not in {first, second}
    await desk.all_saved()
    assert len(await history()) == 2, "skipping decides nothing, Enter confirms the consensus"
    await desk.press("Shift+?")
    assert await desk.page.is_visible("#help")
    await desk.press("Escape", "+", "r", "b")
    look = await desk.page.eval_on_selector(
        "#view img", "one => [one.style.width, one.style.transform, one.style.filter]"
    )
    assert look == ["125%", "rotate(90deg)", "brightness(1.15)"]
    await desk.page.hover("#view")
    await desk.page.mouse.wheel(0, -100)
    await desk.wait_for("document.querySelector('#zoom').textContent === '138 %'")


async def test_filters_choose_which_answers_come(open_desk):
    desk = await open_desk()
    await desk.page.click("text=Choose which answers to see")
    await desk.wait_for("document.querySelector('#question_id').options.length > 1")
    await desk.page.select_option("#question_id", "q2")
    await desk.wait_for("document.querySelector('#question').textContent === 'Question q2'")
    await desk.wait_for("document.querySelector('#session_id').options.length > 1")
    await desk.page.select_option("#session_id", label="Student 007")
    await desk.page.select_option("#which", "all")
    await desk.wait_for("document.querySelector('#script').textContent === 'Student 007'")
    assert await desk.on_desk() == ("Student 007", "q2")
    await desk.page.select_option("#question_id", "")
    await desk.page.select_option("#order", "question")
    await desk.wait_for("document.querySelector('#question').textContent === 'Question q1'")
    desk.assert_content()


async def test_a_link_of_the_report_opens_the_answers_behind_a_figure(open_desk, exam):
    desk = await open_desk("?which=all&again=1&question_id=q2&marker=maker%2Fb")
    assert (await desk.on_desk())[1] == "q2"
    await desk.page.click("text=Choose which answers to see")
    for select, chosen in {"#question_id": "q2", "#marker": "maker/b", "#which": "all"}.items():
        assert await desk.page.input_value(select) == chosen
    await desk.wait_for("document.querySelector('#marker').options.length === 5")
    assert await desk.page.input_value("#marker") == "maker/b"
    await desk.page.click("text=the call behind this mark >> nth=0")
    await desk.page.wait_for_url("**/sessions/*/calls?model=maker%2F*&try=1")


async def test_two_people_at_once_never_get_the_same_answer(open_desk, history):
    desks = [await open_desk(), await open_desk()]
    seen: list[list[tuple[str, str]]] = [[], []]
    for _ in range(8):
        for desk, mine in zip(desks, seen, strict=True):
            mine.append(await desk.on_desk())
            await desk.press("Enter")
            await desk.left(mine[-1])
    for desk in desks:
        await desk.all_saved()

    assert not set(seen[0]) & set(seen[1])
    assert len(await history()) == 16


async def test_an_answer_stays_away_from_other_desks_until_its_review_is_saved(open_desk):
    ada = await open_desk()
    network = asyncio.Event()

    async def hold(route):
        await network.wait()
        await route.continue_()

    await ada.page.route("**/review", hold)
    reviewed = await ada.on_desk()
    async with ada.page.expect_response("**/desk/answers"):
        await ada.press("Enter")
    await ada.left(reviewed)

    bob = await open_desk()
    assert await bob.on_desk() not in {reviewed, await ada.on_desk()}

    network.set()
    await ada.all_saved()


async def test_blind_double_marking_hides_everything_and_lists_the_differences(open_desk, tab, exam):
    settings = {"blind_marking": True, "double_marking": True}
    await tab.ask("PUT", f"/exams/{exam}/desk/settings", settings)
    desks = {"Ada": await open_desk(), "Bob": await open_desk()}
    first = await desks["Ada"].on_desk()
    for who, mark in (("Ada", "1"), ("Bob", "4")):
        desk = desks[who]
        assert await desk.on_desk() == first, "both mark the same answer"
        assert await desk.text("#given") == ""
        await desk.page.fill("#name", who)
        await desk.press("Enter")
        await desk.ready()
        await desk.press("Enter")
        assert "Type your mark first" in await desk.text("#said")
        assert await desk.page.evaluate(IN_SIGHT, "#said"), "what the desk says is seen without scrolling"
        await desk.press(mark, "Enter")
        await desk.wait_for("document.querySelectorAll('#given .group').length > 0")
        assert "Ada" not in await desk.text("#given") or who == "Ada" or "with 1" in await desk.text("#given")
        await desk.press("Enter")
        await desk.left(first)
    ada = desks["Ada"]
    await ada.page.click("#differences summary")
    await ada.wait_for("document.querySelector('#differences-rows tr')")
    line = await ada.text("#differences-rows tr")
    assert "Ada 1 · Bob 4" in line
    assert first[0] in line


async def test_keys_belong_to_the_desk_again_after_a_box_was_ticked_or_a_choice_was_made_by_mouse(open_desk, history):
    desk = await open_desk("?which=all")
    await desk.page.click("text=Choose which answers to see")
    await desk.page.check("#again")
    await desk.ready()
    first = await desk.on_desk()
    await desk.press("2", "Enter")
    await desk.left(first)
    await desk.page.click("#order")
    await desk.page.select_option("#order", "question")
    await desk.wait_for("document.activeElement === document.body")
    await desk.ready()
    await desk.press("3", "Enter")
    await desk.all_saved()

    assert [change["mark"] for change in await history()] == [3, 2]


async def test_every_part_of_a_turned_page_can_be_reached(open_desk):
    desk = await open_desk()
    await desk.page.evaluate(UPRIGHT)
    for turn in range(4):
        for key in ("", "+", "-", "-"):
            await desk.press(*key)
            outside = await desk.page.evaluate(OUTSIDE)
            assert outside == [0, 0], (turn, key)
        await desk.press("z", *["r"] * (turn + 1))


async def test_the_next_answer_is_there_within_a_tenth_of_a_second(open_desk):
    desk = await open_desk("?which=all")
    await desk.page.wait_for_timeout(500)
    for _ in range(12):
        where = await desk.on_desk()
        await desk.press("Enter")
        await desk.left(where)
        await desk.page.wait_for_timeout(150)
    took = await desk.page.evaluate(
        "() => { const at = name => performance.getEntriesByName(name).map(one => one.startTime);"
        " return at('desk.asked').map(asked => at('desk.shown').find(shown => shown > asked) - asked); }"
    )
    assert len(took) == 12
    assert statistics.median(took) < 100, took
