import asyncio
import json
import signal
import sys

import pytest

from app.simulator.__main__ import _parser, main, read_config
from app.simulator.config import RetryAfter
from app.simulator.faults import Fault


def read(*arguments: str):
    return read_config(_parser().parse_args(arguments))


def test_options_become_the_configuration():
    config = read("--latency", "0.5", "--spread", "0.1", "--rate", "20", "--retry-after", "2", "--seed", "7")

    assert (config.latency_seconds, config.latency_spread, config.seed) == (0.5, 0.1, 7)
    assert (config.requests_per_second, config.retry_after_seconds) == (20, 2)
    assert (config.retry_after, config.fetch_images, config.fault_rates) == (RetryAfter.SECONDS, False, None)


def test_options_win_over_the_file(tmp_path):
    (tmp_path / "config.json").write_text('{"seed": 1, "latency_seconds": 3, "fault_sequence": ["hang", null]}')

    config = read("--config", str(tmp_path / "config.json"), "--seed", "2", "--faults", "mixed", "--same-faults")

    assert (config.seed, config.latency_seconds, config.fault_sequence) == (2, 3, (Fault.HANG, None))
    assert sum(config.fault_rates.values()) == pytest.approx(0.39)
    assert not config.faults_by_session


def test_human_marks_come_from_a_file(tmp_path):
    (tmp_path / "marks.json").write_text('{"1a": 2.5}')

    assert read("--human-marks", str(tmp_path / "marks.json")).human_marks == {"1a": 2.5}


def test_what_stands_on_sheets_and_pages_comes_from_files(tmp_path):
    (tmp_path / "letters.json").write_text('{"1": "B", "2": null}')
    (tmp_path / "pages.txt").write_text("Page one.\fPage two.")

    config = read("--sheet", str(tmp_path / "letters.json"), "--pages", str(tmp_path / "pages.txt"))

    assert (config.sheet, config.pages) == ({"1": "B", "2": None}, ("Page one.", "Page two."))


@pytest.mark.parametrize("arguments", [["--host", "0.0.0.0"], ["--config", "/no/such/file"], ["--latency", "-1"]])  # noqa: S104 - refused
def test_what_cannot_be_served_ends_with_one_message(arguments, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("simulator: ")


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_the_process_says_where_it_listens_and_stops_at_once_when_told(stop, body, http):
    command = [sys.executable, "-m", "app.simulator", "--port", "0", "--latency", "60"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        line = (await process.stdout.readline()).decode()
        assert "SIMULATED" in line
        base_url = line.split()[-1]
        async with http.get(f"{base_url}/models") as response:
            assert (await response.json())["data"]
        call = asyncio.create_task(http.post(f"{base_url}/chat/completions", json=body()))
        async with http.get(f"{base_url.removesuffix('/api/v1')}/simulator/stats") as response:
            assert json.loads(await response.read())["simulated"] == "SIMULATED"
        process.send_signal(stop)
        assert await asyncio.wait_for(process.wait(), 30) == 0
        await asyncio.wait([call])
        assert call.exception() is not None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
