"""`secondmark reread` against a running server, as an operator types it."""

import asyncio
import sys
from uuid import uuid4

import pytest

pytestmark = pytest.mark.usefixtures("quick_answers")


async def reread(tab, session_id):
    command = [sys.executable, "-m", "app", "reread", "--server", str(tab.http.base_url), session_id]
    process = await asyncio.create_subprocess_exec(*command, stdout=-1, stderr=-1)
    out, told = await process.communicate()
    return process.returncode, out.decode(), told.decode()


async def test_stored_answers_are_read_anew_by_command_without_a_call(tab, simulator):
    await tab.prepare_small()
    await tab.grade(models=[{"name": "simulated/careful"}])
    simulator.reset()

    code, out, _ = await reread(tab, tab.session_id)

    assert (code, out.strip()) == (0, f"session {tab.session_id}: 1 answers read again, 0 marks changed")
    assert simulator.stats.calls == 0


async def test_a_session_that_is_not_there_is_told_in_a_sentence(tab):
    code, out, told = await reread(tab, str(uuid4()))

    assert (code, out, told.strip()) == (2, "", "secondmark: There is no such session.")
