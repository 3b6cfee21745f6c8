"""What is around every call, whatever it asks for: it is counted, traced, bounded while its application is away, ended
with the right status, measured, written down for the audit log, and logged."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress

import grpc

from mammoganesis.errors import MammoganesisError, Unauthenticated
from services.edge.absence import Absence
from services.edge.audit import Audit, CallAudit
from services.edge.calls import Call
from services.edge.drawings import host_of
from services.edge.measures import Measures
from services.edge.quotas import QuotaKeeper
from services.edge.repeats import Repeats
from services.edge.routes import Route
from services.edge.streams import Streams
from services.edge.uploads import Upload, Uploads
from services.observability import logs, traces
from services.observability.logs import event
from services.process.config import Config
from services.wire.metadata import (
    REQUEST_ID,
    Metadata,
    check_metadata_size,
    counted,
    deadline_seconds,
    in_background,
    message_bytes_taken,
    request_id,
)
from services.wire.refusals import Refused, Status, status_of_error

logger = logging.getLogger(__name__)


class Frames:
    """Of all calls of an edge.

    Args:
        applications: their names.
        paths: of the RPCs that it knows.
    """

    def __init__(
        self,
        config: Config,
        applications: Iterable[str],
        paths: Iterable[str],
        streams: Streams,
        uploads: Uploads,
        audit: Audit,
        quotas: QuotaKeeper,
    ) -> None:
        self._config, self._streams, self._uploads = config, streams, uploads
        self._audit, self._quotas = audit, quotas
        self.absence, self.measures = Absence(applications), Measures(paths)
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def in_flight(self) -> int:
        """Calls that have begun and not ended."""
        return self._in_flight

    async def wait_until_idle(self) -> None:
        """Until no call is in flight."""
        await self._idle.wait()

    def seconds(self, route: Route, context: grpc.aio.ServicerContext) -> float:
        """That a call has left."""
        config = self._config
        default, maximum = config.default_deadline_seconds, config.max_deadline_seconds
        if route.server_streaming:
            default = maximum = config.max_stream_seconds
        return deadline_seconds(context.time_remaining(), default, maximum)

    @asynccontextmanager
    async def around(
        self, path: str, context: grpc.aio.ServicerContext, route: Route | None = None
    ) -> AsyncIterator[Call]:
        """Counts, traces and logs a call, and ends it with the right status."""
        metadata = metadata_of(context)
        name = request_id(metadata)
        audit = CallAudit(self._audit, path, host_of(context.peer()), name, route)
        call = Call(path, name, Upload(self._uploads), Repeats(self._config.max_repeats), audit, context.peer())
        parent = next((str(value) for key, value in metadata if key == traces.TRACEPARENT), None)
        self._in_flight += 1
        self._idle.clear()
        try:
            with traces.root(self.measures.rpc(path), parent, **{"rpc.system": "grpc"}) as span:
                logs.speak_of(call.request_id, traces.trace_id(parent))
                async with self._ended(call, metadata, context, route), self._bounded(route, context):
                    yield call
                span.set_attribute("rpc.grpc.status", call.code)
        finally:
            call.upload.release()
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()
            got = call.images if call.code == grpc.StatusCode.OK.name else min(call.messages, call.images)
            self._quotas.ended(call.quota, got, call.response_bytes)
            call.audit.ended(call.code, _reason(call))
            self.measures.ended(call)
            self._log(call)

    @asynccontextmanager
    async def _ended(
        self, call: Call, metadata: Metadata, context: grpc.aio.ServicerContext, route: Route | None
    ) -> AsyncIterator[None]:
        """Ends a call with the right status."""
        trailing = ((REQUEST_ID, call.request_id),)
        try:
            check_metadata_size(metadata)
            call.bytes_taken, call.background = message_bytes_taken(metadata), in_background(metadata)
            call.counted = counted(metadata)
            yield
            await call.audit.ends_well()
            context.set_trailing_metadata(trailing)
            call.code = grpc.StatusCode.OK.name
        except (Refused, MammoganesisError) as error:
            call.failure = error
            status = error.status if isinstance(error, Refused) else status_of_error(error)
            call.code = status.code.name
            await self._tell(route, context, status, trailing)
        except asyncio.CancelledError:
            raise
        except Exception:
            call.code = grpc.StatusCode.INTERNAL.name
            logger.exception("internal error %s", call.request_id)
            text = f"internal error {call.request_id}; the edge's log has the details under this id"
            await self._tell(route, context, Status(grpc.StatusCode.INTERNAL, text), trailing)

    async def _tell(
        self, route: Route | None, context: grpc.aio.ServicerContext, status: Status, trailing: Metadata
    ) -> None:
        """Ends a call with a status. Where nothing has gone before it, it waits for nobody."""
        if route is None or route.server_streaming:
            await self._streams.tell(context, status, trailing)
            return
        with suppress(grpc.aio.AbortError, grpc.aio.InternalError):  # gRPC raises the first again; the client has gone
            await context.abort(status.code, status.details, (*trailing, *status.trailing))

    def _bounded(self, route: Route | None, context: grpc.aio.ServicerContext) -> AbstractAsyncContextManager[None]:
        """Ends a call whose application is away."""
        if route is None:
            return nullcontext()
        return self.absence.bounded(route.application, self.seconds(route, context), route.repeatable)

    def _log(self, call: Call) -> None:
        fields = {
            "request_id": call.request_id,
            "path": call.path,
            "code": call.code,
            "milliseconds": round((time.monotonic() - call.started) * 1000, 1),
            "request_bytes": call.request_bytes,
            "response_bytes": call.response_bytes,
            "messages": call.messages,
            "repeats": call.repeats.count,
            "peer": call.peer,
        }
        event(logger, logging.INFO, "call", fields)


def _reason(call: Call) -> str:
    """Why nobody knows who makes a call; "" for whoever is known."""
    return call.failure.message if isinstance(call.failure, Unauthenticated) else ""


def metadata_of(context: grpc.aio.ServicerContext) -> list[tuple[str, str | bytes]]:
    """What a client has sent beside its request."""
    return [(key, value) for key, value in context.invocation_metadata() or ()]
