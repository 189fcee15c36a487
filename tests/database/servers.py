"""An embedded server in a process of its own, and what can be seen of a server from outside."""

from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
from psycopg.conninfo import conninfo_to_dict

REPOSITORY = Path(__file__).parents[2]
# A process of its own that starts the server, says so, and stops it when its input ends.
USER = """
import sys
from pathlib import Path
from app.database.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print(server.conninfo(), flush=True)
sys.stdin.read()
server.stop()
"""


def leave(process):
    """End a user's process; what it had to say besides, which is nothing when all went well."""
    return process.communicate(timeout=30)[1]


def server_of(data):
    """The server's process, or None."""
    with suppress(FileNotFoundError, psutil.Error, ValueError):
        process = psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().split("\n")[0]))
        return process if str(data / "postgres") in process.cmdline() else None
    return None


def answers(conninfo):
    with psycopg.connect(conninfo) as connection:
        return connection.execute("select 1").fetchone() == (1,)


def sockets_of(server):
    return Path(conninfo_to_dict(server.conninfo())["host"])


def keep(conninfo, word):
    with psycopg.connect(conninfo) as connection:
        connection.execute("create table if not exists kept (word text)")
        connection.execute("insert into kept values (%s)", [word])


def kept(conninfo):
    with psycopg.connect(conninfo) as connection:
        return [word for (word,) in connection.execute("select word from kept")]
