import json

import pytest

from app.errors import BadRequestError
from tests.routers.images.app import (
    BASE_URL,
    ELSEWHERE,
    SESSION_ID,
    UNKNOWN_KEY,
    code_of,
    refused_field,
    registration,
    upload,
)


async def test_a_registered_upload_is_stored_with_its_path(client, store):
    signed = await upload(client)

    response = await client.post("/images/register", json=registration(url=signed["publicUrl"]))

    assert response.json() == {"ok": True}
    stored = {"url": f"/images/object/{signed['path']}", "storage_path": signed["path"], "source_path": None}
    assert store.registered == [registration() | stored | {"image_id": "i"}]


async def test_an_image_elsewhere_is_stored_without_a_path(client, store):
    response = await client.post("/images/register", json=registration(session_id=SESSION_ID.upper()))

    assert response.status_code == 200
    assert store.registered == [registration() | {"storage_path": None, "source_path": None, "image_id": "i"}]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "data:image/png;base64,iVBORw0KGgo="),
        ("url", "http://example.org/scan.png"),
        ("url", "ftp://example.org/scan.png"),
        ("url", ""),
        ("url", "https://example.org/\0"),
        ("url", None),
        ("url", f"{BASE_URL}/images/object/{UNKNOWN_KEY}"),
        ("role", "teacher"),
        ("role", None),
        ("order_index", -1),
        ("order_index", 0.5),
        ("order_index", True),
        ("order_index", "0"),
        ("order_index", None),
        ("order_index", 2**31),
        ("session_id", None),
        ("session_id", 7),
    ],
)
async def test_a_bad_registration_names_its_field_and_stores_nothing(client, store, field, value):
    response = await client.post("/images/register", json=registration(**{field: value}))

    assert response.status_code == 422
    assert refused_field(response) == field
    assert store.registered == []


async def test_a_lone_surrogate_in_a_url_is_refused(client):
    body = json.dumps(registration(url="https://example.org/\ud800"))

    assert (await client.post("/images/register", content=body)).status_code == 422


async def test_a_session_id_that_is_no_uuid_is_not_found(client):
    assert (await client.post("/images/register", json=registration(session_id="mine"))).status_code == 404
    assert (await client.get("/images/mine")).status_code == 404


async def test_hosts_may_be_restricted_but_own_images_always_pass(connect, store):
    async with connect(image_url_hosts="scans.example.org") as client:
        refused = await client.post("/images/register", json=registration())
        listed = await client.post("/images/register", json=registration(url="https://scans.example.org/1.png"))
        own = await client.post("/images/register", json=registration(url=(await upload(client))["publicUrl"]))

    assert [refused.status_code, listed.status_code, own.status_code] == [422, 200, 200]


async def test_what_the_database_refuses_reaches_the_client_as_it_is(client, store):
    details = {"expected": 1, "got": 5, "role": "student"}
    store.refusal = BadRequestError("Images have no gaps.", code="NON_CONTIGUOUS_ORDER_INDEX", details=details)

    response = await client.post("/images/register", json=registration(order_index=5))

    assert response.status_code == 400
    assert code_of(response) == "NON_CONTIGUOUS_ORDER_INDEX"
    assert response.json()["error"]["details"] == details


async def test_the_registered_images_are_listed_in_order_without_inner_fields(client):
    for index in (0, 1):
        await client.post("/images/register", json=registration(url=f"{ELSEWHERE}?{index}", order_index=index))

    response = await client.get(f"/images/{SESSION_ID}")

    assert response.json() == {
        "session_id": SESSION_ID,
        "images": [
            {"image_id": "i", "role": "student", "url": f"{ELSEWHERE}?{index}", "order_index": index}
            for index in (0, 1)
        ],
    }
