"""What the arrays of a bundle mean, and whether they can be right: components, regions, golden cases.

Every fault is a BundleError that names the file, what was expected and what was found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.files import Arrays
from mammoganesis.bundle.manifest import MANIFEST
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from mammoganesis.recipe.limits import MAX_SEED


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components of W."""

    components: ndarray  # [K, w_dim] float32, unit rows
    deviations: ndarray  # [K] float32, above 0, in units of w
    mean: ndarray  # [w_dim] float32
    explained_variance_ratio: ndarray  # [K] float32, 0 to 1


@dataclass(frozen=True, eq=False)
class Regions:
    """The region catalogue."""

    centroids: ndarray  # [k, Cf] float32, unit rows
    contributions: ndarray  # [k, num_styles] float32, 0 to 1; sums over k are 1
    area_share: ndarray  # [k] float32, 0 to 1; sum 1


@dataclass(frozen=True, eq=False)
class Golden:
    """Cases whose results are known; constant noise."""

    seeds: ndarray  # [n] int64
    truncation_psi: float
    w: ndarray  # [n, w_dim] float32, before truncation
    styles: ndarray  # [n, num_styles] float32
    image: ndarray  # [n, C, crop, crop] float32
    crop_top: int  # pixels
    crop_left: int  # pixels
    preview: ndarray | None  # [n, C, crop, crop] float32, the middle of the previews; None where the bundle has none


def read_components(arrays: Arrays, manifest: BundleManifest) -> Components:
    """components.npz, judged."""
    w_dim = manifest.dimensions.w_dim
    components = arrays.floats("components", [None, w_dim])
    count = len(components)
    if not 1 <= count <= w_dim:
        raise arrays.fail(f"components has {count} rows; allowed: 1 to w_dim, {w_dim}")
    _check_unit_rows(arrays, "components", components)
    result = Components(
        components=components,
        deviations=arrays.floats("deviations", [count]),
        mean=arrays.floats("mean", [w_dim]),
        explained_variance_ratio=arrays.floats("explained_variance_ratio", [count]),
    )
    if not (result.deviations > 0).all():
        raise arrays.fail(f"deviations goes down to {result.deviations.min()}; expected above 0")
    _check_shares(arrays, "explained_variance_ratio", result.explained_variance_ratio)
    _check_generator(arrays, manifest)
    return result


def read_regions(arrays: Arrays, manifest: BundleManifest) -> Regions:
    """regions.npz, judged."""
    count, num_styles = manifest.regions.num_regions, manifest.dimensions.num_styles
    result = Regions(
        centroids=arrays.floats("centroids", [count, None]),
        contributions=arrays.floats("contributions", [count, num_styles]),
        area_share=arrays.floats("area_share", [count]),
    )
    _check_unit_rows(arrays, "centroids", result.centroids)
    _check_shares(arrays, "contributions", result.contributions)
    _check_shares(arrays, "area_share", result.area_share)
    sums = result.contributions.sum(axis=0, dtype=np.float64)
    worst = int(np.abs(sums - 1).argmax())
    if abs(sums[worst] - 1) > 1e-3:
        raise arrays.fail(f"contributions of channel {worst} add up to {sums[worst]:.6g}; expected 1 within 0.001")
    grid = int(arrays.integers("grid_size", [], 1, manifest.dimensions.resolution))
    if grid != manifest.regions.grid_size:
        raise arrays.fail(f"grid_size is {grid}; {MANIFEST} says {manifest.regions.grid_size}")
    _check_generator(arrays, manifest)
    return result


def read_golden(arrays: Arrays, manifest: BundleManifest) -> Golden:
    """golden.npz, judged."""
    dims = manifest.dimensions
    seeds = arrays.integers("seeds", [None], 0, MAX_SEED)
    count = len(seeds)
    if not 1 <= count <= 64:
        raise arrays.fail(f"{count} seeds; allowed: 1 to 64")
    image = arrays.floats("image", [count, dims.channels, None, None])
    crop = image.shape[2]
    if image.shape[3] != crop or not 1 <= crop <= dims.resolution:
        raise arrays.fail(f"image has the shape {list(image.shape)}; expected square crops of 1 to {dims.resolution}")
    psi = float(arrays.floats("truncation_psi", []))
    if not 0 <= psi <= 2:
        raise arrays.fail(f"truncation_psi is {psi}; allowed: 0 to 2")
    edge = dims.resolution - crop
    preview = arrays.floats("preview", [count, dims.channels, None, None]) if arrays.has("preview") else None
    if (preview is not None) != manifest.HasField("preview"):
        raise arrays.fail(f"previews go together with preview in {MANIFEST}; only one of them is there")
    if preview is not None:
        size = preview.shape[2]
        if preview.shape[3] != size or not 1 <= size <= manifest.preview.resolution:
            allowed = f"square crops of 1 to {manifest.preview.resolution}"
            raise arrays.fail(f"preview has the shape {list(preview.shape)}; expected {allowed}")
    return Golden(
        seeds=seeds,
        truncation_psi=psi,
        w=arrays.floats("w", [count, dims.w_dim]),
        styles=arrays.floats("styles", [count, dims.num_styles]),
        image=image,
        crop_top=int(arrays.integers("crop_top", [], 0, edge)),
        crop_left=int(arrays.integers("crop_left", [], 0, edge)),
        preview=preview,
    )


def _check_unit_rows(arrays: Arrays, name: str, rows: ndarray) -> None:
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1)
    worst = int(np.abs(lengths - 1).argmax())
    if abs(lengths[worst] - 1) > 1e-3:
        raise arrays.fail(f"{name}[{worst}] has the length {lengths[worst]:.6g}; expected 1 within 0.001")


def _check_shares(arrays: Arrays, name: str, values: ndarray) -> None:
    if not (values.min() >= 0 and values.max() <= 1 + 1e-3):
        raise arrays.fail(f"{name} goes from {values.min():.6g} to {values.max():.6g}; allowed: 0 to 1")


def _check_generator(arrays: Arrays, manifest: BundleManifest) -> None:
    """The catalogue was made for the very weights that the bundle serves; older ones do not say."""
    if arrays.has("generator_digest"):
        digest = arrays.text("generator_digest")
        if digest != manifest.training_digest:
            raise arrays.fail(f"it was made for generator {digest[:80]!a}; {MANIFEST} says {manifest.training_digest}")
