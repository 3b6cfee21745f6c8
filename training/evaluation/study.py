"""Everything that is measured on the directions of one network, in one order for `evaluate directions` and `curate`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mammoganesis.bundle.arrays import Components
from mammoganesis.bundle.v1.manifest_pb2 import NamedComponent
from training.evaluation.combinations import Compromise
from training.evaluation.directions import Effect, Moves, analyse, sweep
from training.evaluation.network import Network
from training.evaluation.proposals import choose, named
from training.evaluation.reference import Reference
from training.evaluation.search import Judged, judged, judged_catalogue, judged_combinations, with_side_effects

END_SEEDS = 100  # on which the ends of ranges are measured


@dataclass(frozen=True)
class Study:
    """What is measured on one network, and with what."""

    network: Network
    found: Components
    reference: Reference
    moves: Moves
    top: int  # components that are looked at as they are
    combine: int  # components that combinations are made of; 0: no combinations
    end_seeds: int = END_SEEDS

    def components(self) -> tuple[list[Effect], NDArray[np.float64], NDArray[np.uint8]]:
        """Effects of the largest components, their attributes [K, S, T, A], and images [K, min(S, 3), T, H, W]."""
        directions = self.moves.along_components(self.network, min(self.top, len(self.found.components)))
        values, sheet = sweep(self.network, self.found, directions, self.moves, "moving along components")
        return analyse(values, directions, self.moves, self.reference), values, sheet

    def clear(self, effects: Sequence[Effect], values: NDArray[np.float64]) -> list[Judged]:
        """Components with a clear response, judged on the attribute that they follow best."""
        rows = [(effect, one, named(effect)) for effect, one in zip(effects, values, strict=True)]
        return [
            judged(effect, one, self.moves, responses[0].attribute, self.reference)
            for effect, one, responses in rows
            if responses
        ]

    def combinations(self) -> tuple[list[Judged], dict[str, list[Compromise]]]:
        """Combinations, judged, and all compromises by attribute; nothing where none are wanted."""
        if not self.combine:
            return [], {}
        return judged_combinations(self.network, self.found, self.combine, self.moves, self.reference)

    def proposed(self, candidates: Sequence[Judged], taken: Collection[str]) -> dict[str, Judged]:
        """What is proposed of them beside the names that are taken, by name, with side effects; a direction without
        any range is not."""
        return self._at_ends(dict(choose([one for one in candidates if one.useful[0] < one.useful[1]], taken)))

    def catalogue(self, directions: Sequence[NamedComponent]) -> dict[str, Judged]:
        """Directions that have a name already, judged, with side effects."""
        return self._at_ends(judged_catalogue(self.network, self.found, directions, self.moves, self.reference))

    def _at_ends(self, directions: dict[str, Judged]) -> dict[str, Judged]:
        first = self.moves.seeds[0]
        moves = replace(self.moves, seeds=range(first, first + self.end_seeds))
        measured = with_side_effects(self.network, self.found, list(directions.values()), moves, self.reference)
        return dict(zip(directions, measured, strict=True))
