"""The pages do what they say: their commands run as they stand, on other ports, and generated files are current."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import __version__
from app.settings import Settings
from docs.generator.files import FILES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted({ROOT / "README.md", *ROOT.glob("*.md"), *DOCS.rglob("*.md")})


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def commands(text: str, language: str) -> str:
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL))


@pytest.fixture
def simulator_url() -> Iterator[str]:
    options = re.search(r"secondmark simulate --port 9000 --latency 1 (.*)", page("walk.md"))
    assert options
    command = [sys.executable, "-m", "app", "simulate", "--port", "0", "--latency", "0.05", *options[1].split()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


@pytest.fixture
def server_url(simulator_url: str, tmp_path: Path, unused_tcp_port: int) -> Iterator[str]:
    environment = os.environ | {
        "OPENROUTER_BASE_URL": simulator_url,
        "OPENROUTER_API_KEY": "simulated",
        "DATA_DIR": str(tmp_path / "data"),
        "PORT": str(unused_tcp_port),
        "LOG_LEVEL": "WARNING",
    }
    with subprocess.Popen([sys.executable, "-m", "app", "serve"], env=environment, cwd=ROOT) as process:
        url = f"http://127.0.0.1:{unused_tcp_port}"
        wait_until_it_answers(url, process)
        yield url
        process.terminate()


def wait_until_it_answers(url: str, process: "subprocess.Popen[bytes]") -> None:
    transport = httpx.HTTPTransport(retries=0)
    with httpx.Client(transport=transport) as client:
        while process.poll() is None:
            try:
                client.get(f"{url}/health")
            except httpx.ConnectError:
                continue
            return
    raise AssertionError("the server ended before it answered")


def run(script: str, server_url: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    here = script.replace("http://127.0.0.1:8000", server_url).replace("app/samples", str(ROOT / "app/samples"))
    command = ["bash", "-euo", "pipefail", "-c", here]
    working, temporary = folder / "working", folder / "temporary"
    working.mkdir()
    temporary.mkdir()
    environment = os.environ | {"TMPDIR": str(temporary)}
    done = subprocess.run(  # noqa: S603 - our own
        command, env=environment, capture_output=True, text=True, cwd=working, check=False
    )
    assert list(working.iterdir()) == [], "a page leaves files in the reader's folder"
    return done


def test_the_walk_through_the_api_and_the_page_on_exams_end_with_marks(server_url: str, tmp_path: Path) -> None:
    done = run(commands(page("walk.md") + page("exams.md"), "bash"), server_url, tmp_path)

    assert done.returncode == 0, done.stderr
    answers = json_values(done.stdout)
    assert not [answer for answer in answers if "error" in answer]
    progress = next(answer for answer in answers if "attempts" in answer)
    assert progress["status"] == "graded"
    assert progress["attempts"]["succeeded"] == 6
    results = next(answer for answer in answers if "results_by_question" in answer)
    assert len(results["results_by_question"]["3(ii)"]["simulated/careful"]) == 3
    assert len(next(answer for answer in answers if "not_ready" in answer)["started"]) == 2
    assert next(answer for answer in answers if "n_reviewed" in answer)["n_reviewed"] == 1


def test_the_walk_from_a_document_to_a_marked_sheet_ends_with_marks(server_url: str, tmp_path: Path) -> None:
    done = run(commands(page("documents-and-tests.md"), "bash"), server_url, tmp_path)

    assert done.returncode == 0, done.stderr
    answers = json_values(done.stdout)
    assert not [answer for answer in answers if "error" in answer]
    assert next(answer for answer in answers if "progress" in answer)["message"] == "10 of 10 questions created"
    quiz = next(tmp_path.glob("temporary/*/quiz.xml"))
    assert quiz.read_text(encoding="utf-8").count('type="multichoice"') == 10
    results = next(answer for answer in answers if "results_by_question" in answer)["results_by_question"]
    marks = [result["simulated/careful"][0]["marks_awarded"] for result in results.values()]
    assert (len(marks), sum(filter(None, marks)), marks.count(None)) == (10, 6, 1)
    assert answers[-1]["questions"][0]["statistics"]["n"] == 1


def json_values(text: str) -> list[dict[str, Any]]:
    decoder, values, position = json.JSONDecoder(), [], 0
    while (start := text.find("{", position)) != -1:
        value, position = decoder.raw_decode(text, start)
        values.append(value)
    return values


@pytest.mark.parametrize("path", FILES)
def test_a_generated_file_is_current(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == FILES[path](), f"{path} is not current: run `make docs`"


def test_the_example_file_and_the_page_name_every_variable_with_its_default() -> None:
    names = [name.upper() for name in Settings.model_fields]

    assert sorted(re.findall(r"^([A-Z_]+)=", FILES[".env.example"](), flags=re.MULTILINE)) == sorted(names)
    assert sorted(re.findall(r"^\| `([A-Z_]+)`", FILES["docs/configuration.md"](), flags=re.MULTILINE)) == sorted(names)
    assert Settings.read({}, ROOT / ".env.example") == Settings()


def test_every_setting_says_what_it_does() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_pages_link_to_what_is_there(path: Path) -> None:
    linked = re.findall(r"\]\(((?!http)[^)]+)\)", path.read_text(encoding="utf-8"))

    assert [link for link in linked if not leads_somewhere(path, link)] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_pages_name_files_that_are_there(path: Path) -> None:
    named = re.findall(r"`((?:app|tests|supabase|docs)/[\w./-]+\.\w+)`", path.read_text(encoding="utf-8"))

    assert [name for name in named if not (ROOT / name).exists()] == []


def leads_somewhere(path: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = path.parent / name if name else path
    if not target.exists():
        return False
    headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), flags=re.MULTILINE) if anchor else []
    return not anchor or anchor in {
        re.sub(r"[^a-z0-9_ -]", "", heading.lower()).replace(" ", "-") for heading in headings
    }


def test_the_changelog_begins_with_the_version_that_runs() -> None:
    versions = re.findall(r"^## (\S+) ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert versions[0] == __version__
    assert versions[-1] == "0.1.0"


def test_the_readme_is_read_in_one_go() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_decisions_are_numbered_without_gaps_and_each_heading_has_its_number():
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    headings = [record.read_text("utf-8").split(". ")[0] for record in records]

    assert [record.name[:4] for record in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    assert headings == [f"# {number}" for number in range(1, len(records) + 1)]
