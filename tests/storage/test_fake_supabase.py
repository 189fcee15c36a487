"""The stand-in answers as the real server did: the recorded requests, sent to it in their order."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

# What stood in the recorded bucket.
PNG = b"\x89PNG\r\n\x1a\n" + bytes(62)

TRANSCRIPT = json.loads((Path(__file__).parent / "storage_transcript.json").read_text())
# Not asked by this product: the stand-in does not know them.
NOT_NEEDED = {"list", "bucket delete nonempty?", "bucket empty", "bucket delete"}
NAMES = [entry["name"] for entry in TRANSCRIPT if entry["name"] not in NOT_NEEDED]

# As many bytes as the recorded image had.
# What the real server draws, stamps or keeps for itself.
VOLATILE = {"id", "version", "etag", "last_modified", "created_at", "updated_at", "last_accessed_at"}
VOLATILE |= {"owner_id", "metadata", "user_metadata"}


class Replay:
    """Sends recorded requests with the bodies and tokens that the record leaves out."""

    def __init__(self, fake: Any) -> None:
        self.fake = fake
        self.tokens = {"upload": "", "read": ""}

    async def run(self) -> dict[str, tuple[int, str, Any]]:
        async with self.fake.client() as http:
            return {entry["name"]: await self.send(http, entry) for entry in TRANSCRIPT if entry["name"] in NAMES}

    async def send(self, http: httpx.AsyncClient, entry: dict[str, Any]) -> tuple[int, str, Any]:
        response = await http.request(
            entry["request"]["method"],
            f"{self.fake.url}/storage/v1{entry['request']['path']}",
            headers=self.headers(entry),
            params=self.params(entry["name"]),
            **self.body(entry["name"]),
        )
        self.remember(entry["name"], response)
        return response.status_code, response.headers["content-type"].split(";")[0], content_of(response)

    def headers(self, entry: dict[str, Any]) -> dict[str, str]:
        if not entry["request"]["auth"]:
            return {"Content-Type": "image/png"} if entry["request"]["method"] == "PUT" else {}
        key = "not.a.key" if entry["name"] == "sign upload bad jwt" else self.fake.service_key
        return {"Authorization": f"Bearer {key}"}

    def params(self, name: str) -> dict[str, str] | None:
        path = "tr/tr/1795292381.png"
        tokens = {
            "signed PUT": self.tokens["upload"],
            "signed PUT dup": self.tokens["upload"],
            "signed PUT bad token": jwt.encode({"url": path}, "somebody else's secret, of 32 bytes", algorithm="HS256"),
            "signed PUT empty body": self.fake.sign("tr/etr/1795292381.png", 60),
            "signed GET": self.tokens["read"],
            "signed GET HEAD": self.tokens["read"],
            "signed GET expired": self.fake.sign(path, -1),
            "signed GET garbage": "garbage",
        }
        return {"token": tokens[name]} if name in tokens else None

    def body(self, name: str) -> dict[str, Any]:
        image = {"content": PNG}
        return {
            "bucket create": {"json": {"name": "tr"}},
            "bucket create dup": {"json": {"name": "tr"}},
            "signed PUT": image,
            "signed PUT dup": image,
            "sign GET": {"json": {"expiresIn": "60"}},
            "sign many": {"json": {"expiresIn": "60", "paths": ["tr/1795292381.png", "none.png"]}},
            "delete many": {"json": {"prefixes": ["tr/1795292381.png"]}},
        }.get(name, {})

    def remember(self, name: str, response: httpx.Response) -> None:
        if name == "sign upload":
            self.tokens["upload"] = response.json()["token"]
        if name == "sign GET":
            self.tokens["read"] = response.json()["signedURL"].partition("token=")[2]


def content_of(response: httpx.Response) -> Any:
    if response.headers["content-type"].startswith("image/"):
        return f"<{len(response.content)} bytes>"
    return comparable(response.json())


def comparable(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: comparable(item, key) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if name == "token":
        return "<token>"
    return value.partition("token=")[0] if isinstance(value, str) else value


@pytest.fixture(scope="module")
def answers(fake_supabase_type: Any) -> dict[str, tuple[int, str, Any]]:
    return asyncio.run(Replay(fake_supabase_type()).run())


@pytest.mark.parametrize("name", NAMES)
def test_answers_as_the_real_server_did(name: str, answers: dict[str, tuple[int, str, Any]]) -> None:
    recorded = next(entry for entry in TRANSCRIPT if entry["name"] == name)
    expected = (recorded["status"], recorded["content_type"].split(";")[0], comparable(recorded["body"]))

    assert answers[name] == expected
