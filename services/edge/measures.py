"""What one edge measures of its calls: for Prometheus, and the last minute for `mammoganesis status`."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from mammoganesis.errors import Overloaded
from services.observability import metrics, table
from services.wire.refusals import Refused

WINDOW_SECONDS = 60.0
MOST_REMEMBERED = 50_000
"""Calls of the last minute; of more than these the latest count."""
OTHER = "other"
_REASONS = {"UNAUTHENTICATED": "unauthenticated", "PERMISSION_DENIED": "permission", "RESOURCE_EXHAUSTED": "limit"}


class Repeated(Protocol):
    """How often a call was made again."""

    count: int


class Call(Protocol):
    """What is measured of `services.edge.calls.Call`."""

    path: str
    code: str
    failure: Exception | None
    started: float
    request_bytes: int
    response_bytes: int
    images: int

    @property
    def repeats(self) -> Repeated:
        """Of the call."""
        ...


@dataclass(frozen=True)
class Ended:
    """A call that has ended."""

    at: float  # time.monotonic() seconds
    rpc: str
    code: str
    reason: str  # why it was refused, of `table.REASONS`; "" where it was not
    seconds: float
    images: int


class Measures:
    """Of one edge.

    Args:
        paths: of the RPCs that it knows; all others are one.
    """

    def __init__(self, paths: Iterable[str], clock: Callable[[], float] = time.monotonic) -> None:
        # "/mammoganesis.v1.SamplingService/Sample" is "SamplingService/Sample".
        self._rpcs = {path: path.rpartition(".")[2] for path in paths}
        self._clock = clock
        self._ended: deque[Ended] = deque(maxlen=MOST_REMEMBERED)

    def rpc(self, path: str) -> str:
        """Its name in metrics and traces: "SamplingService/Sample"."""
        return self._rpcs.get(path, OTHER)

    def ended(self, call: Call) -> None:
        """A call has ended, well or not."""
        rpc, code = self.rpc(call.path), call.code
        now = self._clock()
        reason = _reason(code, call.failure)
        well = code == "OK"
        ended = Ended(now, rpc, code, reason, now - call.started, call.images if well else 0)
        self._forget(now)
        self._ended.append(ended)
        metrics.count(table.EDGE_CALLS, rpc=rpc, code=code)
        metrics.observe(table.EDGE_SECONDS, ended.seconds, rpc=rpc)
        metrics.count(table.EDGE_RECEIVED, call.request_bytes, rpc=rpc)
        metrics.count(table.EDGE_SENT, call.response_bytes, rpc=rpc)
        if ended.images:
            metrics.count(table.EDGE_IMAGES, ended.images, rpc=rpc)
        if call.repeats.count:
            metrics.count(table.EDGE_REPEATS, call.repeats.count, rpc=rpc)
        if reason:
            metrics.count(table.EDGE_REFUSALS, reason=reason)

    def last_minute(self) -> list[Ended]:
        """The calls that have ended within it."""
        self._forget(self._clock())
        return list(self._ended)

    def _forget(self, now: float) -> None:
        """What has ended before the last minute."""
        while self._ended and self._ended[0].at < now - WINDOW_SECONDS:
            self._ended.popleft()


def _reason(code: str, error: BaseException | None) -> str:
    if isinstance(error, Overloaded):
        return error.reason
    if isinstance(error, Refused) and error.status.reason in table.REASONS:
        return error.status.reason
    return _REASONS.get(code, "")
