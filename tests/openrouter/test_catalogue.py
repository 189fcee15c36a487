import asyncio
import json

import httpx
import pytest
import respx

from app.errors import UpstreamUnavailableError
from app.openrouter.catalogue import UNKNOWN, Catalogue, ModelCapabilities, read_models

BASE_URL = "https://openrouter.test/api/v1"
SEEING = {
    "id": "m/seeing",
    "canonical_slug": "m/seeing-20260101",
    "architecture": {"input_modalities": ["text", "image"]},
    "supported_parameters": ["structured_outputs", "reasoning"],
    "top_provider": {"max_completion_tokens": 8192},
}
BLIND = {"id": "m/blind", "architecture": {"input_modalities": ["text"]}, "supported_parameters": []}
FREE = {"id": "m/seeing:free", "architecture": {"input_modalities": ["image"]}}
LIST = json.dumps({"data": [SEEING, BLIND, FREE, {"id": 7}, "junk"]}, indent=1).encode()


@pytest.fixture
def route():
    with respx.mock(assert_all_called=False) as router:
        route = router.get(f"{BASE_URL}/models")
        route.return_value = httpx.Response(200, content=LIST)
        yield route


@pytest.fixture
async def catalogue(route, clock):
    async with httpx.AsyncClient() as http:
        yield Catalogue(http, BASE_URL, "sk-key", clock=clock)


async def test_capabilities_are_read_off_the_list(catalogue):
    assert await catalogue.capabilities("m/seeing") == ModelCapabilities(
        image_input=True,
        supported_parameters=frozenset({"structured_outputs", "reasoning"}),
        max_completion_tokens=8192,
    )
    assert await catalogue.capabilities("m/blind") == ModelCapabilities(
        image_input=False, supported_parameters=frozenset()
    )


async def test_an_unlisted_variant_is_its_base_model(catalogue):
    assert await catalogue.capabilities("m/blind:nitro") == await catalogue.capabilities("m/blind")


async def test_a_listed_variant_is_itself(catalogue):
    assert (await catalogue.capabilities("m/seeing:free")).max_completion_tokens is None


async def test_a_canonical_slug_names_its_model(catalogue):
    assert await catalogue.capabilities("m/seeing-20260101") == await catalogue.capabilities("m/seeing")


async def test_an_unlisted_model_is_unknown(catalogue):
    assert await catalogue.capabilities("m/other") is UNKNOWN


async def test_the_list_is_passed_on_unchanged(catalogue, route):
    assert await catalogue.raw() == LIST
    assert route.calls.last.request.headers["authorization"] == "Bearer sk-key"


async def test_without_a_key_none_is_sent(route):
    async with httpx.AsyncClient() as http:
        await Catalogue(http, f"{BASE_URL}/").raw()
    assert "authorization" not in route.calls.last.request.headers


async def test_callers_at_the_same_time_share_one_fetch(catalogue, route):
    async def answer_when_all_have_asked(_request):
        for _ in range(5):
            await asyncio.sleep(0)
        return httpx.Response(200, content=LIST)

    route.side_effect = answer_when_all_have_asked
    await asyncio.gather(*(catalogue.capabilities("m/seeing") for _ in range(50)))
    assert route.call_count == 1


async def test_a_caller_that_is_cancelled_leaves_the_fetch_to_the_next(catalogue, route):
    arrived = asyncio.Event()

    async def hang(_request):
        arrived.set()
        await asyncio.Event().wait()

    route.side_effect = [hang, httpx.Response(200, content=LIST)]
    first = asyncio.create_task(catalogue.has_list())
    await arrived.wait()
    second = asyncio.create_task(catalogue.has_list())
    first.cancel()
    assert await second


async def test_the_list_is_fetched_again_when_it_is_old(catalogue, route, clock):
    await catalogue.raw()
    clock.now += 3599
    await catalogue.raw()
    assert route.call_count == 1
    clock.now += 1
    await catalogue.raw()
    assert route.call_count == 2


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(500),
        httpx.Response(302, headers={"Location": "https://elsewhere.test"}),
        httpx.Response(200, content=b"<html></html>"),
        httpx.Response(200, content=b"[]"),
        httpx.Response(200, content=b'{"data": null}'),
        httpx.ConnectError("no"),
        httpx.ReadTimeout("late"),
    ],
)
async def test_without_a_list_every_model_is_unknown(catalogue, route, failure):
    route.side_effect = [failure]
    assert await catalogue.capabilities("m/seeing") is UNKNOWN
    assert not await catalogue.has_list()
    with pytest.raises(UpstreamUnavailableError):
        await catalogue.raw()
    assert route.call_count == 1


async def test_a_failure_is_forgotten_after_a_minute(catalogue, route, clock):
    route.side_effect = [httpx.Response(500), httpx.Response(200, content=LIST)]
    assert not await catalogue.has_list()
    clock.now += 60
    assert await catalogue.has_list()


async def test_an_old_list_is_better_than_none(catalogue, route, clock):
    route.side_effect = [httpx.Response(200, content=LIST), httpx.Response(500)]
    await catalogue.raw()
    clock.now += 3600
    assert await catalogue.raw() == LIST


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"architecture": None, "supported_parameters": None, "top_provider": None},
        {"architecture": [], "supported_parameters": "all", "top_provider": {"max_completion_tokens": True}},
        {"architecture": {"input_modalities": None}, "top_provider": {"max_completion_tokens": 0}},
    ],
)
def test_what_an_entry_does_not_say_is_unknown(entry):
    assert read_models(json.dumps({"data": [{"id": "m"} | entry]}).encode()) == {"m": UNKNOWN}


def test_only_named_parameters_are_supported():
    assert ModelCapabilities(supported_parameters=frozenset({"reasoning"})).supports("reasoning")
    assert not UNKNOWN.supports("reasoning")
