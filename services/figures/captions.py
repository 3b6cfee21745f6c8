"""What every figure takes, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mammoganesis.pictures.page import default_cell
from mammoganesis.v1.latents_pb2 import Recipe
from mammoganesis.v1.model_pb2 import GetModelResponse
from services.client import Sampling, messages


@dataclass(frozen=True)
class Look:
    """What all figures take."""

    psi: float  # truncation of the images, 0 to 2
    labels: Mapping[str, str] | None = None  # of a conditional model, such as {"view": "MLO"}
    cell: int | None = None  # side of a picture in pixels; None: the model's resolution, at least 96 and at most 192
    mark: bool = True  # whether the mark stands under the figure

    @property
    def sampling(self) -> Sampling:
        """How the images come from their seeds."""
        return Sampling(psi=self.psi, labels=self.labels)

    def recipe(self, seed: int) -> Recipe:
        """Of a seed without edits."""
        return messages.seed_recipe(seed, self.sampling)

    def cell_for(self, model: GetModelResponse) -> int:
        """Side of a picture."""
        return self.cell or default_cell(model.dimensions.resolution)


def sources(model: GetModelResponse) -> str:
    """The bundle by name, version and digest, and what the images are not for."""
    return (
        f"Bundle {model.name} {model.version}, SHA-256 {model.bundle_digest[:12]}. "
        "Synthetic images: they show no patient and are not for diagnosis."
    )


def seeds_text(seeds: Sequence[int]) -> str:
    """ "seed 7", "seeds 0 to 39" or "seeds 3, 9, 4"."""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    if list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return f"seeds {', '.join(map(str, seeds))}"


def labels_text(labels: Mapping[str, str] | None) -> str:
    """ ", view MLO, density B", or nothing."""
    return "".join(f", {name} {value}" for name, value in (labels or {}).items())
