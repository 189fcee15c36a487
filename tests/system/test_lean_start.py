"""A server loads what few requests need with the first of them: a real process says what it has loaded."""

import asyncio
import os
import signal

from tests.system.conftest import ROOT

# Python runs this before the program. At SIGUSR1 the process writes the names of its modules.
SITE = """
import os, pathlib, signal, sys

def write(*_):
    pathlib.Path("modules.tmp").write_text(" ".join(sys.modules))
    os.replace("modules.tmp", "modules")

signal.signal(signal.SIGUSR1, write)
"""
HEAVY = {"numpy", "rich", "openpyxl", "xlsxwriter", "docx", "pypdfium2", "jwt", "cryptography"}
PARSER = "app.grading.answers.marks"


class Modules:
    def __init__(self, folder):
        self._file = folder / "modules"
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(SITE)
        self.path = f"{folder / 'site'}{os.pathsep}{ROOT}"

    async def of(self, server):
        self._file.unlink(missing_ok=True)
        server.process.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(60):
            while not self._file.exists():  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.02)
        return set(self._file.read_text().split())


async def test_a_server_that_nobody_asks_for_statistics_never_loads_numpy(make_server):
    server = make_server()
    modules = Modules(server.data.parent)
    server.environ["PYTHONPATH"] = modules.path
    await server.start()
    assert PARSER not in await modules.of(server)
    exam = (await server.post("/exams", {"name": "Science"}))["exam_id"]
    session = await server.new_run(tries=2)
    assert (await server.finished(session))["status"] == "graded"
    for path in (
        *(f"/results/{session}", f"/results/errors/{session}", f"/stats/{session}", f"/grade/tokens/{session}"),
        *(f"/sessions/{session}/export.csv", f"/sessions/{session}/template", "/sessions", f"/exams/{exam}"),
        *("/documents", "/tests", "/openapi.json", "/health/ready"),
    ):
        assert (await server.http.get(path)).is_success, path

    loaded = await modules.of(server)
    assert {"app.main", PARSER} <= loaded
    assert loaded & HEAVY == set()

    assert (await server.http.get(f"/sessions/{session}/agreement")).is_success
    assert "numpy" in await modules.of(server)
