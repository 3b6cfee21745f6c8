"""The built-in extractor: features of a convolutional network with fixed random weights.

Random features see differences in shape, layout and texture without any training data (Naeem et al. 2020,
arXiv:2002.09797, recommend random embeddings where ImageNet's do not fit). They do not know what a breast is: use them
to follow one run and against the real-real floor, not to compare with published values.
"""

from __future__ import annotations

import hashlib

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mammoganesis.errors import ConfigurationError

FEATURES = 128
SEED = 20210715
CHANNELS = (16, 32, 64, 96, 128, 128, 128, 128)  # of the stages; each halves the resolution
LAST = 8  # the stages end at 8x8 pixels
CELLS = 4  # and every stage is summed up in 4x4 cells
SLOPE = 0.2
THRESHOLD = 0.03  # of the standard deviation in a cell, about 4 grey values: fainter texture hardly counts


class RandomProjection:
    """Stages of 3x3 convolutions with stride 2 and leaky ReLU, as many as bring the image to 8x8.

    The texture of every channel of every stage in 4x4 cells (log of the standard deviation, so that faint texture
    counts beside bright edges) and the mean of the last stage's channels in the same cells are projected on 128 random
    directions. All weights come from numpy's RandomState, whose stream is the same on every machine.
    """

    name = "random-projection"

    def __init__(self, resolution: int, device: torch.device | str = "cpu") -> None:
        """For square images of `resolution` pixels, 16 to 2048; others are resized to it; it runs on the device."""
        if not 16 <= resolution <= 2048:
            raise ConfigurationError(f"random-projection: resolution is {resolution}; it must lie between 16 and 2048")
        self.resolution = resolution
        stages = max(1, int(np.log2(resolution / LAST)))
        random = np.random.RandomState(SEED)
        weights = []
        entering = 1
        for leaving in CHANNELS[:stages]:
            gain = np.sqrt(2.0 / (1.0 + SLOPE**2) / (9 * entering))
            kernel = random.standard_normal((leaving, entering, 3, 3))
            if entering == 1:
                # Three quarters of the first filters see edges only, or brightness would drown everything.
                kernel[leaving // 4 :] -= kernel[leaving // 4 :].mean(axis=(2, 3), keepdims=True)
            weights.append((kernel * gain).astype(np.float32))
            entering = leaving
        pooled = (sum(CHANNELS[:stages]) + entering) * CELLS**2
        projection = (random.standard_normal((pooled, FEATURES)) / np.sqrt(pooled)).astype(np.float32)
        digest = hashlib.sha256(f"random-projection 1 {resolution}".encode())
        for array in (*weights, projection):
            digest.update(array.astype("<f4").tobytes())
        self.digest = digest.hexdigest()
        self.description = f"{resolution}x{resolution}, 1 channel, -1 to 1, {FEATURES} features, not trained"
        self._weights = [torch.from_numpy(w).to(device) for w in weights]
        self._projection = torch.from_numpy(projection).to(device)

    @torch.no_grad()
    def __call__(self, images: Tensor) -> Tensor:
        x = images.detach().to(self._projection.device).float().mean(dim=1, keepdim=True) / 127.5 - 1.0
        if x.shape[-2:] != (self.resolution, self.resolution):
            x = F.interpolate(x, size=(self.resolution,) * 2, mode="bilinear", antialias=True, align_corners=False)
        pooled, mean = [], x
        for weight in self._weights:
            x = F.leaky_relu(F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), weight, stride=2), SLOPE)
            mean = F.adaptive_avg_pool2d(x, CELLS)
            spread = (F.adaptive_avg_pool2d(x.square(), CELLS) - mean.square()).clamp(min=0).sqrt()
            pooled.append(torch.log1p(spread / THRESHOLD).flatten(1))
        return (torch.cat([*pooled, mean.flatten(1)], dim=1) @ self._projection).cpu()
