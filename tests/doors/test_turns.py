"""Many documents of one user do not hold up the one of another."""

import asyncio
from types import SimpleNamespace

import pytest

from app.documents import reading
from app.documents.extraction import DocumentKind, Extraction, Page
from app.documents.reading import MOST_OF_ONE_USER

TEXT = b"A few words about cells. " * 200


@pytest.fixture
def opened(monkeypatch):
    """The names of the documents that are being opened; those that begin with "slow" stay open until `end` is set."""
    names, end, one_more = [], asyncio.Event(), asyncio.Event()

    async def extract(content, name, limits):
        names.append(name)
        one_more.set()
        if name.startswith("slow"):
            await end.wait()
        return Extraction(DocumentKind.TEXT, (Page(1, content.decode()),))

    async def when(is_so):
        async with asyncio.timeout(20):
            while not is_so():
                one_more.clear()
                await one_more.wait()

    monkeypatch.setattr(reading, "extract", extract)
    yield SimpleNamespace(
        names=names,
        end=end,
        until=lambda wanted: when(lambda: wanted in names),
        some=lambda n: when(lambda: len(names) >= n),
    )
    end.set()


async def upload(send, name):
    response = await send("POST", "/documents/upload", files={"file": (f"{name}.txt", name.encode() + TEXT)})
    assert response.status_code == 201, response.text


async def test_ten_documents_of_one_user_do_not_hold_up_one_of_another(as_user, opened):
    ada, bob = as_user("ada"), as_user("bob")
    uploads = [asyncio.create_task(upload(ada, f"slow{n}")) for n in range(10)]
    await opened.some(MOST_OF_ONE_USER)

    await upload(bob, "quick")
    await opened.until("quick.txt")

    assert len(opened.names) == MOST_OF_ONE_USER + 1
    opened.end.set()
    await asyncio.gather(*uploads)
    for n in range(10):
        await opened.until(f"slow{n}.txt")
