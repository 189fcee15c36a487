"""The README's commands do what it says: its walk through the API is run as it stands, on other ports."""

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

from app.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return README.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def commands(text: str, language: str) -> str:
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL))


@pytest.fixture
def simulator_url() -> Iterator[str]:
    options = re.search(r"secondmark simulate --port 9000 --latency 1 (.*)", README)
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


def test_the_walk_through_the_api_ends_with_marks(server_url: str, tmp_path: Path) -> None:
    script = commands(section("A walk through the API"), "bash").replace("http://127.0.0.1:8000", server_url)
    script = script.replace("app/samples", str(ROOT / "app/samples"))

    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, cwd=tmp_path)  # noqa: S603, S607, PLW1510

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
    script = commands(section("Tests from documents"), "bash").replace("http://127.0.0.1:8000", server_url)
    script = script.replace("app/samples", str(ROOT / "app/samples"))

    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, cwd=tmp_path)  # noqa: S603, S607, PLW1510

    assert done.returncode == 0, done.stderr
    answers = json_values(done.stdout)
    assert not [answer for answer in answers if "error" in answer]
    assert next(answer for answer in answers if "progress" in answer)["message"] == "10 of 10 questions created"
    assert (tmp_path / "quiz.xml").read_text(encoding="utf-8").count('type="multichoice"') == 10
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


def test_every_variable_is_in_the_readme_and_in_the_example_file() -> None:
    names = {name.upper() for name in Settings.model_fields}
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert names == set(re.findall(r"^([A-Z_]+)=", example, flags=re.MULTILINE))
    assert names == set(re.findall(r"`([A-Z_]{4,})`", section("Configure")))


def test_the_example_file_is_a_set_of_usable_settings() -> None:
    assert Settings.read({}, ROOT / ".env.example") == Settings()


def test_the_paths_the_readme_names_are_there() -> None:
    linked = re.findall(r"\]\(((?!http|#)[^)]+)\)", README)

    assert [path for path in linked if not (ROOT / path).exists()] == []
