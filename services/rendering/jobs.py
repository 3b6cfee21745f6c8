"""What the engine takes and gives, and the interface that its implementations share.

Plain frozen values of NumPy arrays, so that they travel between processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy import ndarray

from mammoganesis.editing.masks import FurtherSets
from mammoganesis.editing.noise import CONSTANT, NoiseTerms

Network = Literal["synthesis", "preview", "masked"]

# Pixels of one run on a CPU: 8 images of 128x128, one of 512x512. Measured on 2 cores: 8 at once save 13 % of time
# at 128x128; 4 at once at 512x512 save none, take 1.8 GB instead of 0.9 and make the first image wait for the last.
CPU_PIXELS_AT_ONCE = 8 * 128 * 128


def images_of_a_run(pixels: int, most: int) -> int:
    """How many images of so many pixels one run on a CPU may hold, 1 to `most`."""
    return min(most, max(1, CPU_PIXELS_AT_ONCE // pixels))


class SynthesisError(RuntimeError):
    """The engine could not compute an image; clients see INTERNAL. The message says why, for the log."""


@dataclass(frozen=True, eq=False)
class SynthesisJob:
    """One image to synthesise."""

    styles: ndarray  # [num_styles] float32, finite; the whole vector for a preview too; of masked ones the own set
    noise: NoiseTerms = CONSTANT  # what is added up; empty for none
    features: bool = False  # also return the activations that the region catalogue clusters
    preview: bool = False  # by the preview network, which the bundle must have
    further: FurtherSets | None = None  # by the masked network, which the bundle must have; no features, no preview
    background: bool = False  # drawn when nobody else waits

    @property
    def network(self) -> Network:
        """What draws it."""
        if self.further is not None:
            return "masked"
        return "preview" if self.preview else "synthesis"


@dataclass(frozen=True, eq=False)
class SynthesisResult:
    """One synthesised image."""

    image: ndarray  # [C, H, W] float32, about -1 to 1, not clamped, finite; [C, p, p] of a preview; empty if too near
    features: ndarray | None  # [Cf, g, g] float32 where the job wanted them
    queue_milliseconds: float  # waiting in the engine's queue
    synthesis_milliseconds: float  # of the whole batch
    batch_size: int  # images synthesised together, 1 or more
    provider: str  # of what computed it: ONNX Runtime's name, such as "CPUExecutionProvider", or "OpenVINO"
    precision: str  # "float32", "bfloat16" or "float16"
    too_near: bool = False  # the guard has found it too near to a training image: neither pixels nor features

    def withheld(self) -> SynthesisResult:
        """The same of an image that is too near."""
        return replace(self, image=np.empty((0, 0, 0), np.float32), features=None, too_near=True)


@dataclass(frozen=True)
class Arithmetic:
    """What an engine computes full images with."""

    provider: str  # as of SynthesisResult
    precision: str
    reason: str  # why, for people

    def __str__(self) -> str:
        return f"{self.provider} in {self.precision} ({self.reason})"


class Engine(Protocol):
    """In this process (`services.rendering.engine.LocalEngine`) or behind Ray Serve (`services.cluster`)."""

    async def synthesize(self, jobs: Sequence[SynthesisJob], deadline: float | None) -> list[SynthesisResult]:
        """One result per job, in order; of images that are too near to a training image without them.

        Args:
            jobs: one or more; they may share batches with the jobs of other calls.
            deadline: `time.monotonic()` seconds, or None for none.

        Raises:
            Overloaded: the queue has no room for all of the jobs.
            DeadlineExceeded: the deadline passed before every image was there.
            Unavailable: the engine is closing or gone.
            SynthesisError: the numerics failed or gave values that are not finite.
        """
        ...

    async def describe(self) -> Arithmetic:
        """What computes the images, and why.

        Raises:
            Unavailable, DeadlineExceeded: the engine is gone, or does not answer.
        """
        ...

    async def close(self) -> None:
        """Finish the batch that runs, refuse what waits."""
        ...
