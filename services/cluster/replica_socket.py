"""A replica's end of the way past Serve's proxy: RPCs with one answer, from the edge of the same machine.

What an RPC does is the application's (`ingress.py`), whichever way a call comes.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from mammoganesis.v1 import replica_pb2 as pb
from services.wire.sockets import Listener

logger = logging.getLogger(__name__)


@dataclass
class SocketContext:
    """Of a call at the socket, as far as an application asks Serve's."""

    metadata: list[tuple[str, str]]
    code: grpc.StatusCode = grpc.StatusCode.OK
    details: str = ""

    def invocation_metadata(self) -> list[tuple[str, str]]:
        """What the edge says beside the request."""
        return self.metadata

    def set_code(self, code: grpc.StatusCode) -> None:
        """How the call ends."""
        self.code = code

    def set_details(self, details: str) -> None:
        """What is said with it."""
        self.details = details


class ReplicaSocket:
    """Answers for an application.

    Args:
        application: has a method for each RPC, of the request and its context.
        services: whose RPCs are answered.
    """

    def __init__(self, application: Any, services: Iterable[ServiceDescriptor]) -> None:
        self._methods: dict[str, tuple[type[Message], Callable[..., Awaitable[Message]]]] = {
            f"/{service.full_name}/{method.name}": (
                GetMessageClass(method.input_type),
                getattr(application, method.name),
            )
            for service in services
            for method in service.methods
            if not method.client_streaming and not method.server_streaming
        }
        self._listener = Listener(self._answer)

    @property
    def path(self) -> Path | None:
        """Where it listens; None: nowhere."""
        return self._listener.path

    async def listen(self, path: Path) -> None:
        """Raises OSError where the path is taken, too long or in no folder."""
        await self._listener.listen(path)

    async def close(self) -> None:
        """Takes no more calls, and returns when those that are under way have their answers."""
        await self._listener.close()

    async def _answer(self, message: bytes) -> bytes:
        asked = pb.ReplicaRequest.FromString(message)
        if asked.path not in self._methods:
            return _refusal(grpc.StatusCode.UNIMPLEMENTED, "no RPC of this application has one answer and this path")
        request_type, method = self._methods[asked.path]
        try:
            request = request_type.FromString(asked.request)
        except DecodeError as error:
            return _refusal(grpc.StatusCode.INTERNAL, f"the request cannot be read: {error}")
        context = SocketContext(list(asked.metadata.items()))
        answer = await method(request, context)
        if context.code is not grpc.StatusCode.OK:
            return _refusal(context.code, context.details)
        return pb.ReplicaAnswer(answer=answer.SerializeToString()).SerializeToString()


def _refusal(code: grpc.StatusCode, details: str) -> bytes:
    return pb.ReplicaAnswer(code=code.name, details=details).SerializeToString()
