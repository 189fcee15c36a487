"""Where an answer stands: two fields that the built-in prompt asks for where the operator wants them."""

MODELS = [{"name": "simulated/careful"}]
BOTH = {"grading_ask_page": True, "grading_ask_quote": True}


async def told(tab, exam):
    body = {"holder": "a desk for this test", "n": 4, "wish": {"which": "all"}}
    answers = (await tab.ask("POST", f"/exams/{exam}/desk/answers", body))["answers"]
    return {(mark["page"], mark["quote"]) for answer in answers for mark in answer["marks"]}


async def graded(tab):
    exam = (await tab.ask("POST", "/exams", {"name": "Science"}))["exam_id"]
    await tab.prepare_small(exam_id=exam)
    await tab.grade(models=MODELS)
    return exam


async def test_page_and_quote_are_stored_with_the_mark_and_shown_at_the_desk(open_tab):
    tab = await open_tab(**BOTH)
    exam = await graded(tab)

    assert (await tab.progress())["n_unmarked"] == 0
    words = "SIMULATED words that earned the mark"
    assert await told(tab, exam) == {(1, words), (2, words)}


async def test_neither_is_asked_for_unless_the_operator_wants_it(open_tab, wire):
    tab = await open_tab(grading_ask_page=True)
    assert await told(tab, await graded(tab)) == {(1, None), (2, None)}
    tab = await open_tab()
    assert await told(tab, await graded(tab)) == {(None, None)}
    assert "quote" not in str(wire.bodies)


async def test_a_session_that_was_asked_without_is_not_paid_again(open_tab, wire):
    before = await open_tab()
    await graded(before)
    n_calls = len(wire.bodies)
    after = await open_tab(**BOTH)
    after.session_id = before.session_id
    await after.grade(models=MODELS)
    assert len(wire.bodies) == n_calls
    await after.grade(models=MODELS, force=True)
    assert len(wire.bodies) == n_calls + 1
