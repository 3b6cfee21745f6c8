"""Metrics of one set of fakes against one set of reals."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mammoganesis.errors import ConfigurationError
from training.metrics import bootstrap, radiomics, registry
from training.metrics.extractors import Extractor
from training.metrics.registry import Need
from training.metrics.result import MetricResult
from training.metrics.samples import Generated, Sample

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
    progress: bool = False

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


def needs_of(names: Sequence[str]) -> frozenset[Need]:
    """What has to be computed for the metrics of these names."""
    return frozenset().union(*(registry.load(name).needs for name in names))


def check(context: Context, names: Sequence[str]) -> None:
    """Refuse what cannot be done before long work begins."""
    needs = needs_of(names)
    if "generator" in needs and context.generated is None:
        wanting = ", ".join(n for n in names if "generator" in registry.load(n).needs)
        raise ConfigurationError(f"metric {wanting} needs a checkpoint or a run; a folder of images has no generator")


def measure(context: Context, names: Sequence[str]) -> tuple[list[MetricResult], dict[str, float]]:
    """Run metrics.

    Returns:
        the results in the order of the names, and the seconds that each metric took beside computing the vectors.
    """
    check(context, names)
    results: list[MetricResult] = []
    seconds: dict[str, float] = {}
    for name in tqdm(names, desc="metrics", unit="metric", disable=not context.progress):
        started = time.monotonic()
        results += registry.load(name).measure(context)
        seconds[name] = time.monotonic() - started
    return results, seconds
