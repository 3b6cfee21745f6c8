"""Arithmetic of the synthesis noise: which noise belongs to an image, the noise between two, drawing it.

The noise of one image is a weighted sum of noises that do not depend on each other, each of variance 1: a tuple of
terms, empty for no noise. So a few numbers stand for it wherever an image is asked for, and only what synthesises
draws it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from mammoganesis.editing.latents import Float32Array, noise_from_seed


class NoiseTerm(NamedTuple):
    """One of the noises that are added up."""

    seed: int | None  # 0 to 2^32 - 1; None: the bundle's constant noise
    weight: float = 1.0


NoiseTerms = tuple[NoiseTerm, ...]
Over = Callable[[Callable[[int], Float32Array], Iterable[int]], Iterable[Float32Array]]
CONSTANT: NoiseTerms = (NoiseTerm(None),)
WITHOUT: NoiseTerms = ()


def own_seed(origin: str, seed: int | None = None) -> int:
    """The noise seed that belongs to an image, 0 to 2^32 - 1: the first 4 bytes (big-endian) of SHA-256 over "noise:"
    and the name of its origin, such as "seed:7".

    Args:
        origin: "seed:" and the seed in decimal, or "code:" and a SHA-256.
        seed: what z is drawn from; where the noise would be drawn from the same seed, so that its first numbers were
            z's, the next 4 bytes are taken. None for a code.
    """
    digest = hashlib.sha256(f"noise:{origin}".encode("ascii")).digest()
    first, second = (int.from_bytes(digest[place : place + 4], "big") for place in (0, 4))
    return second if first == seed else first


def between(start: NoiseTerms, end: NoiseTerms, fraction: float) -> NoiseTerms:
    """The noise at `fraction` (0 to 1) of the way from `start` to `end`.

    The weighted sum of the two, scaled so that its variance is (1 - fraction) times the start's and fraction times the
    end's: a plain sum of two noises has half their variance in the middle, which is seen as frames that go soft and
    sharp again. Exactly the start's terms at 0 and the end's at 1, and theirs everywhere where both have the same.
    """
    if fraction == 0 or start == end:
        return start
    if fraction == 1:
        return end
    weights: dict[int | None, float] = {}
    for share, terms in ((1 - fraction, start), (fraction, end)):
        for term in terms:
            weights[term.seed] = weights.get(term.seed, 0.0) + share * term.weight
    wanted = (1 - fraction) * variance(start) + fraction * variance(end)
    length = math.hypot(*weights.values())  # squares would vanish where the fraction is next to nothing
    scale = math.sqrt(wanted) / length if length else 0.0
    ordered = sorted(weights, key=lambda seed: (seed is not None, seed or 0))
    return tuple(NoiseTerm(seed, scale * weights[seed]) for seed in ordered)


def variance(terms: NoiseTerms) -> float:
    """Of one number of the noise."""
    return sum(term.weight**2 for term in terms)


def draw_noise(images: Sequence[NoiseTerms], noise_const: Float32Array, count: int, over: Over = map) -> Float32Array:
    """The first `count` numbers of the noise of each image, [N, count] float32.

    Args:
        images: what is added up for each, in this order.
        noise_const: [num_noise] float32, the bundle's constant noise.
        count: 0 to num_noise; fewer numbers are the leading ones.
        over: goes over the seeds as `map` does, or several at a time (`Executor.map`): NumPy lets go of the
            interpreter while it draws. Each seed is drawn once, however many images have it.
    """
    seeds = sorted({seed for terms in images for seed, _ in terms if seed is not None})
    parts = (over if len(seeds) > 1 else map)(partial(_drawn, count=count), seeds)
    drawn: dict[int | None, Float32Array] = {None: noise_const[:count], **dict(zip(seeds, parts, strict=True))}
    noise = np.zeros((len(images), count), np.float32)
    for total, terms in zip(noise, images, strict=True):
        if len(terms) == 1 and terms[0].weight == 1:
            total[:] = drawn[terms[0].seed]
            continue
        for seed, weight in terms:
            total += np.float32(weight) * drawn[seed]
    return noise


@lru_cache(maxsize=8)  # the images of a strip, and an image under a slider, have one noise
def _drawn(seed: int, count: int) -> Float32Array:
    noise = noise_from_seed(seed, count)
    noise.flags.writeable = False
    return noise
