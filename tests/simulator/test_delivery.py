import pytest

from app.simulator.delivery import Ending, Reply, send_plan
from app.simulator.faults import Fault

BODY = b'{"answers": []}' * 20


def reply(fault: Fault | None = None) -> Reply:
    return Reply(200, BODY, delay=0.4, drip_seconds=2.0, fault=fault)


def seconds(played) -> float:
    return sum(delay for delay, _ in played.steps)


@pytest.mark.parametrize("fault", [None, Fault.FENCED, Fault.HTML, Fault.TRUNCATED])
def test_an_answer_goes_out_whole_after_its_latency(fault):
    played = send_plan(reply(fault))

    ((delay, data),) = played.steps
    assert (delay, played.ending) == (0.4, Ending.KEEP)
    assert data.endswith(b"content-length: %d\r\n\r\n%b" % (len(BODY), BODY))


@pytest.mark.parametrize(("fault", "ending"), [(Fault.RESET_BEFORE, Ending.RESET), (Fault.CLOSE_BEFORE, Ending.CLOSE)])
def test_a_broken_connection_says_nothing(fault, ending):
    played = send_plan(reply(fault))

    assert played.ending is ending
    assert b"".join(data for _, data in played.steps) == b""


def test_a_hang_says_nothing_and_ends_nothing():
    assert send_plan(reply(Fault.HANG)).steps == ()
    assert send_plan(reply(Fault.HANG)).ending is Ending.HANG


def test_a_reset_in_mid_body_promises_more_than_it_sends():
    played = send_plan(reply(Fault.RESET_MID_BODY))

    sent = b"".join(data for _, data in played.steps)
    assert b"content-length: %d" % len(BODY) in sent
    assert sent.endswith(BODY[: len(BODY) // 2])
    assert played.ending is Ending.RESET


def test_blanks_start_at_once_and_take_no_longer_than_the_latency():
    played = send_plan(reply(Fault.BLANKS))

    assert played.steps[0][0] == 0
    assert seconds(played) == pytest.approx(0.4)
    assert played.steps[1][1].split(b"\r\n")[1].isspace()


def test_a_drip_takes_its_time():
    played = send_plan(reply(Fault.DRIP))

    assert seconds(played) == pytest.approx(2.4)
    assert len(played.steps) > 10
    assert max(len(data) for _, data in played.steps[1:]) < len(BODY) / 5
