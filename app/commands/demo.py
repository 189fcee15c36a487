"""`secondmark demo`: the main job on the bundled scans."""

import asyncio
from contextlib import AsyncExitStack

from pydantic import SecretStr
from rich.console import Console

from app import samples
from app.commands.grade import Job, run_job
from app.logs import configure_logging
from app.settings import Settings
from app.simulator.config import SimulatorConfig
from app.simulator.server import running_simulator

SCRIPT = "student-01"
TRIES = 3
SIMULATED_MODELS = ("simulated/careful", "simulated/generous", "simulated/erratic")
OPENROUTER_MODELS = ("google/gemini-2.5-flash", "openai/gpt-5-mini", "anthropic/claude-haiku-4.5")


def demo(settings: Settings) -> int:
    """Three models mark one script three times each: real ones where they can be asked, else SIMULATED ones."""
    configure_logging("ERROR", "text")
    return asyncio.run(_demo(settings, Console()))


async def _demo(settings: Settings, console: Console) -> int:
    if settings.openrouter_api_key is not None and (settings.supabase_url or settings.public_base_url):
        return await run_job(_job(OPENROUTER_MODELS), settings, console)
    async with AsyncExitStack() as stack:
        human_marks = samples.human_marks(SCRIPT)
        config = SimulatorConfig(latency_seconds=0.8, latency_spread=0.5, human_marks=human_marks)
        simulator = await stack.enter_async_context(running_simulator(config))
        console.print("SIMULATED: no model is asked and nothing is paid; the marks below are made up by a simulator.")
        simulated = {"openrouter_api_key": SecretStr("simulated"), "openrouter_base_url": simulator.base_url}
        code = await run_job(_job(SIMULATED_MODELS), settings.model_copy(update=simulated), console)
        console.print("SIMULATED marks. Set OPENROUTER_API_KEY (see .env.example) to have real models mark scripts.")
    return code


def _job(models: tuple[str, ...]) -> Job:
    return Job(
        name=f"Demo, {SCRIPT}",
        pages=tuple(samples.script_pages(SCRIPT)),
        answer_key=tuple(samples.answer_key_pages()),
        rubric=(),
        questions=samples.questions(),
        human_marks=samples.human_marks(SCRIPT),
        models=models,
        tries=TRIES,
    )
