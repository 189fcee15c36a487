"""DELETE /sessions/{id}: rows and scans go, and nothing that another session needs."""

import psycopg

from app.errors import UpstreamUnavailableError
from app.storage.local import LocalStorage
from tests.support.scans import PNG

UNKNOWN = "0f8fad5b-d9cb-469f-a165-70867728950e"


async def test_a_deleted_session_leaves_no_row(client, prepare, grade, openrouter, database):
    openrouter.marks = {"1a": 1, "1b": 1}
    session_id = await prepare(human={"1a": 1})
    await grade(session_id, "a/b")

    response = await client.delete(f"/sessions/{session_id}")

    assert (response.status_code, response.content) == (204, b"")
    assert (await client.get(f"/sessions/{session_id}")).status_code == 404
    with psycopg.connect(database) as connection:
        for table in ("session", "image", "question", "stats", "result", "grading_call"):
            assert connection.execute(f"select count(*) from {table}").fetchone() == (0,)  # noqa: S608 # names above


async def test_what_is_gone_already_can_be_deleted(client, create):
    session_id = await create()

    for deleted in (session_id, session_id, UNKNOWN):
        assert (await client.delete(f"/sessions/{deleted}")).status_code == 204


async def test_deleting_no_uuid_is_404(client, refused):
    assert refused(await client.delete("/sessions/x"), 404, "NOT_FOUND")


async def upload(client):
    signed = (await client.post("/images/signed-url", json={"filename": "a.png", "content_type": "image/png"})).json()
    content = PNG
    assert (await client.put(signed["uploadUrl"], content=content, headers=signed["headers"])).status_code == 200
    return signed["publicUrl"]


async def is_there(client, url):
    return (await client.get(url)).status_code == 307


async def test_a_deleted_session_s_scans_go_but_not_those_that_another_session_has_too(client, create):
    own, shared = await upload(client), await upload(client)
    one, other = await create(), await create()
    for session_id, urls in ((one, [own, shared]), (other, [shared])):
        for index, url in enumerate(urls):
            image = {"session_id": session_id, "role": "student", "url": url, "order_index": index}
            assert (await client.post("/images/register", json=image)).status_code == 200

    await client.delete(f"/sessions/{one}")
    assert (await is_there(client, own), await is_there(client, shared)) == (False, True)

    await client.delete(f"/sessions/{other}")
    assert not await is_there(client, shared)


async def test_a_session_can_be_deleted_while_it_is_graded(client, while_grading, refused):
    assert (await client.delete(f"/sessions/{while_grading}")).status_code == 204
    refused(await client.get(f"/sessions/{while_grading}"), 404, "NOT_FOUND")


class StorageThatIsAway(LocalStorage):
    async def delete(self, paths):
        raise UpstreamUnavailableError("The storage does not answer.")


async def test_while_the_storage_is_away_a_session_is_not_half_deleted(connect_app, tmp_path, refused):
    client = await connect_app(overrides={"storage": StorageThatIsAway(tmp_path, max_bytes=1000)})
    session_id = (await client.post("/sessions")).json()["session_id"]

    refused(await client.delete(f"/sessions/{session_id}"), 503, "UPSTREAM_UNAVAILABLE")
    assert (await client.get(f"/sessions/{session_id}")).status_code == 200
