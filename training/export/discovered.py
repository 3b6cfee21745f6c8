"""components.npz and regions.npz, read and checked against the generator that they are exported with."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoganesis.errors import DataError
from mammoganesis.recipe.limits import MAX_BUNDLE_REGIONS
from training.networks import GeneratorConfig

Arrays = dict[str, NDArray]


def read_arrays(path: Path, required: tuple[str, ...]) -> Arrays:
    """An npz file with these finite arrays. Raises DataError."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: cannot be read as npz ({error})") from error
    missing = [name for name in required if name not in arrays]
    if missing:
        raise DataError(f"{path}: lacks {', '.join(missing)}")
    bad = [name for name in required if arrays[name].dtype.kind == "f" and not np.isfinite(arrays[name]).all()]
    if bad:
        raise DataError(f"{path}: {', '.join(bad)} holds NaN or infinity")
    return arrays


def _expect_shape(path: Path, arrays: Arrays, shapes: dict[str, tuple[int, ...]]) -> None:
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise DataError(f"{path}: {name} has the shape {arrays[name].shape}; this generator needs {shape}")


def _expect_unit_rows(path: Path, arrays: Arrays, name: str) -> None:
    off = float(np.abs(np.linalg.norm(arrays[name].astype(np.float64), axis=1) - 1).max())
    if off > 1e-3:
        raise DataError(f"{path}: rows of {name} have lengths off 1 by {off:.3g}; allowed: 0.001")


def _expect_generator(path: Path, arrays: Arrays, digest: str, report: Callable[[str], None]) -> None:
    """Found with these weights. Files without a digest cannot tell."""
    if "generator_digest" not in arrays:
        report(f"warning: {path} does not say which generator it was found with")
        return
    found = str(arrays["generator_digest"])
    if found != digest:
        raise DataError(f"{path}: found with the generator {found[:64]}; the one exported here is {digest}")


def read_components(
    path: Path, config: GeneratorConfig, digest: str, report: Callable[[str], None] = lambda _: None
) -> Arrays:
    """Checked content of a components.npz.

    Args:
        path: file of `discover components`.
        config: sizes of the generator.
        digest: SHA-256 of generator_ema.safetensors.
        report: called with a line when the file has no generator_digest.

    Raises:
        DataError: the file does not fit the generator.
    """
    arrays = read_arrays(path, ("components", "deviations", "mean", "explained_variance_ratio"))
    count = len(arrays["deviations"])
    shapes = {"components": (count, config.w_dim), "deviations": (count,), "mean": (config.w_dim,)}
    _expect_shape(path, arrays, shapes | {"explained_variance_ratio": (count,)})
    _expect_unit_rows(path, arrays, "components")
    _expect_generator(path, arrays, digest, report)
    if not (arrays["deviations"] > 0).all():
        raise DataError(f"{path}: every deviation must be above 0; the smallest is {arrays['deviations'].min()}")
    return arrays


def read_regions(
    path: Path, config: GeneratorConfig, digest: str, report: Callable[[str], None] = lambda _: None
) -> Arrays:
    """Checked content of a regions.npz; see `read_components`."""
    arrays = read_arrays(path, ("centroids", "contributions", "area_share", "layer", "grid_size"))
    layers = {layer.name: layer for layer in config.noise_layers}
    layer = layers.get(str(arrays["layer"]))
    if layer is None:
        raise DataError(f"{path}: layer is {str(arrays['layer'])!r}; allowed are {', '.join(layers)}")
    count, num_styles = len(arrays["area_share"]), sum(entry.dim for entry in config.layers)
    if not 1 <= count <= MAX_BUNDLE_REGIONS:
        raise DataError(f"{path}: {count} regions; allowed: 1 to {MAX_BUNDLE_REGIONS}")
    if arrays["grid_size"].shape != () or int(arrays["grid_size"]) != layer.resolution:
        raise DataError(f"{path}: grid_size is {arrays['grid_size']}; {layer.name} puts out {layer.resolution}")
    channels = config.channels(layer.resolution)
    shapes = {"centroids": (count, channels), "contributions": (count, num_styles), "area_share": (count,)}
    _expect_shape(path, arrays, shapes)
    _expect_generator(path, arrays, digest, report)
    _expect_unit_rows(path, arrays, "centroids")
    off = float(np.abs(arrays["contributions"].astype(np.float64).sum(axis=0) - 1).max())
    if off > 1e-3:
        raise DataError(f"{path}: contributions of a channel sum to 1 within {off:.3g}; allowed: 0.001")
    return arrays
