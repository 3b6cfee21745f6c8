"""A gRPC call under Ray Serve, as a servicer sees it.

Serve calls a method of the deployment named as the RPC with the request and its own context. Here the edge's secret is
checked, the deadline read, the servicer called, and an error turned into its status.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, aclosing
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from mammoganesis.errors import MammoganesisError
from services.observability import table
from services.observability.calls import Served, served
from services.observability.logs import event
from services.process.config import Config
from services.rendering.calls import CallContext
from services.servicers.callers import admit, shared_secret
from services.wire.metadata import REPLICA_SOCKET
from services.wire.refusals import marked_error
from services.wire.statuses import status_of

logger = logging.getLogger(__name__)

ENGINE_PING_SECONDS = 3.0
OK = "OK"


class Ingress:
    """What the gRPC applications share; the deployment sets `servicers` and `engine`."""

    servicers: Any
    engine: Any

    def __init__(self, config: Config) -> None:
        self._secret = shared_secret(config)

    @property
    def socket_path(self) -> Path | None:
        """Where the edge of this machine may make calls with one answer; None: nowhere."""
        return None

    def admit(self, grpc_context: Any) -> CallContext:
        """The call's context.

        Raises:
          Unauthenticated: the call does not come from our edge.
        """
        return admit(dict(grpc_context.invocation_metadata()), self._secret.valid)

    async def Check(  # noqa: N802
        self, request: health_pb2.HealthCheckRequest, grpc_context: Any
    ) -> health_pb2.HealthCheckResponse:
        """grpc.health.v1 for the edge: SERVING while this replica and the engine answer."""
        try:
            self.admit(grpc_context)
            await self.engine.ping(ENGINE_PING_SECONDS)
        except MammoganesisError as error:
            _refuse(grpc_context, error)
            return health_pb2.HealthCheckResponse()
        if self.socket_path is not None:
            grpc_context.set_trailing_metadata([(REPLICA_SOCKET, str(self.socket_path))])
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)


class Refused(Exception):  # noqa: N818
    """A stream has ended with the status that its context has."""


def unary(servicer: str, rpc: str, response: type[Message]) -> Any:
    """The method for an RPC with one answer. `servicer` is the attribute of `Servicers` that has the method `rpc`."""

    async def call(self: Ingress, request: Message, grpc_context: Any) -> Message:
        with _served(servicer, rpc, grpc_context) as served:
            try:
                context = self.admit(grpc_context)
                answer = await getattr(getattr(self.servicers, servicer), rpc)(request, context)
                served.code = OK
                return answer
            except asyncio.CancelledError:
                _gone(rpc)
                raise
            except Exception as error:
                # A status that is set and not raised: Serve would log a traceback for every wrong request.
                served.code = _refuse(grpc_context, error)
                return response()

    call.__name__ = call.__qualname__ = rpc
    return call


def stream(servicer: str, rpc: str) -> Any:
    """The method for an RPC with a stream of answers."""

    async def call(self: Ingress, request: Message, grpc_context: Any) -> AsyncIterator[Message]:
        with _served(servicer, rpc, grpc_context) as served:
            try:
                context = self.admit(grpc_context)
                # Closed when the client goes away, so that nothing is computed for nobody.
                async with aclosing(getattr(getattr(self.servicers, servicer), rpc)(request, context)) as answers:
                    async for answer in answers:
                        yield answer
                served.code = OK
            except asyncio.CancelledError:
                _gone(rpc)
                raise
            except Exception as error:
                served.code = _refuse(grpc_context, error)
                # Raised as well: Serve's Python proxy takes the status of a stream from nothing else.
                raise Refused(str(error)) from None

    call.__name__ = call.__qualname__ = rpc
    return call


def _served(servicer: str, rpc: str, grpc_context: Any) -> AbstractContextManager[Served]:
    service = "".join(word.capitalize() for word in servicer.split("_")) + "Service"
    metadata = dict(grpc_context.invocation_metadata())
    return served(f"{service}/{rpc}", metadata, table.SERVICER_CALLS, table.SERVICER_SECONDS)


def _gone(rpc: str) -> None:
    """The client has gone, or its deadline has passed at the edge: nobody's fault, and no traceback."""
    event(logger, logging.INFO, "cancelled", {"rpc": rpc})


def _refuse(grpc_context: Any, error: Exception) -> str:
    """Sets the status of an error; returns the name of its code."""
    code, message = status_of(error)
    grpc_context.set_code(code)
    grpc_context.set_details(marked_error(error, message))
    return code.name
