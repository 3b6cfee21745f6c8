"""Directions worth a name: components and combinations of them, each judged by the rules.

judged_components     what was swept already
judged_combinations   found by least squares on derivatives, then swept on seeds of their own
with_side_effects     measured at both ends of their ranges
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mammoganesis.bundle.arrays import Components
from mammoganesis.bundle.curated import direction_of, sigmas_range
from mammoganesis.bundle.v1.manifest_pb2 import NamedComponent
from mammoganesis.editing.latents import equal_steps
from mammoganesis.recipe.limits import DEFAULT_SWEEP_STEPS, Direction
from training.evaluation.attributes import NAMES, SIDES
from training.evaluation.combinations import Compromise, derivatives, terms, trade_off
from training.evaluation.directions import Effect, Moves, analyse, sweep, useful_range
from training.evaluation.network import Network
from training.evaluation.reference import Reference
from training.evaluation.rules import MAX_SHARE, Finding, judge, movements, passes

TARGETS = tuple(name for name in SIDES if name != "view_score")  # the labels, or another seed, change the view
WIDER = 2  # how much further combinations are swept than components: they are made of weaker parts
TRIED = 3  # combinations an attribute that are swept
DERIVATIVE_SEEDS = 40
SEEDS_OF_DERIVATIVES = 2_000_000  # first of them: away from those on which directions are judged


@dataclass(frozen=True)
class SideEffect:
    """What a direction does to one attribute at the ends of its range."""

    attribute: str
    ends: tuple[float, float]  # mean change at the start and at the end, in deviations of the attribute
    seeds: int


@dataclass(frozen=True)
class Judged:
    """A direction along which its attribute grows, and what the rules say of it."""

    attribute: str
    direction: Direction
    useful: tuple[float, float]  # range of sigmas
    rho: float  # Spearman's, mean over the seeds
    seeds: int
    moved: float  # by the attribute over the range, in its deviations
    findings: list[Finding]
    combined: bool = False  # found as a combination; else a component as it is
    effects: tuple[SideEffect, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether all rules are kept."""
        return passes(self.findings)


def judged(effect: Effect, values: NDArray[np.float64], moves: Moves, attribute: str, reference: Reference) -> Judged:
    """One swept direction, turned so that the attribute grows along it, over the widest range in which it keeps the
    rules, or else the widest in which images stay usual. `values` [S, T, A] as of `sweep`."""
    rows, response = reference.complete(values), effect.response(attribute)
    widest = useful_range(effect, response, moves.sigmas)
    useful = widest
    findings = judge(rows, moves, attribute, widest, reference)
    for narrower in _within(widest, moves.sigmas):
        kept = judge(rows, moves, attribute, narrower, reference)
        if passes(kept):
            useful, findings = narrower, kept
            break
    ends = [moves.sigmas.index(end) for end in useful]
    moved = float(movements(rows[:, ends], reference)[NAMES.index(attribute)])
    direction = effect.direction
    if response.rho < 0:
        direction = tuple(part._replace(weight=-part.weight) for part in direction)
        useful = (0.0 - useful[1], 0.0 - useful[0])
    return Judged(attribute, direction, useful, abs(response.rho), response.seeds, abs(moved), findings)


def _within(widest: tuple[float, float], sigmas: Sequence[float]) -> list[tuple[float, float]]:
    """All ranges around 0 within the widest, that included, by falling width."""
    starts = [value for value in sigmas if widest[0] <= value <= 0]
    ends = [value for value in sigmas if 0 <= value <= widest[1]]
    ranges = [(start, end) for start in starts for end in ends if start < end]
    return sorted(ranges, key=lambda one: (one[0] - one[1], abs(one[0] + one[1])))


def judged_combinations(
    network: Network, found: Components, count: int, moves: Moves, reference: Reference
) -> tuple[list[Judged], dict[str, list[Compromise]]]:
    """Combinations of the `count` largest components for every one of TARGETS, and all compromises by attribute."""
    parts = terms(min(count, len(found.components)), network.num_ws)
    seeds = range(SEEDS_OF_DERIVATIVES, SEEDS_OF_DERIVATIVES + min(DERIVATIVE_SEEDS, max(len(moves.seeds), 2)))
    slopes = derivatives(network, found, parts, replace(moves, seeds=seeds), reference)
    compromises = {name: trade_off(slopes, parts, name) for name in TARGETS}
    tried = [(name, direction) for name in TARGETS for direction in _promising(compromises[name])]
    directions = [direction for _, direction in tried]
    if not directions:
        return [], compromises
    first, last = moves.sigmas[0] * WIDER, moves.sigmas[-1] * WIDER
    wide = replace(moves, sigmas=tuple(sorted({*equal_steps(first, last, WIDER * len(moves.sigmas) - 1), 0.0})))
    values, _ = sweep(network, found, directions, wide, "combinations")
    effects = analyse(values, directions, wide, reference)
    rows = zip(tried, effects, values, strict=True)
    found_ones = [judged(effect, one, wide, name, reference) for (name, _), effect, one in rows]
    return [replace(one, combined=True) for one in found_ones], compromises


def _promising(compromises: Sequence[Compromise]) -> list[Direction]:
    """The different ones that should hold the others still and move most, then those with the least side effects."""
    ranked = sorted(compromises, key=lambda c: (c.side >= MAX_SHARE, -c.movement if c.side < MAX_SHARE else c.side))
    return list(dict.fromkeys(one.direction for one in ranked))[:TRIED]


def judged_catalogue(
    network: Network, found: Components, catalogue: Sequence[NamedComponent], moves: Moves, reference: Reference
) -> dict[str, Judged]:
    """Directions that have a name already, over the ranges that they have, by name."""
    result = {}
    for named in catalogue:
        useful, direction = sigmas_range(named), direction_of(named)
        steps = sorted({*equal_steps(*useful, DEFAULT_SWEEP_STEPS), 0.0})
        own = replace(moves, sigmas=tuple(steps))
        values, _ = sweep(network, found, [direction], own, named.name)
        [effect] = analyse(values, [direction], own, reference)
        said = named.evidence.attribute
        attribute = said if said in NAMES else effect.by_strength()[0].attribute
        rows, response = reference.complete(values[0]), effect.response(attribute)
        moved = movements(rows[:, [steps.index(end) for end in useful]], reference)[NAMES.index(attribute)]
        findings = judge(rows, own, attribute, useful, reference)
        result[named.name] = Judged(
            attribute, direction, useful, response.rho, response.seeds, float(moved), findings, len(direction) > 1
        )
    return result


def with_side_effects(
    network: Network, found: Components, chosen: Sequence[Judged], moves: Moves, reference: Reference
) -> list[Judged]:
    """The same with their effects on SIDES and their own attribute at both ends, on the seeds of `moves`."""
    return [replace(one, effects=side_effects(network, found, one, moves, reference)) for one in chosen]


def side_effects(
    network: Network, found: Components, one: Judged, moves: Moves, reference: Reference
) -> tuple[SideEffect, ...]:
    """What a direction does at both ends of its range."""
    ends = Moves((one.useful[0], 0.0, one.useful[1]), moves.seeds, moves.psi)
    values, _ = sweep(network, found, [one.direction], ends, "side effects")
    rows = reference.complete(values[0])
    start, end = (movements(rows[:, [1, place]], reference) for place in (0, 2))
    effects = []
    for name in dict.fromkeys((*SIDES, one.attribute)):
        index = NAMES.index(name)
        seeds = int(np.isfinite(rows[..., index]).all(axis=1).sum())
        if seeds:
            effects.append(SideEffect(name, (round(float(start[index]), 4), round(float(end[index]), 4)), seeds))
    return tuple(effects)
