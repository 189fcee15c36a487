"""The review desk over HTTP: who gets which answer, what a blind desk hides, undo, and both marks of two people."""

import asyncio
import json
import re
from uuid import uuid4

import psycopg
import pytest

# By script the marks of three models on one question of 4: the first two are doubtful.
MARKS = {"s0": (1, 3, 4), "s1": (2, 2, 3), "s2": (4, 4, 4), "s3": (0, 0, 0)}
LINES = [
    f"{script},q,4,2,,{model},1,{mark}"
    for script, marks in MARKS.items()
    for model, mark in zip("abc", marks, strict=True)
]


@pytest.fixture
async def exam(send):
    _, exam_id = await send(*LINES)
    return f"/exams/{exam_id}"


@pytest.fixture
def ask(client):
    async def ask(method, path, body=None, status=200, **query):
        response = await client.request(method, path, json=body, params=query)
        assert response.status_code == status, response.text
        return response.json()

    return ask


@pytest.fixture
def take(ask, exam):
    """What the desk of this person gets; keywords are of the wish."""

    async def take(who="Ada", n=1, keep=(), skip=(), **wish):
        refs = [
            [{"session_id": a["session_id"], "question_id": a["question_id"]} for a in some] for some in (keep, skip)
        ]
        body = {"holder": f"desk of {who}", "reviewer": who, "n": n, "keep": refs[0], "skip": refs[1], "wish": wish}
        return (await ask("POST", f"{exam}/desk/answers", body))["answers"]

    return take


@pytest.fixture
def review(ask, exam):
    async def review(answer, mark, who="Ada", status=200, **more):
        body = {"session_id": answer["session_id"], "question_id": answer["question_id"], "mark": mark}
        return await ask("POST", f"{exam}/review", body | {"reviewer": who} | more, status)

    return review


def names(answers):
    return [answer["script"] for answer in answers]


async def test_the_most_doubtful_answer_comes_first_with_all_that_a_human_needs(take):
    (answer,) = await take()

    assert (answer["script"], answer["question_id"], answer["max_marks"]) == ("s0", "q", 4)
    assert answer["reasons"][0] == "disagreement"
    assert [mark["marks_awarded"] for mark in answer["marks"]] == [1, 3, 4]
    assert (answer["human_mark"], answer["consensus"], answer["hidden"]) == (2, 3, False)


async def test_no_two_desks_get_the_same_answer(take):
    first, second = names(await take("Ada", n=1)), names(await take("Bob", n=3, which="all"))

    assert first == ["s0"]
    assert not set(first) & set(second)


async def test_six_desks_that_race_for_an_exam_never_share_an_answer_and_leave_none(send, ask):
    lines = [f"s{n},q,4,,,{model},1,{(n * k) % 5}" for n in range(60) for k, model in enumerate("abc", start=1)]
    _, exam_id = await send(*lines)
    exam, seen, n_reviews = f"/exams/{exam_id}", {}, 0

    async def work(who):
        nonlocal n_reviews
        held = []
        while True:
            body = {"holder": f"desk of {who}", "reviewer": who, "n": 3, "keep": held, "wish": {"which": "all"}}
            taken = (await ask("POST", f"{exam}/desk/answers", body))["answers"]
            if not taken:
                return
            for answer in taken:
                assert seen.setdefault(answer["session_id"], who) == who, "one answer on two desks"
            first, *rest = ({"session_id": answer["session_id"], "question_id": "q"} for answer in taken)
            await ask("POST", f"{exam}/review", first | {"mark": 1, "reviewer": who})
            held, n_reviews = rest, n_reviews + 1

    await asyncio.gather(*map(work, "ABCDEF"))
    assert (len(seen), n_reviews) == (60, 60)
    assert len(set(seen.values())) == 6, "everybody got some"


async def test_an_answer_that_was_reviewed_comes_no_more_and_one_given_back_is_free(take, review):
    await review((await take())[0], 3)
    assert names(await take()) == ["s1"]
    assert names(await take("Bob")) != ["s1"]
    await take(n=0)
    assert names(await take("Bob")) == ["s1"]
    assert "s0" in names(await take("Bob", n=9, which="all", again=True))


async def test_filters_name_the_answers(take, ask, exam):
    sessions = {row["name"]: row["session_id"] for row in (await ask("GET", exam))["sessions"]}

    assert set(names(await take(n=9, which="all"))) == set(MARKS)
    assert names(await take(n=9, which="all", session_id=sessions["s2"])) == ["s2"]
    assert names(await take(n=9, which="all", marker="c")) == ["s0", "s1"]
    assert names(await take(n=9, reason="disagreement")) == ["s0", "s1"]
    assert names(await take(n=9, question_id="other")) == []


async def test_the_same_decision_sent_twice_is_one_review(take, review, ask, exam):
    (answer,) = await take()
    decision = str(uuid4())
    first = await review(answer, 3, review_id=decision)
    assert await review(answer, 3, review_id=decision) == first
    assert len((await ask("GET", f"{exam}/review-history"))["changes"]) == 1
    await review(answer, 2, review_id=decision, status=409)


async def test_a_withdrawn_review_counts_no_more_and_stays_in_the_history(take, review, ask, exam):
    (answer,) = await take()
    where = {"session_id": answer["session_id"], "question_id": "q"}
    await review(answer, 1, who="Ada")
    second = await review(answer, 4, who="Bob")
    withdrawn = await ask("DELETE", f"{exam}/review", **where, reviewer="Bob")

    assert (withdrawn["review_id"], withdrawn["final_mark"]) == (second["review_id"], 1)
    again = await ask("DELETE", f"{exam}/review", **where, review_id=second["review_id"])
    assert again == withdrawn
    assert [row["mark"] for row in (await ask("GET", f"{exam}/reviews"))["reviews"]] == [1]
    latest, first = (await ask("GET", f"{exam}/review-history"))["changes"]
    assert (latest["mark"], latest["withdrawn_by"], first["withdrawn_at"]) == (4, "Bob", None)
    assert latest["withdrawn_at"]
    await ask("DELETE", f"{exam}/review", **where)
    await ask("DELETE", f"{exam}/review", status=404, **where)
    assert (await ask("GET", f"{exam}/desk/progress"))["n_reviewed"] == 0
    session = f"/sessions/{answer['session_id']}/review"
    await ask("POST", session, {"question_id": "q", "mark": 2})
    assert (await ask("DELETE", session, question_id="q"))["final_mark"] is None


async def test_a_blind_desk_sends_nothing_of_the_models_until_this_person_has_marked(take, review, ask, exam):
    settings = await ask("PUT", f"{exam}/desk/settings", {"blind_marking": True})
    assert settings == {"blind_marking": True, "double_marking": False}
    (answer,) = await take()
    assert (answer["hidden"], answer["marks"], answer["reviews"], answer["reasons"]) == (True, [], [], [])
    assert {answer[name] for name in ("human_mark", "human_mark_2", "consensus", "doubt", "p_differs")} == {None}

    await review(answer, 1, blind=True)
    (seen,) = await take(keep=[answer])
    assert (seen["hidden"], [mark["marks_awarded"] for mark in seen["marks"]]) == (False, [1, 3, 4])
    assert seen["reviews"][0]["blind"] is True
    (others,) = await take("Bob", which="all", again=True, session_id=answer["session_id"], n=1) or [None]
    assert others is None, "Ada still holds it"


async def queued(ask, scope, **query):
    """The items of the review queue by script."""
    return {item["script"]: item for item in (await ask("GET", f"{scope}/review-queue", **query))["items"]}


HIDDEN = {"human_mark": None, "consensus": None, "final_mark": None, "marks": [], "reviews": [], "reasons": []}


async def test_blind_marking_hides_marks_from_the_review_queue_until_this_person_has_marked(take, review, ask, exam):
    await ask("PUT", f"{exam}/desk/settings", {"blind_marking": True})
    (answer,) = await take("Ada")
    session = f"/sessions/{answer['session_id']}"
    for scope in (exam, session):
        item = (await queued(ask, scope))["s0"]
        assert item["hidden"]
        assert item | HIDDEN == item
    await review(answer, 1, "Ada", blind=True)

    for scope in (exam, session):
        for query in ({"reviewer": "Ada"}, {}):
            item = (await queued(ask, scope, **query))["s0"]
            assert (item["hidden"], item["consensus"], len(item["marks"])) == (False, 3, 3)
        assert (await queued(ask, scope, reviewer="Bob"))["s0"]["marks"] == [], "Bob has not marked it yet"
    assert (await queued(ask, exam))["s1"]["marks"] == []


async def test_of_two_blind_markers_the_queue_tells_nothing_before_both_have_marked(take, review, ask, exam):
    await ask("PUT", f"{exam}/desk/settings", {"blind_marking": True, "double_marking": True})
    (answer,) = await take("Ada")
    for who, hidden in (("Ada", True), ("Bob", False)):
        await review(answer, 1, who, blind=True)
        assert (await queued(ask, exam))["s0"]["hidden"] is hidden


@pytest.mark.parametrize("settings", [("double_marking",), ("blind_marking", "double_marking")])
async def test_the_list_of_reviews_tells_nothing_before_both_have_marked(take, review, ask, exam, settings):
    await ask("PUT", f"{exam}/desk/settings", dict.fromkeys(settings, True))
    (answer,) = await take("Ada")
    session = f"/sessions/{answer['session_id']}"
    secret = {"hidden": True, "mark": None, "note": None, "human_mark": None, "consensus": None}
    await review(answer, 1, "Ada")
    for scope in (exam, session):
        for query in ({}, {"reviewer": "Bob"}):
            told = await ask("GET", f"{scope}/reviews", **query)
            assert told["reviews"][0] | secret == told["reviews"][0]
            assert (told["n_reviewed"], told["n_changed_human"], told["n_changed_consensus"]) == (1, 0, 0)
            item = (await queued(ask, scope, **query))["s0"]
            assert (item["final_mark"], item["reviews"]) == (None, [])
        (own,) = (await ask("GET", f"{scope}/reviews", reviewer="ada"))["reviews"]
        assert (own["hidden"], own["mark"], own["consensus"]) == (False, 1, 3)
    await review(answer, 2, "Bob")
    (known,) = (await ask("GET", f"{exam}/reviews"))["reviews"]
    assert (known["hidden"], known["mark"], known["consensus"]) == (False, 2, 3)
    assert (await queued(ask, exam))["s0"]["final_mark"] == 2


@pytest.mark.parametrize("settings", [{"blind_marking": True, "double_marking": True}, {"double_marking": True}])
async def test_the_history_tells_nobody_the_marks_of_others_before_both_have_marked(take, review, ask, exam, settings):
    await ask("PUT", f"{exam}/desk/settings", settings)
    (answer,) = await take()
    first = await review(answer, 1, note="nearly")
    await ask("DELETE", f"{exam}/review", session_id=answer["session_id"], question_id="q", reviewer="Ada")
    await review(answer, 2, note="better")

    async def told(**query):
        paths = (exam, f"/sessions/{answer['session_id']}")
        found = [(await ask("GET", f"{path}/review-history", **query))["changes"] for path in paths]
        assert found[0] == found[1]
        return [(change["mark"], change["note"], change["hidden"]) for change in found[0]]

    assert await told() == await told(reviewer="Bob") == [(None, None, True)] * 2
    assert await told(reviewer=" ADA") == [(2, "better", False), (1, "nearly", False)]
    assert (await ask("GET", f"{exam}/review-history"))["changes"][1]["review_id"] == first["review_id"]
    await review(answer, 4, who="Bob")
    assert await told() == await told(reviewer="Bob") == [(4, None, False), (2, "better", False), (1, "nearly", False)]


async def test_one_person_who_types_the_name_differently_does_not_count_as_two(take, review, ask, exam):
    await ask("PUT", f"{exam}/desk/settings", {"blind_marking": True, "double_marking": True})
    (answer,) = await take("Zoë Öz")
    await review(answer, 1, "Zoë Öz")
    for name in ("zoë öz", " ZOE\u0308  ÖZ "):
        assert [one["session_id"] for one in await take(name, n=4)].count(answer["session_id"]) == 0
        await review(answer, 2, name)
    assert (await ask("GET", f"{exam}/double-marking"))["n_by_two"] == 0
    assert (await ask("GET", f"{exam}/reviews"))["reviews"][0]["hidden"], "nobody else has marked it"
    assert answer["session_id"] in [one["session_id"] for one in await take("Bob", n=4)]


async def test_a_report_says_no_marks_of_answers_that_wait_for_a_blind_marker(client, take, review, ask, exam):
    async def listed():
        page = (await client.get(f"{exam}/report")).text
        return page[page.index('id="review"') :].split("<section")[0]

    async def given():
        return re.findall(r"markers <b>", await listed())

    assert len(await given()) >= 2
    await ask("PUT", f"{exam}/desk/settings", {"blind_marking": True})
    assert await given() == []
    assert "Every mark" not in (await client.get(f"{exam}/report")).text
    assert "Marks given, and how often" not in await listed()
    assert "blind marking hides all marks" in await listed()
    assert f"{exam}/desk?session=" in await listed(), "the desk is one click away"
    await review((await take("Ada"))[0], 1, "Ada", blind=True)
    assert len(await given()) == 1
    every = (await client.get(f"{exam}/report")).text.split("Every mark")[1].split("</table>")[0]
    assert every.count("<tr>") == 2, "the line of names, and the answer that is marked"


async def test_with_double_marking_both_marks_are_kept_and_differences_listed(take, review, ask, exam):
    await ask("PUT", f"{exam}/desk/settings", {"double_marking": True})
    (ada,), (bob,) = await take("Ada"), await take("Bob")
    assert ada["script"] == bob["script"] == "s0"
    assert names(await take("Eve")) != ["s0"], "two people are enough"
    await review(ada, 3, "Ada")
    (bob,) = await take("Bob", keep=[bob])
    assert bob["reviews"] == [], "Bob does not see Ada's mark before he gives his"
    await review(bob, 1, "Bob")
    assert "s0" not in names(await take("Ada", n=9)) + names(await take("Eve", n=9))

    found = await ask("GET", f"{exam}/double-marking")
    assert (found["n_by_two"], found["n_different"], found["n_beyond_tolerance"]) == (1, 1, 1)
    (answer,) = found["answers"]
    assert [(mark["reviewer"], mark["mark"]) for mark in answer["marks"]] == [("Ada", 3), ("Bob", 1)]
    assert (answer["difference"], answer["settled"], answer["final_mark"]) == (2, False, 1)
    await review(ada, 2, "Ada")
    (answer,) = (await ask("GET", f"{exam}/double-marking"))["answers"]
    assert (answer["settled"], answer["final_mark"]) == (True, 2)
    assert [mark["mark"] for mark in answer["marks"]] == [3, 1]


async def test_progress_says_how_many_more_to_look_at(take, review, ask, exam):
    before = await ask("GET", f"{exam}/desk/progress")
    assert (before["n_answers"], before["n_doubtful"], before["n_reviewed"]) == (4, 2, 0)
    assert before["n_more"] is None, "the human differs from half of the models' marks"
    await review((await take())[0], 3)
    after = await ask("GET", f"{exam}/desk/progress")
    assert (after["n_doubtful_reviewed"], after["n_reviewed"]) == (1, 1)
    assert "others" in after["sentence"]


async def test_an_exam_that_is_not_there_has_no_desk(ask):
    exam = f"/exams/{uuid4()}"
    body = {"holder": "a desk of mine", "n": 1}
    refusals = [
        await ask("POST", f"{exam}/desk/answers", body, status=404),
        await ask("PUT", f"{exam}/desk/settings", {}, status=404),
        *[
            await ask("GET", f"{exam}/{path}", status=404)
            for path in ("desk/progress", "double-marking", "review-history", "desk")
        ],
    ]
    assert {refusal["error"]["code"] for refusal in refusals} == {"NOT_FOUND"}


async def test_a_report_leads_to_the_desk_and_to_the_calls_behind_its_figures(client, ask, exam):
    page = (await client.get(f"{exam}/report")).text
    desk = re.search(rf'href="(http://[^"]+{exam}/desk\?session=[^"]+)"', page)[1]
    assert "question=q" in desk
    calls = re.search(r'href="http://[^"/]+(/sessions/[^"]+/calls)"', page)[1]
    found = (await ask("GET", calls))["calls"]
    assert [(call["model_name"], call["status"]) for call in found] == [(model, "succeeded") for model in "abc"]
    assert [call["model_name"] for call in (await ask("GET", calls, model="b"))["calls"]] == ["b"]
    assert f'{exam}/export.csv"' in page
    behind = re.findall(r'href="http://[^"]+/desk\?which=all&amp;again=1&amp;([^"]+)"', page)
    assert {f"marker={model}" for model in "abc"} <= set(behind), "the figures of a marker lead to its answers"
    assert {f"question_id=q&amp;marker={model}" for model in "abc"} <= set(behind), "and those of a question"


async def test_the_desk_shows_where_a_model_found_the_answer(take, database):
    """A prompt may ask for `page` and `quote`; what is neither a number nor a text is left out."""
    told = {"a": {"page": 2, "quote": "F = ma"}, "b": {"page": "two", "quote": 7}}
    with psycopg.connect(database, autocommit=True) as connection:
        for model, piece in told.items():
            connection.execute(
                "update public.result set raw_output = %s where model_name = %s", [json.dumps(piece), model]
            )
    (answer,) = await take()
    assert [(mark["page"], mark["quote"]) for mark in answer["marks"]] == [(2, "F = ma"), (None, None), (None, None)]
