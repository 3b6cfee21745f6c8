"""Arithmetic of local style transfer (Collins et al. 2020, "Editing in Style"): pure functions on NumPy arrays.

M [k, num_styles] is the share of each region in the energy of each style channel; over all regions it adds up to 1. A
transfer into a set of regions looks for channels that act there and little elsewhere. In each layer:

    maximise  sum_c q_c * (M_c - rho * (1 - M_c))   subject to  sum_c q_c * (1 - M_c) <= epsilon,  0 <= q_c <= 1

A channel helps where M_c > rho / (1 + rho), and M_c / (1 - M_c) falls with falling M_c: so the channels above the
threshold are taken by falling M until the budget is spent, and

    s' = s + strength * q * (s_reference - s)

`rho` below is the threshold rho / (1 + rho) itself, as in the protos and in the paper's code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy import ndarray


def region_share(contributions: ndarray, regions: Sequence[int]) -> ndarray:
    """M of several regions taken as one.

    Args:
        contributions: [k, num_styles] float32.
        regions: distinct indices.

    Returns:
        [num_styles] float64, 0 to 1.
    """
    # Sums of float32 shares may pass 1 by their rounding; a channel costs 0 or more, never less.
    return np.minimum(contributions[sorted(regions)].sum(axis=0, dtype=np.float64), 1.0)


def low_resolution_epsilons(layers: Sequence[int], epsilon: float, low_resolution_epsilon: float) -> dict[int, float]:
    """The budgets of the layers that place the whole breast: they move little unless a transfer names them.

    Args:
        layers: indices of the layers that read 4x4 or 8x8.
        epsilon: of the transfer.
        low_resolution_epsilon: of the bundle.

    Returns:
        the smaller of both by layer.
    """
    return dict.fromkeys(layers, min(epsilon, low_resolution_epsilon))


def epsilon_per_layer(epsilon: float, special: Mapping[int, float], num_layers: int) -> list[float]:
    """The budget of each of `num_layers` style layers: the layer's own in `special`, else `epsilon`."""
    return [special.get(layer, epsilon) for layer in range(num_layers)]


def query(share: ndarray, layers: Sequence[slice], rho: float, epsilons: Sequence[float]) -> ndarray:
    """Which channels take the reference's style.

    Args:
        share: [num_styles] float64: `region_share`.
        layers: where each style layer stands among the num_styles.
        rho: 0 to 1; only channels with a larger share qualify.
        epsilons: one per layer, 0 or more; the costs (1 - share) of the layer's chosen channels add up to less.

    Returns:
        q, [num_styles] bool. Channels of equal share are taken in the order of their index.
    """
    q = np.zeros(share.shape, dtype=bool)
    for layer, epsilon in zip(layers, epsilons, strict=True):
        shares = share[layer]
        order = np.argsort(-shares, kind="stable")
        spent = np.cumsum(1.0 - shares[order])
        q[layer][order] = (spent < epsilon) & (shares[order] > rho)
    return q


def transfer(styles: ndarray, reference_styles: ndarray, q: ndarray, strength: float) -> ndarray:
    """Styles of the target with the chosen channels moved to the reference's.

    Args:
        styles, reference_styles: [..., num_styles] float32.
        q: [..., num_styles] bool.
        strength: 0 (all stays) to 1 (the chosen channels are the reference's, to the bit).

    Returns:
        [..., num_styles] float32, a new array; channels that are not chosen keep their bits.
    """
    if strength == 1:
        return np.where(q, reference_styles, styles).astype(np.float32)
    moved = styles + np.float32(strength) * (reference_styles - styles)
    return np.where(q, moved, styles).astype(np.float32)
