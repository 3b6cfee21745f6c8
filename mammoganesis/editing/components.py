"""Arithmetic of component edits (Härkönen et al. 2020, GANSpace): pure functions on NumPy arrays.

    w' = w + sum_k x_k * sigma_k * v_k      on the layers [start, end) of each edit

with the unit components v_k, their standard deviations sigma_k, and displacements x_k in standard deviations.
Truncation comes before: x means the same distance in W for every psi.

An absolute edit counts from the mean of W instead of from the image: the image's own coordinate (w - mean) . v_k, of
each layer before any edit, is taken away first. It is taken away once, however many absolute edits of that component
move a layer: their displacements still add up.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy import ndarray

from mammoganesis.v1.latents_pb2 import EDIT_MODE_ABSOLUTE, ComponentEdit


def edit(
    ws: ndarray, components: ndarray, deviations: ndarray, mean: ndarray, edits: Iterable[ComponentEdit]
) -> ndarray:
    """Move a latent along components.

    Args:
        ws: [num_ws, w_dim] float32, after truncation.
        components: [K, w_dim] float32, unit rows.
        deviations: [K] float32, in units of w.
        mean: [w_dim] float32, where absolute displacements count from.
        edits: complete: with index, sigmas, layer_start, layer_end and mode. Their displacements add up.

    Returns:
        ws, [num_ws, w_dim] float32, a new array; the same bits as before in layers that no edit moves.
    """
    moved = ws.astype(np.float32, copy=True)
    at_mean: set[tuple[int, int]] = set()  # component and layer whose own coordinate is taken away
    for item in edits:
        component = components[item.index]
        if item.mode == EDIT_MODE_ABSOLUTE:
            for layer in range(item.layer_start, item.layer_end):
                if (item.index, layer) not in at_mean:
                    at_mean.add((item.index, layer))
                    moved[layer] -= coordinate(ws[layer], mean, component) * component
        if item.sigmas != 0:
            moved[item.layer_start : item.layer_end] += displacement(component, deviations[item.index], item.sigmas)
    return moved


def coordinate(w: ndarray, mean: ndarray, component: ndarray) -> np.float32:
    """(w - mean) . component, all [w_dim] float32, in units of w; added up in double precision."""
    return np.float32(np.dot(w.astype(np.float64) - mean, component.astype(np.float64)))


def displacement(component: ndarray, deviation: float | np.floating, sigmas: float) -> ndarray:
    """What a relative edit adds to w, [w_dim] float32: `sigmas` (standard deviations) times `deviation` (units of w)
    along the unit row `component` [w_dim]."""
    return np.float32(sigmas) * np.float32(deviation) * component.astype(np.float32, copy=False)
