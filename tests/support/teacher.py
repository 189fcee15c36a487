"""A server and a simulated OpenRouter that speak over sockets, and a document to make tests from."""

import asyncio

import httpx
import pytest

from app.simulator.config import SimulatorConfig
from app.simulator.server import running_simulator

SUBJECTS = ("leaf", "root", "stem", "petal", "seed", "branch", "flower", "trunk", "spore", "fern", "moss", "algae")
VERBS = ("absorbs", "releases", "stores", "carries", "produces", "filters", "protects", "divides", "repairs", "signals")
OBJECTS = (
    "glucose", "oxygen", "starch", "nitrogen", "calcium", "protein", "pigment", "hormone", "enzyme", "mineral",
    "vapour", "sucrose", "cellulose", "phosphate", "potassium", "magnesium", "chlorine", "sulphur", "lignin", "pectin",
)  # fmt: skip
PLACES = ("morning", "evening", "summer", "autumn", "winter", "spring", "drought", "daylight", "darkness", "rainfall")


REPEATED = "The quiet gardener waters the seedlings twice before sunrise."


def prose(n_sentences=240, repeated=None):
    """A text of different sentences. The sentence `repeated` is in every part of it."""
    lines = []
    for n in range(n_sentences):
        subject, verb = SUBJECTS[n % len(SUBJECTS)], VERBS[(n // 7) % len(VERBS)]
        things = OBJECTS[(n * 3) % len(OBJECTS)], OBJECTS[(n * 7 + 5) % len(OBJECTS)]
        lines.append(
            f"Sample {n} shows that the {subject} {verb} {things[0]} during {PLACES[n % len(PLACES)]} "
            f"and returns {things[1]} to the soil."
        )
        if repeated and n % 6 == 0:
            lines.append(repeated)
    return " ".join(lines)


@pytest.fixture
async def simulator():
    async with running_simulator(SimulatorConfig()) as simulator:
        yield simulator


@pytest.fixture
async def server(connect_app, simulator):
    """A client of the real app, whose models are behind a socket."""

    async def connect(**settings):
        overrides = {"openrouter_http": None}
        given = {"openrouter_base_url": simulator.base_url, "mcq_solver_models": ("simulated/solver",)}
        return await connect_app(overrides=overrides, **given | {"mcq_model": "simulated/writer"} | settings)

    return connect


class Teacher:
    """Uploads, starts and waits, as a client does."""

    def __init__(self, client: httpx.AsyncClient):
        self.client = client

    async def document(self, text=None, name="plants.txt"):
        content = (text or prose()).encode()
        row = (await self.client.post("/documents/upload", files={"file": (name, content)})).json()
        async with asyncio.timeout(60):
            while (row := (await self.client.get(f"/documents/{row['id']}")).json())["status"] == "processing":  # noqa: ASYNC110 - a client polls
                await asyncio.sleep(0.01)
        assert row["status"] == "ready", row
        return row["id"]

    async def start(self, document_id, n=10, **body):
        request = {"document_id": document_id, "num_questions": n} | body
        response = await self.client.post("/tests/generate", json=request)
        assert response.status_code == 202, response.text
        return response.json()["id"]

    async def made(self, test_id, seconds=60):
        async with asyncio.timeout(seconds):
            while (await self.status(test_id))["status"] in {"pending", "generating"}:  # noqa: ASYNC110 - a client polls
                await asyncio.sleep(0.02)
        return (await self.client.get(f"/tests/{test_id}")).json()

    async def status(self, test_id):
        return (await self.client.get(f"/tests/{test_id}/status")).json()

    async def make(self, document_id, n=10, **body):
        return await self.made(await self.start(document_id, n, **body))

    async def attempts(self, test_id):
        return (await self.client.get(f"/tests/{test_id}/attempts")).json()["attempts"]


@pytest.fixture
async def teacher(server):
    return Teacher(await server())
