"""Batches of the engine: what may be asked for, the arrays that a run of a network takes, how many images it holds."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.golden import golden_feeds
from mammoganesis.bundle.runtimes import CUDA, OPENVINO
from mammoganesis.bundle.sessions import Session
from mammoganesis.editing.latents import Float32Array
from mammoganesis.editing.masks import padded
from mammoganesis.editing.noise import Over, draw_noise
from mammoganesis.recipe.limits import MAX_SEED
from services.rendering.jobs import Network, SynthesisJob, images_of_a_run

logger = logging.getLogger(__name__)


def check_job(job: SynthesisJob, sessions: Mapping[Network, Session], num_styles: int) -> None:
    """Raises ValueError for a job whose styles have another shape, type or are not finite, whose noise is none, or
    that none of the networks draws.

    Args:
        num_styles: of the whole network; a preview takes the leading ones.
    """
    styles = job.styles
    if styles.shape != (num_styles,) or styles.dtype != np.float32 or not np.isfinite(styles).all():
        raise ValueError(f"styles {styles.dtype} {styles.shape}; expected {num_styles} finite float32")
    if job.network not in sessions:
        raise ValueError(f"the network {job.network} was asked of a bundle that has none")
    if job.further is not None:
        _check_further(job, sessions["masked"])
    for seed, weight in job.noise:
        if not ((seed is None or 0 <= seed <= MAX_SEED) and math.isfinite(weight)):
            raise ValueError(f"noise of seed {seed}, weight {weight}; expected 0 to {MAX_SEED} or None, and finite")


def _check_further(job: SynthesisJob, masked: Session) -> None:
    """Raises ValueError for further sets that the masked network does not take."""
    further, (sets, num_styles), pixels = job.further, masked.inputs["styles"], tuple(masked.inputs["masks"][1:])
    assert further is not None
    count = len(further.styles)
    shapes = (further.styles.shape, further.masks.shape)
    if not 1 <= count < sets or shapes != ((count, num_styles), (count, *pixels)):
        raise ValueError(f"further sets {shapes}; expected 1 to {sets - 1} of {num_styles} styles and {pixels} pixels")
    if not (np.isfinite(further.styles).all() and np.isfinite(further.masks).all()):
        raise ValueError("further sets with numbers that are not finite")
    if job.features or job.preview:
        raise ValueError("further sets go neither with features nor with a preview")


def feeds_of(
    jobs: Sequence[SynthesisJob], session: Session, noise_const: Float32Array, over: Over = map
) -> dict[str, ndarray]:
    """What one run of the network takes: noise [N, num_noise], of which a preview takes the leading numbers, and styles
    [N, num_styles], or styles [N, K, num_styles] and masks [N, K, R, R]. `over` draws the noise, as in `draw_noise`."""
    (num_noise,) = session.inputs["noise"]
    noise = draw_noise([job.noise for job in jobs], noise_const, num_noise, over)
    if "masks" not in session.inputs:
        (num_styles,) = session.inputs["styles"]
        return {"styles": np.stack([job.styles[:num_styles] for job in jobs]), "noise": noise}
    sets = session.inputs["styles"][0]
    fields = [padded(job.styles, job.further, sets) for job in jobs if job.further is not None]
    styles, masks = (np.stack(each) for each in zip(*fields, strict=True))
    return {"styles": styles, "masks": masks, "noise": noise}


def batch_sizes(bundle: Bundle, session: Session, max_batch_size: int) -> tuple[int, ...]:
    """How many images one run of a network may hold, ascending from 1, so that an image does not depend on what shares
    its batch: the golden cases are run alone and together, and a size that gives other bits is not taken. OpenVINO
    compiles a network for each size: powers of two alone, each of which has then run. CUDA takes any size."""
    if session.provider == CUDA:
        return tuple(range(1, max_batch_size + 1))
    _, height, width = session.outputs["image"]
    most = images_of_a_run((height or 1) * (width or 1), max_batch_size)
    if most == 1:
        return (1,)
    rows = np.arange(most) % len(bundle.golden.styles)
    feeds = {name: np.ascontiguousarray(values[rows]) for name, values in golden_feeds(bundle, session).items()}

    def images(first: int, last: int) -> ndarray:
        return session.run({name: values[first:last] for name, values in feeds.items()}, ["image"])[0]

    alone = [images(row, row + 1)[0] for row in range(min(most, len(bundle.golden.styles)))]

    def same(size: int) -> bool:
        return all(map(np.array_equal, images(0, size), alone))

    if session.provider == OPENVINO:
        powers = [1 << power for power in range(most.bit_length())]
        sizes = tuple(size for size in powers if size == 1 or same(size))
    else:
        sizes = tuple(range(1, most + 1)) if same(most) else (1,)
    if sizes == (1,):
        logger.warning("on this CPU an image depends on its batch: images are synthesised one by one")
    return sizes
