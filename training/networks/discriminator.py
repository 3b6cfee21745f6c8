"""The discriminator: residual blocks down to 4x4, minibatch standard deviation, one logit per image.

With labels the logit is a projection (Miyato and Koyama 2018): the last layer gives w-sized features, a mapping network
turns c into a vector of the same size, and the logit is their product over the square root of the size.

State names equal those of NVIDIA's stylegan2-ada-pytorch (`b32.conv0.weight`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from mammoganesis.errors import ConfigurationError
from training.networks import fir
from training.networks.layers import Convolution, FullyConnected
from training.networks.mapping import Mapping

CMAP_LAYERS = 8  # of the mapping network of the labels


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Sizes of the discriminator; mirrors `GeneratorConfig`."""

    resolution: int = 512  # pixels, a power of two from 8 up
    image_channels: int = 1
    channel_base: int = 32768
    channel_max: int = 512
    mbstd_group: int = 4  # images whose spread is compared; the batch must be a multiple, or smaller
    c_dim: int = 0  # length of the label vector; 0 for a network without labels

    def __post_init__(self) -> None:
        if self.resolution < 8 or self.resolution & (self.resolution - 1):
            raise ConfigurationError(f"resolution is {self.resolution}; it must be a power of two, 8 or more")
        if self.mbstd_group < 1:
            raise ConfigurationError(f"mbstd_group is {self.mbstd_group}; it must be 1 or more")

    def channels(self, resolution: int) -> int:
        """Feature channels that enter the block at `resolution`."""
        return min(self.channel_base // resolution, self.channel_max)


def minibatch_stddev(x: Tensor, group: int) -> Tensor:
    """Append one channel with the mean spread over groups of images. [N, C, H, W] -> [N, C+1, H, W].

    Image i belongs to group `i mod (N / group)`.
    """
    batch, channels, height, width = x.shape
    group = min(group, batch)
    if batch % group:
        raise ValueError(f"a batch of {batch} cannot be split into minibatch-stddev groups of {group}")
    y = x.reshape(group, batch // group, channels, height, width)
    y = (y - y.mean(dim=0)).square().mean(dim=0)
    y = (y + 1e-8).sqrt().mean(dim=(1, 2, 3))  # [N / group]
    y = y.reshape(-1, 1, 1, 1).repeat(group, 1, height, width)
    return torch.cat([x, y], dim=1)


class DiscriminatorBlock(nn.Module):
    """[N, C_in, r, r] -> [N, C_out, r/2, r/2]; the first block also turns the image into features (`fromrgb`)."""

    resample_filter: Tensor  # [4, 4]

    def __init__(self, config: DiscriminatorConfig, resolution: int) -> None:
        super().__init__()
        self.half_precision = False  # see training.networks.half
        in_channels, out_channels = config.channels(resolution), config.channels(resolution // 2)
        if resolution == config.resolution:
            self.fromrgb = Convolution(config.image_channels, in_channels, 1)
        self.conv0 = Convolution(in_channels, in_channels, 3)
        self.conv1 = Convolution(in_channels, out_channels, 3, down=2)
        self.skip = Convolution(in_channels, out_channels, 1, bias=False, activation=False, down=2)
        self.register_buffer("resample_filter", fir.filter_kernel())

    def entering(self, x: Tensor) -> Tensor:
        """An image or features in the precision of this block; float32 and bfloat16 pass."""
        if self.half_precision:
            return x.half()
        return x.float() if x.dtype == torch.float16 else x

    def forward(self, x: Tensor) -> Tensor:
        x = self.entering(x)
        y = self.skip(x, gain=math.sqrt(0.5))
        return self.conv1(self.conv0(x), gain=math.sqrt(0.5)) + y


class DiscriminatorEpilogue(nn.Module):
    """[N, C, 4, 4], and cmap [N, C] with labels -> logits [N, 1] float32."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        channels = config.channels(4)
        self.mbstd_group = config.mbstd_group
        self.conv = Convolution(channels + 1, channels, 3)
        self.fc = FullyConnected(channels * 16, channels, activation=True)
        self.out = FullyConnected(channels, channels if config.c_dim else 1)

    def forward(self, x: Tensor, cmap: Tensor | None = None) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            x = self.conv(minibatch_stddev(x.float(), self.mbstd_group))
            x = self.out(self.fc(x.flatten(1)))
            return x if cmap is None else (x * cmap).sum(dim=1, keepdim=True) / math.sqrt(cmap.shape[1])


class Discriminator(nn.Module):
    """Images [N, C, resolution, resolution], about [-1, 1], and labels c [N, c_dim] -> logits [N, 1].

    Above 0 means "real". Without c nothing is known of the images.
    """

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        self.block_resolutions = [2**k for k in range(int(math.log2(config.resolution)), 2, -1)]
        for res in self.block_resolutions:
            self.add_module(f"b{res}", DiscriminatorBlock(config, res))
        if config.c_dim:
            self.mapping = Mapping(0, config.c_dim, config.channels(4), CMAP_LAYERS, average=False)
        self.b4 = DiscriminatorEpilogue(config)

    def forward(self, image: Tensor, c: Tensor | None = None) -> Tensor:
        first = cast(DiscriminatorBlock, self.get_submodule(f"b{self.config.resolution}"))
        x = first.fromrgb(first.entering(image))
        for res in self.block_resolutions:
            x = self.get_submodule(f"b{res}")(x)
        return self.b4(x, self.mapping(x.new_empty(x.shape[0], 0), c) if self.config.c_dim else None)
