"""components.npz and regions.npz, and whether they belong to a network."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.errors import DataError
from training.evaluation.network import Network


def read_arrays(path: Path, required: tuple[str, ...]) -> dict[str, NDArray]:
    """An npz file with these arrays. Raises DataError."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: cannot be read as npz ({error})") from error
    missing = [name for name in required if name not in arrays]
    if missing:
        raise DataError(f"{path}: lacks {', '.join(missing)}")
    return arrays


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
