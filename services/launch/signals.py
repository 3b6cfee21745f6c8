"""The signals that stop the launcher."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """One of STOP_SIGNALS came."""


@contextmanager
def stop_signals() -> Iterator[None]:
    """Within, the first signal raises Stopped, until `ignore_stop_signals`; SIGHUP not where nohup ignores it."""

    def handler(number: int, frame: object) -> None:
        ignore_stop_signals()
        raise Stopped

    under_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    handled = [number for number in STOP_SIGNALS if not (under_nohup and number == signal.SIGHUP)]
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
