"""Which signals stop a process, and with which exit code."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from services.process.signals import Stopped, stop_signals

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_stops_it(number: signal.Signals) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with pytest.raises(Stopped) as stopped, stop_signals():
        signal.raise_signal(number)
    assert stopped.value.code == 128 + number


def test_those_that_are_not_named_are_left_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stop_signals((signal.SIGTERM,)):
        assert signal.getsignal(signal.SIGINT) is before


def test_under_nohup_the_end_of_the_terminal_does_not() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    with stop_signals():
        signal.raise_signal(signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell ignores SIGINT in what it runs in the background
        with pytest.raises(Stopped), stop_signals():
            signal.raise_signal(number)
