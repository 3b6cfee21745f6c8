"""The engine in one process: the networks that draw behind a queue of their own.

The queue is work-conserving: whenever the session is free it takes what waits, in order of arrival, up to as many
images as one run may hold; nothing ever waits for a batch to fill. What has been cancelled or is past its deadline is
dropped before it costs anything, and what does not fit into the queue is refused at once. Full images, previews and
masked images wait in one queue and never share a batch: what waits longest says which of them is next. Images of
calls in the background (bulk jobs) are drawn when nobody else waits.

An image does not depend on what shares its batch: on a CPU it is the same to the bit (`batches.batch_sizes`), on CUDA
within the golden tolerance (cuDNN chooses kernels by batch size).

Where it is told to, the engine gives no image that is too near to a training image (`mammoganesis.bundle.guard`); it
looks while the next batch is being drawn. Previews are not looked at.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.guard import Guard
from mammoganesis.bundle.sessions import Session
from mammoganesis.errors import DeadlineExceeded, Overloaded, Unavailable
from services.observability import metrics, table, traces
from services.process.config import Config
from services.rendering.batches import batch_sizes, check_job, feeds_of
from services.rendering.choice import open_networks
from services.rendering.guarding import guard_of
from services.rendering.jobs import (
    Arithmetic,
    Network,
    SynthesisError,
    SynthesisJob,
    SynthesisResult,
)
from services.rendering.queue import Queue, Waiting

logger = logging.getLogger(__name__)

MAX_TRACED_BATCHES = 16
"""Of one call."""


@dataclass
class EngineStatistics:
    """Counts since the start."""

    images: int = 0  # synthesised
    batches: int = 0
    dropped: int = 0  # cancelled or past their deadline before they were synthesised
    refused: int = 0  # the queue was full
    failed: int = 0  # the numerics failed
    too_near: int = 0  # synthesised, but too near to a training image to be given


class LocalEngine:
    """Implements `services.rendering.jobs.Engine` in this process. Use it from one event loop at a time."""

    def __init__(self, bundle: Bundle, config: Config, images: int | None = None) -> None:
        """Open the networks that draw, and replay the golden images on them.

        Args:
            bundle: that they are of.
            config: what is asked for.
            images: that will be drawn; None: any number. With few, `auto` opens what opens soonest.

        Raises:
            BundleError: a network is damaged or gives other images than the golden ones.
            FailedPrecondition: the provider, the precision or the guard that was asked for is not there.
        """
        self.bundle = bundle
        self._guard = guard_of(bundle, config)
        self.statistics = EngineStatistics()
        self._max_queued, self._max_batch_seconds = config.max_queued_images, config.max_batch_seconds
        networks = open_networks(bundle, config, images=images)
        drawing: dict[Network, Session | None] = {
            "synthesis": networks.synthesis,
            "preview": networks.preview,
            "masked": networks.masked,
        }
        self._sessions: dict[Network, Session] = {
            name: session for name, session in drawing.items() if session is not None
        }
        self.arithmetic = Arithmetic(networks.synthesis.provider, networks.synthesis.precision, networks.reason)
        logger.info("synthesis by %s", self.arithmetic)
        self._sizes: dict[Network, tuple[int, ...]] = {
            name: batch_sizes(bundle, session, config.max_batch_size) for name, session in self._sessions.items()
        }
        self._queue = Queue()
        self._pace: dict[Network, float] = {}  # seconds that an image of the latest batch took
        self._drain: asyncio.Task[None] | None = None
        self._batch_since: float | None = None  # time.monotonic() seconds, while one is in the arithmetic
        self._closed = False
        # One thread: the session uses all cores by itself.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="synthesis")
        # The network leaves all cores free while its inputs are made.
        self._drawing = ThreadPoolExecutor(config.intra_op_threads or None, thread_name_prefix="noise")

    async def describe(self) -> Arithmetic:
        """What computes the images, and why."""
        return self.arithmetic

    @property
    def images_at_once(self) -> int:
        """Images of the largest batch."""
        return self._sizes["synthesis"][-1]

    @property
    def queue_length(self) -> int:
        """Images that wait."""
        return len(self._queue)

    async def synthesize(self, jobs: Sequence[SynthesisJob], deadline: float | None) -> list[SynthesisResult]:
        """See `Engine.synthesize`; ValueError for a job whose styles have another shape, type or are not finite."""
        for job in jobs:
            check_job(job, self._sessions, self.bundle.manifest.dimensions.num_styles)
        if self._closed:
            raise Unavailable("the engine is closing; try again on another replica")
        seconds = None if deadline is None else deadline - time.monotonic()
        if seconds is not None and seconds <= 0:
            raise _late()
        if len(self._queue) + len(jobs) > self._max_queued:
            self._count(refused=len(jobs))
            raise Overloaded(
                f"the engine's queue holds {len(self._queue)} of at most {self._max_queued} images: no room for "
                f"{len(jobs)} more; try again later"
            )
        loop = asyncio.get_running_loop()
        waiting = [Waiting(job, deadline, loop.create_future()) for job in jobs]
        self._queue.add(waiting)
        if self._drain is None or self._drain.done():
            self._drain = loop.create_task(self._work_until_empty())
        try:
            async with asyncio.timeout(seconds):
                results = list(await asyncio.gather(*(item.future for item in waiting)))
                _trace(waiting, results)
                if self._guard is not None:
                    with traces.span("guard"):
                        return await asyncio.to_thread(self._without_copies, self._guard, jobs, results)
                return results
        except TimeoutError:
            raise _late() from None
        finally:
            self._forget(waiting)

    def measure(self) -> None:
        """What there is now, to the metrics."""
        about = self.arithmetic
        bundle = self.bundle.digest[:12]
        metrics.level(table.ENGINE, 1, provider=about.provider, precision=about.precision, bundle=bundle)
        metrics.level(table.ENGINE_QUEUE, len(self._queue))

    def check(self) -> None:
        """Raises Unavailable when a batch has been in the arithmetic for longer than any may: it hangs."""
        seconds = 0.0 if self._batch_since is None else time.monotonic() - self._batch_since
        if seconds > self._max_batch_seconds:
            raise Unavailable(f"the engine has been at one batch for {seconds:.0f} seconds; try again in a minute")

    async def close(self) -> None:
        """Finish the batch that runs, refuse what waits and what comes; may be called twice."""
        self._closed = True
        for item in self._queue.clear():
            _fail(item, Unavailable("the engine is closing; try again on another replica"))
        if self._drain is not None and not self._drain.done():
            await asyncio.wait([self._drain])
        self._thread.shutdown(wait=False)
        self._drawing.shutdown(wait=False)

    def _without_copies(
        self, guard: Guard, jobs: Sequence[SynthesisJob], results: Sequence[SynthesisResult]
    ) -> list[SynthesisResult]:
        """The same, without the images that are too near to a training image."""
        looked = [
            result if job.preview or not guard.is_too_near(result.image) else result.withheld()
            for job, result in zip(jobs, results, strict=True)
        ]
        if found := sum(result.too_near for result in looked):
            self.statistics.too_near += found
            metrics.count(table.ENGINE_TOO_NEAR, found)
            logger.warning("%d image(s) too near to a training image, not given", found)
        return looked

    def _forget(self, waiting: list[Waiting]) -> None:
        """Take out of the queue what its caller no longer wants."""
        unwanted = {item for item in waiting if item.future.cancelled() or not item.future.done()}
        if not unwanted:
            return
        for item in unwanted:
            item.future.cancel()
        self._count(dropped=self._queue.remove(unwanted))

    async def _work_until_empty(self) -> None:
        """Run batch after batch while anything waits. Ends when the queue is empty; `synthesize` starts it again."""
        loop = asyncio.get_running_loop()
        while batch := self._take():
            started = self._batch_since = time.monotonic()
            try:
                outcomes = await loop.run_in_executor(self._thread, self._run, [item.job for item in batch])
                seconds = time.monotonic() - started
                network = batch[0].job.network
                metrics.count(table.ENGINE_BATCHES, network=network)
                metrics.count(table.ENGINE_BUSY, seconds)
                metrics.observe(table.ENGINE_BATCH, len(batch), network=network)
                metrics.observe(table.ENGINE_SECONDS, seconds, network=network)
                self._pace[network] = seconds / len(batch)
                session = self._sessions[network]
                for item, (image, features) in zip(batch, outcomes, strict=True):
                    result = SynthesisResult(
                        image=image,
                        features=features,
                        queue_milliseconds=(started - item.since) * 1000,
                        synthesis_milliseconds=seconds * 1000,
                        batch_size=len(batch),
                        provider=session.provider,
                        precision=session.precision,
                    )
                    metrics.observe(table.ENGINE_WAIT, started - item.since, network=network)
                    self._deliver(item, result)
                self.statistics.batches += 1
            except Exception as error:
                logger.exception("a batch of %d images failed", len(batch))
                self._count(failed=len(batch))
                for item in batch:
                    failure = SynthesisError(f"synthesis failed: {error}")
                    failure.__cause__ = error
                    _fail(item, failure)
            finally:
                self._batch_since = None

    def _count(self, dropped: int = 0, refused: int = 0, failed: int = 0) -> None:
        """Images that were not drawn."""
        self.statistics.dropped += dropped
        self.statistics.refused += refused
        self.statistics.failed += failed
        metrics.count(table.ENGINE_DROPPED, dropped)
        metrics.count(table.ENGINE_REFUSED, refused)
        metrics.count(table.ENGINE_FAILED, failed)

    def _take(self) -> list[Waiting]:
        """The next batch, without what nobody can use any more."""
        batch, useless = self._queue.take(self._sizes, self._pace)
        self._count(dropped=len(useless))
        for item in useless:
            _fail(item, _late())
        return batch

    def _deliver(self, item: Waiting, result: SynthesisResult) -> None:
        if not np.isfinite(result.image).all():
            self._count(failed=1)
            _fail(item, SynthesisError("synthesis gave values that are not finite"))
            return
        self.statistics.images += 1
        metrics.count(table.ENGINE_IMAGES, network=item.job.network)
        if not item.future.done():
            item.future.set_result(result)

    def _run(self, jobs: list[SynthesisJob]) -> list[tuple[ndarray, ndarray | None]]:
        """image [C, H, W] and, where wanted, features [Cf, g, g] of each job. In the engine's thread."""
        session = self._sessions[jobs[0].network]
        feeds = feeds_of(jobs, session, self.bundle.noise_const, self._drawing.map)
        if not any(job.features for job in jobs):
            (images,) = session.run(feeds, ["image"])
            return [(image.copy(), None) for image in images]
        images, features = session.run(feeds, ["image", "features"])
        # Copies, so that one result does not keep the whole batch in memory.
        return [
            (image.copy(), feature.copy() if job.features else None)
            for job, image, feature in zip(jobs, images, features, strict=True)
        ]


def _trace(waiting: Sequence[Waiting], results: Sequence[SynthesisResult]) -> None:
    """Spans for the time in the queue, and for each batch that the images of one call were drawn in."""
    if traces.traceparent() is None:
        return
    # No two batches take the same time to the last digit.
    batches = {result.synthesis_milliseconds: result for result in results}.values()
    began = waiting[0].since
    traces.past("queue", began, min(batch.queue_milliseconds for batch in batches) / 1000)
    for batch in list(batches)[:MAX_TRACED_BATCHES]:
        start, seconds = began + batch.queue_milliseconds / 1000, batch.synthesis_milliseconds / 1000
        traces.past("batch", start, seconds, images=batch.batch_size)


def _late() -> DeadlineExceeded:
    return DeadlineExceeded("the deadline passed before the image was synthesised")


def _fail(item: Waiting, error: Exception) -> None:
    if not item.future.done():
        item.future.set_exception(error)
