"""What every figure says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mammoganesis.v1.model_pb2 import GetModelResponse


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
