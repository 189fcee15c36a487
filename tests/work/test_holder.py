"""A process that is dead is known to be: by the kernel, and only where there is no doubt."""

import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from app.store.leases import LeaseStore
from app.store.psycopg import PsycopgTransport
from app.work.holder import Holder, Releases, is_gone, kernel

ROOT = Path(__file__).parents[2]
PROCESS = """
import sys
from pathlib import Path
from app.work.holder import Holder
holder = Holder(Path(sys.argv[1]))
print(holder.name, flush=True)
sys.stdin.read()
holder.close()
"""


@pytest.fixture
def process(tmp_path):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    command = [sys.executable, "-c", PROCESS, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:  # noqa: S603 - our own interpreter
        yield process
        process.kill()


def test_a_process_is_gone_once_it_was_killed_and_not_before(process):
    name = process.stdout.readline().strip()

    assert not is_gone(name)
    process.kill()
    process.wait()
    assert is_gone(name)


def test_a_zombie_process_counts_as_ended(process):
    name = process.stdout.readline().strip()
    process.kill()
    while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        pass

    assert is_gone(name)


def test_an_orderly_end_leaves_no_file(process, tmp_path):
    process.stdout.readline()
    process.communicate()

    assert list(tmp_path.iterdir()) == []


def test_this_process_is_not_gone_for_itself(tmp_path):
    holder = Holder(tmp_path)

    assert not is_gone(holder.name)
    holder.close()


@pytest.mark.parametrize(
    "name", ["", "upload", "cancel", "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", f"{kernel()}:x:relative"]
)
def test_a_name_that_says_nothing_of_a_process_is_left_to_its_lease(name):
    assert not is_gone(name)


def test_a_process_of_another_kernel_is_left_to_its_lease(process):
    name = process.stdout.readline().strip()
    process.kill()
    process.wait()

    assert not is_gone(name.replace(kernel(), "another-boot"))


def test_a_copy_of_the_folder_says_nothing_of_the_process(process, tmp_path):
    name = process.stdout.readline().strip()
    path = Path(name.split(":", 2)[2])
    shutil.move(path, tmp_path / "moved")
    shutil.copy(tmp_path / "moved", path)

    assert not is_gone(name)


def test_where_no_file_can_be_made_the_lease_decides(tmp_path):
    (tmp_path / "file").touch()
    holder = Holder(tmp_path / "file" / "folder")

    assert not is_gone(holder.name)
    holder.close()


async def test_work_of_a_dead_process_is_free_and_that_of_a_living_one_is_not(database, process, tmp_path):
    dead = process.stdout.readline().strip()
    process.kill()
    process.wait()
    living = Holder(tmp_path / "living")
    with psycopg.connect(database) as connection:
        for owner in (dead, living.name, "another host"):
            connection.execute(
                "insert into public.session (name, status, lease_owner, lease_expires_at)"
                " values (%s, 'grading', %s, now() + interval '15 s')",
                [owner, owner],
            )
            connection.execute(
                "insert into public.document (name, sha256, content_type, lease_owner, lease_expires_at)"
                " values (%s, 'x', 'text/plain', %s, now() + interval '15 s')",
                [owner, owner],
            )
    transport = PsycopgTransport(database)
    await transport.open()
    store = LeaseStore(transport)

    assert set(await store.lease_holders(kernel())) == {dead, living.name}
    await Releases(store).release()

    with psycopg.connect(database) as connection:
        free = connection.execute(
            "select name from public.session where lease_owner is null"
            " union all select name from public.document where lease_owner is null"
        ).fetchall()
    assert free == [(dead,), (dead,)]
    assert not is_gone(dead)  # its file went with its leases
    await transport.close()
    living.close()
