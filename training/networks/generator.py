"""The generator: z -> w -> ws -> styles -> image, split where services cache and edit.

    mapping   z [N, z_dim], c [N, c_dim] -> w [N, w_dim]        eight small layers
    truncate  w -> ws [N, num_ws, w_dim]                        towards the mean w_avg
    styles    ws -> one [N, dim] per style layer (S space)      affine layers
    synthesis styles and noise -> image [N, C, H, W]            everything heavy

State names equal those of NVIDIA's stylegan2-ada-pytorch (`synthesis.b8.conv0.affine.weight`).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from training.networks.generator_config import GeneratorConfig
from training.networks.mapping import Mapping
from training.networks.synthesis import NoiseMode, Synthesis

MEAN_CODES = 10_000
MEAN_SEED = 0


class Generator(nn.Module):
    """`synthesis(broadcast(mapping(z, c)))`."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.mapping = Mapping(config.z_dim, config.c_dim, config.w_dim, config.num_mapping_layers)
        self.synthesis = Synthesis(config)

    def c_of_seeds(self, seeds: Iterable[int]) -> Tensor | None:
        """c [N, c_dim] of the images of seeds, with labels as often as the training images have them; None without."""
        if not self.config.c_dim:
            return None
        return torch.from_numpy(self.config.mixture.c_of_seeds(seeds)).to(self.mapping.w_avg.device)

    @torch.no_grad()
    def mean_code(self) -> Tensor:
        """The mean [w_dim] of `MEAN_CODES` mapped codes, always the same ones, labelled as `c_of_seeds` says."""
        z = np.random.RandomState(MEAN_SEED).randn(MEAN_CODES, self.config.z_dim).astype(np.float32)
        codes = torch.from_numpy(z).to(self.mapping.w_avg.device)
        return self.mapping(codes, self.c_of_seeds(range(MEAN_CODES))).mean(dim=0)

    def broadcast(self, w: Tensor) -> Tensor:
        """w [N, w_dim] -> ws [N, num_ws, w_dim], the same code for every layer."""
        return w.unsqueeze(1).expand(-1, self.config.num_ws, -1)

    def truncate(self, w: Tensor, psi: float = 1.0, cutoff: int | None = None) -> Tensor:
        """w [N, w_dim] -> ws [N, num_ws, w_dim], drawn towards the mean: `w_avg + psi * (w - w_avg)`.

        Only the first `cutoff` codes are truncated; None means all.
        """
        truncated = self.mapping.w_avg.lerp(w, psi)
        if cutoff is None:
            return self.broadcast(truncated)
        index = torch.arange(self.config.num_ws, device=w.device).view(1, -1, 1)
        return torch.where(index < cutoff, self.broadcast(truncated), self.broadcast(w))

    def forward(self, z: Tensor, psi: float = 1.0, noise_mode: NoiseMode = "const", c: Tensor | None = None) -> Tensor:
        """z [N, z_dim] and labels c [N, c_dim] (None: not known) -> image [N, C, H, W]."""
        return self.synthesis(self.truncate(self.mapping(z, c), psi), noise_mode)
