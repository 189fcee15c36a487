"""An embedded server that several processes use, and that is killed under them: who starts it, who stops it."""

import os
import threading

import psutil
import pytest

from tests.database.servers import answers, keep, kept, leave, server_of


@pytest.mark.usefixtures("warm")
def test_a_killed_server_is_brought_back_with_its_rows(server, data):
    server.start()
    keep(server.conninfo(), "row")
    server_of(data).kill()
    psutil.wait_procs([psutil.Process(server._child.pid)], timeout=5)

    assert not server.running()
    assert server.ensure_running()
    assert kept(server.conninfo()) == ["row"]
    assert not server.ensure_running()


@pytest.mark.usefixtures("warm")
def test_a_server_that_another_process_started_is_brought_back_too(server, data, user_of):
    other = user_of(data)
    other.stdout.readline()
    server.start()
    found = server_of(data)

    found.kill()
    # The other process does not bury its child, which stays a zombie under its pid.
    while found.status() != psutil.STATUS_ZOMBIE:
        pass

    assert server.ensure_running()
    assert answers(server.conninfo())
    assert not leave(other)


def test_nothing_is_brought_back_before_the_start_or_after_the_stop(server, data):
    assert not server.ensure_running()
    server.start()
    server.stop()

    assert not server.ensure_running()
    assert server_of(data) is None


def test_two_cold_starts_at_once_share_one_server(data, user_of):
    users = [user_of(data) for _ in range(3)]
    addresses = {user.stdout.readline() for user in users}

    assert len(addresses) == 1
    assert answers(addresses.pop().strip())
    assert [leave(user) for user in users] == ["", "", ""]
    assert server_of(data) is None


@pytest.mark.usefixtures("warm")
def test_the_last_one_out_stops_the_server(server, data, user_of):
    server.start()
    other = user_of(data)
    other.stdout.readline()

    server.stop()
    assert server_of(data) is not None

    assert not leave(other)
    assert server_of(data) is None


@pytest.mark.usefixtures("warm")
def test_a_server_left_by_a_killed_process_is_used_and_then_stopped(server, data, user_of):
    other = user_of(data)
    other.stdout.readline()
    left = server_of(data)
    other.kill()
    other.communicate()

    server.start()
    assert server_of(data) == left
    assert answers(server.conninfo())

    server.stop()
    assert server_of(data) is None


@pytest.mark.usefixtures("warm")
def test_a_start_after_both_were_killed_keeps_the_rows(server, data, user_of):
    other = user_of(data)
    keep(other.stdout.readline().strip(), "row")
    other.kill()
    server_of(data).kill()
    other.communicate()

    server.start()

    assert kept(server.conninfo()) == ["row"]


@pytest.mark.usefixtures("warm")
def test_a_start_while_the_server_dies_waits_for_its_end(server, data, user_of):
    other = user_of(data)
    keep(other.stdout.readline().strip(), "row")
    other.kill()
    dying = server_of(data)
    dying.suspend()  # says "ready" in its file, takes connections into its queue, and answers none
    end = threading.Timer(0.5, dying.kill)
    end.start()
    other.communicate()

    server.start()
    end.join()

    assert kept(server.conninfo()) == ["row"]


@pytest.mark.parametrize("whose", [os.getppid, lambda: 1])
@pytest.mark.usefixtures("warm")
def test_a_pid_that_has_passed_to_another_process_is_not_taken_for_the_server(server, data, whose):
    server.start()
    keep(server.conninfo(), "row")
    server_of(data).kill()
    server._child.wait()
    pid_file = data / "postgres" / "postmaster.pid"
    stale = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(whose()), *stale[1:]]))

    assert server.ensure_running()
    assert kept(server.conninfo()) == ["row"]


def test_an_interrupted_start_is_repaired(server, data, user_of):
    other = user_of(data)
    while not list(data.glob("postgres.new-*/base")):
        pass
    other.kill()
    other.communicate()
    assert not (data / "postgres").exists()

    server.start()

    assert answers(server.conninfo())


def test_leftovers_of_an_interrupted_start_are_removed(server, data):
    (data / "postgres.new-abandoned" / "base").mkdir(parents=True)

    server.start()

    assert not list(data.glob("postgres.new-*"))
