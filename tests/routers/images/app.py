"""An app with the image routes alone, and what its tests send and read."""

from types import SimpleNamespace
from typing import Any, Self

import httpx
from fastapi import FastAPI

from app import error_handlers
from app.errors import AppError
from app.routers import images
from tests.support.scans import PNG

BASE_URL = "http://127.0.0.1:8000"
SESSION_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
ELSEWHERE = "https://example.org/scan.png"
UNKNOWN_KEY = f"2026-11/{'0' * 32}.png"
MAX_BYTES = 1000


class FakeStore:
    """Keeps what was registered; `refusal` is what the database would say."""

    def __init__(self) -> None:
        self.registered: list[dict[str, Any]] = []
        self.refusal: AppError | None = None

    def for_owner(self, owner_id: str | None) -> Self:
        return self

    async def register_pages(self, *, pages: list[tuple[str, str | None]], order_index: int, **image: Any) -> None:
        if self.refusal is not None:
            raise self.refusal
        for place, (url, path) in enumerate(pages, start=order_index):
            self.registered.append({**image, "url": url, "storage_path": path, "order_index": place, "image_id": "i"})

    async def images(self, session_id: str) -> list[dict[str, Any]]:
        return [image for image in self.registered if image["session_id"] == session_id]


class FakeUploads:
    """Knows which uploads have arrived; all of them are everybody's."""

    owner_id = None

    def __init__(self) -> None:
        self.spent: set[str] = set()

    def for_owner(self, owner_id: str | None) -> Self:
        return self

    async def begin(self, path: str, quota: int) -> None: ...

    async def check(self, path: str) -> None: ...

    async def is_spent(self, path: str) -> bool:
        return path in self.spent

    async def keep(self, path: str, files: list[str], n_bytes: int, quota: int) -> None:
        self.spent.add(path)


def build_app(**collaborators: Any) -> FastAPI:
    app = FastAPI()
    app.include_router(images.router)
    app.include_router(images.signed_router)
    error_handlers.install(app)
    app.state.parts = SimpleNamespace(uploads=FakeUploads(), **collaborators)
    return app


def refused_field(response: httpx.Response) -> str:
    return response.json()["error"]["details"]["errors"][0]["field"]


def code_of(response: httpx.Response) -> str:
    return response.json()["error"]["code"]


async def sign(client, filename="scan.png", content_type="image/png"):
    return await client.post("/images/signed-url", json={"filename": filename, "content_type": content_type})


async def upload(client, content=PNG):
    signed = (await sign(client)).json()
    response = await client.put(signed["uploadUrl"], content=content, headers=signed["headers"])
    assert response.status_code == 200
    return signed


def registration(**fields):
    return {"session_id": SESSION_ID, "role": "student", "url": ELSEWHERE, "order_index": 0} | fields
