"""A discriminator that knows pictures: small heads on the features of a frozen network, at four scales.

After Projected GAN (Sauer et al. 2021), whose frozen network is EfficientNet-lite too, and Vision-aided GAN (Kumari et
al. 2022), which keeps the own discriminator beside it. Features at strides 4, 8, 16 and 32 are mixed by fixed random
weights, across channels (1x1) and from coarse to fine, so that no head can look at few channels only. Each head is a
spectrally normalised convolution and one logit per place; with labels the logit is a projection (Miyato and Koyama
2018).

What such a network tells a generator is mostly the finest grain, as adversarial examples are: at the images, three
quarters of its gradient lie above half the highest frequency, of the own discriminator's one part in twenty. And with
its strides it sees some places within a cell better than others. A generator that it alone teaches makes a raster of
dots. Against both: a Gaussian low-pass before it (Projected GAN's code has one, too, and fades it), so that it teaches
shapes and the own discriminator, at full weight and with its own filters before every stride, the grain; an
anti-aliased resize; and another random shift within a cell for every image.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from training.networks.activation import SLOPE
from training.networks.lite0 import CHANNELS, Lite0

STRIDES = tuple(CHANNELS)  # 4, 8, 16, 32
SPREAD = {4: 8.0, 8: 8.0, 16: 7.0, 32: 3.0}  # root mean square of the features of mammograms, measured
CELL = 16  # pixels of the frozen network's input within which images are shifted
MIXING_SEED = 0

Features = list[Tensor]  # [N, width * s / 4, S / s, S / s] for the strides s


@dataclass(frozen=True)
class ProjectedConfig:
    """Sizes of the heads and of what the frozen network looks at."""

    input_size: int = 128  # height and width of its input, pixels, a multiple of 32
    blur: float = 1.5  # standard deviation of the Gaussian before it, pixels of the image; 0: none
    width: int = 32  # channels of the head at stride 4; twice as many at every following stride
    c_dim: int = 0  # length of the label vector; 0 without labels

    def channels(self, stride: int) -> int:
        """Of the mixed features and of the head at a stride."""
        return self.width * stride // 4


class SpectralConvolution(nn.Conv2d):
    """A convolution whose weight is found in float32 also where the convolution itself runs in 16 bits."""

    def forward(self, input: Tensor) -> Tensor:
        with torch.autocast(input.device.type, enabled=False):
            weight = self.weight
        return self._conv_forward(input, weight, self.bias)


class Head(nn.Module):
    """Mixed features [N, C, r, r] and labels c [N, c_dim] -> logits [N, r * r], float32, above 0 "real"."""

    def __init__(self, channels: int, c_dim: int) -> None:
        super().__init__()
        self.conv = spectral_norm(SpectralConvolution(channels, channels, 3, padding=1))
        self.out = spectral_norm(nn.Linear(channels, 1))
        self.embed = spectral_norm(nn.Linear(c_dim, channels, bias=False)) if c_dim else None

    def forward(self, x: Tensor, c: Tensor | None = None) -> Tensor:
        x = F.leaky_relu(self.conv(x), SLOPE)
        with torch.autocast(x.device.type, enabled=False):
            x = x.float().flatten(2).transpose(1, 2)  # [N, r * r, C]
            logits = self.out(x).squeeze(2)
            if self.embed is None or c is None:
                return logits
            return logits + (x @ self.embed(c).unsqueeze(2)).squeeze(2) / math.sqrt(x.shape[2])


class Mixing(nn.Module):
    """Fixed random weights: 1x1 at every scale, and 1x1 from every scale to the next finer one; part of the state."""

    def __init__(self, config: ProjectedConfig) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(MIXING_SEED)

        def draw(name: str, outputs: int, inputs: int) -> None:
            weight = torch.randn(outputs, inputs, 1, 1, generator=generator) / math.sqrt(inputs)
            self.register_buffer(name, weight)

        for stride in STRIDES:
            draw(f"within{stride}", config.channels(stride), CHANNELS[stride])
            if stride != STRIDES[-1]:
                draw(f"from{2 * stride}", config.channels(stride), config.channels(2 * stride))

    def forward(self, features: list[Tensor]) -> Features:
        """Those of the frozen network, fine to coarse."""
        mixed: Features = []
        for stride, x in zip(reversed(STRIDES), reversed(features), strict=True):
            x = F.conv2d(x / SPREAD[stride], self.get_buffer(f"within{stride}"))
            if mixed:
                coarse = F.conv2d(mixed[0], self.get_buffer(f"from{2 * stride}"))
                x = (x + F.interpolate(coarse, scale_factor=2, mode="nearest")) * math.sqrt(0.5)
            mixed.insert(0, x)
        return mixed


class ProjectedDiscriminator(nn.Module):
    """Images [N, C, H, W], C = 1 or 3, about [-1, 1], -> features -> logits at four scales.

    Its state holds heads and mixing, not the frozen network; its parameters are those of the heads.
    """

    taps: Tensor  # [1, 1, 1, K]

    def __init__(self, config: ProjectedConfig, network: Lite0) -> None:
        super().__init__()
        self.config, self.network = config, network
        self.register_buffer("taps", gaussian(config.blur), persistent=False)
        self.mixing = Mixing(config)
        self.heads = nn.ModuleDict({str(s): Head(config.channels(s), config.c_dim) for s in STRIDES})

    def features(self, images: Tensor) -> Features:
        """What the heads look at; random, because every image is shifted."""
        size = self.config.input_size
        images = low_passed(images, self.taps)
        if images.shape[-2:] != (size, size):
            images = F.interpolate(images, (size, size), mode="bilinear", antialias=True, align_corners=False)
        x = shifted(images, CELL).expand(-1, 3, -1, -1)
        return self.mixing(self.network(x.contiguous(memory_format=torch.channels_last)))

    def forward(self, features: Features, c: Tensor | None = None) -> list[Tensor]:
        """Logits [N, places] float32, one tensor per scale."""
        return [head(x, c) for head, x in zip(self.heads.values(), features, strict=True)]


def gaussian(deviation: float) -> Tensor:
    """Taps [1, 1, 1, K] with the sum 1, K odd, out to three standard deviations."""
    radius = math.ceil(3 * deviation)
    positions = torch.arange(-radius, radius + 1, dtype=torch.float32)
    taps = torch.exp(-0.5 * (positions / max(deviation, 1e-6)).square())
    return (taps / taps.sum()).view(1, 1, 1, -1)


def low_passed(images: Tensor, taps: Tensor) -> Tensor:
    """Filter images [N, C, H, W] along both axes; beyond the edges they continue as their last row or column."""
    radius = taps.shape[3] // 2
    if radius == 0:
        return images
    with torch.autocast(images.device.type, enabled=False):
        x = images.float().reshape(-1, 1, *images.shape[2:])
        x = F.conv2d(F.pad(x, (radius, radius, 0, 0), mode="replicate"), taps)
        x = F.conv2d(F.pad(x, (0, 0, radius, radius), mode="replicate"), taps.transpose(2, 3))
    return x.reshape(images.shape)


def shifted(images: Tensor, cell: int) -> Tensor:
    """Shift every image [N, C, H, W] by whole pixels, down and right, each by up to half a cell to either side.

    Beyond the edges the image continues as its mirror image.
    """
    for dimension in (2, 3):
        size = images.shape[dimension]
        amount = torch.randint(-(cell // 2), cell - cell // 2, (len(images), 1), device=images.device)
        index = torch.arange(size, device=images.device) - amount
        index = (size - 1) - ((size - 1) - index.abs()).abs()
        index = index.view(len(images), 1, -1, 1) if dimension == 2 else index.view(len(images), 1, 1, -1)
        images = images.gather(dimension, index.expand(images.shape))
    return images
