"""Forwards calls to the applications as raw bytes, whatever their stream types."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc

from services.access.principals import EVERYBODY
from services.access.shared_secrets import SharedSecret
from services.edge.admission import Admission
from services.edge.audit import Audit
from services.edge.calls import Body, Call
from services.edge.frames import Frames, metadata_of
from services.edge.identification import Identification
from services.edge.overtaking import LeftBehind, Overtaking
from services.edge.quotas import QuotaKeeper, asked_by_a_caller, asked_by_a_service
from services.edge.registration import Registration
from services.edge.replicas import Replicas
from services.edge.routes import RECORDS, Route
from services.edge.streams import Streams
from services.edge.uploads import Uploads
from services.observability import traces
from services.process.config import Config
from services.wire.metadata import (
    PRINCIPAL,
    backend_metadata,
    taking,
    unregistered,
)
from services.wire.refusals import (
    Refused,
    Status,
    refusal_of,
    too_large,
)

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
        self._channels, self.replicas = channels, Replicas(config.max_message_bytes)
        self._config = config
        self._admission, self._overtaking = Admission(config), Overtaking()
        self._identification = identification
        self._registration, self._quotas = registration, quotas
        self._streams = Streams(config)
        self._secret = SharedSecret.of(config, "edge_secret")
        known = {route.path: route for route in routes}
        self.frames = Frames(config, channels, known, self._streams, uploads, audit, quotas)
        self._handlers = {path: self._handler(route) for path, route in known.items()}

    def now(self) -> dict[str, int]:
        """What there is now of calls and of what they wait for, by the fields of `Traffic`."""
        return {
            "calls_in_flight": self.frames.in_flight,
            "images_waiting": self._admission.waiting,
            "images_in_engine": self._admission.asked,
            "streams_open": self._streams.open,
        }

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
            async with self.frames.around(route.path, context, route) as call:
                await self._identify(call, context)
                body = Body(route, call, requests)
                request = await body.checked()
                await self._admit(route, call)
                await call.audit.begins(request if isinstance(request, bytes) else b"")
                ends = time.monotonic() + self.frames.seconds(route, context)
                while True:
                    try:
                        left = ends - time.monotonic()
                        async with self._admission.single(call.peer, call.images, left, call.background):
                            left = max(0.0, ends - time.monotonic())
                            with traces.span(FORWARDED, "client", application=route.application):
                                async with self._overtaking.watched(route, call, ends):
                                    # What is made again goes to whichever replica Serve and HAProxy choose then.
                                    ask = backend if call.repeats.count else self.replicas.asking(route, backend)
                                    answer = await ask(request, **self._options(route, call, context, left))
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
            async with self.frames.around(route.path, context, route) as call:
                await self._identify(call, context)
                body = Body(route, call, requests)
                request = await body.checked()
                await self._admit(route, call)
                await call.audit.begins(request if isinstance(request, bytes) else b"")
                ends = time.monotonic() + self.frames.seconds(route, context)
                while True:
                    seconds = max(0.0, ends - time.monotonic())
                    admitted = self._admission.stream(call.peer, call.images, seconds, call.background)
                    try:
                        async with (
                            admitted as drawing,
                            self._streams.place(context, call.host) as stream,
                            self._overtaking.watched(route, call, ends) as attempt,
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
            async with self.frames.around(path, context):
                raise Refused(Status(grpc.StatusCode.UNIMPLEMENTED, "there is no such method; reflection lists them"))

        return handle

    async def _identify(self, call: Call, context: grpc.aio.ServicerContext) -> None:
        """Raises Unauthenticated or PermissionDenied, before a byte of the request is read."""
        call.identified(await self._identification.caller(metadata_of(context), context))
        self._identification.check(call.caller, call.path)

    async def _admit(self, route: Route, call: Call) -> None:
        """Raises ResourceExhausted where a quota is used up: the caller's, or of whom one of our services asks for."""
        caller = call.caller
        if caller.is_ours:
            asked = asked_by_a_service(caller.principal, call.images, call.counted)
        else:
            asked = asked_by_a_caller(call.images, route.server_streaming)
        await self._quotas.admit(call.quota, caller.principal, call.host, asked)

    def _options(self, route: Route, call: Call, context: grpc.aio.ServicerContext, seconds: float) -> dict[str, Any]:
        secret = self._secret.sent
        metadata = backend_metadata(metadata_of(context), route.application, call.request_id, seconds, secret)
        principal = call.caller.principal
        groups = self._quotas.groups_of(principal) if route.application == RECORDS else ()
        who = () if principal == EVERYBODY else ((PRINCIPAL, principal.to_metadata(groups)),)
        return {"timeout": seconds, "metadata": traces.carried([*metadata, *who, *taking(call.bytes_taken)])}

    def _check_size(self, route: Route, call: Call, answer: bytes) -> None:
        """A message that the client would refuse in its library's words, after its transport, is refused here."""
        if len(answer) > call.bytes_taken:
            most = self._config.max_message_bytes
            raise Refused(too_large(len(answer), call.bytes_taken, most, route.streamed_by))

    def _register(self, route: Route, call: Call, context: grpc.aio.ServicerContext, answer: bytes) -> None:
        """Images that go out are registered, but for those that our own services ask for to compare them."""
        if route.hands_out_images and not (call.caller.is_ours and unregistered(metadata_of(context))):
            self._registration.note(route.path, call.caller.principal, call.host, call.request_id, answer)

    def _refusal(self, error: grpc.aio.AioRpcError, route: Route, call: Call, body: Body) -> Refused:
        if body.malformed:
            return body.malformed
        limit = self._config.max_message_bytes
        return Refused(refusal_of(error, route.application, call.request_id, limit))


@contextmanager
def _ending(answers: Any) -> Iterator[Any]:
    """A client that has gone, or takes nothing, takes the computation with it."""
    try:
        yield answers
    finally:
        answers.cancel()
