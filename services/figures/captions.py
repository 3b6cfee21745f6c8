"""What every figure takes, and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mammoganesis.editing.labels import LabelMixture
from mammoganesis.pictures.page import default_cell
from mammoganesis.v1.latents_pb2 import Recipe
from mammoganesis.v1.model_pb2 import GetModelResponse
from mammoganesis.v1.pca_editing_pb2 import Direction
from services.client import Client, Image, Picture, Sampling, messages


@dataclass(frozen=True)
class Look:
    """What all figures take."""

    psi: float  # truncation of the images, 0 to 2
    labels: Mapping[str, str] | None = None  # of a conditional model, such as {"view": "MLO"}
    mixture: LabelMixture | None = None  # what each seed has where no labels are given; None: none
    cell: int | None = None  # side of a picture in pixels; None: the model's resolution, at least 96 and at most 192
    mark: bool = True  # whether the mark stands under the figure

    def sampling(self, seed: int) -> Sampling:
        """How the image comes from its seed."""
        drawn = {} if self.mixture is None else self.mixture.labels_of_seed(seed)
        return Sampling(psi=self.psi, labels=self.labels or drawn)

    def recipe(self, seed: int) -> Recipe:
        """Of a seed without edits."""
        return messages.seed_recipe(seed, self.sampling(seed))

    def images(self, client: Client, seeds: Sequence[int], mark: bool = False) -> Iterator[tuple[int, Image]]:
        """The places of the seeds and their images, those with the same labels one after the other."""
        asked: dict[tuple[tuple[str, str], ...], list[int]] = {}
        for place, seed in enumerate(seeds):
            asked.setdefault(tuple(sorted((self.sampling(seed).labels or {}).items())), []).append(place)
        for places in asked.values():
            sampling, picture = self.sampling(seeds[places[0]]), Picture(mark=mark)
            drawn = client.stream([seeds[place] for place in places], sampling=sampling, picture=picture)
            yield from zip(places, drawn, strict=True)

    def drawn_labels(self, seed: int) -> list[str]:
        """Lines beside the image of a seed: "view MLO", for labels that were drawn for it."""
        return [] if self.labels else [f"{name} {value}" for name, value in (self.sampling(seed).labels or {}).items()]

    @property
    def labels_text(self) -> str:
        """ ", view MLO, density B", or how they were drawn, or nothing."""
        if not self.labels and self.mixture is not None:
            return f", labels as often as in training ({self.mixture.describe()})"
        return "".join(f", {name} {value}" for name, value in (self.labels or {}).items())

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


def sigmas_text(sigmas: float) -> str:
    """Over a column: "+1.50", "-0.75" or "0.00"."""
    return f"{sigmas:+.2f}" if round(sigmas, 2) else "0.00"


def parts_text(direction: Direction) -> str:
    """What a direction moves: "component 2, reversed, layers 0 to 5", and what moves with it."""
    first = f"component {direction.index}{', reversed' * direction.reversed}"
    parts = [f"{first}, {_layers(direction.layer_start, direction.layer_end)}"]
    for part in direction.further:
        layers = _layers(part.layer_start, part.layer_end)
        parts.append(f"with {part.weight:+.2f} of component {part.index}, {layers}")
    return "; ".join(parts)


def _layers(start: int, end: int) -> str:
    """The end excluded -> "layers 0 to 5", "layer 5"."""
    return f"layers {start} to {end - 1}" if end > start + 1 else f"layer {start}"


def seen(direction: Direction) -> str:
    """What the catalogue says of a direction: the curator's note and what was measured; "" where it says nothing."""
    evidence = ""
    if direction.HasField("evidence"):
        measured = direction.evidence
        evidence = f"({measured.attribute}: Spearman's rho {measured.spearman_rho:+.2f}, {measured.num_seeds} seeds)"
    return f"{direction.note} {evidence}".strip()
