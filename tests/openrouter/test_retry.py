import pytest

from app.marks.reasons import Reason
from app.openrouter.classify import Classified, OutcomeKind
from app.openrouter.retry import Accept, CallHistory, GiveUp, Retry, RetryPolicy, decide

POLICY = RetryPolicy(max_requests=3)


def failed(reason, wait_seconds=None):
    return Classified(OutcomeKind.RETRYABLE, reason, "It failed.", wait_seconds=wait_seconds)


BROKEN = failed(Reason.PROVIDER_ERROR)
LIMITED = failed(Reason.RATE_LIMITED)
CUT = failed(Reason.OUT_OF_OUTPUT_TOKENS)
LATE = failed(Reason.DEADLINE)


def play(outcomes, policy=POLICY, draw=0.5):
    """The decisions on one call's outcomes, as far as it gets."""
    history, decisions = CallHistory(), []
    for outcome in outcomes:
        decision = decide(outcome, history, policy, draw=draw)
        decisions.append(decision)
        if not isinstance(decision, Retry):
            break
        history = history.after(outcome, decision.decided_seconds)
    return decisions


def test_a_completion_is_accepted():
    assert decide(Classified(OutcomeKind.COMPLETED), CallHistory(), POLICY, draw=0) == Accept()


@pytest.mark.parametrize("verdict", [OutcomeKind.TERMINAL, OutcomeKind.ACCOUNT_FATAL])
def test_what_cannot_be_helped_is_given_up_at_once(verdict):
    assert decide(Classified(verdict), CallHistory(), POLICY, draw=0) == GiveUp()


def test_failures_are_retried_until_the_requests_are_used_up():
    *retries, last = play([BROKEN] * 10)
    assert len(retries) == 2
    assert last == GiveUp("It was asked 3 times.")


def test_a_policy_of_one_request_never_retries():
    assert play([BROKEN], RetryPolicy(max_requests=1)) == [GiveUp()]


def test_backoff_is_exponential_and_capped():
    policy = RetryPolicy(max_requests=10, backoff_base_seconds=1, backoff_cap_seconds=6)
    waits = [decision.wait_seconds for decision in play([BROKEN] * 5, policy, draw=1)]
    assert waits == [1, 2, 4, 6, 6]


def test_backoff_has_full_jitter():
    waits = [decide(BROKEN, CallHistory(failures=1), POLICY, draw=draw).wait_seconds for draw in (0, 0.25, 0.5)]
    assert waits == [0, 0.5, 1]


@pytest.mark.parametrize("reason", [Reason.RATE_LIMITED, Reason.PROVIDER_ERROR])
@pytest.mark.parametrize("earlier", [0, 1])
def test_a_retry_after_replaces_backoff_and_is_never_multiplied(reason, earlier):
    history = CallHistory(failures=earlier, rate_limits=earlier)
    waits = [decide(failed(reason, 60), history, POLICY, draw=draw).wait_seconds for draw in (0, 0.999)]
    assert 60 <= waits[0] < waits[1] < 66


@pytest.mark.parametrize("reason", [Reason.RATE_LIMITED, Reason.PROVIDER_ERROR])
def test_a_retry_after_beyond_the_cap_ends_the_call_and_says_so(reason):
    assert isinstance(decide(failed(reason, 120), CallHistory(), POLICY, draw=0), Retry)
    last = decide(failed(reason, 3600), CallHistory(), POLICY, draw=0)
    assert last.remark == "It asks to wait 3600 s, the most allowed is 120 s."
    assert last.limit_is_too_long == (reason is Reason.RATE_LIMITED)


def test_our_own_deadline_is_retried_once():
    retry, last = play([LATE, LATE, LATE], RetryPolicy(max_requests=9))
    assert isinstance(retry, Retry)
    assert isinstance(last, GiveUp)


def test_rate_limits_do_not_count_as_failures():
    *retries, last = play([failed(Reason.RATE_LIMITED, 1)] * 50 + [BROKEN] * 3)
    assert len(retries) == 52
    assert isinstance(last, GiveUp)


def test_rate_limits_are_bounded_by_time():
    *retries, last = play([failed(Reason.RATE_LIMITED, 60)] * 50, RetryPolicy(rate_limit_wait_seconds=600), draw=0)
    assert len(retries) == 10
    assert last == GiveUp("It was still so after 600 s of waiting.")


@pytest.mark.parametrize("wait_seconds", [None, 0, 0.001])
@pytest.mark.parametrize("draw", [0, 0.5])
@pytest.mark.parametrize("no_backoff", [False, True])
def test_rate_limits_without_a_wait_end_too(wait_seconds, draw, no_backoff):
    policy = RetryPolicy(rate_limit_wait_seconds=10, no_backoff=no_backoff)
    decisions = play([failed(Reason.RATE_LIMITED, wait_seconds)] * 200, policy, draw)
    assert isinstance(decisions[-1], GiveUp)


def test_a_rate_limit_pauses_the_model_for_what_was_asked_without_jitter():
    assert decide(failed(Reason.RATE_LIMITED, 1), CallHistory(), POLICY, draw=0.9).pause_seconds == 1


def test_a_rate_limit_without_a_wait_pauses_the_model_for_the_backoff():
    decision = decide(LIMITED, CallHistory(rate_limits=2), POLICY, draw=0.5)
    assert decision.pause_seconds == decision.wait_seconds == 2


def test_other_failures_pause_nobody_else():
    assert decide(failed(Reason.PROVIDER_ERROR, 5), CallHistory(), POLICY, draw=0).pause_seconds is None


def test_a_model_that_gives_nobody_an_answer_ends_the_call():
    decision = decide(LIMITED, CallHistory(), POLICY, draw=0.5, model_limited_seconds=901)
    assert isinstance(decision, GiveUp)


def test_a_cut_answer_is_asked_for_once_more_at_once_with_more_room():
    assert play([CUT, CUT]) == [Retry(0, 0, more_room=True), GiveUp("It was asked 2 times.")]


def test_a_cut_answer_is_final_where_the_model_has_no_more_room():
    assert decide(CUT, CallHistory(), POLICY, draw=0, can_grow=False) == GiveUp()


def test_the_switch_for_tests_waits_for_nothing_and_decides_the_same():
    outcomes = [BROKEN, failed(Reason.RATE_LIMITED, 60), BROKEN, BROKEN]
    waiting, hurried = play(outcomes), play(outcomes, RetryPolicy(max_requests=3, no_backoff=True))
    assert [type(decision) for decision in waiting] == [type(decision) for decision in hurried]
    assert {decision.wait_seconds for decision in hurried if isinstance(decision, Retry)} == {0}
