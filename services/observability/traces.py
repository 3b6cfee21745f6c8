"""Traces by OpenTelemetry, of what a process does for a call. The one door to it.

Nothing is traced, nor imported, unless `configure` finds an address to send traces to. A trace begins where a call
enters (`root`), with the parent that its client named by W3C's `traceparent`; everything else is a span within one, or
none. Attributes say what kind of work it was, never what somebody asked for.
"""

from __future__ import annotations

import atexit
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import version
from typing import Any, Literal

from services.process.config import Config

TRACEPARENT = "traceparent"
EXPORT_SECONDS = 5.0
MAX_QUEUED_SPANS = 8_192
"""That wait for a collector; of one that is away more are dropped."""

Value = str | int | float | bool
SpanKind = Literal["internal", "server", "client"]
_WELL_FORMED = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")

_tracer: Any = None
_provider: Any = None
_current: ContextVar[Any] = ContextVar("span", default=None)


class _NoSpan:
    def set_attribute(self, name: str, value: Value) -> None:
        """Nothing."""


_NO_SPAN = _NoSpan()


def configure(process: str, config: Config) -> None:
    """From here on this process sends its part of traces to `traces_endpoint`; nothing where that is None."""
    global _tracer, _provider
    if config.traces_endpoint is None:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

    about = {"service.name": f"mammoganesis-{process}", "service.version": version("mammoganesis")}
    _provider = TracerProvider(
        sampler=ParentBasedTraceIdRatio(config.traces_ratio), resource=Resource.create(about), shutdown_on_exit=False
    )
    exporter = OTLPSpanExporter(config.traces_endpoint, timeout=EXPORT_SECONDS)
    _provider.add_span_processor(
        BatchSpanProcessor(exporter, max_queue_size=MAX_QUEUED_SPANS, schedule_delay_millis=1_000)
    )
    _tracer = _provider.get_tracer("mammoganesis")
    atexit.register(end)


def end() -> None:
    """Sends what has not gone yet, in `EXPORT_SECONDS` at most; nothing is traced from here on."""
    global _tracer, _provider
    if _provider is not None:
        _provider.shutdown()
    _tracer = _provider = None


@contextmanager
def root(name: str, parent: str | None, **attributes: Value) -> Iterator[Any]:
    """A span for a call that enters this process.

    Args:
        parent: its `traceparent`, whatever stands there; None: it has none.
    """
    if _tracer is None:
        yield _NO_SPAN
        return
    with _span(name, _context_of(parent), "server", attributes) as span:
        yield span


@contextmanager
def span(name: str, kind: SpanKind = "internal", **attributes: Value) -> Iterator[Any]:
    """A span within the one that is current; none where there is none."""
    if _tracer is None or (current := _current.get()) is None:
        yield _NO_SPAN
        return
    from opentelemetry.trace import set_span_in_context

    with _span(name, set_span_in_context(current), kind, attributes) as span:
        yield span


def past(name: str, began: float, seconds: float, **attributes: Value) -> None:
    """A span, within the current one, of what is over; `began`: time.monotonic() seconds."""
    if _tracer is None or (current := _current.get()) is None or not current.is_recording():
        return
    from opentelemetry.trace import set_span_in_context

    start = time.time_ns() - int((time.monotonic() - began) * 1e9)
    made = _tracer.start_span(name, set_span_in_context(current), attributes=attributes, start_time=start)
    made.end(start + int(seconds * 1e9))


def traceparent() -> str | None:
    """Of the current span, for who does the next part of the work; None where there is none."""
    current = _current.get()
    if current is None:
        return None
    context = current.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def carried(metadata: Sequence[tuple[str, str | bytes]]) -> list[tuple[str, str | bytes]]:
    """Metadata that names the current span as parent, where there is one, and is the same where there is none."""
    parent = traceparent()
    if parent is None:
        return list(metadata)
    return [*(pair for pair in metadata if pair[0] != TRACEPARENT), (TRACEPARENT, parent)]


def trace_id(parent: str | None) -> str:
    """Of the current trace; without one what the client's `traceparent` names; "" where that names none."""
    named = _WELL_FORMED.fullmatch(traceparent() or parent or "")
    return named[1] if named else ""


@contextmanager
def _span(name: str, context: Any, kind: SpanKind, attributes: dict[str, Value]) -> Iterator[Any]:
    from opentelemetry.trace import SpanKind as Kinds
    from opentelemetry.trace import StatusCode

    made = _tracer.start_span(name, context, kind=Kinds[kind.upper()], attributes=attributes)
    before = _current.get()
    _current.set(made)
    try:
        yield made
    except BaseException as error:
        made.set_status(StatusCode.ERROR, type(error).__name__)  # its message may repeat what somebody sent
        raise
    finally:
        _current.set(before)  # not by a token: a stream's end may come from another task
        made.end()


def _context_of(parent: str | None) -> Any:
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({TRACEPARENT: parent} if parent else {}, Context())
