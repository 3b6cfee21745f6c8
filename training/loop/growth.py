"""Growing a discriminator to twice its resolution without changing what it computes.

A new first block with random weights makes a trained discriminator blind, and the generator runs away from it before it
has learnt to see again. So the new block starts as `old(downsample(image))`, as the generator's new block starts as
`upsample(old(...))`: its two 3x3 convolutions contribute nothing yet, and its linear skip path rebuilds what the old
`fromrgb` made of the downsampled image. That was a set of hinge functions of the pixel; the new `fromrgb` offers other
hinges, and least squares finds the combination (Karras et al. 2018, section 2, fade new layers in by a weight instead).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from training.networks import Discriminator
from training.networks.activation import GAIN, SLOPE
from training.networks.layers import Convolution

POINTS = 4096  # pixel values at which old and new are compared
REACH = 1.25  # pixel values up to this size matter; images lie in [-1, 1]
RIDGE = 1e-4  # keeps the new weights moderate where hinges are nearly alike


def _from_pixels(layer: Convolution, pixels: Tensor) -> Tensor:
    """What a 1x1 `fromrgb` layer makes of single pixels. [P, image_channels] -> [P, C]."""
    weight = layer.weight.flatten(1).double() * layer.weight_gain
    assert layer.bias is not None
    return F.leaky_relu(pixels @ weight.t() + layer.bias.double(), SLOPE) * GAIN


@torch.no_grad()
def grow(new: Discriminator, old: Discriminator) -> float:
    """Make `new` (twice the resolution, its blocks from the old resolution down already copied) compute
    `old(downsample(image))`.

    Args:
        new: changed in place: `fromrgb`, `skip` and `conv1` of its first block.
        old: has the `fromrgb` that the new one no longer has.

    Returns:
        root mean square error of the rebuilt features, relative to theirs, over single pixels.
    """
    block = new.get_submodule(f"b{new.config.resolution}")
    fromrgb, skip, conv1 = block.fromrgb, block.skip, block.conv1
    assert isinstance(fromrgb, Convolution)
    assert isinstance(skip, Convolution)
    assert isinstance(conv1, Convolution)
    old_fromrgb = old.get_submodule(f"b{old.config.resolution}").fromrgb
    assert isinstance(old_fromrgb, Convolution)

    channels, image_channels = fromrgb.weight.shape[:2]
    generator = torch.Generator().manual_seed(0)
    # One constant, and hinges whose knots are spread evenly, facing both ways.
    knots = torch.linspace(-1, 1, channels - 1).to(fromrgb.weight)
    directions = torch.randn(channels - 1, image_channels, generator=generator).to(fromrgb.weight)
    directions = directions / directions.norm(dim=1, keepdim=True)
    fromrgb.weight.copy_(torch.cat([torch.zeros_like(directions[:1]), directions])[:, :, None, None])
    assert fromrgb.bias is not None
    fromrgb.bias.copy_(torch.cat([torch.ones_like(knots[:1]), -knots]))

    pixels = (torch.rand(POINTS, image_channels, generator=generator, dtype=torch.float64) * 2 - 1) * REACH
    pixels = pixels.to(fromrgb.weight.device)
    inputs, targets = _from_pixels(fromrgb, pixels), _from_pixels(old_fromrgb, pixels)
    normal = inputs.t() @ inputs / POINTS + RIDGE * torch.eye(channels, dtype=torch.float64, device=inputs.device)
    solution = torch.linalg.solve(normal, inputs.t() @ targets / POINTS)  # [new channels, old channels]
    skip.weight.copy_((solution.t() / (skip.weight_gain * math.sqrt(0.5)))[:, :, None, None])
    conv1.weight.zero_()
    assert conv1.bias is not None
    conv1.bias.zero_()
    return float((inputs @ solution - targets).square().mean().sqrt() / targets.square().mean().sqrt())
