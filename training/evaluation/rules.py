"""What a direction must keep to bear a name: the one place of these rules.

Over its useful range, in which images stay usual, it moves its attribute monotonically and so much that it is seen,
turns hardly any image into the other view, and moves every other attribute of SIDES less than a third as much, in
units of their spread between images: in the mean of all images, and in that of either view, where a muscle that only
few images have does not get lost among the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.attributes import NAMES, SIDES
from training.evaluation.directions import MAX_OUTSIDE, Moves, flipped, led_outside, respond
from training.evaluation.reference import Reference

MONOTONE = 0.9  # Spearman's rho, mean over the seeds, at least
MAX_FLIPS = 1 / 50  # share of the seeds whose image becomes the other view somewhere in the range
LEAST_MOVED = 1.0  # deviations of its attribute, over its range
LEAST_OF_VIEW = 5  # images of a view to be judged by themselves
MAX_SHARE = 1 / 3  # movement of another attribute over that of its own, below


@dataclass(frozen=True)
class Finding:
    """What one rule found on one direction."""

    rule: str  # range, moves, monotone, view or still
    attribute: str  # that it is about
    value: float
    limit: float
    passed: bool

    def words(self) -> str:
        """For people: "texture moves 0.52 as much (below 0.33)"."""
        name = self.attribute.replace("_", " ")
        return {
            "range": f"attributes leave their usual range in {self.value:.0%} of the images (at most {self.limit:.0%})",
            "moves": f"{name} moves by {self.value:.2f} deviations (at least {self.limit:.2f})",
            "monotone": f"{name} has rho {self.value:.2f} (at least {self.limit:.2f})",
            "view": f"the view flips in {self.value:.0%} of the images (at most {self.limit:.0%})",
            "still": f"{name} moves {self.value:.2f} as much (below {self.limit:.2f})",
        }[self.rule]


def judge(
    values: NDArray[np.float64], moves: Moves, attribute: str, useful: tuple[float, float], reference: Reference
) -> list[Finding]:
    """All rules on one direction.

    Args:
        values: attributes of its sweep, [S, T, A], with the view score.
        moves: of that sweep.
        attribute: that it is to move.
        useful: its range; sigmas beyond are left out.
        reference: spread of the attributes.

    Returns:
        one finding for each rule and attribute; none on the view where nobody knows views.
    """
    sigmas = np.array(moves.sigmas)
    inside = (sigmas >= useful[0] - 1e-9) & (sigmas <= useful[1] + 1e-9)
    if inside.sum() < 2:
        return [Finding("range", attribute, 1.0, MAX_OUTSIDE, False)]
    rows, kept = values[:, inside], tuple(sigmas[inside].tolist())
    own, zero = NAMES.index(attribute), int(np.argmin(np.abs(kept)))
    left = float(led_outside(rows, zero, reference).max())
    response = respond(rows[..., own], kept, own, reference)
    changes = np.abs(movements(rows, reference))
    moved = float(changes[own])
    found = [
        Finding("range", attribute, left, MAX_OUTSIDE, left <= MAX_OUTSIDE),
        Finding("moves", attribute, moved, LEAST_MOVED, moved >= LEAST_MOVED),
        Finding("monotone", attribute, abs(response.rho), MONOTONE, abs(response.rho) >= MONOTONE),
    ]
    if reference.view is not None:
        share = float(flipped(rows, zero).any(axis=1).mean())
        found.append(Finding("view", "view_score", share, MAX_FLIPS, share <= MAX_FLIPS))
    groups = [np.abs(movements(rows[kind], reference)) for kind in _views(rows, zero, reference)]
    for name in SIDES:
        index = NAMES.index(name)
        if name == attribute or not np.isfinite(changes[index]):
            continue
        share = max(float(group[index]) / max(float(group[own]), 1e-9) for group in (changes, *groups))
        found.append(Finding("still", name, share, MAX_SHARE, share < MAX_SHARE))
    return found


def _views(values: NDArray[np.float64], zero: int, reference: Reference) -> list[NDArray[np.bool_]]:
    """The seeds of either view, at place `zero`, that there are enough of; none where nobody knows views."""
    if reference.view is None:
        return []
    is_mlo = values[:, zero, NAMES.index("view_score")] > 0
    return [kind for kind in (is_mlo, ~is_mlo) if LEAST_OF_VIEW <= kind.sum() < len(kind)]


def movements(values: NDArray[np.float64], reference: Reference) -> NDArray[np.float64]:
    """Mean change [A] from the first sigma of [S, T, A] to the last, in deviations; NaN where it was not measured."""
    change = values[:, -1] - values[:, 0]
    counted = np.isfinite(change).any(axis=0)
    mean = np.full(change.shape[1], np.nan)
    mean[counted] = np.nanmean(change[:, counted], axis=0)
    return mean / reference.deviation


def passes(findings: list[Finding]) -> bool:
    """Whether every rule is kept."""
    return all(finding.passed for finding in findings)
