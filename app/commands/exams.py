"""`secondmark list`, `show`, `report`, `export` and `delete`: what is stored, without a call to a model."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import process
from rich.console import Console

from app.commands.answers import ExamLine
from app.commands.api import Api
from app.commands.connected import connected
from app.commands.errors import CommandError
from app.commands.exam_file import ExamFile
from app.commands.found import agree
from app.commands.outcome import print_class_list, show_session
from app.commands.tables import exam_table, exams_table, is_simulated, sessions_table
from app.settings import Settings

FORMS = ("wide", "long", "moodle", "canvas", "xlsx")
_NEW_EXAM = "secondmark grade --exam FOLDER makes one"


@dataclass(frozen=True, slots=True)
class Named:
    """An exam, or a session on its own. `path` is where its routes begin."""

    path: str
    thing_id: str
    name: str

    @property
    def is_exam(self) -> bool:
        return self.path.startswith("/exams/")


async def find(api: Api, given: str) -> Named:
    """What `given` means: a folder that was graded, the id of an exam or session, or the name of one exam.

    Raises CommandError naming the nearest one where there is none.
    """
    known = await asyncio.to_thread(_id_of_folder, Path(given))
    wanted = known or given
    exams: list[ExamLine] = await api.ask("GET", "/exams?limit=1000")
    for exam in exams:
        if wanted == exam["exam_id"]:
            return Named(f"/exams/{wanted}", wanted, exam["name"])
    if known is None:
        named = [exam for exam in exams if exam["name"] == given]
        if len(named) > 1:
            raise CommandError(f"{given}: {len(named)} exams have this name; give an id: {_ids(named)}")
        if named:
            return Named(f"/exams/{named[0]['exam_id']}", named[0]["exam_id"], given)
        session = await api.find(f"/sessions/{given}") if _is_id(given) else None
        if session is not None:
            return Named(f"/sessions/{given}", given, session["name"] or given)
    raise CommandError(f"{given}: there is no such exam or session here{_nearest(given, exams)}")


def _id_of_folder(folder: Path) -> str | None:
    if not folder.is_dir():
        return None
    file = ExamFile.read(folder)
    if file is None:
        raise CommandError(f"{folder}: this folder was never graded; {_NEW_EXAM}")
    return file.exam_id


def _is_id(text: str) -> bool:
    return len(text) == 36 and "/" not in text  # noqa: PLR2004 - a UUID


def _ids(exams: Sequence[ExamLine]) -> str:
    return ", ".join(exam["exam_id"] for exam in exams)


def _nearest(given: str, exams: Sequence[ExamLine]) -> str:
    names = [exam["name"] for exam in exams]
    found = process.extractOne(given, names)
    return f"; the nearest is {found[0]!r}" if found else f": there is no exam yet ({_NEW_EXAM})"


def list_exams(settings: Settings, server: str | None) -> int:
    """Print every exam, newest first."""

    async def run() -> int:
        async with connected(settings, server) as api:
            exams = await api.ask("GET", "/exams?limit=1000")
            if exams:
                Console().print(exams_table(exams))
            else:
                print(f"There is no exam yet: {_NEW_EXAM}.")
        return 0

    return asyncio.run(run())


def show_exam(given: str, settings: Settings, server: str | None) -> int:
    """Print an exam's scripts, how its markers agree, and its class list; or the marks of one session."""

    async def run() -> int:
        async with connected(settings, server) as api:
            named = await find(api, given)
            console = Console()
            if not named.is_exam:
                await show_session(api, await api.ask("GET", named.path), console, marks=True)
                return 0
            exam = await api.ask("GET", named.path)
            if not any(session["attempts"]["finished"] for session in exam["sessions"]):
                console.print(sessions_table(exam, ()))
                return 0
            agreement = await api.ask("GET", f"{named.path}/agreement?wait=true")
            console.print(sessions_table(exam, [marker["marker"] for marker in agreement["markers"]]))
            console.print(exam_table(agreement, simulated=is_simulated(exam)))
            await print_class_list(api, named.path, console)
        return 0

    return asyncio.run(run())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is written where: `out` None is the terminal, or the usual place of a report."""

    given: str
    out: Path | None
    form: str = "wide"
    boundaries: str = ""


def write_report(wanted: Wanted, settings: Settings, server: str | None) -> int:
    """Write the report and print where it is."""
    query = "&".join(f"boundaries={value}" for value in _marks(wanted.boundaries))

    async def run() -> int:
        async with connected(settings, server) as api:
            named = await find(api, wanted.given)
            page = await api.download(f"{named.path}/report?{query}")
            out = wanted.out or settings.data_dir.resolve() / "reports" / f"{named.thing_id}.html"
            await asyncio.to_thread(_write, out, page)
            print(f"Report: {out}")
        return 0

    return asyncio.run(run())


def _marks(boundaries: str) -> list[str]:
    values = [value.strip() for value in boundaries.split(",") if value.strip()]
    for value in values:
        try:
            float(value)
        except ValueError:
            raise CommandError(f"--boundaries: {value!r} is no number of marks; write 12,20,28") from None
    return values


def export(wanted: Wanted, settings: Settings, server: str | None) -> int:
    """Write the marks as a file, or print them."""
    is_workbook = wanted.form == "xlsx"
    if is_workbook and wanted.out is None:
        raise CommandError("--form xlsx: a workbook is no text; name its file with --out FILE.xlsx")
    if wanted.boundaries and not is_workbook:
        raise CommandError(f"--boundaries: --form {wanted.form} holds no grades; use --form xlsx")
    query = f"export.xlsx?boundaries={wanted.boundaries}" if is_workbook else f"export.csv?form={wanted.form}"

    async def run() -> int:
        async with connected(settings, server) as api:
            named = await find(api, wanted.given)
            content = await api.download(f"{named.path}/{query}")
        if wanted.out is None:
            sys.stdout.write(content.decode())
        else:
            await asyncio.to_thread(_write, wanted.out, content)
            print(f"Written: {wanted.out}")
        return 0

    return asyncio.run(run())


def _write(out: Path, content: bytes) -> None:
    """Raises CommandError where the file cannot be written."""
    try:
        out.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        out.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{out}: it cannot be written ({error.strerror})") from None


def delete(given: Sequence[str], settings: Settings, server: str | None, *, yes: bool) -> int:
    """Delete exams or sessions with their scans, marks and reports, after a question."""

    async def run() -> int:
        async with connected(settings, server) as api:
            found = [await find(api, one) for one in given]
            changes = [f"{one.name} ({one.thing_id}) is deleted with its scans, marks and reports" for one in found]
            agree(changes, yes=yes, undone="nothing was deleted", advice="say that you mean it with --yes")
            for one in found:
                await api.ask("DELETE", one.path)
                (settings.data_dir / "reports" / f"{one.thing_id}.html").unlink(missing_ok=True)
                print(f"Deleted: {one.name}")
        await asyncio.to_thread(_forget, given)
        return 0

    return asyncio.run(run())


def _forget(given: Sequence[str]) -> None:
    """A folder whose exam is gone is a new exam the next time."""
    for one in given:
        if Path(one).is_dir():
            ExamFile.forget(Path(one))
