import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app.simulator.config import SimulatorConfig
from app.simulator.images import is_image, is_loopback
from app.simulator.server import running_simulator

PNG = b"\x89PNG\r\n\x1a\n rest"


@pytest.fixture
async def origin() -> AsyncIterator[str]:
    """A server of images: good, moved, empty, missing, failing, and one that leads away."""

    async def serve(request: web.Request) -> web.Response:
        match request.match_info["name"]:
            case "good":
                return web.Response(body=PNG)
            case "moved":
                raise web.HTTPFound("/good")
            case "away":
                raise web.HTTPFound("http://example.org/good")
            case "empty":
                return web.Response(body=b"")
            case "text":
                return web.Response(body=b"no image at all")
            case "failing":
                return web.Response(status=500)
            case _:
                return web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{name}", serve)
    server = TestServer(app)
    await server.start_server()
    yield f"http://127.0.0.1:{server.port}"
    await server.close()


@pytest.fixture
async def simulator():
    async with running_simulator(SimulatorConfig(fetch_images=True)) as running:
        yield running


@pytest.mark.parametrize("name", ["good", "moved"])
async def test_images_that_can_be_had_are_no_obstacle(simulator, body, complete, origin, name):
    status, _, _ = await complete(simulator, body(images=[f"{origin}/{name}"]))

    assert status == 200
    assert simulator.stats.good_answers == 1


@pytest.mark.parametrize(
    "name_and_error",
    [
        ("missing", (404, "image_not_found")),
        ("failing", (400, "image_download_failed")),
        ("away", (400, "image_download_failed")),
        ("empty", (400, "invalid_image")),
        ("text", (400, "unsupported_image_format")),
    ],
)
async def test_an_image_that_cannot_be_had_is_a_typed_error(simulator, body, complete, origin, name_and_error):
    name, expected = name_and_error
    answered, _, sent = await complete(simulator, body(images=[f"{origin}/good", f"{origin}/{name}"]))

    assert (answered, json.loads(sent)["error"]["metadata"]["error_type"]) == expected
    assert (simulator.stats.completions, simulator.log[0].marks, simulator.log[0].usage) == (0, {}, None)


async def test_a_redirect_away_from_loopback_is_not_followed(simulator, body, complete, origin):
    _, _, sent = await complete(simulator, body(images=[f"{origin}/away"]))

    assert "redirected away from loopback" in json.loads(sent)["error"]["message"]


async def test_a_server_that_does_not_listen_is_a_failed_download(simulator, body, complete):
    _, _, sent = await complete(simulator, body(images=["http://127.0.0.1:1/a.png"]))

    assert json.loads(sent)["error"]["metadata"]["error_type"] == "image_download_failed"


async def test_hosts_elsewhere_are_never_fetched(simulator, body, complete):
    status, _, _ = await complete(simulator, body(images=["https://example.invalid/a.png"]))

    assert status == 200


async def test_images_are_left_alone_unless_they_are_to_be_fetched(simulator, body, complete, origin):
    simulator.config = SimulatorConfig()

    assert (await complete(simulator, body(images=[f"{origin}/missing"])))[0] == 200


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8/x", True),
        ("http://127.9.9.9/x", True),
        ("http://[::1]:8/x", True),
        ("https://localhost/x", True),
        ("http://localhost.example.org/x", False),
        ("http://10.0.0.1/x", False),
        ("ftp://127.0.0.1/x", False),
        ("data:image/png;base64,AAAA", False),
        ("http://[bad/x", False),
    ],
)
def test_loopback_urls_are_told_apart(url, loopback):
    assert is_loopback(url) is loopback


@pytest.mark.parametrize("data", [PNG, b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 "])
def test_images_are_known_by_their_first_bytes(data):
    assert is_image(data)
    assert not is_image(data[1:])
