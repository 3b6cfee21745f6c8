"""The discriminator: residual blocks down to 4x4, minibatch standard deviation, one logit per image.

State names equal those of NVIDIA's stylegan2-ada-pytorch (`b32.conv0.weight`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training.errors import ConfigurationError
from training.networks import fir
from training.networks.layers import Convolution, FullyConnected


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Sizes of the discriminator; mirrors `GeneratorConfig`."""

    resolution: int = 512  # pixels, a power of two from 8 up
    image_channels: int = 1
    channel_base: int = 32768
    channel_max: int = 512
    mbstd_group: int = 4  # images whose spread is compared; the batch must be a multiple, or smaller

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
        in_channels, out_channels = config.channels(resolution), config.channels(resolution // 2)
        if resolution == config.resolution:
            self.fromrgb = Convolution(config.image_channels, in_channels, 1)
        self.conv0 = Convolution(in_channels, in_channels, 3)
        self.conv1 = Convolution(in_channels, out_channels, 3, down=2)
        self.skip = Convolution(in_channels, out_channels, 1, bias=False, activation=False, down=2)
        self.register_buffer("resample_filter", fir.filter_kernel())

    def forward(self, x: Tensor) -> Tensor:
        y = self.skip(x, gain=math.sqrt(0.5))
        return self.conv1(self.conv0(x), gain=math.sqrt(0.5)) + y


class DiscriminatorEpilogue(nn.Module):
    """[N, C, 4, 4] -> logits [N, 1] float32."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        channels = config.channels(4)
        self.mbstd_group = config.mbstd_group
        self.conv = Convolution(channels + 1, channels, 3)
        self.fc = FullyConnected(channels * 16, channels, activation=True)
        self.out = FullyConnected(channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            x = self.conv(minibatch_stddev(x.float(), self.mbstd_group))
            return self.out(self.fc(x.flatten(1)))


class Discriminator(nn.Module):
    """Images [N, C, resolution, resolution], about [-1, 1] -> logits [N, 1]; above 0 means "real"."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        self.block_resolutions = [2**k for k in range(int(math.log2(config.resolution)), 2, -1)]
        for res in self.block_resolutions:
            self.add_module(f"b{res}", DiscriminatorBlock(config, res))
        self.b4 = DiscriminatorEpilogue(config)

    def forward(self, image: Tensor) -> Tensor:
        x = self.get_submodule(f"b{self.config.resolution}").fromrgb(image)  # type: ignore[operator]
        for res in self.block_resolutions:
            x = self.get_submodule(f"b{res}")(x)
        return self.b4(x)
