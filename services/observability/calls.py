"""What is said of every call that a service behind the edge answers: metrics, a span, and the ids of its log lines."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from services.observability import logs, metrics, traces
from services.observability.table import Metric

_REQUEST_ID = "x-request-id"


@dataclass
class Served:
    """A call that is being answered; `code`: how it ends, by gRPC's name, set by who answers it."""

    code: str = "CANCELLED"


@contextmanager
def served(rpc: str, metadata: Mapping[str, str | bytes], calls: Metric, seconds: Metric) -> Iterator[Served]:
    """Around the answer to a call.

    Args:
        rpc: "Service/Method".
        metadata: of the call; names its request and its trace.
        calls: counts it, by rpc and code.
        seconds: how long it took, by rpc.
    """
    call, started = Served(), time.perf_counter()
    parent, request_id = metadata.get(traces.TRACEPARENT), str(metadata.get(_REQUEST_ID, ""))
    parent = parent if isinstance(parent, str) else None
    with traces.root(rpc, parent, **{"rpc.system": "grpc"}) as span:
        logs.speak_of(request_id, traces.trace_id(parent))
        try:
            yield call
        finally:
            span.set_attribute("rpc.grpc.status", call.code)
            metrics.count(calls, rpc=rpc, code=call.code)
            metrics.observe(seconds, time.perf_counter() - started, rpc=rpc)
