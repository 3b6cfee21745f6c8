"""Arithmetic of latents, in NumPy: seeds to z and noise, truncation, interpolation, style mixing.

Shapes: N images, z [N, z_dim], w [N, w_dim], ws [num_ws, w_dim] and styles [num_styles] (one image), all float32.
Nothing here reads a file, and a seed is the whole identity of what is drawn from it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]

_own = threading.local()


def z_from_seed(seed: int, z_dim: int) -> Float32Array:
    """z of one image, [1, z_dim] float32, as NVIDIA's generators draw it: `RandomState(seed).randn(1, z_dim)`.

    `seed` is 0 to 2^32 - 1; another one is NumPy's ValueError.
    """
    return _seeded(seed).randn(1, z_dim).astype(np.float32)


def z_from_seeds(seeds: Iterable[int], z_dim: int) -> Float32Array:
    """z of several images, [N, z_dim] float32, N 1 or more: row i is `z_from_seed` of seed i."""
    return np.concatenate([z_from_seed(seed, z_dim) for seed in seeds])


def noise_from_seed(seed: int, num_noise: int) -> Float32Array:
    """The noise maps of one image, flattened and concatenated, [num_noise] float32, N(0, 1) before noise_strength."""
    return _seeded(seed).randn(num_noise).astype(np.float32)


def _seeded(seed: int) -> np.random.RandomState:
    """`RandomState(seed)`, one for each thread: a new one first asks the system for entropy, which takes ten times as
    long as the numbers of a z."""
    if not hasattr(_own, "state"):
        _own.state = np.random.RandomState(0)
    _own.state.seed(seed)
    return _own.state


def from_code(values: Sequence[float] | Float32Array, w_dim: int) -> Float32Array:
    """The numbers of an explicit code as rows: [1, w_dim] or [num_ws, w_dim] float32."""
    return np.asarray(values, dtype=np.float32).reshape(-1, w_dim)


def truncate(w: Float32Array, w_avg: Float32Array, psi: float, cutoff: int, num_ws: int) -> Float32Array:
    """`w_avg + psi * (w - w_avg)` in the first `cutoff` layers; the others keep w. Of one image, or of several at once
    with the bits of each alone.

    Args:
      w: [w_dim], [..., 1, w_dim] or [..., num_ws, w_dim] float32, before truncation; one row serves all layers.
      w_avg: [w_dim] float32, the mean of w.
      psi: 0 gives w_avg exactly, 1 gives w exactly.
      cutoff: number of leading layers truncated, 0 to num_ws.

    Returns:
      ws, [..., num_ws, w_dim] float32, a new array.
    """
    rows = w if w.ndim > 1 else w[None]
    ws = np.empty((*rows.shape[:-2], num_ws, rows.shape[-1]), np.float32)
    ws[...] = rows
    if psi != 1.0:  # w_avg + (w - w_avg) is not w in floating point
        truncated = rows if rows.shape[-2] == 1 else rows[..., :cutoff, :]
        ws[..., :cutoff, :] = w_avg + np.float32(psi) * (truncated.astype(np.float32, copy=False) - w_avg)
    return ws


def equal_steps(start: float, end: float, steps: int) -> list[float]:
    """`steps` (2 or more) numbers at equal distances, exactly `start` first and exactly `end` last."""
    return [float(value) for value in np.linspace(start, end, steps)]


def interpolate(a: Float32Array, b: Float32Array, t: float) -> Float32Array:
    """`(1 - t) * a + t * b` of two ws or two styles, float32 of their shape; exactly a at t = 0 and b at t = 1."""
    return (np.float32(1.0 - t) * a + np.float32(t) * b).astype(np.float32, copy=False)


def mix(ws_base: Float32Array, ws_style: Float32Array, layer_start: int, layer_end: int) -> Float32Array:
    """Style mixing: the rows [layer_start, layer_end) of `ws_style`, the others of `ws_base`, to the bit; a new array,
    [num_ws, w_dim] float32."""
    ws = np.array(ws_base, dtype=np.float32)
    ws[layer_start:layer_end] = ws_style[layer_start:layer_end]
    return ws
