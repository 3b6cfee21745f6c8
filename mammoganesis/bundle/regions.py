"""The regions of a bundle: what regions.npz holds, whether it can be right, and which region each pixel of an image
belongs to.

Every fault is a BundleError that names the file, what was expected and what was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from mammoganesis import files
from mammoganesis.bundle.arrays import (
    MAX_SAMPLES,
    NetworkSizes,
    check_shares,
    check_unit_rows,
    digest_array,
    generator_of,
    optional,
    origin_arrays,
)
from mammoganesis.bundle.npz import Arrays, to_npz
from mammoganesis.editing import anatomy, segmentation
from mammoganesis.recipe.limits import MAX_BUNDLE_REGIONS, MAX_PSI, MAX_SEED


@dataclass(frozen=True, eq=False)
class Regions:
    """The regions of a network: k clusters by falling area, then d parts of the breast that the image itself shows, and
    what every style channel contributes to each. Parts lie over clusters: the energy within one counts for both."""

    centroids: ndarray  # [k, Cf] float32, unit rows: directions of the clustered layer's output
    contributions: ndarray  # [k + d, num_styles] float32, 0 to 1; sums over the first k are 1
    area_share: ndarray  # [k + d] float32, 0 to 1: share of all cells, of a part that of all pixels
    layer: str  # style layer whose output was clustered
    grid_size: int  # width and height of that output
    parts: tuple[str, ...] = ()  # kinds of the d parts, some of `mammoganesis.editing.anatomy.PARTS`
    num_samples: int | None = None  # how they were found; None: not stated
    seed: int | None = None
    truncation_psi: float | None = None
    generator_digest: str = ""  # of the network that they were found on; empty: not stated

    def arrays(self) -> dict[str, Any]:
        """What regions.npz holds. Readers of format 1.4 know clusters only: parts have arrays of their own."""
        count = len(self.centroids)
        found: dict[str, Any] = {
            "centroids": self.centroids,
            "contributions": self.contributions[:count],
            "area_share": self.area_share[:count],
        }
        if self.parts:
            found |= {
                "parts": np.array(self.parts, np.str_),
                "part_contributions": self.contributions[count:],
                "part_area_share": self.area_share[count:],
            }
        found |= origin_arrays(num_samples=self.num_samples, seed=self.seed)
        if self.truncation_psi is not None:
            found["truncation_psi"] = np.float64(self.truncation_psi)
        found |= {"layer": np.str_(self.layer), "grid_size": np.int64(self.grid_size)}
        return found | digest_array(self.generator_digest)

    def save(self, path: Path, generator_digest: str = "") -> None:
        """Write regions.npz; as `Components.save`."""
        files.write(path, to_npz(self.arrays() | digest_array(generator_digest)))

    def label_map(self, image: ndarray, features: ndarray, background: Sequence[int] = ()) -> ndarray:
        """Region of each pixel of an image: clusters, and the parts over them.

        Args:
            image: [C, H, W] float32, -1 (black) to 1 (white), H and W multiples of the grid's size.
            features: [Cf, g, g] float32, activations of the clustered layer.
            background: clusters that are not the breast, as `segmentation.label_map` takes them.

        Returns:
            labels, [H, W] uint8.
        """
        labels = segmentation.label_map(image, features, self.centroids, background)
        masks = anatomy.part_masks(segmentation.grey_values(image), self.parts)
        for index, mask in enumerate(masks, start=len(self.centroids)):
            labels[mask] = index
        return labels


def read_regions(arrays: Arrays, sizes: NetworkSizes) -> Regions:
    """regions.npz, judged."""
    contributions = arrays.floats("contributions", [sizes.num_regions, sizes.num_styles])
    count = len(contributions)
    if not 1 <= count <= MAX_BUNDLE_REGIONS:
        raise arrays.fail(f"contributions is of {count} regions; allowed: 1 to {MAX_BUNDLE_REGIONS}")
    layer = arrays.text("layer")
    if layer not in sizes.outputs:
        raise arrays.fail(f"layer is {layer[:80]!a}; allowed: {', '.join(sizes.outputs)}")
    channels, grid = sizes.outputs[layer]
    area_share = arrays.floats("area_share", [count])
    check_shares(arrays, "contributions", contributions)
    check_shares(arrays, "area_share", area_share)
    sums = contributions.sum(axis=0, dtype=np.float64)
    worst = int(np.abs(sums - 1).argmax())
    if abs(sums[worst] - 1) > 1e-3:
        raise arrays.fail(f"contributions of channel {worst} add up to {sums[worst]:.6g}; expected 1 within 0.001")
    parts, part_contributions, part_area_share = _parts(arrays, sizes, count)
    result = Regions(
        centroids=arrays.floats("centroids", [count, channels]),
        contributions=np.concatenate([contributions, part_contributions]),
        area_share=np.concatenate([area_share, part_area_share]),
        layer=layer,
        grid_size=int(arrays.integers("grid_size", [], 1, 2**31 - 1)),
        parts=parts,
        num_samples=optional(arrays, "num_samples", MAX_SAMPLES),
        seed=optional(arrays, "seed", MAX_SEED),
        truncation_psi=arrays.number("truncation_psi", 0, MAX_PSI) if arrays.has("truncation_psi") else None,
        generator_digest=generator_of(arrays, sizes),
    )
    if result.grid_size != grid:
        raise arrays.fail(f"grid_size is {result.grid_size}; the output of {layer} is {grid} x {grid}")
    check_unit_rows(arrays, "centroids", result.centroids)
    return result


def _parts(arrays: Arrays, sizes: NetworkSizes, count: int) -> tuple[tuple[str, ...], ndarray, ndarray]:
    """Kinds of the d parts beside `count` clusters, their contributions [d, num_styles] and area shares [d]."""
    kinds = arrays.texts("parts", len(anatomy.PARTS)) if arrays.has("parts") else ()
    if sizes.parts is not None and kinds != sizes.parts:
        raise arrays.fail(f"parts is {_listed(kinds)}; the manifest says {_listed(sizes.parts)}")
    if len(set(kinds)) != len(kinds) or not set(kinds) <= set(anatomy.PARTS):
        raise arrays.fail(f"parts is {_listed(kinds)}; allowed: {', '.join(anatomy.PARTS)}, each once")
    if count + len(kinds) > MAX_BUNDLE_REGIONS:
        raise arrays.fail(f"{count} clusters and {len(kinds)} parts; allowed: {MAX_BUNDLE_REGIONS} together")
    if not kinds:
        return (), np.zeros((0, sizes.num_styles), np.float32), np.zeros(0, np.float32)
    contributions = arrays.floats("part_contributions", [len(kinds), sizes.num_styles])
    area_share = arrays.floats("part_area_share", [len(kinds)])
    check_shares(arrays, "part_contributions", contributions)
    check_shares(arrays, "part_area_share", area_share)
    return kinds, contributions, area_share


def _listed(kinds: Sequence[str]) -> str:
    return ascii([kind[:40] for kind in kinds[:8]])
