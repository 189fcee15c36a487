"""`secondmark generate`: a multiple-choice test from a document, as a file that other systems load."""

import argparse
import asyncio
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.commands.answers import TestEstimate, TestStatus
from app.commands.api import Api
from app.commands.connected import connected
from app.commands.errors import BLOOM_LEVELS, FAILED, QUESTION_KINDS, TEST_FORMATS, CommandError
from app.commands.words import cost_name
from app.marks.languages import known_language
from app.monitoring.logs import configure_logging
from app.settings import Settings

POLL_SECONDS = 0.3
_HIGHEST_COST = 1_000
_UNFINISHED = ("pending", "generating")
# What an ending says without --format; .zip and .txt may be one of two.
FORMATS = {".xml": "moodle", ".gift": "gift", ".csv": "csv", ".json": "json", ".docx": "docx"}
INTERRUPTED = (
    "Interrupted. The unfinished test is stored. To continue it, repeat the command, or start a server with a key."
)

TestRequest = Mapping[str, Any]
"""The body of `POST /tests/generate` and `POST /tests/estimate`; the server checks it field by field."""


@dataclass(frozen=True, slots=True)
class Order:
    """The test to make, and the file to make it from. `request` is the body of `POST /tests/generate` without the
    document.
    """

    file: Path
    request: TestRequest
    out: Path | None = None
    format: str = "moodle"
    # Say what the test will cost, and stop there.
    only_estimate: bool = False

    @classmethod
    def read(cls, options: argparse.Namespace) -> Self:
        """What the command line describes. Raises CommandError naming the file that cannot be used."""
        if not options.file.is_file():
            raise CommandError(f"{options.file}: there is no such file")
        _check_out(options.out)
        request: dict[str, Any] = {"num_questions": options.questions, "difficulty": options.difficulty}
        optional = {
            "model": options.model,
            "solver_models": _names(options.solver_models),
            "kinds": _known("--kinds", options.kinds, QUESTION_KINDS),
            "blooms": _known("--blooms", options.blooms, BLOOM_LEVELS),
            "language": _language(options.language),
            "max_cost_usd": _cost(options.max_cost),
        }
        request |= {name: value for name, value in optional.items() if value}
        request["topics"] = _names(options.topics)
        return cls(options.file, request, options.out, options.format or _format_of(options.out), options.estimate)


def _known(option: str, text: str | None, known: Sequence[str]) -> list[str]:
    """The names of a comma list. Raises CommandError for one that is not known."""
    names = [name.lower().replace("-", "_") for name in _names(text)]
    if strange := [name for name in names if name not in known]:
        raise CommandError(f"{option}: {strange[0]} is none of {', '.join(known)}")
    return names


def _language(code: str | None) -> str | None:
    try:
        return None if code is None else known_language(code)
    except ValueError as error:
        raise CommandError(f"--language: {error}") from None


def _cost(limit: float | None) -> float | None:
    if limit is not None and not 0 < limit <= _HIGHEST_COST:
        raise CommandError(f"--max-cost: {limit:g} is not an amount above 0 and up to {_HIGHEST_COST} US dollars")
    return limit


def _check_out(out: Path) -> None:
    """Check that the file can be written, before any call is paid."""
    if not out.resolve().parent.is_dir():
        raise CommandError(f"{out}: there is no such folder")
    if out.is_dir():
        raise CommandError(f"{out}: it is a folder; name a file in it")
    if not os.access(out if out.exists() else out.resolve().parent, os.W_OK):
        raise CommandError(f"{out}: it cannot be written")


def _format_of(out: Path) -> str:
    try:
        return FORMATS[out.suffix.lower()]
    except KeyError:
        raise CommandError(
            f"--format: {out.name} does not say which format; name one of {', '.join(TEST_FORMATS)}"
        ) from None


def generate(order: Order, settings: Settings, *, server: str | None = None) -> int:
    """Make the test with a progress bar and write it to its file. 0 when every question was made, else FAILED."""
    configure_logging("ERROR", "text")
    try:
        return asyncio.run(_generate(order, settings, Console(), server))
    except KeyboardInterrupt:
        print(INTERRUPTED)
        raise


async def _generate(order: Order, settings: Settings, console: Console, server: str | None) -> int:
    async with connected(settings, server, out=console.file) as api:
        if order.only_estimate:
            await _say_estimate(api, await _read(api, order, console), console)
            return 0
        test = await make_test(api, order, console)
        if order.out is not None and test["questions_generated"]:
            await _write(api, test["id"], order.out, order.format)
            console.print(f"{test['message']}, written to {order.out}", soft_wrap=True)
        if test["failure_reason"]:
            console.print(test["failure_reason"], markup=False, soft_wrap=True)
        console.print(f"{_cost_name(order)} ${test['cost_usd']:.4f}, test {test['id']}", soft_wrap=True)
    return 0 if test["status"] == "completed" else FAILED


async def _write(api: Api, test_id: str, out: Path, form: str) -> None:
    content = await api.download(f"/tests/{test_id}/export?format={form}")
    try:
        await asyncio.to_thread(out.write_bytes, content)
    except OSError as error:
        raise CommandError(f"{out}: {error.strerror}. The test is stored as {test_id}.") from None


async def make_test(api: Api, order: Order, console: Console) -> TestStatus:
    """Upload, start and wait; the test's last status. Raises CommandError where the server refuses."""
    begun = await _begun(api, order)
    if begun is not None:
        console.print(f"Continuing test {begun}, which an earlier command started", soft_wrap=True)
        return await _watch(api, begun, _cost_name(order), console)
    body = await _read(api, order, console)
    await _say_estimate(api, body, console)
    test = await api.ask("POST", "/tests/generate", body)
    return await _watch(api, test["id"], _cost_name(order), console)


async def _read(api: Api, order: Order, console: Console) -> TestRequest:
    """Upload the document and wait until its text is there. The body of `POST /tests/generate`."""
    document = await api.send_file("/documents/upload", order.file)
    while document["status"] == "processing":
        await asyncio.sleep(POLL_SECONDS)
        document = await api.ask("GET", f"/documents/{document['id']}")
    if document["status"] != "ready":
        raise CommandError(f"{order.file}: {document['extraction_error']}")
    if document["extraction_error"]:
        console.print(document["extraction_error"], markup=False)
    return {"document_id": document["id"], **order.request}


async def _say_estimate(api: Api, body: TestRequest, console: Console) -> None:
    estimate: TestEstimate = await api.ask("POST", "/tests/estimate", body)
    console.print(estimate_text(estimate, body.get("max_cost_usd"), _models(body)), markup=False, soft_wrap=True)


def _models(request: TestRequest) -> list[str]:
    """The models that the command line names."""
    return [name for name in (request.get("model"), *(request.get("solver_models") or ())) if name]


def _cost_name(order: Order) -> str:
    return cost_name(_models(order.request))


def estimate_text(estimate: TestEstimate, limit: float | None, models: Sequence[str] = ()) -> str:
    """One line: calls, cost, time. It says where the limit is below what is likely."""
    line = f"Estimate: {estimate['calls']} calls, {{}}, about {estimate['seconds']:.0f} s."
    cost = estimate["cost_usd"]
    if cost is None:
        return line.format(f"cost unknown (no price is known for {', '.join(estimate['unpriced'])})")
    line = line.format(f"{cost_name(models).lower()} ${cost['likely']:.4f} (${cost['low']:.4f} to ${cost['high']:.4f})")
    if limit is not None and limit < cost["likely"]:
        line += f" --max-cost ${limit:g} is less than this: some questions will probably be missing."
    return line


async def _begun(api: Api, order: Order) -> str | None:
    """The unfinished test that the same command started earlier. A second start would be paid twice."""
    digest = hashlib.sha256(await asyncio.to_thread(order.file.read_bytes)).hexdigest()
    documents = (await api.ask("GET", "/documents?limit=100"))["items"]
    same = {document["id"] for document in documents if document["sha256"] == digest}
    tests = (await api.ask("GET", "/tests?limit=100"))["items"] if same else []
    unfinished = [test for test in tests if test["document_id"] in same and test["status"] in _UNFINISHED]
    return next((test["id"] for test in unfinished if _is_of(order.request, test)), None)


def _is_of(request: TestRequest, test: Mapping[str, Any]) -> bool:
    """Whether the test has all values that the request names."""
    given = {**request, "target_questions": request["num_questions"]}
    return all(test[name] == value for name, value in given.items() if name in test)


async def _watch(api: Api, test_id: str, cost: str, console: Console) -> TestStatus:
    """Show how many questions there are and what they cost, under the name `cost`, until the test is made. Both are
    counted from stored rows.
    """
    columns = (
        TextColumn("Writing and checking"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"questions, {cost.lower()} ${{task.fields[cost]:.4f}}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=None, cost=0.0)
        while True:
            status: TestStatus = await api.ask("GET", f"/tests/{test_id}/status")
            n, target = status["questions_generated"], status["target_questions"]
            bar.update(task, total=target, completed=n, cost=status["cost_usd"])
            if status["status"] not in _UNFINISHED:
                return status
            await asyncio.sleep(POLL_SECONDS)


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]
