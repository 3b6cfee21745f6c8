"""Jobs for engines of the tiny bundle."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from mammoganesis.editing.masks import FurtherSets
from mammoganesis.editing.noise import CONSTANT, WITHOUT, NoiseTerm, NoiseTerms
from services.rendering.engine import LocalEngine
from services.rendering.jobs import SynthesisJob, SynthesisResult
from tests.support.stylegan2_numpy import golden, styles_from_ws

NOISES: dict[str, NoiseTerms] = {
    "const": CONSTANT,
    "none": WITHOUT,
    "random": (NoiseTerm(5),),
    "between": (NoiseTerm(None, 0.6), NoiseTerm(5, 0.8)),
}


def some_job(number: int, **settings: Any) -> SynthesisJob:
    """A job with styles of its own."""
    ws = golden()["ws_psi065"][number % 4] * np.float32(1 + 0.1 * (number // 4))
    return SynthesisJob(styles_from_ws(ws).astype(np.float32), **settings)


def further(styles: tuple[int, ...], masks: tuple[int, ...], value: float = 0.0, **settings: Any) -> SynthesisJob:
    """A job with further sets of these shapes."""
    sets = FurtherSets(np.full(styles, value, np.float32), np.zeros(masks, np.float16))
    return SynthesisJob(np.ones(496, np.float32), further=sets, **settings)


async def alone(engine: LocalEngine, job: SynthesisJob) -> SynthesisResult:
    (result,) = await engine.synthesize([job], None)
    assert result.batch_size == 1
    return result


@contextlib.contextmanager
def held(engine: LocalEngine) -> Iterator[None]:
    """The engine's thread is busy with something else meanwhile."""
    gate = threading.Event()
    engine._thread.submit(gate.wait)
    try:
        yield
    finally:
        gate.set()
