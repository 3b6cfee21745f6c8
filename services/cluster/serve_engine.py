"""The engine, both ends: the deployment that holds it and what stands for it elsewhere.

Calls go by the deployment's handle. Where the engine is the only one, and listens on a Unix socket of this machine, its
images are asked for there: Serve's router and two pickles take longer than the call. All else, from the health to the
path of the socket, is the handle's.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
from ray.exceptions import RayActorError, RayError, TaskCancelledError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError, RayServeException

from mammoganesis.errors import DeadlineExceeded, MammoganesisError, Overloaded, Unavailable
from mammoganesis.v1 import engine_pb2 as pb
from services.cluster import engine_messages
from services.observability import traces
from services.process.config import Config
from services.rendering.jobs import Arithmetic, SynthesisJob, SynthesisResult
from services.wire.sockets import Line, Listener, Lost, NotReached

logger = logging.getLogger(__name__)

ENGINE_APPLICATION = "engine"
_DESCRIBE_SECONDS = 2.0
BACK_SECONDS = 20.0
"""For a successor to answer after an engine's death. Serve takes 2 to 4 on a quiet machine."""
BACK_SHARE, BACK_RESERVE_SECONDS = 0.5, 0.5
"""Of the time that a call has left then, it waits that share for a successor, and never for the last half second."""
BACK_POLL_SECONDS = 0.2
AGAIN_SECONDS = 2.0
"""After which a call may be made again that found no engine."""
HOLD_SECONDS = 2.0
"""Of a call that tells of the engine's end. Not longer: an engine that is replaced ends when it has none any more."""
_NOT_THERE = "the engine is not available at the moment; try again"
_PASSED = "the deadline of the call passed while the engine was at work"
_WENT = "the engine went away during the call; try again"


class EngineDeployment:
    """The one place where images are computed: a `LocalEngine` in a replica of its own.

    Our errors travel as values, not as exceptions: Ray would wrap them and log a traceback for each.
    """

    def __init__(self) -> None:
        self._engine: Any = None
        self._bundle_digest = ""
        self._socket = Listener(self._answer)

    async def open(self, config: Config) -> None:
        """Opens the bundle and the networks that draw, none of those that compute codes; raises BundleError."""
        from mammoganesis.bundle.loading import open_bundle
        from services.rendering.engine import LocalEngine

        bundle = await asyncio.to_thread(open_bundle, config.bundle)
        self._engine = await asyncio.to_thread(LocalEngine, bundle, config)
        self._bundle_digest = bundle.digest

    async def synthesize(
        self, jobs: Sequence[SynthesisJob], seconds: float | None, bundle_digest: str, parent: str | None = None
    ) -> list[SynthesisResult] | MammoganesisError:
        """`Engine.synthesize` with the time left instead of a deadline, since clocks differ between machines, and only
        for styles of this engine's bundle. `parent`: the caller's `traceparent`."""
        deadline = None if seconds is None else time.monotonic() + seconds
        try:
            self._check_bundle(bundle_digest)
            if parent is None:
                return await self._engine.synthesize(jobs, deadline)
            with traces.root("engine", parent, images=len(jobs)):
                return await self._engine.synthesize(jobs, deadline)
        except MammoganesisError as error:
            return error

    async def listen(self, path: Path) -> None:
        """Takes calls there too. For an engine that is the only one: Serve does not see these calls, by whose number it
        chooses among several and starts more."""
        await self._socket.listen(path)

    @property
    def listens(self) -> bool:
        """Whether calls may come that way."""
        return self._socket.path is not None

    async def close_socket(self) -> None:
        """Takes no more calls there, and returns when those that are under way have their answers."""
        await self._socket.close()

    async def _answer(self, message: bytes) -> bytes:
        """Of `synthesize`, to a message at the socket."""
        try:
            request = pb.EngineRequest.FromString(message)
            seconds = request.seconds if request.HasField("seconds") else None
            jobs, parent = engine_messages.jobs_of(request), request.traceparent or None
            outcome = await self.synthesize(jobs, seconds, request.bundle_digest, parent)
        except Exception as error:  # by Serve's handle it would go to the caller as it is
            outcome = error
        return engine_messages.answer_of(outcome).SerializeToString()

    async def describe(self) -> Arithmetic:
        """As of `Engine`."""
        return await self._engine.describe()

    async def ping(self, bundle_digest: str) -> MammoganesisError | None:
        """That the replica answers, has this bundle, and its arithmetic does not hang; the error, as `synthesize` gives
        it, where not."""
        try:
            self._check_bundle(bundle_digest)
            self._engine.check()
        except MammoganesisError as error:
            return error
        return None

    async def hold(self, seconds: float) -> Path | None:
        """Answers after that time with the path of the socket, None where there is none. Whoever waits for it hears at
        once when this process ends."""
        await asyncio.sleep(seconds)
        return self._socket.path

    async def check_health(self) -> None:
        """Serve asks each second, and replaces a replica that raises three times in a row."""
        self._engine.measure()
        self._engine.check()

    def _check_bundle(self, digest: str) -> None:
        """Files that were changed under a running system are read by whichever replica starts next."""
        if digest != self._bundle_digest:
            raise Unavailable("the engine has another bundle than the service that asks it; try again in a minute")


class EngineGone(Unavailable):
    """There is no engine, or it died."""


class ServeEngine:
    """`services.rendering.jobs.Engine` over a deployment handle.

    Args:
      handle: of the engine application; its calls go by gRPC, not through Ray's object store.

    Attributes:
      bundle_digest: of the styles that it is given.
    """

    def __init__(self, handle: Any, bundle_digest: str = "") -> None:
        self._handle, self.bundle_digest = handle, bundle_digest
        self._is_gone = False  # since the latest answer
        self._line: Line | None = None

    async def watch(self) -> None:
        """Until it is cancelled: knows at once when the engine goes, and soon when there is another."""
        while True:
            try:
                if self._is_gone:
                    await self.ping(_DESCRIBE_SECONDS)
                else:
                    self._take(await self._call(self._handle.hold.remote(HOLD_SECONDS), 2 * HOLD_SECONDS))
            except MammoganesisError:
                self._take(None)
                await asyncio.sleep(BACK_POLL_SECONDS)
            except Exception as error:  # whatever it is, calls have it too
                logger.warning("the engine cannot be watched: %r", error)
                await asyncio.sleep(HOLD_SECONDS)

    async def synthesize(self, jobs: Sequence[SynthesisJob], deadline: float | None) -> list[SynthesisResult]:
        """One result per job, in order; see `Engine`. When the engine dies meanwhile its successor is asked, once: a
        request that kills engines ends two of them. Then it is Unavailable, and so it is when there has been none for
        half of the time."""
        if self._is_gone and not await self._is_back(deadline):
            raise EngineGone(_NOT_THERE, AGAIN_SECONDS)
        try:
            return await self._synthesize(jobs, deadline)
        except EngineGone:
            if not await self._is_back(deadline):
                raise
        return await self._synthesize(jobs, deadline)

    async def _synthesize(self, jobs: Sequence[SynthesisJob], deadline: float | None) -> list[SynthesisResult]:
        seconds = None if deadline is None else deadline - time.monotonic()
        with traces.span("synthesis", "client", images=len(jobs)):
            parent = traces.traceparent()
            if self._line is not None:
                request = engine_messages.request_of(jobs, seconds, self.bundle_digest, parent)
                with suppress(NotReached):
                    return await self._ask(self._line, request, seconds)
            response = self._handle.synthesize.remote(list(jobs), seconds, self.bundle_digest, parent)
            return await self._call(response, seconds)

    def _take(self, path: Path | None) -> None:
        """Asks at that socket from here on; None: by the handle."""
        if self._line is not None and self._line.path != path:
            self._line.close()
            self._line = None
        if self._line is None and path is not None:
            self._line = Line(path)

    async def _ask(self, line: Line, request: pb.EngineRequest, seconds: float | None) -> list[SynthesisResult]:
        if seconds is not None and seconds <= 0:
            raise DeadlineExceeded(_PASSED)
        try:
            async with asyncio.timeout(seconds):
                answer = await line.ask(request.SerializeToString())
        except TimeoutError:
            raise DeadlineExceeded(_PASSED) from None
        except Lost:
            self._is_gone = True
            if self._line is line:
                self._take(None)
            raise EngineGone(_WENT, AGAIN_SECONDS) from None
        self._is_gone = False
        return engine_messages.results_of(pb.EngineAnswer.FromString(answer))

    async def _is_back(self, deadline: float | None) -> bool:
        """Whether an engine answers before half of a call's time is over, or `BACK_SECONDS`."""
        now = time.monotonic()
        left = math.inf if deadline is None else deadline - now
        end = now + min(BACK_SECONDS, BACK_SHARE * left, left - BACK_RESERVE_SECONDS)
        while time.monotonic() < end:
            try:
                await self.ping(min(_DESCRIBE_SECONDS, end - time.monotonic()))
                return True
            except (Unavailable, DeadlineExceeded):
                await asyncio.sleep(BACK_POLL_SECONDS)
        return False

    async def describe(self) -> Arithmetic:
        """As of `Engine`."""
        return await self._call(self._handle.describe.remote(), _DESCRIBE_SECONDS)

    async def ping(self, seconds: float) -> None:
        """Raises Unavailable, or DeadlineExceeded where nobody knows that it has gone, unless the engine answers within
        `seconds` that it is well."""
        try:
            await self._call(self._handle.ping.remote(self.bundle_digest), seconds)
        except DeadlineExceeded:
            if self._is_gone:
                raise EngineGone(_NOT_THERE, AGAIN_SECONDS) from None
            raise

    async def close(self) -> None:
        """Nothing: the engine lives on, for others."""

    async def _call(self, response: Any, seconds: float | None) -> Any:
        if seconds is not None and seconds <= 0:
            response.cancel()
            raise DeadlineExceeded(_PASSED)
        try:
            async with asyncio.timeout(seconds):
                answer = await response
        except TimeoutError:
            response.cancel()
            raise DeadlineExceeded(_PASSED) from None
        except asyncio.CancelledError:
            response.cancel()  # the caller has gone: the engine drops its jobs
            raise
        except TaskCancelledError:  # Serve's word for the same, RequestCancelledError, is one of these
            raise asyncio.CancelledError from None
        except BackPressureError:
            raise Overloaded("the engine has more calls than it can take; try again in a moment") from None
        except (RayActorError, DeploymentUnavailableError, RayServeException) as error:
            self._is_gone = True
            raise EngineGone(_NOT_THERE, AGAIN_SECONDS) from error
        except grpc.aio.AioRpcError as error:
            self._is_gone = True
            raise EngineGone(_WENT, AGAIN_SECONDS) from error
        except RayError as error:
            cause = getattr(error, "cause", None)
            raise cause if isinstance(cause, Exception) else error from None
        self._is_gone = False
        if isinstance(answer, MammoganesisError):
            raise answer
        return answer
