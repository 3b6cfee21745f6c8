"""The way past Ray Serve's proxy to replicas of this machine: calls with one answer, at their Unix sockets.

    edge --HAProxy--> replica     health checks, whose answers name the replica's socket; streams; what is made again
    edge --socket---> replica     the first attempt at all else

Only a replica that has answered a health check lately is asked, so Serve and HAProxy say which there are. Whatever goes
wrong ends a call as it would have ended on its way through them, and it is made again there.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import grpc
from grpc.aio import Metadata as AioMetadata

from mammoganesis.v1 import replica_pb2 as pb
from services.edge.routes import Route
from services.wire.sockets import Line, Lost, NotReached

FRESH_SECONDS = 4.0
"""After its latest health check a replica is asked. The edge checks each second, one replica after the other, and
HAProxy takes 2 to 3 to find that one stands still."""


class Replicas:
    """Of all applications.

    Args:
        max_message_bytes: largest answer that is taken; -1 for any.
    """

    def __init__(self, max_message_bytes: int) -> None:
        self._most = max_message_bytes
        self._heard: dict[str, dict[Path, tuple[Line, float]]] = defaultdict(dict)  # with the time of the latest check

    def heard(self, application: str, path: str) -> None:
        """A replica that has answered a health check listens there."""
        known = self._heard[application]
        line, _ = known.pop(Path(path), (None, 0.0))
        known[Path(path)] = line or Line(Path(path)), time.monotonic()

    def asking(self, route: Route, otherwise: Callable[..., Awaitable[bytes]]) -> Callable[..., Awaitable[bytes]]:
        """What makes a call of an RPC with one request and one answer: as `otherwise`, a gRPC method, does, which is
        taken where no replica can be asked at its socket."""
        line = self._line(route.application)
        if line is None:
            return otherwise

        async def ask(request: bytes, *, timeout: float, metadata: Sequence[tuple[str, Any]]) -> bytes:
            asked = pb.ReplicaRequest(path=route.path, metadata=dict(metadata), request=request)
            try:
                async with asyncio.timeout(timeout):
                    answer = pb.ReplicaAnswer.FromString(await line.ask(asked.SerializeToString()))
            except NotReached:
                return await otherwise(request, timeout=timeout, metadata=metadata)
            except TimeoutError:
                raise _ended(grpc.StatusCode.DEADLINE_EXCEEDED, "the replica has not answered in time") from None
            except Lost:
                self._forget(route.application, line)
                raise _ended(grpc.StatusCode.UNAVAILABLE, "the replica has gone") from None
            if answer.code:
                raise _ended(grpc.StatusCode[answer.code], answer.details)
            if 0 <= self._most < len(answer.answer):
                text = f"message larger than max ({len(answer.answer)} vs. {self._most})"
                raise _ended(grpc.StatusCode.RESOURCE_EXHAUSTED, text)
            return answer.answer

        return ask

    def close(self) -> None:
        """Closes all connections, those with a call under way when it has its answer."""
        for known in self._heard.values():
            for line, _ in known.values():
                line.close()
        self._heard.clear()

    def _line(self, application: str) -> Line | None:
        """To the replica with the fewest calls; of several the same one again and again, whose memory is warm."""
        known, now = self._heard[application], time.monotonic()
        for path, (line, heard) in list(known.items()):
            if now > heard + FRESH_SECONDS:
                line.close()
                del known[path]
        return min((line for line, _ in known.values()), key=lambda line: (line.under_way, line.path), default=None)

    def _forget(self, application: str, line: Line) -> None:
        """Until it is heard of again."""
        line.close()
        self._heard[application].pop(line.path, None)


def _ended(code: grpc.StatusCode, details: str) -> grpc.aio.AioRpcError:
    """As gRPC ends a call."""
    return grpc.aio.AioRpcError(code, AioMetadata(), AioMetadata(), details)
