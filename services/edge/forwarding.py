"""Forwards calls to the applications as raw bytes, whatever their stream types."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext, suppress
from typing import Any

import grpc

from mammoganesis.errors import MammoganesisError, Unauthenticated
from services.access.principals import EVERYBODY
from services.access.shared_secrets import SharedSecret
from services.edge.absence import Absence
from services.edge.admission import Admission
from services.edge.audit import Audit, CallAudit
from services.edge.calls import Body, Call
from services.edge.drawings import host_of
from services.edge.identification import Identification
from services.edge.measures import Measures
from services.edge.overtaking import LeftBehind, Overtaking
from services.edge.quotas import QuotaKeeper
from services.edge.registration import Registration
from services.edge.repeats import Repeats
from services.edge.routes import Route
from services.edge.streams import Streams
from services.edge.uploads import Upload, Uploads
from services.observability import logs, traces
from services.observability.logs import event
from services.process.config import Config
from services.wire.metadata import (
    PRINCIPAL,
    REQUEST_ID,
    Metadata,
    backend_metadata,
    check_metadata_size,
    deadline_seconds,
    in_background,
    message_bytes_taken,
    request_id,
    taking,
    unregistered,
)
from services.wire.refusals import (
    Refused,
    Status,
    refusal_of,
    status_of_error,
    too_large,
)

logger = logging.getLogger(__name__)

FORWARDED = "forwarded"
"""The span of one attempt to have a call answered."""


class Forwarder(grpc.GenericRpcHandler):
    """Handles every path: known RPCs are forwarded, unknown ones are UNIMPLEMENTED."""

    def __init__(
        self,
        channels: Mapping[str, grpc.aio.Channel],
        routes: Iterable[Route],
        config: Config,
        uploads: Uploads,
        registration: Registration,
        audit: Audit,
        identification: Identification,
        quotas: QuotaKeeper,
    ) -> None:
        self._channels = channels
        self._config = config
        self._uploads = uploads
        self.absence = Absence(channels)
        self._admission, self._overtaking = Admission(config), Overtaking()
        self._identification = identification
        self._registration, self._audit, self._quotas = registration, audit, quotas
        self._streams = Streams(config)
        self._secret = SharedSecret.of(config, "edge_secret")
        self._handlers = {route.path: self._handler(route) for route in routes}
        self.measures = Measures(self._handlers)
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def in_flight(self) -> int:
        """Calls being forwarded now."""
        return self._in_flight

    def now(self) -> dict[str, int]:
        """What there is now of calls and of what they wait for, by the fields of `Traffic`."""
        return {
            "calls_in_flight": self._in_flight,
            "images_waiting": self._admission.waiting,
            "images_in_engine": self._admission.asked,
            "streams_open": self._streams.open,
        }

    async def wait_until_idle(self) -> None:
        """Until no call is in flight."""
        await self._idle.wait()

    def service(self, handler_call_details: Any) -> grpc.RpcMethodHandler:
        """The handler of a path; gRPC asks for it at each call."""
        path = handler_call_details.method
        return self._handlers.get(path) or grpc.stream_stream_rpc_method_handler(self._unknown(path))

    def _handler(self, route: Route) -> grpc.RpcMethodHandler:
        """Takes a stream of requests for every RPC: where gRPC itself reads the one request, a call that ends without
        any is never answered."""
        channel = self._channels[route.application]
        if route.server_streaming:
            backend = channel.stream_stream if route.client_streaming else channel.unary_stream
            return grpc.stream_stream_rpc_method_handler(self._streaming(route, backend(route.path)))
        backend = channel.stream_unary if route.client_streaming else channel.unary_unary
        return grpc.stream_unary_rpc_method_handler(self._single(route, backend(route.path)))

    def _single(self, route: Route, backend: Any) -> Any:
        """An RPC with one answer."""

        async def handle(requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> bytes:
            async with self._call(route.path, context, route) as call:
                await self._identify(call, context)
                body = Body(route, call, requests)
                request = await body.checked()
                await self._admit(route, call)
                await call.audit.begins(request if isinstance(request, bytes) else b"")
                ends = time.monotonic() + self._seconds(route, context)
                while True:
                    try:
                        left = ends - time.monotonic()
                        async with self._admission.single(call.peer, call.images, left, call.background):
                            left = max(0.0, ends - time.monotonic())
                            with traces.span(FORWARDED, "client", application=route.application):
                                async with self._overtaking.watched(route, call):
                                    answer = await backend(request, **self._options(route, call, context, left))
                        break
                    except (grpc.aio.AioRpcError, LeftBehind) as error:
                        await self._again(error, route, call, body, ends)
                    except asyncio.CancelledError:
                        body.raise_if_malformed()
                        raise
                self._check_size(route, call, answer)
                await call.audit.hands_out(answer)
                call.messages, call.response_bytes = 1, len(answer)
                self._register(route, call, context, answer)
                return answer

        return handle

    def _streaming(self, route: Route, backend: Any) -> Any:
        """An RPC with a stream of answers."""

        async def handle(requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> None:
            async with self._call(route.path, context, route) as call:
                await self._identify(call, context)
                body = Body(route, call, requests)
                request = await body.checked()
                await self._admit(route, call)
                await call.audit.begins(request if isinstance(request, bytes) else b"")
                ends = time.monotonic() + self._seconds(route, context)
                while True:
                    seconds = max(0.0, ends - time.monotonic())
                    admitted = self._admission.stream(call.peer, call.images, seconds, call.background)
                    try:
                        async with (
                            admitted as drawing,
                            self._streams.place(context, call.host) as stream,
                            self._overtaking.watched(route, call) as attempt,
                        ):
                            with (
                                traces.span(FORWARDED, "client", application=route.application),
                                _ending(backend(request, **self._options(route, call, context, seconds))) as answers,
                            ):
                                async for answer in self._admission.each(drawing, answers):
                                    self._overtaking.answered(attempt)
                                    self._check_size(route, call, answer)
                                    await call.audit.hands_out(answer)
                                    await stream.write(answer)
                                    self._register(route, call, context, answer)
                                    call.messages += 1
                                    call.response_bytes += len(answer)
                        break
                    except (grpc.aio.AioRpcError, LeftBehind) as error:
                        await self._again(error, route, call, body, ends)
                    except asyncio.CancelledError:
                        body.raise_if_malformed()
                        raise

        return handle

    async def _again(
        self, error: grpc.aio.AioRpcError | LeftBehind, route: Route, call: Call, body: Body, ends: float
    ) -> None:
        """Returns when a call that has ended with `error` is to be made again; raises what it ends with otherwise. Of a
        stream that has begun only its client knows where it got to."""
        if isinstance(error, LeftBehind):
            call.repeats.count += 1
            return
        fixed = route.client_streaming or call.messages or not route.repeatable
        if fixed or not await call.repeats.pause(error, ends - time.monotonic()):
            raise self._refusal(error, route, call, body) from None

    def _unknown(self, path: str) -> Any:
        async def handle(_: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> None:
            async with self._call(path, context):
                raise Refused(Status(grpc.StatusCode.UNIMPLEMENTED, "there is no such method; reflection lists them"))

        return handle

    @asynccontextmanager
    async def _call(
        self, path: str, context: grpc.aio.ServicerContext, route: Route | None = None
    ) -> AsyncIterator[Call]:
        """Counts, traces and logs a call, and ends it with the right status."""
        metadata = _metadata(context)
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
        return self.absence.bounded(route.application, self._seconds(route, context), route.repeatable)

    async def _identify(self, call: Call, context: grpc.aio.ServicerContext) -> None:
        """Raises Unauthenticated or PermissionDenied, before a byte of the request is read."""
        call.identified(await self._identification.caller(_metadata(context), context))
        self._identification.check(call.caller, call.path)

    async def _admit(self, route: Route, call: Call) -> None:
        """Raises ResourceExhausted where a quota of the caller's is used up."""
        if not call.caller.is_ours:
            streams = route.server_streaming
            await self._quotas.admit(call.quota, call.caller.principal, call.host, call.images, streams)

    def _seconds(self, route: Route, context: grpc.aio.ServicerContext) -> float:
        """That a call has left."""
        config = self._config
        default, maximum = config.default_deadline_seconds, config.max_deadline_seconds
        if route.server_streaming:
            default = maximum = config.max_stream_seconds
        return deadline_seconds(context.time_remaining(), default, maximum)

    def _options(self, route: Route, call: Call, context: grpc.aio.ServicerContext, seconds: float) -> dict[str, Any]:
        secret = self._secret.sent
        metadata = backend_metadata(_metadata(context), route.application, call.request_id, seconds, secret)
        principal = call.caller.principal
        who = () if principal == EVERYBODY else ((PRINCIPAL, principal.to_metadata()),)
        return {"timeout": seconds, "metadata": traces.carried([*metadata, *who, *taking(call.bytes_taken)])}

    def _check_size(self, route: Route, call: Call, answer: bytes) -> None:
        """A message that the client would refuse in its library's words, after its transport, is refused here."""
        if len(answer) > call.bytes_taken:
            most = self._config.max_message_bytes
            raise Refused(too_large(len(answer), call.bytes_taken, most, route.streamed_by))

    def _register(self, route: Route, call: Call, context: grpc.aio.ServicerContext, answer: bytes) -> None:
        """Images that go out are registered, but for those that our own services ask for to compare them."""
        if route.hands_out_images and not (call.caller.is_ours and unregistered(_metadata(context))):
            self._registration.note(route.path, call.caller.principal, call.host, call.request_id, answer)

    def _refusal(self, error: grpc.aio.AioRpcError, route: Route, call: Call, body: Body) -> Refused:
        if body.malformed:
            return body.malformed
        limit = self._config.max_message_bytes
        return Refused(refusal_of(error, route.application, call.request_id, limit))

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


@contextmanager
def _ending(answers: Any) -> Iterator[Any]:
    """A client that has gone, or takes nothing, takes the computation with it."""
    try:
        yield answers
    finally:
        answers.cancel()


def _reason(call: Call) -> str:
    """Why nobody knows who makes a call; "" for whoever is known."""
    return call.failure.message if isinstance(call.failure, Unauthenticated) else ""


def _metadata(context: grpc.aio.ServicerContext) -> list[tuple[str, str | bytes]]:
    return [(key, value) for key, value in context.invocation_metadata() or ()]
