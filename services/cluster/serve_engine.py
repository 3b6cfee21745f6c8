"""The engine, both ends: the deployment that holds it and the handle that stands for it elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import grpc
from ray.exceptions import RayActorError, RayError, TaskCancelledError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError, RayServeException

from mammoganesis.errors import DeadlineExceeded, MammoganesisError, Overloaded, Unavailable
from services.process.config import Config
from services.rendering.jobs import Arithmetic, SynthesisJob, SynthesisResult

ENGINE_APPLICATION = "engine"
_DESCRIBE_SECONDS = 2.0
_PASSED = "the deadline of the call passed while the engine was at work"


class EngineDeployment:
    """The one place where images are computed: a `LocalEngine` in a replica of its own.

    Our errors travel as values, not as exceptions: Ray would wrap them and log a traceback for each.
    """

    def __init__(self) -> None:
        self._engine: Any = None

    async def open(self, config: Config) -> None:
        """Opens the bundle and the networks that draw, none of those that compute codes; raises BundleError."""
        from mammoganesis.bundle.loading import open_bundle
        from services.rendering.engine import LocalEngine

        bundle = await asyncio.to_thread(open_bundle, config.bundle)
        self._engine = await asyncio.to_thread(LocalEngine, bundle, config)

    async def synthesize(
        self, jobs: Sequence[SynthesisJob], seconds: float | None
    ) -> list[SynthesisResult] | MammoganesisError:
        """`Engine.synthesize` with the time left instead of a deadline: clocks differ between machines."""
        deadline = None if seconds is None else time.monotonic() + seconds
        try:
            return await self._engine.synthesize(jobs, deadline)
        except MammoganesisError as error:
            return error

    async def describe(self) -> Arithmetic:
        """As of `Engine`."""
        return await self._engine.describe()

    async def ping(self) -> MammoganesisError | None:
        """That the replica answers and its arithmetic does not hang; the error, as `synthesize` gives it, where it
        does."""
        try:
            self._engine.check()
        except MammoganesisError as error:
            return error
        return None

    async def check_health(self) -> None:
        """Serve asks each second, and replaces a replica that raises three times in a row."""
        self._engine.check()


class ServeEngine:
    """`services.rendering.jobs.Engine` over a deployment handle.

    Args:
      handle: of the engine application; its calls go by gRPC, not through Ray's object store.
    """

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    async def synthesize(self, jobs: Sequence[SynthesisJob], deadline: float | None) -> list[SynthesisResult]:
        """One result per job, in order; see `Engine`. A replica that dies meanwhile is Unavailable."""
        seconds = None if deadline is None else deadline - time.monotonic()
        return await self._call(self._handle.synthesize.remote(list(jobs), seconds), seconds)

    async def describe(self) -> Arithmetic:
        """As of `Engine`."""
        return await self._call(self._handle.describe.remote(), _DESCRIBE_SECONDS)

    async def ping(self, seconds: float) -> None:
        """Raises Unavailable or DeadlineExceeded unless the engine answers within `seconds` that it is well."""
        await self._call(self._handle.ping.remote(), seconds)

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
            raise Unavailable("the engine is not available at the moment; try again") from error
        except grpc.aio.AioRpcError as error:
            raise Unavailable("the engine went away during the call; try again") from error
        except RayError as error:
            cause = getattr(error, "cause", None)
            raise cause if isinstance(cause, Exception) else error from None
        if isinstance(answer, MammoganesisError):
            raise answer
        return answer
