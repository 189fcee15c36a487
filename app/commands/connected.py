"""The server that a command works with: one that runs already, or one of its own for as long as the command takes."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO

from app.commands.api import Api
from app.commands.errors import CommandError
from app.commands.serve import serving
from app.commands.startup import check_data_dir
from app.commands.words import start_line
from app.settings import Settings


def credential(settings: Settings, server: str | None) -> str | None:
    """The key or token that a command sends to `server`, or with None to one of its own; None where it has none.

    Raises CommandError where our own server would refuse the command.
    """
    if settings.secondmark_token is not None:
        return settings.secondmark_token.get_secret_value()
    if settings.api_keys:
        return settings.api_keys[0].get_secret_value()
    if server is None and settings.user_tokens:
        raise CommandError(
            "SECONDMARK_TOKEN: the settings admit users with tokens only. Set it to the token of the user to whom the "
            "result shall belong, or set API_KEYS."
        )
    return None


@asynccontextmanager
async def connected(settings: Settings, server: str | None, *, out: IO[str] | None = None) -> AsyncIterator[Api]:
    """The API of `server`, or of one of our own. Its first line says where the data are: on `out`, with the address of
    its pages, for a command that takes long; else on stderr, because what a command prints may be a file.

    Raises CommandError where our own server cannot start.
    """
    key = credential(settings, server)
    if server is not None:
        async with Api(server, key) as api:
            yield api
        return
    check_data_dir(settings)
    async with serving(settings) as address, Api(address, key) as api:
        print(start_line(settings, address if out else None), file=out or sys.stderr)
        yield api
