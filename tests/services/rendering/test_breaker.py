"""When a server that does not answer is asked again."""

from __future__ import annotations

from services.rendering.breaker import SECONDS, CircuitBreaker


def test_it_opens_after_some_failures_in_a_row_and_at_once_after_one_that_was_waited_for() -> None:
    breaker = CircuitBreaker(failures=3)
    assert [breaker.failed(waited=False) for _ in range(2)] == [False, False]
    breaker.succeeded()
    assert [breaker.failed(waited=False) for _ in range(4)] == [False, False, True, False]
    assert not breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.failed(waited=True)
    assert not breaker.allows()
    assert not breaker.failed(waited=True)  # it was on its way


def test_trials_come_one_at_a_time_ever_later_and_close_it() -> None:
    now = [0.0]
    breaker = CircuitBreaker(clock=lambda: now[0])
    assert not breaker.wants_trial()
    breaker.failed(waited=True)
    pauses = []
    for _ in range(6):
        start = now[0]
        while not breaker.wants_trial():
            now[0] += 0.25
        assert not breaker.wants_trial()  # it is on its way
        assert not breaker.allows()
        pauses.append(now[0] - start)
        breaker.failed(waited=False)
    assert pauses == [0.5, 1, 2, 4, SECONDS, SECONDS]
    now[0] += SECONDS
    assert breaker.wants_trial()
    breaker.succeeded()
    assert breaker.allows()
    breaker.failed(waited=True)
    now[0] += 0.5  # the pauses begin anew
    assert breaker.wants_trial()
