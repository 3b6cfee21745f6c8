"""Work in several processes: in order, and beyond what kills one of them."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from training.data.workers import AHEAD, FEWEST, in_order

DEADLY = (13, 14, 40)


def squared(number: int) -> int:
    return number**2


def fragile(number: int) -> int:
    """As a decoder in C that a damaged file brings down."""
    if number in DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


def refusing(number: int) -> int:
    raise ValueError(f"{number} is refused")


def lost(number: int) -> int:
    return -number


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    assert list(in_order(squared, range(50), workers, lost)) == [number**2 for number in range(50)]


def test_what_kills_its_process_is_told_and_nothing_else_is_lost() -> None:
    expected = [-number if number in DEADLY else number**2 for number in range(48)]
    assert list(in_order(fragile, range(48), 2, lost)) == expected


def test_few_are_under_way_at_a_time() -> None:
    taken = []

    def items() -> object:
        for number in range(200):
            taken.append(number)
            yield number

    results = in_order(squared, items(), 2, lost)  # type: ignore[arg-type]
    next(results)
    assert len(taken) <= 2 * max(FEWEST, AHEAD) + 1
    results.close()  # type: ignore[attr-defined]


def test_an_error_of_ours_is_raised_and_no_process_stays() -> None:
    before = set(psutil.Process().children())
    with pytest.raises(ValueError, match="0 is refused"):
        list(in_order(refusing, range(48), 2, lost))
    left = [
        child for child in psutil.Process().children() if child not in before and "spawn_main" in str(child.cmdline())
    ]
    assert psutil.wait_procs(left, timeout=120)[1] == []
