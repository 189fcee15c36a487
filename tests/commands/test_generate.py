from dataclasses import replace

import pytest
from pydantic import SecretStr

from app import running, samples
from app.cli import main
from app.commands import generate as command
from app.commands.errors import BLOOM_LEVELS, QUESTION_KINDS, CommandError
from app.commands.generate import Order
from app.generation.model import Bloom, Kind
from app.settings import Settings
from app.simulator.server import running_simulator

DOCUMENT = str(samples.source_document())


@pytest.fixture
def order(tmp_path):
    request = {"num_questions": 3, "model": "simulated/writer", "solver_models": ["simulated/solver"], "topics": []}
    return Order(samples.source_document(), request, tmp_path / "quiz.xml", "moodle")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.pdf", "--out", "quiz.xml"], "nothing.pdf: there is no such file"),
        ([DOCUMENT, "--out", "/nowhere/quiz.xml"], "/nowhere/quiz.xml: there is no such folder"),
        ([DOCUMENT, "--out", "/"], "/: it is a folder; name a file in it"),
        ([DOCUMENT, "--out", "quiz.zip"], "--format: quiz.zip does not say which format"),
        ([DOCUMENT, "--out", "quiz.xml", "--kinds", "single,essay"], "--kinds: essay is none of single, several"),
        ([DOCUMENT, "--out", "quiz.xml", "--blooms", "recall"], "--blooms: recall is none of remember"),
        ([DOCUMENT, "--out", "quiz.xml", "--language", "xx"], "--language: 'xx' is no language code (ISO 639-1)"),
        ([DOCUMENT, "--out", "quiz.xml", "--language", "German"], "for German write de"),
        ([DOCUMENT, "--out", "quiz.xml", "--max-cost", "0"], "--max-cost: 0 is not an amount above 0"),
        ([DOCUMENT, "--out", "quiz.xml", "--max-cost", "nan"], "--max-cost: nan is not an amount above 0"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(capsys, arguments, said):
    with pytest.raises(SystemExit) as ended:
        main(["generate", *arguments])

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("out", "form"), [("a.xml", "moodle"), ("a.DOCX", "docx"), ("a.gift", "gift"), ("a.csv", "csv"), ("a.json", "json")]
)
def test_the_ending_of_the_file_says_the_format(monkeypatch, tmp_path, out, form):
    orders = []
    monkeypatch.setattr(command, "generate", lambda order, *_, **__: orders.append(order) or 0)

    with pytest.raises(SystemExit):
        main(["generate", DOCUMENT, "--out", str(tmp_path / out)])
    with pytest.raises(SystemExit):
        main(["generate", DOCUMENT, "--out", str(tmp_path / out), "--format", "aiken"])

    assert [order.format for order in orders] == [form, "aiken"]


def test_the_options_of_a_test_become_its_request(monkeypatch, tmp_path):
    orders = []
    monkeypatch.setattr(command, "generate", lambda order, *_, **__: orders.append(order) or 0)
    options = ["--kinds", "single, true-false", "--blooms", "apply", "--topics", "light, water", "--max-cost", "0.5"]

    with pytest.raises(SystemExit):
        main(["generate", DOCUMENT, "--out", str(tmp_path / "a.xml"), *options, "--language", "fr"])

    assert orders[0].request == {
        "num_questions": 10,
        "difficulty": "MEDIUM",
        "kinds": ["single", "true_false"],
        "blooms": ["apply"],
        "language": "fr",
        "max_cost_usd": 0.5,
        "topics": ["light", "water"],
    }


def test_the_kinds_and_levels_of_the_command_are_those_of_the_api():
    assert list(QUESTION_KINDS) == [kind.value for kind in Kind]
    assert list(BLOOM_LEVELS) == [bloom.value for bloom in Bloom]


@pytest.mark.parametrize(
    ("cost", "limit", "said"),
    [
        ({"low": 0.05, "likely": 0.07, "high": 0.9}, None, "63 calls, cost $0.0700 ($0.0500 to $0.9000), about 48 s."),
        ({"low": 0.05, "likely": 0.07, "high": 0.9}, 0.06, "--max-cost $0.06 is less than this"),
        (None, None, "63 calls, cost unknown (no price is known for a/b), about 48 s."),
    ],
)
def test_an_estimate_is_one_line(cost, limit, said):
    estimate = {"calls": 63, "seconds": 48.0, "cost_usd": cost, "unpriced": ["a/b"]}
    assert said in command.estimate_text(estimate, limit)


def test_an_estimate_of_simulated_models_is_said_to_be_simulated():
    estimate = {"calls": 2, "seconds": 1.0, "cost_usd": {"low": 0.05, "likely": 0.07, "high": 0.9}, "unpriced": []}

    assert "simulated cost $0.0700" in command.estimate_text(estimate, None, ["simulated/careful"])


@pytest.fixture
async def simulator():
    async with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def settings(tmp_path, simulator):
    return Settings(
        data_dir=tmp_path / "data",
        openrouter_api_key=SecretStr("simulated"),
        openrouter_base_url=simulator.base_url,
    )


async def test_a_test_is_written_to_its_file(order, settings):
    code = await command._generate(order, settings, command.Console(), None)

    assert code == 0
    assert order.out.read_text(encoding="utf-8").count('type="multichoice"') == 3


async def test_the_estimate_stands_before_the_test_and_alone_makes_no_call(order, settings, simulator, capsys):
    code = await command._generate(replace(order, only_estimate=True), settings, command.Console(), None)

    assert code == 0
    assert "\nEstimate: " in capsys.readouterr().out
    assert not order.out.exists()
    assert not simulator.log

    await command._generate(order, settings, command.Console(), None)
    said = capsys.readouterr().out
    assert said.index("Estimate: ") < said.index("Simulated cost $")


async def test_kinds_and_the_cost_limit_reach_the_test(order, settings):
    wishes = {"kinds": ["single", "true_false"], "max_cost_usd": 5.0}
    order = replace(order, request=order.request | wishes)

    assert await command._generate(order, settings, command.Console(), None) == 0
    assert order.out.read_text(encoding="utf-8").count('type="truefalse"') == 1


async def test_a_test_that_was_interrupted_is_gone_on_with(order, settings, simulator, monkeypatch, capsys):
    watch = command._watch
    begun = []

    async def interrupted(_api, test_id, _cost, _console):
        begun.append(test_id)
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_watch", interrupted)
    monkeypatch.setattr(running, "FINISH_SECONDS", 0.1)
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 60})
    with pytest.raises(KeyboardInterrupt):
        await command._generate(order, settings, command.Console(), None)
    monkeypatch.setattr(command, "_watch", watch)
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0})
    code = await command._generate(order, settings, command.Console(), None)

    assert code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"Continuing test {begun[0]}" in said
    assert f"test {begun[0]}" in said.splitlines()[-1]
    assert "questions, simulated cost $" in said


async def test_a_file_that_cannot_be_written_after_all_names_the_stored_test(order, settings):
    order.out.mkdir()

    with pytest.raises(CommandError, match=r"Is a directory. The test is stored as \S+"):
        await command._generate(order, settings, command.Console(), None)
