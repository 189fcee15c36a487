"""An imitation of the existing React front end: what it sends, in the order it sends it, and nothing else.

No key, no polling, camelCase only where the API has it, files named as phones name them.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from io import BytesIO
from typing import Any

import httpx
from PIL import Image

ORIGIN = "http://localhost:5173"

STUDENT_FILES = ("scan 1.png", "scan (2).png", "IMG 0003 (copy), page 3.png")
KEY_FILES = ("answer key (final).png", "answer key 2.png")
RUBRIC_FILES = ("rubric (v2).png",)

# As pasted into the form; ids are strings, marks may be fractional.
PASTED_QUESTIONS = (
    {"question_number": "1", "max_mark": 4},
    {"question_number": "MAI.1b(ii)", "max_mark": 2.5},
    {"question_number": "2 a", "max_mark": 10},
    {"question_number": "3/4", "max_mark": 6},
)
HUMAN_GRADES = {"1": 4, "MAI.1b(ii)": 1.5, "2 a": 0, "3/4": 4.5}


def pair(rubric: str, assessment: str, instance_id: str, tries: int = 2, **settings: Any) -> dict[str, Any]:
    return {
        "rubric_model": {"name": rubric, "tries": tries} | settings,
        "assessment_model": {"name": assessment, "tries": tries} | settings,
        "instance_id": instance_id,
    }


@dataclass
class React:
    """One browser tab. Every answer must be a success unless a test asks for the response itself."""

    http: httpx.AsyncClient
    session_id: str = ""
    paths: list[str] = field(default_factory=list)

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        response = await self.send(method, path, body)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        assert response.headers["access-control-allow-origin"] == ORIGIN
        return response.json() if response.content.strip() else None

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        return await self.http.request(method, path, json=body, headers={"Origin": ORIGIN})

    async def new_session(self, **fields: Any) -> str:
        created = await self.ask("POST", "/sessions", fields)
        assert created["status"] == "created"
        self.session_id = created["session_id"]
        return self.session_id

    async def upload(self, role: str, names: Sequence[str]) -> None:
        for index, name in enumerate(names):
            signed = await self.ask("POST", "/images/signed-url", {"filename": name, "content_type": "image/png"})
            put = await self.http.put(
                signed["uploadUrl"], content=page_image(name), headers={**signed["headers"], "Origin": ORIGIN}
            )
            assert put.status_code == 200, put.text
            self.paths.append(signed["path"])
            registered = {
                "session_id": self.session_id, "role": role, "url": signed["publicUrl"], "order_index": index,
            }  # fmt: skip
            assert await self.ask("POST", "/images/register", registered) == {"ok": True}

    async def configure(
        self,
        questions: Sequence[Mapping[str, Any]] = PASTED_QUESTIONS,
        human_grades: Mapping[str, float] = HUMAN_GRADES,
    ) -> None:
        body = {"session_id": self.session_id, "questions": list(questions), "human_marks_by_qid": dict(human_grades)}
        assert await self.ask("POST", "/questions/config", body) == {"ok": True}

    async def prepare(self, *, rubric: bool = True, **fields: Any) -> str:
        """A session with three student images, two of the key, one of the rubric, and the pasted questions."""
        await self.new_session(**fields)
        await self.upload("student", STUDENT_FILES)
        await self.upload("answer_key", KEY_FILES)
        if rubric:
            await self.upload("grading_rubric", RUBRIC_FILES)
        await self.configure()
        return self.session_id

    async def prepare_small(self, **fields: Any) -> str:
        """The least that can be graded: one image, the pasted questions."""
        await self.new_session(**fields)
        await self.upload("student", STUDENT_FILES[:1])
        await self.configure()
        return self.session_id

    async def grade(self, query: str = "", **body: Any) -> Any:
        """What the one request that waits ends with."""
        return await self.ask("POST", f"/grade/single{query}", {"session_id": self.session_id, **body})

    async def progress(self) -> Any:
        return await self.ask("GET", f"/sessions/{self.session_id}")

    async def ended(self) -> Any:
        """The progress of a run that is over: what other clients poll for."""
        return await self.until_status("graded", "failed")

    async def until_status(self, *wanted: str) -> Any:
        while (progress := await self.progress())["status"] not in wanted:  # noqa: ASYNC110 - polling is what is tested
            await asyncio.sleep(0.02)
        return progress

    async def results(self) -> Any:
        return (await self.ask("GET", f"/results/{self.session_id}"))["results_by_question"]

    async def errors(self) -> Any:
        return (await self.ask("GET", f"/results/errors/{self.session_id}"))["errors_by_model_try"]

    async def rubric(self) -> Any:
        return (await self.ask("GET", f"/results/{self.session_id}/rubric"))["rubric_results"]

    async def tokens(self) -> Any:
        return await self.ask("GET", f"/grade/tokens/{self.session_id}")

    async def stats(self) -> Any:
        return await self.ask("GET", f"/stats/{self.session_id}")


async def until(met: Callable[[], object], every: float = 0.01) -> None:
    """Wait for something that happens elsewhere; the test's own time limit ends a wait in vain."""
    while not met():  # noqa: ASYNC110 - a simulator's count and a file have no event to wait on
        await asyncio.sleep(every)


@cache
def page_image(text: str) -> bytes:
    """A small png that is really one, other bytes for every text."""
    file = BytesIO()
    Image.frombytes("L", (16, 16), blake2b(text.encode()).digest() * 4).save(file, "png")
    return file.getvalue()
