"""A client that goes away is nobody's fault: its call is cancelled, in one line without a traceback."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ray.exceptions import RayActorError, TaskCancelledError
from ray.serve.exceptions import RequestCancelledError

from mammoganesis.errors import Unavailable
from mammoganesis.v1.model_pb2 import GetModelRequest, GetModelResponse
from services.cluster.ingress import Ingress, stream, unary
from services.cluster.serve_engine import ServeEngine
from services.observability.logs import JsonFormatter
from services.process.config import Config
from services.wire.metadata import EDGE_SECRET, REQUEST_ID

SECRET = "a-secret-of-the-tests-0123456789"


class Response:
    """What a handle of Serve's gives, and ends as Serve lets it end."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __await__(self) -> Iterator[Any]:
        yield from asyncio.sleep(0).__await__()
        raise self._error

    def cancel(self) -> None:
        pass


def engine(error: Exception) -> ServeEngine:
    return ServeEngine(SimpleNamespace(ping=SimpleNamespace(remote=lambda digest: Response(error))))


class Context:
    """Serve's, as far as the ingress asks it."""

    code: Any = None

    def invocation_metadata(self) -> list[tuple[str, str]]:
        return [(EDGE_SECRET, SECRET), (REQUEST_ID, "call-7")]

    def set_code(self, code: Any) -> None:
        self.code = code

    def set_details(self, details: str) -> None:
        pass


class Application(Ingress):
    """One with two RPCs, both of which ask the engine."""

    One = unary("asking", "One", GetModelResponse)
    Many = stream("asking", "Many")

    def __init__(self, error: Exception) -> None:
        super().__init__(Config(edge_secret=SECRET))
        self.servicers = SimpleNamespace(asking=Servicer(engine(error)))


class Servicer:
    """What stands behind it."""

    def __init__(self, asked: ServeEngine) -> None:
        self._engine = asked

    async def One(self, request: Any, context: Any) -> Any:  # noqa: N802
        await self._engine.ping(5)

    async def Many(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        yield GetModelResponse()
        await self._engine.ping(5)


@pytest.mark.parametrize("error", [RequestCancelledError("1"), TaskCancelledError()], ids=["request", "task"])
@pytest.mark.parametrize("rpc", ["One", "Many"])
async def test_a_call_whose_client_has_gone_is_cancelled(
    error: Exception, rpc: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "services")
    caplog.handler.setFormatter(JsonFormatter("sampling"))
    context = Context()
    called = Application(error)

    async def call() -> None:
        if rpc == "One":
            await called.One(GetModelRequest(), context)
        else:
            _ = [answer async for answer in called.Many(GetModelRequest(), context)]

    with pytest.raises(asyncio.CancelledError):
        await call()
    assert context.code is None
    (record,) = caplog.records
    assert (record.levelno, record.getMessage(), record.exc_info) == (logging.INFO, "cancelled", None)
    line = json.loads(caplog.text)  # written while the call was there: its id is the line's
    assert (line["rpc"], line["request_id"]) == (rpc, "call-7")


async def test_an_engine_that_has_died_is_still_told_from_a_client_that_has_gone() -> None:
    with pytest.raises(Unavailable):
        await engine(RayActorError()).ping(5)
