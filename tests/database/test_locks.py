import pytest

from app.database.locks import FileLock


@pytest.fixture
def locks(tmp_path):
    path = tmp_path / "lock"
    return FileLock(path), FileLock(path)


def test_many_share_and_only_the_last_can_have_it_alone(locks):
    one, other = locks
    one.share()
    other.share()

    assert not one.become_exclusive()
    one.release()

    assert other.become_exclusive()
    other.release()
    assert not other.held


def test_a_turn_waits_for_the_one_before_it_and_gives_up_in_time(locks):
    one, other = locks

    with one.exclusively(1), pytest.raises(TimeoutError, match="locked by another process"), other.exclusively(0):
        pytest.fail("both had their turn")

    with other.exclusively(0):
        pass
