"""What a metric is, and what it may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.metrics import bootstrap, radiomics
from training.metrics.extractors import Extractor
from training.metrics.result import Better, MetricResult
from training.metrics.samples import Generated, Need, Sample

FloorKind = Literal["halves", "split", "none"]
FLOOR_SPLITS = 5  # random halves that the floor is the mean of
DEFAULT_BOOTSTRAP = 100


@dataclass(frozen=True)
class Context:
    """What a metric may use."""

    fakes: Sample
    reals: Sample
    extractor: Extractor | None
    generated: Generated | None = None  # the generator behind the fakes, for metrics that need one
    held_out: Sample | None = None  # the other split of the reals, for the floor "split"
    split_names: tuple[str, str] = ("train", "test")  # of the reals and of the held-out images
    floor: FloorKind = "halves"
    bootstrap: int = DEFAULT_BOOTSTRAP  # resamples; 0: no interval
    seed: int = 0

    def random(self) -> np.random.Generator:
        """A fresh stream: what a metric draws does not depend on the metrics before it."""
        return np.random.default_rng((self.seed, 0x6D65747269))

    def source_of(self, what: Literal["features", "radiomics"]) -> tuple[str, str]:
        """Name and digest of what made the vectors."""
        if what == "radiomics":
            return radiomics.NAME, ""
        assert self.extractor is not None
        return self.extractor.name, self.extractor.digest

    def floor_splits(
        self, what: Literal["features", "radiomics"]
    ) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Pairs of disjoint sets of reals [N, D] and [M, D]; the first takes the place of the fakes."""
        reals = self.reals.vectors(what)
        if self.floor == "split":
            assert self.held_out is not None
            yield self.held_out.vectors(what), reals
        elif self.floor == "halves":
            random = self.random()
            for _ in range(FLOOR_SPLITS):
                left, right = bootstrap.halves(self.reals.groups, random)
                yield reals[left], reals[right]

    def floor_words(self) -> str:
        if self.floor == "split":
            return f"{self.split_names[1]} images against {self.split_names[0]} images"
        return f"two halves of the {self.split_names[0]} images without common patients, mean of {FLOOR_SPLITS} splits"


@dataclass(frozen=True)
class Metric:
    """What a metric's file defines as `METRIC`."""

    name: str  # what --metric and the training option `metrics` take
    needs: frozenset[Need]
    better: dict[str, Better]  # result name -> which way is better; one metric may have two results
    measure: Callable[[Context], list[MetricResult]]
