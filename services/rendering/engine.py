"""The engine in one process: an ONNX Runtime session behind a queue of its own.

The queue is work-conserving: whenever the session is free it takes what waits, in order of arrival, up to as many
images as one run may hold; nothing ever waits for a batch to fill. What has been cancelled or is past its deadline is
dropped before it costs anything, and what does not fit into the queue is refused at once. Full images and previews wait
in one queue and never share a batch: what waits longest says which of the two is next.

An image does not depend on what shares its batch. On the CPU it is the same to the bit: at start the engine runs the
golden cases alone and together, and where a CPU's kernels gave other bits it would run images one by one from then on.
On CUDA it is the same within the golden tolerance (cuDNN chooses kernels by batch size).
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.golden import check_golden_images, check_golden_previews
from mammoganesis.bundle.sessions import CPU, CUDA, Session, choose_provider
from mammoganesis.editing.noise import draw_noise
from mammoganesis.errors import DeadlineExceeded, FailedPrecondition, Overloaded, Unavailable
from mammoganesis.recipe.limits import MAX_SEED
from services.process.config import Config
from services.rendering.jobs import SynthesisError, SynthesisJob, SynthesisResult

logger = logging.getLogger(__name__)

# Pixels of one run on the CPU: 8 images of 128x128, one of 512x512. Measured on 2 cores: 8 at once save 13 % of time
# at 128x128; 4 at once at 512x512 save none, take 1.8 GB instead of 0.9 and make the first image wait for the last.
_CPU_PIXELS_AT_ONCE = 8 * 128 * 128


@dataclass
class EngineStatistics:
    """Counts since the start."""

    images: int = 0  # synthesised
    batches: int = 0
    dropped: int = 0  # cancelled or past their deadline before they were synthesised
    refused: int = 0  # the queue was full
    failed: int = 0  # the numerics failed


@dataclass(eq=False)
class _Waiting:
    job: SynthesisJob
    deadline: float | None  # time.monotonic() seconds
    future: asyncio.Future[SynthesisResult]
    since: float = field(default_factory=time.monotonic)


class LocalEngine:
    """Implements `services.rendering.jobs.Engine` in this process. Use it from one event loop at a time."""

    def __init__(self, bundle: Bundle, config: Config) -> None:
        """Open the synthesis network and replay the golden images on it.

        Raises:
            BundleError: the network is damaged or gives other images than the golden ones.
            FailedPrecondition: CUDA was asked for and is not there.
        """
        self.bundle = bundle
        self.statistics = EngineStatistics()
        self._max_queued, self._max_batch_seconds = config.max_queued_images, config.max_batch_seconds
        provider = choose_provider(config.execution_provider)
        half = _half_precision(config.synthesis_precision, provider, bundle.has_float16)
        self._session = bundle.open_synthesis(provider, config.intra_op_threads, float16=half)
        if config.execution_provider == "cuda" and self._session.provider != CUDA:
            raise FailedPrecondition("execution provider cuda: ONNX Runtime could not load it; its log says why")
        if half and self._session.provider != CUDA:
            if config.synthesis_precision == "float16":
                raise FailedPrecondition("synthesis precision float16: ONNX Runtime could not load CUDA")
            half = False  # on a CPU half precision is slower, and less exact for nothing
            self._session = bundle.open_synthesis(CPU, config.intra_op_threads)
        self.precision = "float16" if half else "float32"
        check_golden_images(bundle, self._session)
        self._preview: Session | None = None
        if bundle.has_preview:
            self._preview = bundle.open_preview(self._session.provider, config.intra_op_threads)
            check_golden_previews(bundle, self._preview)
        self.images_at_once = _images_at_once(bundle, self._session, config.max_batch_size)
        self.previews_at_once = _images_at_once(bundle, self._preview, config.max_batch_size) if self._preview else 0
        self._queue: deque[_Waiting] = deque()
        self._drain: asyncio.Task[None] | None = None
        self._batch_since: float | None = None  # time.monotonic() seconds, while one is in the arithmetic
        self._closed = False
        # One thread: the session uses all cores by itself.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="synthesis")

    @property
    def provider(self) -> str:
        """The execution provider in use."""
        return self._session.provider

    @property
    def queue_length(self) -> int:
        """Images that wait."""
        return len(self._queue)

    async def synthesize(self, jobs: Sequence[SynthesisJob], deadline: float | None) -> list[SynthesisResult]:
        """See `Engine.synthesize`; ValueError for a job whose styles have another shape, type or are not finite."""
        for job in jobs:
            self._check(job)
        if self._closed:
            raise Unavailable("the engine is closing; try again on another replica")
        seconds = None if deadline is None else deadline - time.monotonic()
        if seconds is not None and seconds <= 0:
            raise _late()
        if len(self._queue) + len(jobs) > self._max_queued:
            self.statistics.refused += len(jobs)
            raise Overloaded(
                f"the engine's queue holds {len(self._queue)} of at most {self._max_queued} images: no room for "
                f"{len(jobs)} more; try again later"
            )
        loop = asyncio.get_running_loop()
        waiting = [_Waiting(job, deadline, loop.create_future()) for job in jobs]
        self._queue.extend(waiting)
        if self._drain is None or self._drain.done():
            self._drain = loop.create_task(self._work_until_empty())
        try:
            async with asyncio.timeout(seconds):
                return list(await asyncio.gather(*(item.future for item in waiting)))
        except TimeoutError:
            raise _late() from None
        finally:
            self._forget(waiting)

    def check(self) -> None:
        """Raises Unavailable when a batch has been in the arithmetic for longer than any may: it hangs."""
        seconds = 0.0 if self._batch_since is None else time.monotonic() - self._batch_since
        if seconds > self._max_batch_seconds:
            raise Unavailable(f"the engine has been at one batch for {seconds:.0f} seconds; try again in a minute")

    async def close(self) -> None:
        """Finish the batch that runs, refuse what waits and what comes; may be called twice."""
        self._closed = True
        for item in self._queue:
            _fail(item, Unavailable("the engine is closing; try again on another replica"))
        self._queue.clear()
        if self._drain is not None and not self._drain.done():
            await asyncio.wait([self._drain])
        self._thread.shutdown(wait=False)

    def _check(self, job: SynthesisJob) -> None:
        num_styles = self.bundle.manifest.dimensions.num_styles
        styles = job.styles
        if styles.shape != (num_styles,) or styles.dtype != np.float32 or not np.isfinite(styles).all():
            raise ValueError(f"styles {styles.dtype} {styles.shape}; expected {num_styles} finite float32")
        if job.preview and self._preview is None:
            raise ValueError("a preview was asked of a bundle that has none")
        for seed, weight in job.noise:
            if not ((seed is None or 0 <= seed <= MAX_SEED) and math.isfinite(weight)):
                raise ValueError(f"noise of seed {seed}, weight {weight}; expected 0 to {MAX_SEED} or None, and finite")

    def _forget(self, waiting: list[_Waiting]) -> None:
        """Take out of the queue what its caller no longer wants."""
        unwanted = {item for item in waiting if item.future.cancelled() or not item.future.done()}
        if not unwanted:
            return
        for item in unwanted:
            item.future.cancel()
        left = deque(item for item in self._queue if item not in unwanted)
        self.statistics.dropped += len(self._queue) - len(left)
        self._queue = left

    async def _work_until_empty(self) -> None:
        """Run batch after batch while anything waits. Ends when the queue is empty; `synthesize` starts it again."""
        loop = asyncio.get_running_loop()
        while batch := self._take():
            started = self._batch_since = time.monotonic()
            try:
                outcomes = await loop.run_in_executor(self._thread, self._run, [item.job for item in batch])
                milliseconds = (time.monotonic() - started) * 1000
                session = self._session_of(batch[0].job)
                for item, (image, features) in zip(batch, outcomes, strict=True):
                    result = SynthesisResult(
                        image=image,
                        features=features,
                        queue_milliseconds=(started - item.since) * 1000,
                        synthesis_milliseconds=milliseconds,
                        batch_size=len(batch),
                        provider=session.provider,
                        precision=self.precision if session is self._session else "float32",
                    )
                    self._deliver(item, result)
                self.statistics.batches += 1
            except Exception as error:
                logger.exception("a batch of %d images failed", len(batch))
                self.statistics.failed += len(batch)
                for item in batch:
                    failure = SynthesisError(f"synthesis failed: {error}")
                    failure.__cause__ = error
                    _fail(item, failure)
            finally:
                self._batch_since = None

    def _take(self) -> list[_Waiting]:
        """The next batch: what waits, in order, without what nobody can use any more; of one kind."""
        batch: list[_Waiting] = []
        others: list[_Waiting] = []
        now = time.monotonic()
        while self._queue and len(batch) < (self.previews_at_once if _previews(batch) else self.images_at_once):
            item = self._queue.popleft()
            if item.future.done() or (item.deadline is not None and item.deadline <= now):
                self.statistics.dropped += 1
                _fail(item, _late())
            elif batch and item.job.preview != _previews(batch):
                others.append(item)
            else:
                batch.append(item)
        self._queue.extendleft(reversed(others))
        return batch

    def _deliver(self, item: _Waiting, result: SynthesisResult) -> None:
        if not np.isfinite(result.image).all():
            self.statistics.failed += 1
            _fail(item, SynthesisError("synthesis gave values that are not finite"))
            return
        self.statistics.images += 1
        if not item.future.done():
            item.future.set_result(result)

    def _run(self, jobs: list[SynthesisJob]) -> list[tuple[ndarray, ndarray | None]]:
        """image [C, H, W] and, where wanted, features [Cf, g, g] of each job. In the engine's thread."""
        session = self._session_of(jobs[0])
        (num_styles,), (num_noise,) = session.inputs["styles"], session.inputs["noise"]
        feeds = {
            "styles": np.stack([job.styles[:num_styles] for job in jobs]),  # [N, num_styles]
            # [N, num_noise]; a preview takes the leading numbers of the image's noise.
            "noise": np.stack([draw_noise(job.noise, self.bundle.noise_const, num_noise) for job in jobs]),
        }
        if not any(job.features for job in jobs):
            (images,) = session.run(feeds, ["image"])
            return [(image.copy(), None) for image in images]
        images, features = session.run(feeds, ["image", "features"])
        # Copies, so that one result does not keep the whole batch in memory.
        return [
            (image.copy(), feature.copy() if job.features else None)
            for job, image, feature in zip(jobs, images, features, strict=True)
        ]

    def _session_of(self, job: SynthesisJob) -> Session:
        return self._preview if job.preview and self._preview else self._session


def _previews(batch: list[_Waiting]) -> bool:
    """Whether a batch is one of previews."""
    return bool(batch) and batch[0].job.preview


def _half_precision(wanted: str, provider: str, there: bool) -> bool:
    """Whether to take the network in half precision.

    Raises:
        FailedPrecondition: it was asked for, and the bundle or the provider has none.
    """
    if wanted == "float16" and not there:
        raise FailedPrecondition("synthesis precision float16: this bundle has no such network; export it with --fp16")
    if wanted == "float16" and provider != CUDA:
        raise FailedPrecondition("synthesis precision float16: it is for CUDA only; take float32 or auto")
    return there and provider == CUDA and wanted != "float32"


def _images_at_once(bundle: Bundle, session: Session, max_batch_size: int) -> int:
    """How many images one run of a network holds; see the module's docstring."""
    if session.provider != CPU:
        return max_batch_size
    _, height, width = session.outputs["image"]
    count = min(max_batch_size, max(1, _CPU_PIXELS_AT_ONCE // ((height or 1) * (width or 1))))
    if count == 1:
        return 1
    (num_styles,), (num_noise,) = session.inputs["styles"], session.inputs["noise"]
    rows = np.arange(count) % len(bundle.golden.styles)
    styles = np.ascontiguousarray(bundle.golden.styles[rows, :num_styles])
    noise = np.ascontiguousarray(np.broadcast_to(bundle.noise_const[:num_noise], (count, num_noise)))
    (together,) = session.run({"styles": styles, "noise": noise}, ["image"])
    for row in range(min(count, len(bundle.golden.styles))):
        (alone,) = session.run({"styles": styles[row : row + 1], "noise": noise[:1]}, ["image"])
        if not np.array_equal(alone[0], together[row]):
            logger.warning("on this CPU an image depends on its batch: images are synthesised one by one")
            return 1
    return count


def _late() -> DeadlineExceeded:
    return DeadlineExceeded("the deadline passed before the image was synthesised")


def _fail(item: _Waiting, error: Exception) -> None:
    if not item.future.done():
        item.future.set_exception(error)
