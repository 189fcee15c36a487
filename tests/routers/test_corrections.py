"""`GET /exams/{id}/corrections`, and corrected markers in `agreement`."""

from uuid import uuid4


def lines(n, offset, human=lambda i: i % 9):
    return [f"s{i},q1,10,{human(i)},,lenient,1,{human(i) + offset}" for i in range(n)]


async def test_a_correction_is_offered_and_shown_as_one_more_marker_when_asked_for(client, send):
    _, exam_id = await send(*lines(60, 1))

    (found,) = (await client.get(f"/exams/{exam_id}/corrections")).json()["markers"]
    plain = (await client.get(f"/exams/{exam_id}/agreement")).json()
    shown = (await client.get(f"/exams/{exam_id}/agreement", params={"corrections": True})).json()

    question = found["questions"]["q1"]
    assert (found["corrected"], question["k"], question["reason"]) == ("lenient (corrected)", 60, None)
    linear = next(one for one in question["tried"] if one["form"] == "linear")
    assert linear["points"][0] == [1.0, 0.0]
    assert (linear["rmse"]["a"], linear["rmse"]["b"]) == (0.0, 1.0)
    assert [marker["marker"] for marker in plain["markers"]] == ["lenient"]
    exact = {marker["marker"]: marker["overall"]["exact"]["value"] for marker in shown["markers"]}
    assert exact == {"lenient": 0.0, "lenient (corrected)": 1.0}


async def test_without_help_nothing_is_offered_and_it_is_said_why(client, send):
    _, exam_id = await send(*lines(60, 0))

    (found,) = (await client.get(f"/exams/{exam_id}/corrections")).json()["markers"]

    assert found["corrected"] is None
    assert found["questions"]["q1"]["reason"] == "no correction is nearer to the human beyond chance"


async def test_an_exam_that_is_not_there_has_no_corrections(client, refused):
    refused(await client.get(f"/exams/{uuid4()}/corrections"), 404, "NOT_FOUND")
