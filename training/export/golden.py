"""Golden cases: what PyTorch computes for a few seeds, kept in the bundle and replayed by whoever serves it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from training.networks import Generator

SEEDS = (0, 1, 2, 3)
TRUNCATION_PSI = 0.65
MAX_CROP = 64  # pixels

Array = NDArray[np.float32]


@dataclass(frozen=True)
class GoldenCases:
    """Results for n seeds with constant noise."""

    seeds: NDArray[np.int64]  # [n]
    truncation_psi: float
    z: Array  # [n, z_dim]; not stored, it follows from the seeds
    w: Array  # [n, w_dim], before truncation
    ws: Array  # [n, num_ws, w_dim], truncated; not stored, it follows from w
    styles: Array  # [n, num_styles]
    image: Array  # [n, C, crop, crop], the middle of the images
    crop_top: int  # first row of the crop
    crop_left: int  # first column of the crop

    def arrays(self) -> dict[str, NDArray | np.generic | float]:
        """What golden.npz holds."""
        return {
            "seeds": self.seeds,
            "truncation_psi": self.truncation_psi,
            "w": self.w,
            "styles": self.styles,
            "image": self.image,
            "crop_top": np.int64(self.crop_top),
            "crop_left": np.int64(self.crop_left),
        }

    def crop(self, image: Array) -> Array:
        """The crop of whole images [N, C, H, W]."""
        size = self.image.shape[2]
        return image[:, :, self.crop_top : self.crop_top + size, self.crop_left : self.crop_left + size]


@torch.no_grad()
def golden_cases(generator: Generator) -> GoldenCases:
    """Compute the cases with the network that was trained, one image at a time."""
    config = generator.config
    z = np.concatenate([np.random.RandomState(seed).randn(1, config.z_dim) for seed in SEEDS]).astype(np.float32)
    w = generator.mapping(torch.from_numpy(z))
    ws = generator.truncate(w, TRUNCATION_PSI)
    styles = torch.cat(generator.synthesis.styles(ws), dim=1)
    size = min(MAX_CROP, config.resolution)
    first = (config.resolution - size) // 2
    dims = [layer.dim for layer in config.layers]
    crops = []
    for row in styles:
        image = generator.synthesis.from_styles(row[None].split(dims, dim=1), "const")
        assert isinstance(image, torch.Tensor)
        crops.append(image[:, :, first : first + size, first : first + size])
    return GoldenCases(
        seeds=np.array(SEEDS, dtype=np.int64),
        truncation_psi=TRUNCATION_PSI,
        z=z,
        w=w.numpy(),
        ws=ws.contiguous().numpy(),
        styles=styles.numpy(),
        image=torch.cat(crops).numpy(),
        crop_top=first,
        crop_left=first,
    )
