"""The synthesis network with styles that differ between pixels, in the form in which it is exported.

    styles [N, K, num_styles], masks [N, K, R, R], noise [N, num_noise] -> image [N, C, R, R]

The masks m_k of an image add up to 1 at every pixel. A layer multiplies what it reads by sum_k m_k s_k and what comes
out of its convolution by sum_k m_k d_k, with the masks averaged over the pixels that one of its own stands for:

    y = (sum_k m_k d_k) * conv(x * sum_k m_k s_k, W)

Where one mask is 1, that is the plain network with its styles. A layer that doubles the size reads with the masks of
the smaller size and gives with those of the larger.

K is `STYLE_SETS` in every image: sets that are not used have masks of 0. So an image takes the same sums whatever
stands beside it in the batch, and all sizes are known before the network is opened. More sets cost next to nothing: a
field is written once, whatever it is the sum of.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from mammoganesis.editing.masks import STYLE_SETS
from training.export.synthesis_graph import SynthesisGraph
from training.networks import Generator


class MaskedGraph(SynthesisGraph):
    """styles [N, K, num_styles], masks [N, K, R, R] and noise [N, num_noise], float32 -> image [N, C, R, R]."""

    average: Tensor  # [K, 1, 2, 2]

    def __init__(self, generator: Generator) -> None:
        super().__init__(generator)
        self.constant("average", torch.full((STYLE_SETS, 1, 2, 2), 0.25))

    def forward(self, styles: Tensor, masks: Tensor, noise: Tensor) -> Tensor:  # type: ignore[override]
        by_size = {masks.shape[3]: masks}
        while (size := min(by_size)) > min(self.noise_sizes):
            by_size[size // 2] = F.conv2d(by_size[size], self.average, stride=2, groups=STYLE_SETS)
        flat = {size: values.flatten(2) for size, values in by_size.items()}

        def field(values: Tensor, size: int) -> Tensor:
            return torch.matmul(values[..., 0], flat[size]).unflatten(2, (size, size))

        image, _ = self.draw(styles.transpose(1, 2)[..., None], noise, {"field": field})
        return image
