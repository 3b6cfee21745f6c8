"""Arithmetic of component edits (Härkönen et al. 2020, GANSpace): pure functions on NumPy arrays.

    w' = w + sum_k x_k * sigma_k * v_k      on the layers [start, end) of each edit

with the unit components v_k, their standard deviations sigma_k, and displacements x_k in standard deviations.
Truncation comes before: x means the same distance in W for every psi.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from mammoganesis.v1.latents_pb2 import ComponentEdit
from numpy import ndarray


def edit(ws: ndarray, components: ndarray, deviations: ndarray, edits: Iterable[ComponentEdit]) -> ndarray:
    """Move a latent along components.

    Args:
        ws: [num_ws, w_dim] float32, after truncation.
        components: [K, w_dim] float32, unit rows.
        deviations: [K] float32, in units of w.
        edits: complete: with index, sigmas, layer_start and layer_end. Their displacements add up.

    Returns:
        ws, [num_ws, w_dim] float32, a new array; the same bits as before in layers that no edit moves.
    """
    moved = ws.astype(np.float32, copy=True)
    for item in edits:
        if item.sigmas == 0:
            continue
        step = np.float32(item.sigmas) * deviations[item.index] * components[item.index]  # [w_dim]
        moved[item.layer_start : item.layer_end] += step
    return moved


def sweep(start: float, end: float, steps: int) -> list[float]:
    """`steps` (2 or more) displacements at equal distances, exactly `start` first and exactly `end` last."""
    return [float(value) for value in np.linspace(start, end, steps)]
