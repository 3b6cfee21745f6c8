"""What is learned of the engine's speed, against a clock of the test's own."""

from __future__ import annotations

import pytest

from services.edge.capacity import Capacity


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def drawn(capacity: Capacity, clock: Clock, wanted: int, rate: float, seconds: float) -> None:
    """An engine that is asked for `wanted` images at a time and draws `rate` a second, a batch of 4 at a time."""
    for _ in range(round(seconds * rate / 4)):
        clock.seconds += 4 / rate
        capacity.note(wanted, 4)


def test_nothing_is_known_before_the_engine_was_busy_for_a_while() -> None:
    clock = Clock()
    capacity = Capacity(8, clock)
    assert capacity.images_per_second is None
    drawn(capacity, clock, wanted=8, rate=40, seconds=0.5)
    assert capacity.images_per_second is None
    drawn(capacity, clock, wanted=8, rate=40, seconds=1)
    assert capacity.images_per_second == pytest.approx(40, rel=0.05)


def test_an_engine_with_little_to_do_says_nothing_of_its_speed() -> None:
    clock = Clock()
    capacity = Capacity(8, clock)
    drawn(capacity, clock, wanted=4, rate=3, seconds=30)
    assert capacity.images_per_second is None


def test_a_change_is_learned_within_memory() -> None:
    clock = Clock()
    capacity = Capacity(8, clock)
    drawn(capacity, clock, wanted=20, rate=80, seconds=30)
    drawn(capacity, clock, wanted=20, rate=8, seconds=40)
    assert capacity.images_per_second == pytest.approx(8, rel=0.2)


def test_what_was_learned_is_forgotten() -> None:
    clock = Clock()
    capacity = Capacity(8, clock)
    drawn(capacity, clock, wanted=20, rate=80, seconds=30)
    clock.seconds += 60
    capacity.note(0)
    assert capacity.learned is None


def test_quiet_calls_say_how_fast_the_engine_is_at_least_when_a_few_have_come() -> None:
    capacity = Capacity(8, Clock())
    capacity.drew(1, 3.0)  # the first wakes what slept
    capacity.drew(1, 0.06)
    assert capacity.images_per_second is None
    capacity.drew(1, 0.05)
    assert capacity.images_per_second == pytest.approx(20)
    assert capacity.learned is None
    capacity.drew(1, 1.0)  # one that is slow says little
    assert capacity.images_per_second == pytest.approx(18.1)
    for _ in range(50):  # larger images from now on
        capacity.drew(1, 1.0)
    assert capacity.images_per_second == pytest.approx(1, rel=0.1)


def test_what_is_learned_counts_more_than_a_guess_and_becomes_one() -> None:
    clock = Clock()
    capacity = Capacity(8, clock)
    for _ in range(3):
        capacity.drew(1, 0.05)
    drawn(capacity, clock, wanted=20, rate=5, seconds=20)
    assert capacity.images_per_second == pytest.approx(5, rel=0.1)
    drawn(capacity, clock, wanted=20, rate=80, seconds=30)
    clock.seconds += 60
    capacity.note(0)
    assert capacity.images_per_second == pytest.approx(80, rel=0.1)


def test_an_engine_that_stands_still_is_slow_and_comes_back() -> None:
    clock = Clock()
    capacity = Capacity(8, clock)
    drawn(capacity, clock, wanted=20, rate=80, seconds=10)
    clock.seconds += 60
    capacity.note(20, 0)
    slow = capacity.images_per_second
    assert slow is not None
    assert slow < 10
    drawn(capacity, clock, wanted=20, rate=80, seconds=30)
    assert capacity.images_per_second == pytest.approx(80, rel=0.1)


def test_an_engine_that_was_away_is_soon_known_to_be_as_fast_as_before() -> None:
    clock = Clock()
    capacity = Capacity(8, clock)
    drawn(capacity, clock, wanted=40, rate=8, seconds=30)
    clock.seconds += 30  # it has died, and another is there
    capacity.note(40, 0)
    drawn(capacity, clock, wanted=40, rate=8, seconds=2)
    assert 3 < (capacity.images_per_second or 0) < 9
    drawn(capacity, clock, wanted=40, rate=8, seconds=6)
    assert capacity.images_per_second == pytest.approx(8, rel=0.2)


def test_an_engine_that_is_a_hundred_times_slower_is_known_to_be_so_after_a_few_images() -> None:
    clock = Clock()
    capacity = Capacity(8, clock)
    drawn(capacity, clock, wanted=20, rate=80, seconds=30)
    for _ in range(6):
        clock.seconds += 5
        capacity.note(20, 4)
    assert capacity.images_per_second == pytest.approx(0.8, rel=0.3)


def test_calls_of_many_images_that_take_minutes_count_for_their_time() -> None:
    """64 images every 128 seconds, with calls that come and wait in between."""
    clock = Clock()
    capacity = Capacity(8, clock)
    for _ in range(5):
        for _ in range(32):
            clock.seconds += 4
            capacity.note(200, 0)
        capacity.note(200, 64)
        assert capacity.images_per_second == pytest.approx(0.5, rel=0.05)
