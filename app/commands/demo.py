"""`secondmark demo`: marks the bundled exam, and generates a test from the bundled document."""

import asyncio
from dataclasses import replace

from pydantic import SecretStr
from rich.console import Console

from app import samples
from app.commands.demo_test import run_test_part
from app.commands.grade import run_order
from app.commands.grade_order import GradeOrder, Script
from app.monitoring.logs import configure_logging
from app.settings import Settings
from app.simulator.config import Script as SimulatedScript
from app.simulator.config import SimulatorConfig
from app.simulator.server import running_simulator

NAME = "Demo: photosynthesis and respiration"
TRIES = 3
N_QUESTIONS = 10
TEST = {"num_questions": N_QUESTIONS, "seed": samples.sheet_seed()}
SIMULATED_TEST = {
    **TEST,
    "model": "simulated/writer-fair",
    "solver_models": ["simulated/solver", "simulated/solver-two"],
}
SIMULATED_READERS = ("simulated/careful", "simulated/sloppy")
SIMULATED_MODELS = ("simulated/careful", "simulated/generous", "simulated/erratic")
OPENROUTER_MODELS = ("google/gemini-2.5-flash", "openai/gpt-5-mini", "anthropic/claude-haiku-4.5")


def demo(settings: Settings) -> int:
    """Have three models mark six scripts three times each: real models if there is a key, else SIMULATED ones."""
    configure_logging("ERROR", "text")
    return asyncio.run(_demo(settings, Console()))


async def _demo(settings: Settings, console: Console) -> int:
    if settings.openrouter_api_key is not None and (settings.supabase_url or settings.public_base_url):
        order = _sample(OPENROUTER_MODELS)
        marked = await run_order(order, settings, console)
        return marked or await run_test_part(settings, TEST, OPENROUTER_MODELS, console)
    async with running_simulator(SimulatorConfig(latency_seconds=0.8, latency_spread=0.5)) as simulator:

        async def tell_simulator(sessions: dict[str, Script]) -> None:
            scripts = {
                session_id: SimulatedScript(seed=seed, human_marks=script.human_marks)
                for seed, (session_id, script) in enumerate(sessions.items())
            }
            simulator.config = simulator.config.model_copy(update={"scripts": scripts})

        console.print("SIMULATED: no model is asked and nothing is paid; the marks below are made up by a simulator.")
        simulated = {"openrouter_api_key": SecretStr("simulated"), "openrouter_base_url": simulator.base_url}
        order = _sample(SIMULATED_MODELS)
        settings = settings.model_copy(update=simulated)
        code = await run_order(order, settings, console, prepared=tell_simulator)

        # Some fifty calls for ten questions: quicker ones, and as many at once as the cap allows.
        simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.3})
        settings = settings.model_copy(update={"mcq_candidate_count": settings.grading_max_concurrency})

        async def tell_letters(session_id: str) -> None:
            sheets = {session_id: samples.sheet_letters()}
            simulator.config = simulator.config.model_copy(update={"sheets": sheets})

        code = code or await run_test_part(settings, SIMULATED_TEST, SIMULATED_READERS, console, prepared=tell_letters)
        console.print("SIMULATED marks. Set OPENROUTER_API_KEY (see .env.example) to have real models mark scripts.")
    return code


def _sample(models: tuple[str, ...]) -> GradeOrder:
    """The bundled exam, as a new one each time: nothing is noted beside its scans."""
    return replace(GradeOrder.of_folder(samples.exam_folder(), models, TRIES, NAME), folder=None)
