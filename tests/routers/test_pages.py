"""Pages of a session: one upload of several, their order, and what becomes of marks that were made from other pages."""

import base64
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from app.storage.urls import object_path
from tests.scans import files
from tests.support.scans import png

QUESTIONS = [{"question_id": "1a", "max_marks": 2}, {"question_id": "1b", "max_marks": 3}]


@pytest.fixture
def openrouter(openrouter):
    openrouter.marks = {"1a": 1, "1b": 2}
    return openrouter


async def upload(client, content, content_type="application/pdf", filename="scan.pdf"):
    signed = (await client.post("/images/signed-url", json={"filename": filename, "content_type": content_type})).json()
    (await client.put(signed["uploadUrl"], content=content, headers=signed["headers"])).raise_for_status()
    return signed


async def register(client, session_id, url, order_index=0, role="student"):
    body = {"session_id": session_id, "role": role, "url": url, "order_index": order_index}
    return await client.post("/images/register", json=body)


async def new_session(client, **fields):
    session_id = (await client.post("/sessions", json=fields)).json()["session_id"]
    body = {"session_id": session_id, "questions": QUESTIONS, "human_marks_by_qid": {}}
    (await client.post("/questions/config", json=body)).raise_for_status()
    return session_id


async def images(client, session_id):
    return (await client.get(f"/images/{session_id}")).json()["images"]


async def with_pages(client, n=3):
    session_id = await new_session(client)
    for index in range(n):
        signed = await upload(client, png(shade=index), "image/png")
        (await register(client, session_id, signed["publicUrl"], index)).raise_for_status()
    return session_id


async def grade(client, session_id, **plan):
    body = {"session_id": session_id, "models": [{"name": "a/b"}], **plan}
    response = await client.post("/grade/single?wait=true", json=body)
    assert response.status_code == 200, response.text
    return response.json()


async def marks(client, session_id):
    results = (await client.get(f"/results/{session_id}")).json()["results_by_question"]
    return {question: [one["marks_awarded"] for one in by_model["a/b"]] for question, by_model in results.items()}


async def test_one_upload_of_a_pdf_registers_its_pages_in_order(client):
    session_id = await new_session(client)
    signed = await upload(client, files.pdf(3))

    response = await register(client, session_id, signed["publicUrl"])
    again = await register(client, session_id, signed["publicUrl"])

    assert (response.json(), again.json()) == (
        {"ok": True, "pages": 3, "notes": []},
        {"ok": True, "pages": 3, "notes": []},
    )
    listed = await images(client, session_id)
    assert [image["order_index"] for image in listed] == [0, 1, 2]
    for image in listed:
        address = (await client.get(image["url"])).headers["location"]
        page = await client.get(address)
        assert page.headers["content-type"] == "image/jpeg"
        assert files.is_upright(Image.open(io.BytesIO(page.content)))


async def test_pages_go_on_where_a_page_ended_and_the_upload_is_kept(client, tmp_path):
    session_id = await new_session(client)
    first = await upload(client, png(), "image/png")
    await register(client, session_id, first["publicUrl"])
    signed = await upload(client, files.tiff(2), "image/tiff", "scan.tif")

    taken = await register(client, session_id, signed["publicUrl"], 1)
    gap = await register(client, session_id, (await upload(client, files.pdf(2)))["publicUrl"], 7)

    assert (taken.json()["pages"], gap.json()["error"]["code"]) == (2, "NON_CONTIGUOUS_ORDER_INDEX")
    assert len(await images(client, session_id)) == 3
    assert (tmp_path / "images" / signed["path"]).read_bytes() == files.tiff(2)


async def test_a_deleted_session_takes_its_pages_and_uploads_along(client, tmp_path):
    session_id = await new_session(client)
    signed = await upload(client, files.pdf(2))
    await register(client, session_id, signed["publicUrl"])
    kept = {path.name for path in (tmp_path / "images").rglob("*.*") if path.is_file()}

    await client.delete(f"/sessions/{session_id}")

    assert len(kept) == 3
    assert [path for path in (tmp_path / "images").rglob("*.*") if path.is_file()] == []


async def test_another_order_unmarks_what_was_marked_until_it_is_graded_again(client):
    session_id = await with_pages(client)
    await grade(client, session_id)
    assert await marks(client, session_id) == {"1a": [1], "1b": [2]}
    before = await images(client, session_id)
    ids = [image["image_id"] for image in before]

    same = await client.put(f"/images/{session_id}/order", json={"role": "student", "image_ids": ids})
    assert (same.status_code, await marks(client, session_id)) == (200, {"1a": [1], "1b": [2]})

    turned = {"role": "student", "image_ids": ids[::-1]}
    assert (await client.put(f"/images/{session_id}/order", json=turned)).json() == {"ok": True}

    after = await images(client, session_id)
    assert [image["url"] for image in after] == [image["url"] for image in before][::-1]
    assert [image["order_index"] for image in after] == [0, 1, 2]
    assert await marks(client, session_id) == {"1a": [None], "1b": [None]}
    errors = (await client.get(f"/results/errors/{session_id}")).json()["errors_by_model_try"]["a/b"]["1"]
    assert {error["question_id"] for error in errors} == {"1a", "1b"}
    assert "pages_changed" in json.dumps(errors)
    await grade(client, session_id)
    assert await marks(client, session_id) == {"1a": [1], "1b": [2]}


@pytest.mark.parametrize("wrong", [[], [0], [0, 1, 1], [0, 1, 2, 2]])
async def test_an_order_that_does_not_name_each_page_once_is_refused(client, wrong):
    session_id = await with_pages(client)
    ids = [image["image_id"] for image in await images(client, session_id)]

    body = {"role": "student", "image_ids": [ids[place] for place in wrong]}
    response = await client.put(f"/images/{session_id}/order", json=body)

    assert response.status_code == 422
    assert response.json()["error"]["details"]["errors"][0]["field"] == "image_ids"
    assert [image["image_id"] for image in await images(client, session_id)] == ids


async def test_a_removed_page_is_gone_and_the_others_move_up(client, tmp_path):
    session_id = await with_pages(client)
    await grade(client, session_id)
    first, second, third = await images(client, session_id)

    removed = await client.delete(f"/images/{session_id}/{second['image_id']}")
    again = await client.delete(f"/images/{session_id}/{second['image_id']}")

    assert (removed.status_code, again.status_code) == (204, 204)
    left = await images(client, session_id)
    assert [(image["url"], image["order_index"]) for image in left] == [(first["url"], 0), (third["url"], 1)]
    assert len([path for path in (tmp_path / "images").rglob("*.png") if path.is_file()]) == 2
    assert await marks(client, session_id) == {"1a": [None], "1b": [None]}


async def test_a_page_of_a_pdf_can_be_removed_and_the_others_stay(client):
    session_id = await new_session(client)
    await register(client, session_id, (await upload(client, files.pdf(2)))["publicUrl"])
    first, second = await images(client, session_id)

    await client.delete(f"/images/{session_id}/{first['image_id']}")

    [left] = await images(client, session_id)
    assert left["url"] == second["url"]
    assert (await client.get(left["url"])).status_code == 307


async def test_another_page_takes_the_place_of_one(client, tmp_path):
    session_id = await with_pages(client, 2)
    first, second = await images(client, session_id)
    signed = await upload(client, png(shade=99), "image/png")
    several = await upload(client, files.pdf(2))

    replaced = await client.put(f"/images/{session_id}/{first['image_id']}", json={"url": signed["publicUrl"]})
    two = await client.put(f"/images/{session_id}/{first['image_id']}", json={"url": several["publicUrl"]})
    unknown = await client.put(f"/images/{session_id}/{session_id}", json={"url": signed["publicUrl"]})

    assert (replaced.status_code, two.status_code, unknown.status_code) == (200, 422, 404)
    listed = [(image["url"], image["order_index"]) for image in await images(client, session_id)]
    assert listed == [(signed["publicUrl"], 0), (second["url"], 1)]
    assert not (tmp_path / "images" / first["url"].partition("/object/")[2]).exists()


async def test_pages_cannot_be_changed_while_they_are_marked(client, openrouter):
    session_id = await with_pages(client, 2)
    [first, second] = [image["image_id"] for image in await images(client, session_id)]
    openrouter.may_answer.clear()
    await client.post("/grade/single", json={"session_id": session_id, "models": [{"name": "a/b"}]})

    order = {"role": "student", "image_ids": [second, first]}
    refused = [
        await client.put(f"/images/{session_id}/order", json=order),
        await client.delete(f"/images/{session_id}/{first}"),
    ]
    openrouter.may_answer.set()

    assert [(one.status_code, one.json()["error"]["code"]) for one in refused] == [(409, "SESSION_BUSY")] * 2


async def test_addresses_are_made_from_the_base_of_each_request(client):
    session_id = await with_pages(client, 1)

    [here] = await images(client, session_id)
    listed = (await client.get(f"/images/{session_id}", headers={"Host": "localhost:9999"})).json()["images"]
    template = (await client.get(f"/sessions/{session_id}/template", headers={"Host": "localhost:9999"})).json()

    path = here["url"].removeprefix("http://127.0.0.1:8000")
    assert path.startswith(object_path(""))
    assert listed[0]["url"] == f"http://localhost:9999{path}"
    assert template["images"]["student_images"] == [f"http://localhost:9999{path}"]


async def test_a_run_asks_for_pages_at_this_server_whatever_port_the_upload_came_through(client, openrouter):
    session_id = await with_pages(client, 1)

    await grade(client, session_id)

    [url] = urls_of(openrouter.requests[0])
    assert url.startswith("http://127.0.0.1:8000/images/file/")


def urls_of(request):
    parts = [part for message in json.loads(request.content)["messages"] for part in parts_of(message)]
    return [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]


def parts_of(message):
    return message["content"] if isinstance(message["content"], list) else []


async def test_pages_go_inside_the_requests_where_the_operator_chose_that(connect_app, openrouter, caplog):
    caplog.set_level("DEBUG")
    client = await connect_app(image_delivery="inline", page_long_side=800, openrouter_base_url=openrouter.base_url)
    session_id = await new_session(client)
    large = files.saved(files.page(size=(1500, 2000)), "PNG")
    await register(client, session_id, (await upload(client, large, "image/png"))["publicUrl"])
    await register(client, session_id, (await upload(client, files.pdf(1)))["publicUrl"], 1)

    await grade(client, session_id)

    inside = urls_of(openrouter.requests[0])
    assert len(inside) == 2
    for url in inside:
        kind, _, content = url.partition(";base64,")
        assert kind == "data:image/jpeg"
        image = Image.open(io.BytesIO(base64.b64decode(content)))
        assert files.is_upright(image)
        assert max(image.size) <= 800
    piece = inside[0][100:160]
    stored = json.dumps(
        [(await client.get(path)).json() for path in (f"/results/{session_id}", f"/images/{session_id}")]
    )
    assert piece not in stored + caplog.text


async def test_pages_that_openrouter_cannot_fetch_are_refused_with_every_way_out(connect_app):
    settings = {"openrouter_base_url": "https://openrouter.ai/api/v1"}
    client = await connect_app(**settings)
    session_id = await with_pages(client, 1)
    body = {"session_id": session_id, "models": [{"name": "a/b"}]}

    refused = (await client.post("/grade/single", json=body)).json()["error"]

    assert refused["code"] == "IMAGES_NOT_REACHABLE"
    start = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for way in ("Supabase Storage", "PUBLIC_BASE_URL", "IMAGE_DELIVERY=inline", "--inline-images"):
        assert way in refused["message"]
        assert way in start, "README tells the same ways"
