"""`/exams/{id}/generalizability` and `/fairness`, over imported marks and over sessions."""

HEADER = "script,question_id,max_marks,human_mark,model_name,try_index,mark,group"


def lines(n=40):
    return [
        f"s{i},q1,10,{i % 9},{model},{try_index},{min(10, i % 9 + (try_index + i) % 2)},{'north' if i % 2 else 'south'}"
        for i in range(n)
        for model in ("a", "b")
        for try_index in (1, 2)
    ]


async def test_the_group_column_of_an_import_gives_fairness_by_group(client, send):
    response, exam_id = await send(file="\n".join([HEADER, *lines()]))
    assert response.status_code == 201, response.text

    found = (await client.get(f"/exams/{exam_id}/fairness")).json()

    assert {name: [(one["group"], one["n"]) for one in groups] for name, groups in found["markers"].items()} == {
        "a": [("north", 20), ("south", 20)],
        "b": [("north", 20), ("south", 20)],
    }
    assert found["n_without_group"] == 0
    assert found["markers"]["a"][0]["smd"]["value"] > 0


async def test_two_groups_of_one_script_refuse_the_file(send, refused):
    response, _ = await send(file=f"{HEADER}\ns1,q1,4,1,a,1,1,north\ns1,q1,4,1,a,2,1,south")

    assert "another group before: north, here south" in str(refused(response, 422, "VALIDATION_ERROR"))


async def test_a_session_is_created_with_its_group(client, send, create):
    exam_id = (await client.post("/exams", json={"name": "Science"})).json()["exam_id"]
    await create(exam_id=exam_id, group="north")

    assert (await client.get(f"/exams/{exam_id}")).json()["sessions"][0]["group"] == "north"


async def test_an_exam_tells_how_many_tries_make_its_totals_reliable(client, send):
    _, exam_id = await send(file="\n".join([HEADER, *lines()]))

    found = (await client.get(f"/exams/{exam_id}/generalizability")).json()

    assert found["together"]["n"] == {"script": 40, "marker": 2, "try": 2}
    assert found["together"]["g"] > 0.9
    assert found["markers"]["a"]["tries_needed"] == 1
    assert set(found["markers"]["a"]["components"]) == {"script", "rest"}
