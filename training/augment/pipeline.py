"""The augmentation pipeline of adaptive discriminator augmentation, for aligned mammograms.

Geometry (one affine warp): translation, isotropic scale, height to width ratio, turn, about the middle of the chest
wall, which lies on the right edge. Intensity: factor above black, bend of the grey-level curve, brightness. Beyond the
edges the image continues as its mirror image, so tissue cut by an edge stays tissue and background stays background.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from training.augment.warp import warp
from training.configs.options import AugmentOptions


def power_of_2(x: Tensor) -> Tensor:
    """2^x; `torch.exp2` would leave the device under torch_xla, which does not know it."""
    return torch.exp(x * math.log(2.0))


class Augment(nn.Module):
    """Images [N, C, H, W] in about [-1, 1] -> the same shape; each augmentation hits an image with probability p.

    `p` is a scalar float32 buffer, so that adjusting it changes no graph. At p = 0 the images pass unchanged.
    """

    p: Tensor

    def __init__(self, options: AugmentOptions) -> None:
        super().__init__()
        self.options = options
        self.register_buffer("p", torch.zeros(()))

    def _choose(self, values: Tensor) -> Tensor:
        """Keep each of the values [N] with probability p, else 0."""
        return torch.where(torch.rand_like(values) < self.p, values, torch.zeros_like(values))

    def inverse_maps(self, batch: int, height: int, width: int, device: torch.device | None = None) -> Tensor:
        """Draw the affine maps [N, 2, 3] from output to input pixel positions; see `warp`."""
        o = self.options
        normal = torch.randn(4, batch, device=device)
        angle = self._choose((torch.rand(batch, device=device) * 2 - 1) * math.radians(o.rotate_max))
        shift_x = self._choose(normal[0] * o.translate_std * width)
        shift_y = self._choose(normal[1] * o.translate_std * height)
        scale = self._choose(normal[2] * o.scale_std)
        ratio = self._choose(normal[3] * o.anisotropy_std)
        inverse_x, inverse_y = power_of_2(ratio / 2 - scale), power_of_2(-ratio / 2 - scale)
        cos, sin = torch.cos(angle), torch.sin(angle)
        a, b = inverse_x * cos, inverse_x * sin
        c, d = -inverse_y * sin, inverse_y * cos
        # The fixed point, before the shift, is the middle of the right edge.
        anchor_x, anchor_y = width - 1.0, (height - 1) / 2.0
        from_x, from_y = anchor_x + shift_x, anchor_y + shift_y
        tx = anchor_x - a * from_x - b * from_y
        ty = anchor_y - c * from_x - d * from_y
        return torch.stack([a, b, tx, c, d, ty], dim=1).view(batch, 2, 3)

    def _intensity(self, x: Tensor) -> Tensor:
        o, batch = self.options, x.shape[0]
        normal = torch.randn(2, batch, device=x.device)
        factor = power_of_2(self._choose(normal[0] * o.contrast_std)).view(-1, 1, 1, 1)
        bend = self._choose((torch.rand(batch, device=x.device) * 2 - 1) * o.curve_max).view(-1, 1, 1, 1)
        offset = self._choose(normal[1] * o.brightness_std).view(-1, 1, 1, 1)
        u = (x + 1) / 2
        # Written as a change of x, so that nothing at all happens where nothing was drawn.
        change = u * (factor - 1) + factor * bend * u * (1 - u) + offset
        return x + 2 * change

    def forward(self, images: Tensor) -> Tensor:
        x = images.float()
        batch, _, height, width = x.shape
        x = warp(x, self.inverse_maps(batch, height, width, x.device))
        return self._intensity(x)
