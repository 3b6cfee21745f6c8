"""components.npz and regions.npz, and whether they belong to a network."""

from __future__ import annotations

from pathlib import Path

from numpy.typing import NDArray

from mammoganesis.errors import DataError
from training.evaluation.network import Network


def check_fit(path: Path, arrays: dict[str, NDArray], network: Network) -> None:
    """Raises DataError unless the arrays were found on this network."""
    num_styles = sum(layer.dim for layer in network.layers)
    if "contributions" in arrays and arrays["contributions"].shape[1] != num_styles:
        found = arrays["contributions"].shape[1]
        raise DataError(f"{path}: contributions cover {found} styles; this network has {num_styles}")
    if "components" in arrays and arrays["components"].shape[1] != len(network.w_avg):
        found = arrays["components"].shape[1]
        raise DataError(f"{path}: components have {found} numbers; w of this network has {len(network.w_avg)}")
    digest = str(arrays.get("generator_digest", network.digest))
    if digest != network.digest:
        raise DataError(
            f"{path}: was found on the generator with the digest {digest[:12]}...; this one is {network.digest[:12]}..."
        )
