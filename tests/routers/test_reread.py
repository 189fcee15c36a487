from uuid import uuid4


async def test_stored_answers_are_read_anew_over_the_api(client, prepare, grade, openrouter):
    session_id = await prepare()
    await grade(session_id, "a/b")
    asked = len(openrouter.requests)
    response = await client.post(f"/sessions/{session_id}/reread")

    assert response.status_code == 200
    assert response.json()["changes"] == []
    assert response.json()["answers"] > 0
    assert len(openrouter.requests) == asked


async def test_an_unknown_session_is_404(client):
    assert (await client.post(f"/sessions/{uuid4()}/reread")).status_code == 404
