"""The server that a command works with: one that runs already, or one of its own for as long as the command takes."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO

from app.commands.api import Api
from app.commands.serve import serving
from app.commands.startup import check_data_dir
from app.commands.words import start_line
from app.settings import Settings


@asynccontextmanager
async def connected(settings: Settings, server: str | None, *, out: IO[str] | None = None) -> AsyncIterator[Api]:
    """The API of `server`, or of one of our own. Its first line says where the data are: on `out`, with the address of
    its pages, for a command that takes long; else on stderr, because what a command prints may be a file.

    Raises CommandError where our own server cannot start.
    """
    keys = settings.api_keys
    key = keys[0].get_secret_value() if keys else None
    if server is not None:
        async with Api(server, key) as api:
            yield api
        return
    check_data_dir(settings)
    async with serving(settings) as address, Api(address, key) as api:
        print(start_line(settings, address if out else None), file=out or sys.stderr)
        yield api
