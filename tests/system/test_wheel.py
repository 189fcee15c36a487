"""The wheel in an environment of its own and an empty folder: every command works without the repository."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement

from tests.system.conftest import ROOT, free_port


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # noqa: S603 - our own
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pinned():
    """The packages of constraints/run.txt for this Python, as those of this environment."""
    names = re.findall(r"^(\w.*?) *\\$", (ROOT / "constraints" / "run.txt").read_text(), re.MULTILINE)
    for wanted in map(Requirement, names):
        if wanted.marker is None or wanted.marker.evaluate():
            found = metadata.distribution(wanted.name)
            assert wanted.specifier.contains(found.version), f"{found.version} is not {wanted}: rm -rf .venv"
            yield found


def lay_out(package, site_packages):
    """Give another environment a package of this one, bytecode and all."""
    for file in package.files:
        source, target = file.locate(), site_packages / file
        if site_packages in target.resolve().parents and source.exists():  # scripts name the Python that they belong to
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                target.hardlink_to(source)
            except OSError:  # on another disk
                shutil.copy2(source, target)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder `bin` of an environment that holds the wheel and what it declares to need.

    The pinned packages are those that pyproject.toml declares: what it forgets is not there. `make` has installed the
    same list by pip, so they are only laid out here: a second installation took fifteen seconds of computing.
    """
    wheels, environment = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("environment").resolve()
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels), cwd=ROOT)
    run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    (site_packages,) = environment.glob("lib/*/site-packages")
    for package in pinned():
        lay_out(package, site_packages)
    run(*pip(environment / "bin"), "install", "--quiet", "--no-index", "--no-deps", *map(str, wheels.glob("*.whl")))
    return environment / "bin"


def pip(programs):
    """The command of pip in this environment, for another one."""
    return sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(programs / "python")


@pytest.fixture
def secondmark(installed, tmp_path):
    """Runs the command in an empty folder; keywords are settings."""
    folder = tmp_path / "empty"
    folder.mkdir()
    known = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}

    def command(*arguments, **settings):
        environment = known | {"COLUMNS": "120"} | settings
        return run(str(installed / "secondmark"), *map(str, arguments), env=environment, cwd=folder, timeout=200)

    command.folder, command.program, command.environment = folder, str(installed / "secondmark"), known
    return command


@contextmanager
def running(secondmark, *arguments, **settings):
    """A command that goes on; its first line."""
    process = subprocess.Popen(  # noqa: S603 - our own
        [secondmark.program, *arguments],
        env=secondmark.environment | settings,
        cwd=secondmark.folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.terminate()


@contextmanager
def served(secondmark, **settings):
    """A client of `secondmark serve`."""
    port = str(free_port())
    with running(secondmark, "serve", PORT=port, **settings) as process, httpx.Client(timeout=20) as client:
        client.base_url = f"http://127.0.0.1:{port}"
        while process.poll() is None:
            try:
                client.get("/health")
            except httpx.TransportError:
                continue
            break
        yield client


def test_the_wheel_needs_nothing_that_it_does_not_declare(installed):
    assert "No broken requirements found." in run(*pip(installed), "check")


def test_the_demo_works_from_an_empty_folder(secondmark):
    printed = secondmark("demo")

    assert "54/54 attempts" in printed
    assert "10 of 10 questions created" in printed
    assert len(list((secondmark.folder / ".secondmark" / "reports").glob("*.html"))) == 2
    assert [path.name for path in secondmark.folder.iterdir()] == [".secondmark"]


def test_serve_grade_and_generate_work_from_an_empty_folder(secondmark, installed, tmp_path):
    find = "from app import samples; print(samples.exam_folder()); print(samples.source_document())"
    exam, document = map(Path, run(str(installed / "python"), "-c", find, cwd=tmp_path).split())
    assert ROOT not in exam.parents
    with running(secondmark, "simulate", "--port", "0") as simulator:
        key = {"OPENROUTER_API_KEY": "simulated", "OPENROUTER_BASE_URL": simulator.stdout.readline().split()[-1]}
        with served(secondmark, **key) as client:
            version = secondmark("--version").split()[-1]
            assert client.get("/health").json() == {"ok": True, "version": version, "mode": "embedded"}

            page, questions = exam / "student-01" / "page-1.png", exam / "questions.json"
            here = ("--server", client.base_url)
            secondmark("grade", page, "--questions", questions, "--models", "simulated/careful", *here, **key)
            (session,) = client.get("/sessions").json()
            assert session["status"] == "graded"
            assert "<html" in client.get(f"/sessions/{session['id']}/live").text
            assert "<html" in client.get(f"/sessions/{session['id']}/report").text

            models = ("--model", "simulated/writer-fair", "--solver-models", "simulated/solver")
            secondmark("generate", document, "--questions", 2, "--out", "test.json", *models, *here, **key)
            assert len(json.loads((secondmark.folder / "test.json").read_text())["questions"]) == 2
