"""`GET /exams/{id}/compare`."""


def lines(model, offset, n=12):
    return [f"s{i},q1,4,{i % 5},,{model},1,{max(0, i % 5 - offset * (i % 2))}" for i in range(n)]


async def test_two_markers_are_compared_question_by_question(client, send):
    _, exam_id = await send(*lines("close", 0), *lines("far", 1))

    found = (await client.get(f"/exams/{exam_id}/compare", params={"a": "close", "b": "far"})).json()

    exact = found["per_question"]["q1"]["exact"]
    assert (exact["a"], exact["difference"]["n"], exact["test"]) == (1.0, 12, "exact McNemar")
    assert exact["difference"]["value"] == 1.0 - exact["b"] > 0
    assert found["overall"]["totals"]["n_scripts"] == 12


async def test_markers_of_two_exams_are_compared_on_scripts_of_the_same_name(client, send):
    _, first = await send(*lines("one", 0))
    _, second = await send(*reversed(lines("one", 1, n=11)))

    query = {"a": "one", "b": "one", "other_exam": second}
    found = (await client.get(f"/exams/{first}/compare", params=query)).json()

    assert found["overall"]["n_scripts"] == 11
    assert found["overall"]["exact"]["a"] == 1.0
    assert found["overall"]["exact"]["b"] < 1.0


async def test_a_marker_that_the_exam_does_not_have_is_refused_with_those_it_has(client, send, fields_of, refused):
    _, exam_id = await send(*lines("close", 0), *lines("far", 1))

    response = await client.get(f"/exams/{exam_id}/compare", params={"a": "close", "b": "near"})

    assert fields_of(response) == ["b"]
    assert "close, far" in refused(response, 422, "VALIDATION_ERROR")["message"]


async def test_a_marker_is_not_compared_with_itself(client, send, fields_of):
    _, exam_id = await send(*lines("close", 0))

    response = await client.get(f"/exams/{exam_id}/compare", params={"a": "close", "b": "close"})

    assert fields_of(response) == ["b"]


async def test_exams_without_a_common_script_are_refused(client, send, fields_of):
    _, first = await send(*lines("one", 0))
    _, second = await send("other,q1,4,1,,one,1,1")

    query = {"a": "one", "b": "one", "other_exam": second}

    assert fields_of(await client.get(f"/exams/{first}/compare", params=query)) == ["other_exam"]
