"""The sizes of a generator, and the style layers that follow from them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

from mammoganesis.editing.labels import Counts, LabelMixture, c_dim
from mammoganesis.editing.layers import StyleLayer
from mammoganesis.errors import ConfigurationError
from training.data import labels

SIZES = {  # and the largest: what a bundle may have, or more than anybody trains
    "z_dim": 8192,
    "w_dim": 8192,
    "num_mapping_layers": 64,
    "image_channels": 4,
    "channel_max": 65536,
}
LARGEST_RESOLUTION, LARGEST_CHANNEL_BASE = 4096, 2**24


@dataclass(frozen=True)
class GeneratorConfig:
    """Sizes of the generator. The defaults are the paper's: config-F at 512x512, one channel."""

    z_dim: int = 512
    w_dim: int = 512
    num_mapping_layers: int = 8
    resolution: int = 512  # pixels, a power of two from 8 up
    image_channels: int = 1
    channel_base: int = 32768  # channels(res) = min(channel_base // res, channel_max)
    channel_max: int = 512
    edge_padding: bool = False  # of images that a block doubles: with their outermost pixels; False: StyleGAN2's zeros
    label_fields: labels.LabelFields = ()  # (name, values) of the labels that condition it; see training.data.labels
    label_mixture: Counts = field(default=(), compare=False)  # how many training images have them; () where not known

    def __post_init__(self) -> None:
        object.__setattr__(self, "label_fields", labels.checked(self.label_fields))
        object.__setattr__(self, "label_mixture", labels.checked_counts(self.label_mixture, self.label_fields))
        for name in (*SIZES, "resolution", "channel_base"):
            if type(value := getattr(self, name)) is not int:
                raise ConfigurationError(f"{name} is {str(value)[:80]!a}; it must be a whole number")
        if type(self.edge_padding) is not bool:
            raise ConfigurationError(f"edge_padding is {str(self.edge_padding)[:80]!a}; it must be true or false")
        if not 8 <= self.resolution <= LARGEST_RESOLUTION or self.resolution & (self.resolution - 1):
            raise ConfigurationError(
                f"resolution is {self.resolution}; it must be a power of two, 8 to {LARGEST_RESOLUTION}"
            )
        for name, largest in SIZES.items():
            if not 1 <= getattr(self, name) <= largest:
                raise ConfigurationError(f"{name} is {getattr(self, name)}; it must lie between 1 and {largest}")
        if not self.resolution <= self.channel_base <= LARGEST_CHANNEL_BASE:
            raise ConfigurationError(
                f"channel_base is {self.channel_base}; it must lie between the resolution, {self.resolution}, and "
                f"{LARGEST_CHANNEL_BASE}"
            )

    def channels(self, resolution: int) -> int:
        """Feature channels of the block at `resolution`."""
        return min(self.channel_base // resolution, self.channel_max)

    @property
    def block_resolutions(self) -> list[int]:
        """4, 8, ..., resolution."""
        return [2**k for k in range(2, int(math.log2(self.resolution)) + 1)]

    @property
    def c_dim(self) -> int:
        """Length of the label vector; 0 for a network without labels."""
        return c_dim(dict(self.label_fields))

    @cached_property
    def mixture(self) -> LabelMixture:
        """The labels of the training images; every combination equally often where they are not known."""
        fields = dict(self.label_fields)
        return LabelMixture(fields, self.label_mixture) if self.label_mixture else LabelMixture.equal(fields)

    @property
    def num_ws(self) -> int:
        """Codes per image: one per convolution and one for the last toRGB."""
        return 2 * int(math.log2(self.resolution)) - 2

    @cached_property
    def layers(self) -> tuple[StyleLayer, ...]:
        """The S space in order of use, toRGB interleaved."""
        layers = [StyleLayer("b4.conv1", self.channels(4), 0), StyleLayer("b4.torgb", self.channels(4), 1)]
        for res in self.block_resolutions[1:]:
            first = layers[-1].ws_index  # a toRGB shares its code with the next block's conv0
            layers.append(StyleLayer(f"b{res}.conv0", self.channels(res // 2), first))
            layers.append(StyleLayer(f"b{res}.conv1", self.channels(res), first + 1))
            layers.append(StyleLayer(f"b{res}.torgb", self.channels(res), first + 2))
        return tuple(layers)

    @property
    def noise_layers(self) -> tuple[StyleLayer, ...]:
        """The layers that take a noise map [N, 1, r, r], in order: every one but the toRGB layers."""
        return tuple(layer for layer in self.layers if not layer.is_torgb)
