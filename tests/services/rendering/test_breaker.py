"""When a server that does not answer is asked again."""

from __future__ import annotations

from services.rendering.breaker import CircuitBreaker


def test_breaker_passes_one_trial_at_a_time():
    now = [0.0]
    breaker = CircuitBreaker(failures=3, seconds=5, clock=lambda: now[0])
    assert [breaker.failed() for _ in range(2)] == [False, False]
    breaker.succeeded()  # failures count in a row only
    assert [breaker.failed() for _ in range(4)] == [False, False, True, False]
    assert not breaker.allows()
    now[0] = 5.0
    assert breaker.allows()
    assert not breaker.allows()
    breaker.abandoned()
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()
