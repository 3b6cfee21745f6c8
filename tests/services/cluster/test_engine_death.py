"""An engine that dies while it draws: its successor is asked, once."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from grpc.aio import AioRpcError, Metadata
from ray.serve.exceptions import DeploymentUnavailableError

from mammoganesis.errors import DeadlineExceeded, Overloaded, Unavailable
from services.cluster import serve_engine
from services.cluster.serve_engine import EngineDeployment, ServeEngine
from services.process.config import Config
from tests.support.engine_jobs import some_job
from tests.support.serving import TINY

WENT_AWAY = AioRpcError(grpc.StatusCode.UNAVAILABLE, Metadata(), Metadata(), "Socket closed")


class Response:
    """What a deployment handle gives: awaited once, or cancelled."""

    def __init__(self, outcome: Any) -> None:
        self._outcome = outcome

    def cancel(self) -> None:
        pass

    def __await__(self) -> Any:
        yield from asyncio.sleep(0).__await__()
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


class Engines:
    """A handle whose calls end as they are told, one after the other; the last outcome stays."""

    def __init__(self, drawn: list[Any], pings: list[Any], holds: list[Any] | None = None) -> None:
        self.asked: list[str] = []
        self.synthesize = SimpleNamespace(remote=lambda *_: self._next("synthesize", drawn))
        self.ping = SimpleNamespace(remote=lambda *_: self._next("ping", pings))
        self.hold = SimpleNamespace(remote=lambda *_: self._next("hold", holds or [None]))

    def _next(self, what: str, outcomes: list[Any]) -> Response:
        self.asked.append(what)
        outcome = outcomes.pop(0) if len(outcomes) > 1 else outcomes[0]
        return outcome if isinstance(outcome, Response) else Response(outcome)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve_engine, "BACK_POLL_SECONDS", 0.01)


@pytest.mark.parametrize("death", [WENT_AWAY, DeploymentUnavailableError(SimpleNamespace(name="engine"))])
async def test_the_successor_is_asked_when_it_answers(death: Exception) -> None:
    engines = Engines([death, ["an image"]], [WENT_AWAY, WENT_AWAY, None])
    assert await ServeEngine(engines).synthesize([], time.monotonic() + 60) == ["an image"]
    assert engines.asked == ["synthesize", "ping", "ping", "ping", "synthesize"]


async def test_a_request_that_kills_engines_ends_two() -> None:
    engines = Engines([WENT_AWAY], [None])
    with pytest.raises(Unavailable, match="went away during the call"):
        await ServeEngine(engines).synthesize([], time.monotonic() + 60)
    assert engines.asked.count("synthesize") == 2


@pytest.mark.parametrize("bound", [("BACK_SHARE", 0.0001), ("BACK_SECONDS", 0.1)])
async def test_who_finds_no_successor_is_told_long_before_the_deadline(
    bound: tuple[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve_engine, "BACK_SECONDS", 600.0)
    monkeypatch.setattr(serve_engine, *bound)  # either alone is enough: the test's own time limit is less than these
    engines = Engines([WENT_AWAY], [WENT_AWAY])
    with pytest.raises(Unavailable) as caught:
        await ServeEngine(engines).synthesize([], time.monotonic() + 1000)
    assert caught.value.retry_seconds


async def test_who_has_no_time_left_is_told_at_once() -> None:
    engines = Engines([WENT_AWAY], [None])
    with pytest.raises(Unavailable):
        await ServeEngine(engines).synthesize([], time.monotonic() + serve_engine.BACK_RESERVE_SECONDS)
    assert engines.asked == ["synthesize"]


class Never(Response):
    """Ray Serve's router holds a call until there is a replica."""

    def __await__(self) -> Any:
        yield from asyncio.Event().wait().__await__()


async def gone(engine: ServeEngine) -> None:
    while not engine._is_gone:
        await asyncio.sleep(0.01)


async def test_who_comes_when_the_engine_has_gone_is_told_in_half_of_the_time_and_nobody_waits_for_a_ping() -> None:
    engines = Engines([Never(None)], [Never(None)], [None, None, WENT_AWAY])
    engine = ServeEngine(engines)
    watching = asyncio.create_task(engine.watch())
    await gone(engine)
    for seconds in (1.0, 0.2):
        with pytest.raises(Unavailable, match="not available") as caught:
            await engine.synthesize([], time.monotonic() + seconds)
        assert caught.value.retry_seconds
    with pytest.raises(Unavailable, match="not available"):
        await engine.ping(0.1)
    assert "synthesize" not in engines.asked
    watching.cancel()


async def test_an_engine_that_is_back_is_known() -> None:
    engines = Engines([["an image"]], [*[WENT_AWAY] * 20, None], [WENT_AWAY, None])
    engine = ServeEngine(engines)
    watching = asyncio.create_task(engine.watch())
    await gone(engine)
    while engine._is_gone:
        await asyncio.sleep(0.01)
    assert await engine.synthesize([], time.monotonic() + 60) == ["an image"]
    watching.cancel()


async def test_an_engine_that_is_late_has_not_gone() -> None:
    engine = ServeEngine(Engines([Never(None)], [Never(None)]))
    with pytest.raises(DeadlineExceeded):
        await engine.ping(0.05)
    with pytest.raises(DeadlineExceeded):
        await engine.synthesize([], time.monotonic() + 0.05)


async def test_what_an_engine_says_is_an_answer() -> None:
    engines = Engines([Overloaded("full")], [None])
    with pytest.raises(Overloaded):
        await ServeEngine(engines).synthesize([], None)
    assert engines.asked == ["synthesize"]


async def test_an_engine_draws_for_its_own_bundle_alone() -> None:
    deployment = EngineDeployment()
    await deployment.open(Config(bundle=TINY, execution_provider="cpu"))
    refused = await deployment.synthesize([some_job(0)], None, "0" * 64)
    assert isinstance(refused, Unavailable)
    assert isinstance(await deployment.ping("0" * 64), Unavailable)
