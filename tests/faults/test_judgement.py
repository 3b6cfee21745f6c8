"""What judges the proofs: a record that breaks a promise is told, one that grows shows, one that does not, does not."""

from __future__ import annotations

import random

import pytest

from tests.faults.growth import slope
from tests.faults.history import Line, broken, counts, quantile
from tests.faults.injection import KINDS, Fault
from tests.faults.pieces.soak import growing


def line(code: str = "OK", right: bool | None = True, details: str = "") -> Line:
    return Line(0, 1, "/s/m", code, right, details)


def test_a_record_of_right_answers_and_of_again_breaks_nothing() -> None:
    lines = [line(), line(right=None), line("UNAVAILABLE", None), line("RESOURCE_EXHAUSTED", None)]
    assert broken(lines) == []
    assert counts(lines) == {"OK": 2, "UNAVAILABLE": 1, "RESOURCE_EXHAUSTED": 1, "compared": 1}


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (line(right=False), "1 answers with other bytes"),
        (line("INTERNAL", None), "1 calls ended INTERNAL"),
        (line("DEADLINE_EXCEEDED", None), "1 calls ended DEADLINE_EXCEEDED"),
        (line("UNAVAILABLE", None, "ray::ServeReplica is gone"), "a client was told"),
    ],
)
def test_what_is_broken_is_told(bad: Line, told: str) -> None:
    (found,) = broken([line(), bad])
    assert found.startswith(told)


def test_no_failure_at_all_where_none_is_allowed() -> None:
    assert broken([line("UNAVAILABLE", None)], frozenset()) == ["1 calls ended UNAVAILABLE"]


def noise(rng: random.Random) -> float:
    return rng.gauss(0, 0.3)


@pytest.mark.parametrize(
    ("values", "grows"),
    [
        (lambda hours: 100.0, False),
        (lambda hours: 100.0 if hours < 0.1 else 104.0, False),  # warm after a while
        (lambda hours: 100 + 0.5 * hours, False),
        (lambda hours: 100 + 5 * hours, True),
        (lambda hours: 100 + 5 * hours + (40 if 0.3 < hours < 0.32 else 0), True),
    ],
)
def test_a_slope_is_told_from_noise_steps_and_outliers(values: object, grows: bool) -> None:
    rng = random.Random(1)
    points = [(k / 360, values(k / 360) + noise(rng)) for k in range(360)]  # type: ignore[operator]
    found = slope("edge", 1, points)
    assert found.low <= found.slope <= found.high
    assert bool(growing([found])) is grows


def test_what_is_meant_to_fill_up_is_no_growth() -> None:
    assert growing([slope("redis", 1, [(k / 100, float(k)) for k in range(100)])]) == []


def test_quantiles() -> None:
    assert quantile([], 0.5) == 0
    assert [quantile([3, 1, 2], share) for share in (0, 0.5, 1)] == [1, 2, 3]


def test_a_fault_is_late_by_its_own_kinds_time() -> None:
    stated = KINDS["engine"].back_seconds
    assert not Fault("engine", 0, stated).late
    assert Fault("engine", 0, stated + 1).late
    assert Fault("engine", 0, float("inf")).late
