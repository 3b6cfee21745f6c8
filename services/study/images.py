"""How each image of a study was judged, over all readers and tasks that ask for real or generated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from services.study.pool import Origin
from services.study.ratings import Answered


@dataclass(frozen=True)
class Judged:
    """An image of the set was judged `readings` times, and called generated `called` times of them. `confidence`: the
    mean, 1 to 6; None where it was not asked."""

    name: str
    origin: Origin
    readings: int
    called: int
    confidence: float | None

    @property
    def share(self) -> float:
        """Of the readings that called it generated."""
        return self.called / self.readings


def judged(answers: Iterable[Answered]) -> tuple[Judged, ...]:
    """Every image that was judged, those called generated most often first."""
    calls: dict[str, list[bool]] = {}
    confidences: dict[str, list[int]] = {}
    origins: dict[str, Origin] = {}
    for each in answers:
        for picture, call in zip(each.pictures, each.called, strict=False):
            origins[picture.name] = picture.origin
            calls.setdefault(picture.name, []).append(call)
            if each.confidence is not None:
                confidences.setdefault(picture.name, []).append(each.confidence)
    found = [
        Judged(name, origin, len(calls[name]), sum(calls[name]), _mean(confidences.get(name)))
        for name, origin in origins.items()
    ]
    return tuple(sorted(found, key=lambda image: (-image.share, -(image.confidence or 0.0), image.name)))


def most_recognised(found: Iterable[Judged], most: int) -> list[Judged]:
    """Generated images that were called so, most often first."""
    return [image for image in found if image.origin.generated and image.called][:most]


def most_mistaken(found: Iterable[Judged], most: int) -> list[Judged]:
    """Generated images that were called real, most often first."""
    kept = [image for image in found if image.origin.generated and image.called < image.readings]
    return sorted(kept, key=lambda image: (image.share, image.confidence or 0.0, image.name))[:most]


def most_accused(found: Iterable[Judged], most: int) -> list[Judged]:
    """Real images that were called generated, most often first."""
    return [image for image in found if not image.origin.generated and image.called][:most]


def _mean(values: list[int] | None) -> float | None:
    return float(np.mean(values)) if values else None
