import pytest
from pydantic import SecretStr

from app import samples
from app.cli import main
from app.commands import generate as command
from app.commands.generate import Order
from app.settings import Settings
from app.simulator.server import running_simulator


@pytest.fixture
def order(tmp_path):
    request = {"num_questions": 3, "model": "simulated/writer", "solver_models": ["simulated/solver"], "topics": []}
    return Order(samples.source_document(), request, tmp_path / "quiz.xml", "moodle")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.pdf", "--out", "quiz.xml"], "nothing.pdf: there is no such file"),
        ([str(samples.source_document()), "--out", "/nowhere/quiz.xml"], "/nowhere/quiz.xml: there is no such folder"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(capsys, arguments, said):
    with pytest.raises(SystemExit) as ended:
        main(["generate", *arguments])

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


async def test_a_test_is_written_to_its_file(order, tmp_path):
    async with running_simulator() as simulator:
        settings = Settings(
            data_dir=tmp_path / "data",
            openrouter_api_key=SecretStr("simulated"),
            openrouter_base_url=simulator.base_url,
        )
        code = await command._generate(order, settings, command.Console(), None)

    assert code == 0
    assert order.out.read_text(encoding="utf-8").count('type="multichoice"') == 3
