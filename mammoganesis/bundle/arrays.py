"""What the arrays of a bundle mean, and whether they can be right: components, golden cases; `regions` has the regions.

Components and regions are found before there is a bundle (`training.discovery`); they are judged here in either place,
against the sizes of the network that they were found on.

Every fault is a BundleError that names the file, what was expected and what was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from mammoganesis import files
from mammoganesis.bundle.manifest import MANIFEST
from mammoganesis.bundle.npz import Arrays, to_npz
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from mammoganesis.editing.labels import c_dim, c_of_images, labels_from_c
from mammoganesis.recipe.limits import MAX_PSI, MAX_SEED

MAX_GOLDEN_CASES = 64
LABELLED = "labelled_"  # begins the names of golden cases with labels
MAX_SAMPLES = 2**62


@dataclass(frozen=True)
class NetworkSizes:
    """What arrays must fit."""

    w_dim: int
    num_styles: int
    digest: str  # SHA-256 of generator_ema.safetensors, 64 hexadecimal digits
    outputs: Mapping[str, tuple[int | None, int]]  # style layer -> channels (None: not known), width of its output
    num_regions: int | None = None  # clusters; None: not known beforehand
    parts: tuple[str, ...] | None = None  # kinds of `mammoganesis.editing.anatomy` beside them; None likewise


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components of W, by falling variance."""

    components: ndarray  # [K, w_dim] float32, unit rows
    deviations: ndarray  # [K] float32, above 0: standard deviation of W along each, in units of w
    mean: ndarray  # [w_dim] float32, of the sampled codes
    explained_variance_ratio: ndarray  # [K] float32, 0 to 1: share of the total variance
    num_samples: int | None = None  # how they were found; None: not stated
    seed: int | None = None
    generator_digest: str = ""  # of the network that they were found on; empty: not stated

    def arrays(self) -> dict[str, Any]:
        """What components.npz holds."""
        found: dict[str, Any] = {
            "components": self.components,
            "deviations": self.deviations,
            "mean": self.mean,
            "explained_variance_ratio": self.explained_variance_ratio,
        }
        return found | origin_arrays(num_samples=self.num_samples, seed=self.seed) | digest_array(self.generator_digest)

    def save(self, path: Path, generator_digest: str = "") -> None:
        """Write components.npz.

        Args:
            path: of the file.
            generator_digest: of the network, so that nobody edits another one with them; empty: the components' own.

        Raises:
            DiskFull: there is no room.
        """
        files.write(path, to_npz(self.arrays() | digest_array(generator_digest)))


@dataclass(frozen=True, eq=False)
class Golden:
    """Cases whose results are known; constant noise."""

    seeds: ndarray  # [n] int64
    c: ndarray  # [n, c_dim] float32: labels, zeros where an image has none
    truncation_psi: float
    w: ndarray  # [n, w_dim] float32, before truncation
    styles: ndarray  # [n, num_styles] float32
    image: ndarray  # [n, C, crop, crop] float32
    crop_top: int  # pixels
    crop_left: int  # pixels
    preview: ndarray | None  # [n, C, crop, crop] float32, the middle of the previews; None where the bundle has none
    masked: (
        ndarray | None
    )  # [n, C, crop, crop] float32, cropped as `image`: the styles of each case and of the next ones
    # under `mammoganesis.editing.masks.masks_of_turns`; None likewise

    def arrays(self) -> dict[str, Any]:
        """What golden.npz holds. Readers of format 1.1 know cases without labels only, and replay all that they find:
        those with labels have other names."""
        bare = ~self.c.any(axis=1)
        found: dict[str, Any] = {
            "seeds": self.seeds[bare],
            "truncation_psi": self.truncation_psi,
            "w": self.w[bare],
            "styles": self.styles[bare],
            "image": self.image[bare],
            "crop_top": np.int64(self.crop_top),
            "crop_left": np.int64(self.crop_left),
        }
        optional = {"preview": self.preview, "masked": self.masked}
        drawn = {name: images for name, images in optional.items() if images is not None}
        found |= {name: images[bare] for name, images in drawn.items()}
        if bare.all():
            return found
        rows = {"seeds": self.seeds, "c": self.c, "w": self.w, "styles": self.styles, "image": self.image}
        rows |= drawn
        return found | {f"{LABELLED}{name}": values[~bare] for name, values in rows.items()}


def sizes_of(manifest: BundleManifest) -> NetworkSizes:
    """The sizes that a bundle's manifest states."""
    dims, regions = manifest.dimensions, manifest.regions
    outputs = {regions.layer: (None, regions.grid_size)} if manifest.HasField("regions") else {}
    parts = tuple(part.kind for part in regions.anatomy.parts)
    known = (regions.num_regions or None, parts)
    return NetworkSizes(dims.w_dim, dims.num_styles, manifest.training_digest, outputs, *known)


def read_components(arrays: Arrays, sizes: NetworkSizes) -> Components:
    """components.npz, judged."""
    components = arrays.floats("components", [None, sizes.w_dim])
    count = len(components)
    if not 1 <= count <= sizes.w_dim:
        raise arrays.fail(f"components has {count} rows; allowed: 1 to w_dim, {sizes.w_dim}")
    check_unit_rows(arrays, "components", components)
    result = Components(
        components=components,
        deviations=arrays.floats("deviations", [count]),
        mean=arrays.floats("mean", [sizes.w_dim]),
        explained_variance_ratio=arrays.floats("explained_variance_ratio", [count]),
        num_samples=optional(arrays, "num_samples", MAX_SAMPLES),
        seed=optional(arrays, "seed", MAX_SEED),
        generator_digest=generator_of(arrays, sizes),
    )
    if not (result.deviations > 0).all():
        raise arrays.fail(f"deviations goes down to {result.deviations.min()}; expected above 0")
    check_shares(arrays, "explained_variance_ratio", result.explained_variance_ratio)
    return result


def read_golden(arrays: Arrays, manifest: BundleManifest) -> Golden:
    """golden.npz, judged."""
    parts = [_golden_rows(arrays, manifest, "")]
    if arrays.has(f"{LABELLED}seeds"):
        parts.append(_golden_rows(arrays, manifest, LABELLED))
    if len({part["image"].shape[2:] for part in parts}) > 1:
        raise arrays.fail(f"image and {LABELLED}image are crops of two sizes; expected one")
    edge = manifest.dimensions.resolution - parts[0]["image"].shape[2]
    rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Golden(
        seeds=rows["seeds"],
        c=rows["c"],
        truncation_psi=arrays.number("truncation_psi", 0, MAX_PSI),
        w=rows["w"],
        styles=rows["styles"],
        image=rows["image"],
        crop_top=int(arrays.integers("crop_top", [], 0, edge)),
        crop_left=int(arrays.integers("crop_left", [], 0, edge)),
        preview=rows.get("preview"),
        masked=rows.get("masked"),
    )


def _golden_rows(arrays: Arrays, manifest: BundleManifest, prefix: str) -> dict[str, ndarray]:
    """What is stored of each case under names that begin with `prefix`, [n, ...] each."""
    dims = manifest.dimensions
    fields = {field.name: field.values for field in manifest.label_fields}
    seeds = arrays.integers(f"{prefix}seeds", [None], 0, MAX_SEED)
    count = len(seeds)
    if not 1 <= count <= MAX_GOLDEN_CASES:
        raise arrays.fail(f"{count} {prefix}seeds; allowed: 1 to {MAX_GOLDEN_CASES}")
    if arrays.has(f"{prefix}preview") != manifest.HasField("preview"):
        raise arrays.fail(f"previews go together with preview in {MANIFEST}; only one of them is there")
    rows = {
        "seeds": seeds,
        "c": arrays.floats(f"{prefix}c", [count, c_dim(fields)])
        if prefix
        else np.zeros((count, c_dim(fields)), np.float32),
        "w": arrays.floats(f"{prefix}w", [count, dims.w_dim]),
        "styles": arrays.floats(f"{prefix}styles", [count, dims.num_styles]),
        "image": _squares(arrays, f"{prefix}image", count, dims.channels, dims.resolution),
    }
    if manifest.HasField("masked_synthesis"):
        rows["masked"] = _squares(arrays, f"{prefix}masked", count, dims.channels, dims.resolution)
        if rows["masked"].shape != rows["image"].shape:
            raise arrays.fail(f"{prefix}masked and {prefix}image are crops of two sizes; expected one")
    if not np.array_equal(rows["c"], c_of_images((labels_from_c(c, fields) for c in rows["c"]), fields)):
        raise arrays.fail(f"{prefix}c holds more than a single 1 for each label; expected zeros and one 1 at most")
    if manifest.HasField("preview"):
        resolution = manifest.preview.resolution
        rows["preview"] = _squares(arrays, f"{prefix}preview", count, dims.channels, resolution)
    return rows


def _squares(arrays: Arrays, name: str, count: int, channels: int, most: int) -> ndarray:
    """[count, channels, crop, crop], crop 1 to `most`."""
    crops = arrays.floats(name, [count, channels, None, None])
    if crops.shape[2] != crops.shape[3] or not 1 <= crops.shape[2] <= most:
        raise arrays.fail(f"{name} has the shape {list(crops.shape)}; expected square crops of 1 to {most}")
    return crops


def check_unit_rows(arrays: Arrays, name: str, rows: ndarray) -> None:
    """Raises BundleError for rows whose length is not 1."""
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1)
    worst = int(np.abs(lengths - 1).argmax())
    if abs(lengths[worst] - 1) > 1e-3:
        raise arrays.fail(f"{name}[{worst}] has the length {lengths[worst]:.6g}; expected 1 within 0.001")


def check_shares(arrays: Arrays, name: str, values: ndarray) -> None:
    """Raises BundleError for values that are no shares, 0 to 1."""
    if not (values.min() >= 0 and values.max() <= 1 + 1e-3):
        raise arrays.fail(f"{name} goes from {values.min():.6g} to {values.max():.6g}; allowed: 0 to 1")


def generator_of(arrays: Arrays, sizes: NetworkSizes) -> str:
    """The generator that it was made for, which must be this one; empty: older files do not say."""
    if not arrays.has("generator_digest"):
        return ""
    digest = arrays.text("generator_digest")
    if digest != sizes.digest:
        raise arrays.fail(f"it was made for the generator {digest[:80]!a}; this one is {sizes.digest}")
    return digest


def optional(arrays: Arrays, name: str, high: int) -> int | None:
    """A count or seed that a file may leave out."""
    return int(arrays.integers(name, [], 0, high)) if arrays.has(name) else None


def origin_arrays(**numbers: int | None) -> dict[str, Any]:
    """What says how arrays were found; None is left out."""
    return {name: np.int64(number) for name, number in numbers.items() if number is not None}


def digest_array(generator_digest: str) -> dict[str, Any]:
    """What says whose arrays are; empty is left out."""
    return {"generator_digest": np.str_(generator_digest)} if generator_digest else {}
