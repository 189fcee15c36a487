import httpx
import pytest

from app.scans.pages import PageLimits
from app.settings import Settings
from app.storage.intake import Intake
from app.storage.local import LocalStorage
from tests.routers.images.app import BASE_URL, MAX_BYTES, FakeStore, build_app


@pytest.fixture
def store():
    return FakeStore()


@pytest.fixture
def connect(tmp_path, store):
    """A client of an app with the given settings and, if not the local one, storage."""

    def build(storage=None, **settings):
        storage = storage or LocalStorage(tmp_path, max_bytes=MAX_BYTES)
        given = Settings(**settings)
        intake = Intake(storage, PageLimits(), given.image_url_hosts)
        app = build_app(store=store, storage=storage, settings=given, intake=intake)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL)

    return build


@pytest.fixture
async def client(connect):
    async with connect() as client:
        yield client
