"""The features by which a bundle tells copies of its training images: details, compared wherever they lie.

    image [N, C, R, R] -> features [N, V, D], every row of length 1

As in the audit for copies (`training.metrics.details`) a detail is what lies between two scales of blur, over its own
spread in the neighbourhood: brightness, contrast and any smooth change of tone go out of it. Each view is the map of
details without its margin, moved by so many pixels; its row is that map on D random directions (Johnson and
Lindenstrauss 1984: angles between rows are those between maps, within some per cent). So of a map of thousands of
pixels D numbers are left.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from training.export.graphs import Constants

SIZE = 64  # images are averaged to at most this height and width
SHIFT = 3  # pixels at SIZE: copies moved by up to this are found
SCALES = (1.0, 3.0)  # pixels at SIZE, standard deviations of the two blurs
NEIGHBOURHOOD = 4.0  # pixels at SIZE, likewise
FAINTEST = 0.5  # grey values: details fainter than that do not count
FEATURES = 256
SEED = 20261129
TRUNCATE = 4.0  # standard deviations at which a blur ends


class GuardGraph(Constants):
    """Image values about -1 to 1 [N, C, R, R] float32 -> features [N, V, D] float32."""

    average: Tensor  # [1, C, R / S, R / S]
    directions: Tensor  # [D, 1, S - 2 m, S - 2 m], mean 0 each

    def __init__(self, resolution: int, channels: int) -> None:
        super().__init__()
        size = min(SIZE, resolution)
        self.step = resolution // size
        self.margin = max(1, round(SHIFT * size / SIZE))
        inner = size - 2 * self.margin
        self.constant("average", torch.full((1, channels, self.step, self.step), 1 / (channels * self.step**2)))
        for name, scale in (("fine", SCALES[0]), ("coarse", SCALES[1]), ("near", NEIGHBOURHOOD)):
            self.constant(name, _gaussian(scale * size / SIZE))
        # Without its mean a direction does not see that of a map.
        drawn = np.random.RandomState(SEED).standard_normal((FEATURES, 1, inner, inner))
        drawn -= drawn.mean(axis=(2, 3), keepdims=True)
        self.constant("directions", torch.from_numpy(drawn / inner).float())

    @property
    def views(self) -> int:
        """V."""
        return (2 * self.margin + 1) ** 2

    def forward(self, image: Tensor) -> Tensor:
        grey = F.conv2d(image.clamp(-1.0, 1.0) * 127.5 + 127.5, self.average, stride=self.step)
        # Not subtracted: bundles have no such operator.
        band = _blurred(grey, self.get_buffer("fine")) + _blurred(grey, self.get_buffer("coarse")) * -1.0
        spread = _blurred(band * band, self.get_buffer("near")).sqrt()
        rows = F.conv2d(band / (spread + FAINTEST), self.directions).flatten(2).transpose(1, 2)
        length = ((rows * rows).mean(dim=2, keepdim=True) * FEATURES + 1e-12).sqrt()
        return rows / length

    def middle(self, features: Tensor) -> Tensor:
        """The view that is not moved: [N, V, D] -> [N, D]."""
        return features[:, self.views // 2]


def _gaussian(scale: float) -> Tensor:
    """A kernel [taps] float32 that adds up to 1; scale in pixels."""
    reach = int(TRUNCATE * scale + 0.5)
    x = torch.arange(-reach, reach + 1, dtype=torch.float64)
    kernel = torch.exp(-0.5 * (x / scale) ** 2)
    return (kernel / kernel.sum()).float()


def _blurred(images: Tensor, kernel: Tensor) -> Tensor:
    """[N, 1, S, S], with repeated edges."""
    reach = len(kernel) // 2
    padded = F.pad(images, (reach,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel.view(1, 1, -1, 1)), kernel.view(1, 1, 1, -1))
