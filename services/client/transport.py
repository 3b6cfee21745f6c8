"""How a client reaches the servicers: through a channel, or in this process."""

import asyncio
import concurrent.futures
import json
import os
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import grpc
from google.protobuf.message import Message

from mammoganesis.errors import FailedPrecondition, InvalidArgument, MammoganesisError
from mammoganesis.v1 import (
    audit_pb2_grpc,
    bulk_service_pb2_grpc,
    cases_pb2,
    cases_pb2_grpc,
    lti_pb2_grpc,
    model_pb2_grpc,
    pca_editing_pb2_grpc,
    quota_pb2_grpc,
    registry_pb2_grpc,
    sampling_pb2_grpc,
    status_pb2_grpc,
    studies_pb2,
    studies_pb2_grpc,
    style_transfer_pb2_grpc,
)
from mammoganesis.v1.latents_pb2 import Recipe
from services.rendering.calls import CallContext
from services.rendering.jobs import SynthesisResult
from services.wire.channels import channel_options, is_of_grpc, status_from
from services.wire.error_info import with_details
from services.wire.metadata import Metadata, taking, waiting
from services.wire.retry import retry_seconds
from services.wire.statuses import error_of
from services.wire.tls import Trust, open_channel, trouble

_MADE_ONCE = [
    {"service": service.full_name, "method": method.name}
    for module in (cases_pb2, studies_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if not method.GetOptions().idempotency_level
]
# Every other call gives the same however often it is made, so what never reached a server, or died with it, is
# simply made again.
RETRY_UNAVAILABLE = json.dumps(
    {
        "methodConfig": [
            {
                "name": [{}],
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.2s",
                    "maxBackoff": "2s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            },
            {"name": _MADE_ONCE},
        ]
    }
)
LONGEST_WAIT_SECONDS = 60.0
"""After which a refusal's time to come back is for who calls to know: a quota of a day begins anew at midnight."""
# A stream gets this many times the deadline of a single call.
STREAM_DEADLINE_FACTOR = 5


class Transport(Protocol):
    """Calls RPCs by their name alone, which is unique across the services. Raises errors of `mammoganesis.errors`."""

    def unary(self, rpc: str, request: Message) -> Any:
        """The answer of an RPC without stream.

        Args:
            rpc: name of the RPC alone, such as "Sample".
            request: its request message.
        """
        ...

    def stream(self, rpc: str, request: Message) -> Iterator[Any]:
        """The answers of a server-streaming RPC, as they come; leaving the loop cancels the call."""
        ...

    def close(self) -> None:
        """Ends the connection, or the engine in this process; may be called again."""
        ...


class ChannelTransport:
    """Over gRPC."""

    def __init__(
        self,
        address: str,
        deadline_seconds: float,
        max_message_bytes: int,
        background: bool = False,
        metadata: Metadata | Callable[[], Metadata] = (),
        trust: Trust | None = None,
    ) -> None:
        if ":" not in address:
            raise InvalidArgument("address", address, "host:port, such as 127.0.0.1:50051")
        self._address, self._trust = address, trust
        self._deadline_seconds = deadline_seconds
        self._max_message_bytes = max_message_bytes
        self._own = (*taking(max_message_bytes), *(waiting() if background else ()))
        self._others = metadata if callable(metadata) else lambda: metadata
        self._closed = threading.Event()
        options = [
            *channel_options(address, max_message_bytes),
            ("grpc.keepalive_time_ms", 60_000),  # finds out that a network is gone while an image is awaited
            ("grpc.service_config", RETRY_UNAVAILABLE),
        ]
        self._channel = open_channel(address, options, trust)
        stubs = (
            sampling_pb2_grpc.SamplingServiceStub(self._channel),
            pca_editing_pb2_grpc.PcaEditingServiceStub(self._channel),
            style_transfer_pb2_grpc.StyleTransferServiceStub(self._channel),
            model_pb2_grpc.ModelServiceStub(self._channel),
            cases_pb2_grpc.CaseServiceStub(self._channel),
            studies_pb2_grpc.ReaderStudyServiceStub(self._channel),
            registry_pb2_grpc.RegistryServiceStub(self._channel),
            bulk_service_pb2_grpc.BulkServiceStub(self._channel),
            audit_pb2_grpc.AuditServiceStub(self._channel),
            lti_pb2_grpc.LtiServiceStub(self._channel),
            quota_pb2_grpc.QuotaServiceStub(self._channel),
            status_pb2_grpc.StatusServiceStub(self._channel),
        )
        self._calls: dict[str, Callable] = {rpc: call for stub in stubs for rpc, call in vars(stub).items()}

    def unary(self, rpc: str, request: Message) -> Any:
        """As `Transport.unary`; raises DeadlineExceeded after the deadline given. Who is told when to come back does,
        within that deadline."""
        end = time.monotonic() + self._deadline_seconds
        while True:
            try:
                return self._calls[rpc](request, timeout=max(0.0, end - time.monotonic()), metadata=self._metadata())
            except grpc.RpcError as error:
                if not self._waited(error, end):
                    raise self._translated(error, self._deadline_seconds) from None

    def stream(self, rpc: str, request: Message) -> Iterator[Any]:
        """As `Transport.stream`; the whole stream has STREAM_DEADLINE_FACTOR times the deadline of a call. One that is
        refused before its first answer comes back as `unary` does."""
        seconds = STREAM_DEADLINE_FACTOR * self._deadline_seconds
        end, begun = time.monotonic() + seconds, False
        while True:
            call = self._calls[rpc](request, timeout=max(0.0, end - time.monotonic()), metadata=self._metadata())
            try:
                for answer in call:
                    begun = True
                    yield answer
                return
            except grpc.RpcError as error:
                if begun or not self._waited(error, end):
                    raise self._translated(error, seconds) from None
            finally:
                call.cancel()

    def _metadata(self) -> Metadata:
        return (*self._own, *self._others())

    def close(self) -> None:
        """Closes the channel; calls in flight are cancelled."""
        self._closed.set()
        self._channel.close()

    def _waited(self, error: grpc.RpcError, end: float) -> bool:
        """Waits as long as a refusal says, where that leaves time before `end`; whether to ask again."""
        seconds = retry_seconds(error)
        if seconds is None or seconds > LONGEST_WAIT_SECONDS:
            return False
        return time.monotonic() + seconds < end and not self._closed.wait(seconds)

    def _translated(self, error: grpc.RpcError, seconds: float) -> MammoganesisError:
        code, message = status_from(error, self._address, self._max_message_bytes, seconds)
        if code is grpc.StatusCode.UNAVAILABLE and is_of_grpc(error) and (why := trouble(self._address, self._trust)):
            message = why
        return with_details(error_of(code, message), error)


class LocalTransport:
    """The servicers in this process, on an event loop in a thread of its own."""

    def __init__(self, bundle: str | os.PathLike[str] | None, images: int | None = None, **settings: Any) -> None:
        from services.process.config import Config
        from services.servicers.assembly import (
            build_servicers,  # with the ONNX runtime behind it: only who asks waits for it
        )

        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mammoganesis-local", daemon=True)
        self._thread.start()
        if bundle is not None:
            settings["bundle"] = Path(bundle)
        # One process needs no shared cache.
        config = Config.from_environment(os.environ, **settings).changed(redis_url=None)
        try:
            self._servicers = self._wait(build_servicers(config, images=images))
        except BaseException:
            self._stop_loop()
            raise
        self._deadline_seconds = config.max_deadline_seconds

    def unary(self, rpc: str, request: Message) -> Any:
        """As `Transport.unary`; the deadline is the configuration's longest."""
        return self._wait(self._method(rpc)(request, self._new_context()))

    def stream(self, rpc: str, request: Message) -> Iterator[Any]:
        """As `Transport.stream`; the deadline is the configuration's longest."""
        responses = self._method(rpc)(request, self._new_context())
        try:
            while True:
                response = self._wait(_next(responses))
                if response is None:
                    return
                yield response
        finally:
            if self._loop.is_running():  # the client may be closed before a stream that nobody has read to its end
                self._wait(responses.aclose())

    def drawn(self, recipes: Sequence[Recipe]) -> list[SynthesisResult]:
        """Complete recipes as `Renderer.drawn` gives them: without a message made of each image and read again."""
        return self._wait(self._servicers.renderer.drawn(recipes, self._new_context()))

    def close(self) -> None:
        """Ends the servicers, their engine and the event loop's thread."""
        if self._loop.is_running():
            self._wait(self._servicers.close())
            self._stop_loop()

    def _method(self, rpc: str) -> Callable:
        for name in ("sampling", "pca_editing", "style_transfer", "model"):
            if method := getattr(getattr(self._servicers, name), rpc, None):
                return method
        kept = "cases, studies, jobs and the registry"
        raise FailedPrecondition(f"{rpc} needs a running server, which keeps {kept}; this client is a local one")

    def _new_context(self) -> CallContext:
        return CallContext.with_timeout(uuid.uuid4().hex, self._deadline_seconds)

    def _wait(self, awaitable: Coroutine[Any, Any, Any]) -> Any:
        outcome: concurrent.futures.Future[Any] = concurrent.futures.Future()
        tasks: list[asyncio.Task[Any]] = []

        def start() -> None:
            tasks.append(self._loop.create_task(awaitable))
            tasks[0].add_done_callback(finish)

        def finish(task: asyncio.Task[Any]) -> None:
            error = concurrent.futures.CancelledError() if task.cancelled() else task.exception()
            if error is None:
                outcome.set_result(task.result())
            else:
                outcome.set_exception(error)

        self._loop.call_soon_threadsafe(start)
        try:
            return outcome.result()
        except BaseException:
            if not outcome.done():  # the wait was interrupted, by Ctrl-C say
                self._loop.call_soon_threadsafe(lambda: tasks[0].cancel())
                concurrent.futures.wait([outcome])  # a generator that still runs could not be closed
            raise

    def _stop_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _next(responses: AsyncIterator[Any]) -> Any:
    """The next response; None at the end (a response never is)."""
    return await anext(responses, None)
