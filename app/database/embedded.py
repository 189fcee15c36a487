"""A real Postgres with nothing to install: a server on a folder of ours, started, shared, revived and stopped."""

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from app.database.locks import FileLock
from app.database.migrate import create_roles
from app.database.programs import EmbeddedPostgresError, account, alive, spawn, take_possession
from app.database.record import Connection

DATABASE = "secondmark"
PORT = 5432
# sun_path holds 104 bytes on macOS and 108 on Linux, the closing NUL included.
LONGEST_SOCKET_PATH = 103
START_SECONDS = 20.0
# Another process may be copying a large database before its upgrade.
UPGRADE_SECONDS = 3600.0
# A killed server's backends hold its shared memory until they notice, which a long statement puts off.
SURVIVORS_SECONDS = 5.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.005
# Of the program in its daily work. It has the service role's rights and owns nothing.
APP_ROLE = "secondmark"
ROLES = ("anon", "authenticated", "service_role", "authenticator")
SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Small: one machine, one web process. Durability (fsync, synchronous_commit) is left on.
    "max_connections": "60",
    "shared_buffers": "32MB",
    "io_method": "sync",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "max_logical_replication_workers": "0",
    "jit": "off",
    # The client of a statement gets its error. In a log the statement's text would show students' text.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}
INITDB_OPTIONS = (
    *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
Result = TypeVar("Result")


class EmbeddedPostgres:
    """One Postgres server on `data_dir/postgres`, shared by all who have started it and have not stopped it.

    All methods block and may be called from any thread. The last to `stop` stops the server. A process that was killed
    counts as gone: the server it left behind is used by the next one and stopped by the last.
    """

    def __init__(self, data_dir: Path) -> None:
        root = data_dir.resolve()
        self._cluster = root / "postgres"
        self._log = root / "postgres.log"
        self._users = FileLock(root / "postgres.users")
        self._turn = FileLock(root / "postgres.turn")
        self._upgrade = FileLock(root / "postgres.upgrade")
        self._mutex = threading.RLock()
        self._child: subprocess.Popen[bytes] | None = None
        self._process: psutil.Process | None = None
        self._sockets: Path | None = None

    def start(self) -> None:
        """Create cluster and database if they are missing, start the server if it is not running, wait for it.

        Raises EmbeddedPostgresError.
        """
        with self._mutex:
            if self._users.held:
                self.ensure_running()
                return
            with _folder_errors():
                self._cluster.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with self._turn.exclusively(START_SECONDS):
                    self._join()

    def ensure_running(self) -> bool:
        """Bring a server that died back; True if it had. Does nothing before `start` and after `stop`.

        Raises EmbeddedPostgresError.
        """
        with self._mutex:
            if not self._users.held or self.running():
                return False
            with _folder_errors(), self._turn.exclusively(START_SECONDS):
                self._bring_up()
            return True

    def running(self) -> bool:
        """Whether the server that was started or found is alive. The check is cheap enough for every second."""
        if self._child is not None:
            self._child.poll()  # collects it: a dead child would stay a zombie under its pid
        return self._process is not None and alive(self._process)

    def stop(self) -> None:
        """Leave the server, and stop it if nobody else uses it."""
        with self._mutex:
            if not self._users.held:
                return
            try:
                with self._turn.exclusively(STOP_SECONDS):
                    if self._users.become_exclusive():
                        self._shut_down()
                        self._remove_sockets()
            finally:
                self._users.release()
                if self._child is not None and self._child.poll() is None:
                    # Other processes go on using the server. Without a return code the object would warn of that.
                    self._child.returncode = 0
                self._child = self._process = self._sockets = None

    @contextmanager
    def alone_at_start(self) -> Iterator[None]:
        """Let one process at a time start, and perhaps upgrade, the database."""
        with _folder_errors():
            self._cluster.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._upgrade.exclusively(UPGRADE_SECONDS):
                yield

    def while_stopped(self, work: Callable[[Path], Result]) -> Result:
        """Stop the server, return what `work` returns for the cluster's folder, and start the server again.

        Raises EmbeddedPostgresError while other processes use the server, and leaves it running.
        """
        with self._mutex, _folder_errors(), self._turn.exclusively(START_SECONDS):
            try:
                if not self._users.become_exclusive():
                    raise EmbeddedPostgresError(
                        f"The database in {self._cluster} has to be upgraded, and another process uses it: stop that "
                        "process and start again."
                    )
                self._shut_down()
                if self._found_running() is not None:
                    raise EmbeddedPostgresError(f"Postgres does not stop (see {self._log}).")
                return work(self._cluster)
            finally:
                self._users.share_again()
                self._bring_up()

    def conninfo(self, database: str = DATABASE, *, user: str = "postgres") -> str:
        """How to connect, as the owner of everything."""
        if self._sockets is None:
            raise EmbeddedPostgresError("The embedded Postgres has not been started.")
        return make_conninfo(host=str(self._sockets), port=PORT, user=user, dbname=database)

    def app_conninfo(self) -> str:
        """How the server connects: as a role that may call the functions and can change no table's form."""
        return self.conninfo(user=APP_ROLE)

    def _join(self) -> None:
        self._users.share()
        try:
            self._bring_up()
        except BaseException:
            self._users.release()
            raise

    def _bring_up(self) -> None:
        if not (self._cluster / "PG_VERSION").exists():
            self._initialise()
        take_possession(self._cluster)
        found = self._found_running()
        if found is None or not self._await_ready(found) or not self._answers():
            self._launch_patiently()
        self._create_database()

    def _initialise(self) -> None:
        """Make the cluster under another name and rename it: under its own name it is complete or does not exist.

        The name is new each time: an initdb whose parent was killed may still be writing to the last one.
        """
        if self._cluster.exists() and any(self._cluster.iterdir()):
            raise EmbeddedPostgresError(f"{self._cluster} holds something that is not a Postgres cluster.")
        root = self._cluster.parent
        for interrupted in root.glob("postgres.new-*"):
            shutil.rmtree(interrupted, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=root))
        os.chown(fresh, *account(self._cluster))
        child = spawn("initdb", "-D", str(fresh), *INITDB_OPTIONS, cluster=self._cluster, log=self._log)
        if child.wait() != 0:
            raise EmbeddedPostgresError(f"The database folder could not be made: {self._last_words()}")
        fresh.rename(self._cluster)
        _sync_folder(root)

    def _launch_patiently(self) -> None:
        deadline = time.monotonic() + SURVIVORS_SECONDS
        while not self._launch():
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"Postgres does not start: {self._last_words()}")
            time.sleep(0.1)

    def _launch(self) -> bool:
        """Whether a new server came up."""
        self._disown_pid_file()
        sockets = self._socket_folder()
        for stale in sockets.glob(".s.PGSQL.*"):  # the lock beside the socket names the dead server's pid
            stale.unlink()
        options = SERVER_SETTINGS | {"unix_socket_directories": str(sockets)}
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self._child = spawn(
            "postgres", "-D", str(self._cluster), "-p", str(PORT), *settings, cluster=self._cluster, log=self._log
        )
        if self._await_ready(psutil.Process(self._child.pid)):
            return True
        self._child.wait()
        return False

    def _disown_pid_file(self) -> None:
        """Put our own pid into a dead server's file.

        The pid in it may meanwhile be somebody else's, and Postgres would take that process for a running server. It
        knows its parent not to be one, and still checks the file's shared memory for survivors, which it could not do
        if the file were removed.
        """
        path = self._cluster / "postmaster.pid"
        with suppress(FileNotFoundError):
            _, newline, rest = path.read_text().partition("\n")
            path.write_text(f"{os.getpid()}{newline}{rest}")

    def _await_ready(self, process: psutil.Process) -> bool:
        """Whether the server accepts connections; False if it ended instead."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            lines = self._pid_file()
            if lines[:1] == [str(process.pid)] and lines[7:8] == ["ready"]:
                self._process, self._sockets = process, Path(lines[4])
                return True
            if not alive(process):
                return False
            time.sleep(POLL_SECONDS)
        raise EmbeddedPostgresError(f"Postgres was not ready within {START_SECONDS:g} seconds: {self._last_words()}")

    def _found_running(self) -> psutil.Process | None:
        """The server of this folder, by its command line: its pid alone may have passed to another process."""
        with suppress(psutil.Error, ValueError, IndexError):
            process = psutil.Process(int(self._pid_file()[0]))
            if str(self._cluster) in process.cmdline():
                return process
        return None

    def _answers(self) -> bool:
        """Whether the server that was found lets us in; False if it ends instead: its kill may be under way."""
        deadline = time.monotonic() + SURVIVORS_SECONDS
        while True:
            try:
                psycopg.connect(self.conninfo("postgres")).close()
            except psycopg.OperationalError:
                if not self.running():
                    return False
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)
            else:
                return True

    def _pid_file(self) -> list[str]:
        """Its lines: pid, folder, start, port, socket folder, address, shared memory, status; fewer while it starts."""
        try:
            return [line.strip() for line in (self._cluster / "postmaster.pid").read_text().splitlines()]
        except FileNotFoundError:
            return []

    def _shut_down(self) -> None:
        process = self._found_running()
        if process is None:
            return
        for how in (signal.SIGINT, signal.SIGQUIT):  # fast; then without a checkpoint, replayed at the next start
            process.send_signal(how)
            deadline = time.monotonic() + STOP_SECONDS
            while time.monotonic() < deadline:
                if not alive(process):
                    if self._child is not None:
                        self._child.poll()  # collects it
                    return
                time.sleep(POLL_SECONDS)

    def _remove_sockets(self) -> None:
        with suppress(OSError):  # a temp cleaner may have been faster, or the server could not be stopped
            if self._sockets is not None:
                self._sockets.rmdir()

    def _create_database(self) -> None:
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            if connection.execute("select from pg_database where datname = %s", [DATABASE]).fetchone() is None:
                create_roles(connection, ROLES)
                connection.execute("grant anon, authenticated, service_role to authenticator")
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
            _create_app_role(connection)

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").split("\n")[-4:]
        return f"{' '.join(line.strip() for line in lines).strip()} (see {self._log})"

    def _socket_folder(self) -> Path:
        """A folder that only the server's account may enter, named so that nobody else's can be in its place."""
        name = f"secondmark-{os.geteuid()}-{hashlib.sha256(os.fsencode(self._cluster)).hexdigest()[:16]}"
        folders = [Path(parent) / name for parent in (tempfile.gettempdir(), "/tmp")]  # noqa: S108 # checked below
        short = [f for f in folders if len(os.fsencode(f / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH]
        folder, owner = short[0], account(self._cluster)
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077 or found.st_uid not in {os.geteuid(), owner[0]}:
            raise EmbeddedPostgresError(
                f"{folder} has another owner, or others may enter it. Remove it and start again."
            )
        os.chown(folder, *owner)
        return folder


@contextmanager
def _folder_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EmbeddedPostgresError(f"The data folder cannot be used: {error}") from error


def _create_app_role(connection: Connection) -> None:
    """Make the role where it is missing, as in the folders of earlier versions."""
    if connection.execute("select from pg_roles where rolname = %s", [APP_ROLE]).fetchone() is None:
        create_roles(connection, ROLES)
        # Row level security has no policies: who reads rows bypasses it, as the service role does.
        create = sql.SQL("create role {} login bypassrls in role service_role")
        connection.execute(create.format(sql.Identifier(APP_ROLE)))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
