"""What an evaluation says about one number."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

Better = Literal["lower", "higher"]


@dataclass(frozen=True)
class Floor:
    """The same metric between reals and reals: what a perfect generator would reach."""

    value: float  # mean over the splits
    lowest: float
    highest: float
    kind: str  # how the reals were split, in words
    num_fakes: int  # images that took the place of the fakes
    num_reals: int
    matched: float | None  # fakes against reals with as many images on each side; None: too few fakes


@dataclass(frozen=True)
class MetricResult:
    """One value with everything needed to judge it."""

    name: str
    value: float
    better: Better
    interval: tuple[float, float] | None  # 95 % bootstrap interval; None: not asked for
    floor: Floor | None  # None: not asked for, or the metric has no reals (PPL)
    num_fakes: int
    num_reals: int  # 0: the metric looks at fakes only
    extractor: str  # name of what turned images into numbers
    extractor_digest: str  # sha256 of the file or of the built-in's weights; empty: no learned part
    notes: tuple[str, ...] = ()  # what a reader has to know; starts with "unreliable:" where n is too small

    @property
    def reliable(self) -> bool:
        return not any(note.startswith("unreliable:") for note in self.notes)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {**dataclasses.asdict(self), "reliable": self.reliable, "notes": list(self.notes)}
