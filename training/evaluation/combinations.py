"""Small combinations of components, on ranges of layers, that move one attribute and hold the others still.

The derivatives of all attributes along every component and range of layers are measured by finite differences. For one
attribute, weights x are sought that move it by 1 and do the least else:

    minimise   sum over the others of (mean derivative . x)^2 + lambda * x' R x     with   own mean derivative . x = 1

R is how derivatives differ from image to image, so that what is unreliable is used sparingly. A small lambda holds the
others still in the mean and moves little, a large one moves much and takes side effects. At most MOST terms are taken,
one after the other, each the one that lowers the sum most.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mammoganesis.bundle.arrays import Components
from mammoganesis.bundle.curated import MAX_FURTHER
from mammoganesis.recipe.limits import Direction, Part
from training.evaluation.attributes import NAMES, SIDES
from training.evaluation.directions import Moves, sweep
from training.evaluation.network import Network
from training.evaluation.reference import Reference

MOST = 1 + MAX_FURTHER
LAMBDAS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
CUTS = (4, 8)  # layers at which ranges begin: 16x16 pixels, 64x64 pixels
STEP = 1.0  # standard deviations, to both sides
LEAST_SLOPE = 1e-3  # deviations of the attribute; what no part moves more is not looked for
EXCHANGES = 2  # times that every term is chosen again beside the others
LEAST_WEIGHT = 0.05  # terms below it are left out

Floats = NDArray[np.float64]
_SIDES = [NAMES.index(name) for name in SIDES]


@dataclass(frozen=True)
class Compromise:
    """The best combination at one lambda, and what the derivatives say of it."""

    strength: float  # lambda
    direction: Direction
    movement: float  # of its attribute for one standard deviation of the direction, in the attribute's deviations
    side: float  # largest movement of another one over that


def layer_ranges(num_ws: int) -> list[tuple[int, int]]:
    """Coarse, middle and fine layers, as far as there are any."""
    ends = [0, *(cut for cut in CUTS if cut < num_ws), num_ws]
    return list(pairwise(ends))


def terms(num_components: int, num_ws: int) -> list[Part]:
    """What combinations are made of: every component on every range of layers."""
    return [Part(index, *layers) for index in range(num_components) for layers in layer_ranges(num_ws)]


def derivatives(network: Network, found: Components, parts: list[Part], moves: Moves, reference: Reference) -> Floats:
    """Change of every one of SIDES for one standard deviation of each part, in deviations of the attribute.

    Returns:
        [S, M, len(SIDES)] of S seeds and M parts. An attribute that was not measured counts as still.
    """
    both = Moves((-STEP, 0.0, STEP), moves.seeds, moves.psi)
    values, _ = sweep(network, found, [(part,) for part in parts], both, "derivatives")
    complete = reference.complete(values)[..., _SIDES]
    slopes = (complete[:, :, 2] - complete[:, :, 0]) / (2 * STEP * reference.deviation[_SIDES])
    return np.nan_to_num(slopes.transpose(1, 0, 2))


def trade_off(slopes: Floats, parts: list[Part], attribute: str) -> list[Compromise]:
    """The best combinations for one of SIDES, by rising lambda; none where nothing moves it. `slopes` as of
    `derivatives`."""
    own = SIDES.index(attribute)
    mean = slopes.mean(axis=0)  # [M, A]
    if np.abs(mean[:, own]).max() < LEAST_SLOPE:
        return []
    others = np.delete(mean, own, axis=1)
    still = others @ others.T
    centred = slopes - mean
    scatter = np.einsum("sma,sna->mn", centred, centred) / max(len(slopes) - 1, 1)
    scatter += 1e-6 * np.trace(scatter) / len(scatter) * np.eye(len(scatter)) + 1e-12 * np.eye(len(scatter))
    scatter *= max(np.trace(still), 1e-12) / np.trace(scatter)
    found = []
    for strength in LAMBDAS:
        chosen, weights = _fewest(still + strength * scatter, mean[:, own])
        direction = _direction([parts[m] for m in chosen], weights)
        rows = [part.weight * mean[parts.index(part._replace(weight=1.0))] for part in direction]
        moved = np.sum(rows, axis=0)
        side = np.abs(np.delete(moved, own)).max() / max(abs(moved[own]), 1e-9)
        found.append(Compromise(strength, direction, float(abs(moved[own])), float(side)))
    return found


def _fewest(cost: Floats, own: Floats) -> tuple[list[int], Floats]:
    """Places and weights of at most MOST terms that minimise x' cost x with own . x = 1, a term after the other."""
    chosen: list[int] = []
    for _ in range(min(MOST, len(own))):
        chosen.append(_fittest(cost, own, chosen))
    for place in [*range(len(chosen))] * EXCHANGES:  # an early choice may be a bad one beside the later ones
        others = chosen[:place] + chosen[place + 1 :]
        chosen = [*others[:place], _fittest(cost, own, others), *others[place:]]
    weights: Floats = np.linalg.solve(cost[np.ix_(chosen, chosen)], own[chosen]).astype(np.float64)
    return chosen, weights


def _fittest(cost: Floats, own: Floats, beside: list[int]) -> int:
    """The term that lowers the sum most beside these."""
    gains = np.full(len(own), -np.inf)
    for m in set(range(len(own))) - set(beside):
        some = [*beside, m]
        gains[m] = own[some] @ np.linalg.solve(cost[np.ix_(some, some)], own[some])
    return int(gains.argmax())


def _direction(parts: list[Part], weights: Floats) -> Direction:
    """The largest weight first and 1 or -1; small ones left out."""
    relative = np.round(weights / np.abs(weights).max(), 2)
    order = np.argsort(-np.abs(relative), kind="stable")
    return tuple(parts[m]._replace(weight=float(relative[m])) for m in order if abs(relative[m]) >= LEAST_WEIGHT)
