"""What `secondmark serve` does before it imports the server, which takes a second: checks, and the start of the
database.
"""

import fcntl
import gc
import os
import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from app.commands.errors import CommandError
from app.database.check import check_reached
from app.database.embedded import EmbeddedPostgres
from app.database.programs import EmbeddedPostgresError
from app.database.upgrade import start_migrated
from app.monitoring.logs import configure_logging
from app.names import is_loopback
from app.openrouter.proxy import proxy_from_environment
from app.settings import Settings
from app.store.migrations import MigrationError

LARGEST_PORT = 65535
# A disk that cannot take these is full.
_LEAST_BYTES = 1 << 16


def checked(settings: Settings, *, host: str | None, port: int | None) -> Settings:
    """The settings, with the values of the command line in their place. Raises CommandError for an invalid value."""
    if port is not None and not 0 <= port <= LARGEST_PORT:
        raise CommandError(f"--port: must be 0 to {LARGEST_PORT}")
    given = {"host": host, "port": port}
    settings = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    check_exposure(settings)
    check_address(settings)
    check_data_dir(settings)
    configure_logging(settings.log_level, settings.log_format)
    return settings


class ComingUp:
    """Starts and migrates the embedded Postgres in a thread; `embedded` is None if another database is configured.

    Of that other one a thread asks whether it fits this program. Raises SettingsError for a proxy that cannot be used,
    before anything starts.
    """

    def __init__(self, settings: Settings) -> None:
        proxy_from_environment(settings.openrouter_base_url)
        elsewhere = settings.database_url is not None or settings.supabase_url is not None
        self.embedded = None if elsewhere else EmbeddedPostgres(settings.data_dir)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedded Postgres")
        self._ready: Future[object]
        if self.embedded is not None:
            self._ready = self._thread.submit(start_migrated, self.embedded)
        else:
            self._ready = self._thread.submit(check_reached, settings)

    def wait(self) -> None:
        """Wait until the database is ready. Raises CommandError."""
        try:
            self._ready.result()
        except (EmbeddedPostgresError, MigrationError) as error:
            raise CommandError(str(error)) from None

    def stop(self) -> None:
        self._thread.shutdown()
        if self.embedded is not None:
            self.embedded.stop()


@contextmanager
def only_server(settings: Settings) -> Iterator[None]:
    """Be the one server on DATA_DIR until the block ends. Raises CommandError naming the process that is it already."""
    with (settings.data_dir / "server.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            other = file.read().strip() or "unknown"
            raise CommandError(
                f"DATA_DIR: {settings.data_dir} has a server already (process {other}). Stop it or set another one."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def database_coming_up(settings: Settings) -> Iterator[ComingUp]:
    """Start the database while the server is imported, and leave it when the block ends."""
    # Imports make little garbage, and the search for it took a tenth of their time. The server's start turns it on
    # again.
    gc.disable()
    database = ComingUp(settings)
    try:
        yield database
    finally:
        database.stop()


def check_exposure(settings: Settings, name: str = "HOST") -> None:
    """Raises CommandError if everybody in the network could use the server. `name` is the variable of its address."""
    protected = settings.api_keys or settings.user_tokens or settings.allow_anonymous
    if not is_loopback(settings.host) and not protected:
        raise CommandError(
            f"{name}: {settings.host} lets others in without a key: set API_KEYS, or ALLOW_ANONYMOUS=true if you mean "
            "it."
        )


def check_address(settings: Settings) -> None:
    """Check that the port is free before the database starts, and say so in one line if it is not."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except OSError as error:
        raise CommandError(f"PORT: {settings.host}:{settings.port} cannot be used ({error.strerror}).") from None


def check_data_dir(settings: Settings) -> None:
    """Check that DATA_DIR can be written, and say so in one line if it cannot."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.data_dir) as file:
            file.write(bytes(_LEAST_BYTES))
    except OSError as error:
        raise CommandError(f"DATA_DIR: {settings.data_dir} cannot be used ({error.strerror}).") from None
