"""Recipes drawn at random: what a bundle offers to them, and one source of chance, for reader studies and bulk jobs."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mammoganesis.editing.labels import LabelMixture
from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.limits import MAX_SEED

LEAST_SHARE = 0.25
"""Of the way to either end of its range that an edit moves at least: less would be no edit."""


@dataclass(frozen=True)
class Chance:
    """What is drawn at random: the same whenever it is asked for, and to be computed by nobody who has not its secret.
    Of a study the seed alone, which everybody is told, would give the truth away before the end."""

    seed: int
    """Of the document."""
    secret: bytes = b""
    """Of the study; nothing where anybody may draw the same again."""

    def of(self, *purpose: object) -> np.random.Generator:
        """For one purpose, independent of all others."""
        digest = hmac.new(self.secret, "/".join(map(str, (self.seed, *purpose))).encode(), hashlib.sha256).digest()
        return np.random.default_rng(int.from_bytes(digest[:16], "big"))


@dataclass(frozen=True)
class Direction:
    """A curated direction and its useful range, in standard deviations."""

    name: str
    sigmas_start: float
    sigmas_end: float


@dataclass(frozen=True)
class Catalogue:
    """What the bundle offers to recipes."""

    bundle_digest: str
    bundle_name: str
    resolution: int  # pixels
    directions: Sequence[Direction]
    regions: Sequence[str]
    mixture: LabelMixture | None  # None: an unconditional bundle
    indices: Mapping[str, int] = field(default_factory=dict)  # of the regions, by their names
    masked: bool = False  # whether transfers can be masked

    @property
    def can_edit(self) -> bool:
        """Whether it has anything to edit with."""
        return bool(self.directions or self.regions)

    @property
    def fields(self) -> Mapping[str, Sequence[str]]:
        """Values of each label, by its name."""
        return {} if self.mixture is None else self.mixture.fields


def check_names(field: str, wanted: Sequence[str], offered: Sequence[str]) -> None:
    """Names of directions or regions are some that the bundle has.

    Raises:
        InvalidArgument: one is not; `field` and its place name it.
    """
    for i, name in enumerate(wanted):
        if name not in offered:
            raise InvalidArgument(f"{field}[{i}]", name, ", ".join(offered) or "none: this bundle has none")


def check_labels(field: str, labels: Mapping[str, str], catalogue: Catalogue) -> None:
    """Labels are some that the bundle has.

    Raises:
        InvalidArgument: one is not.
    """
    for name, value in labels.items():
        if value not in catalogue.fields.get(name, ()):
            allowed = ", ".join(f"{name}={each}" for name, values in catalogue.fields.items() for each in values)
            raise InvalidArgument(field, f"{name}={value}", allowed or "none: this bundle has no labels")


def drawn_seed(random: np.random.Generator) -> int:
    """Of an image, 0 to 2^32 - 1."""
    return int(random.integers(MAX_SEED + 1))


def drawn_sigmas(random: np.random.Generator, direction: Direction, most: float) -> float:
    """A displacement along a direction, in standard deviations of two digits: evenly over its useful range, `most` to
    either side at most, and LEAST_SHARE of the way at least."""
    low = max(direction.sigmas_start, -most)
    high = min(direction.sigmas_end, most)
    sides = [(end * LEAST_SHARE, end) for end in (low, high) if end] if low < 0 < high else [(low, high)]
    lengths = np.array([abs(end - start) for start, end in sides])
    start, end = sides[random.choice(len(sides), p=lengths / lengths.sum())] if lengths.sum() else sides[0]
    return round(start + random.random() * (end - start), 2)
