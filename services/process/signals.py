"""The signals that stop a process in order."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(SystemExit):
    """One of the signals came. Where nobody catches it, the process ends with 128 and the signal's number, as shells
    put it."""


@contextmanager
def stop_signals(numbers: Sequence[signal.Signals] = STOP_SIGNALS) -> Iterator[None]:
    """Within, the first of `numbers` raises Stopped, and further ones do nothing; SIGHUP not where nohup ignores it."""

    def handler(number: int, frame: object) -> None:
        ignore_stop_signals()
        raise Stopped(128 + number)

    under_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    handled = [number for number in numbers if not (under_nohup and number == signal.SIGHUP)]
    before = {number: signal.signal(number, handler) for number in handled}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def ignore_stop_signals() -> None:
    """What has begun to stop stops in order."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
