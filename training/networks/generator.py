"""The generator: z -> w -> ws -> styles -> image, split where services cache and edit.

    mapping   z [N, z_dim], c [N, c_dim] -> w [N, w_dim]        eight small layers
    truncate  w -> ws [N, num_ws, w_dim]                        towards the mean w_avg
    styles    ws -> one [N, dim] per style layer (S space)      affine layers
    synthesis styles and noise -> image [N, C, H, W]            everything heavy

State names equal those of NVIDIA's stylegan2-ada-pytorch (`synthesis.b8.conv0.affine.weight`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

import torch
from torch import Tensor, nn

from mammoganesis.errors import ConfigurationError
from training.data import labels
from training.networks.mapping import Mapping
from training.networks.synthesis import Features, SynthesisBlock, apply_layers

NoiseMode = Literal["const", "random", "none"]


@dataclass(frozen=True)
class StyleLayer:
    """One entry of the S space."""

    name: str  # such as b8.conv0 or b8.torgb
    dim: int  # length of its style vector = input channels of its convolution
    ws_index: int  # which of the num_ws codes drives it
    resolution: int  # height and width of its output in pixels

    @property
    def is_torgb(self) -> bool:
        return self.name.endswith(".torgb")


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
    label_fields: labels.LabelFields = ()  # (name, values) of the labels that condition it; see training.data.labels

    def __post_init__(self) -> None:
        object.__setattr__(self, "label_fields", labels.checked(self.label_fields))
        if self.resolution < 8 or self.resolution & (self.resolution - 1):
            raise ConfigurationError(f"resolution is {self.resolution}; it must be a power of two, 8 or more")
        for field in ("z_dim", "w_dim", "num_mapping_layers", "image_channels", "channel_max"):
            if getattr(self, field) < 1:
                raise ConfigurationError(f"{field} is {getattr(self, field)}; it must be 1 or more")
        if self.channel_base < self.resolution:
            raise ConfigurationError(
                f"channel_base is {self.channel_base}; it must be at least the resolution, {self.resolution}"
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
        return labels.dimension(self.label_fields)

    @property
    def num_ws(self) -> int:
        """Codes per image: one per convolution and one for the last toRGB."""
        return 2 * int(math.log2(self.resolution)) - 2

    @cached_property
    def layers(self) -> tuple[StyleLayer, ...]:
        """The S space in order of use, toRGB interleaved."""
        layers = [StyleLayer("b4.conv1", self.channels(4), 0, 4), StyleLayer("b4.torgb", self.channels(4), 1, 4)]
        for res in self.block_resolutions[1:]:
            first = layers[-1].ws_index  # a toRGB shares its code with the next block's conv0
            layers.append(StyleLayer(f"b{res}.conv0", self.channels(res // 2), first, res))
            layers.append(StyleLayer(f"b{res}.conv1", self.channels(res), first + 1, res))
            layers.append(StyleLayer(f"b{res}.torgb", self.channels(res), first + 2, res))
        return tuple(layers)

    @property
    def noise_layers(self) -> tuple[StyleLayer, ...]:
        """The layers that take a noise map [N, 1, r, r], in order: every one but the toRGB layers."""
        return tuple(layer for layer in self.layers if not layer.is_torgb)


class Synthesis(nn.Module):
    """ws [N, num_ws, w_dim] -> image [N, C, resolution, resolution]."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        for res in config.block_resolutions:
            self.add_module(f"b{res}", SynthesisBlock(config, res))

    def block(self, resolution: int) -> SynthesisBlock:
        return cast(SynthesisBlock, self.get_submodule(f"b{resolution}"))

    def styles(self, ws: Tensor) -> list[Tensor]:
        """Affine outputs in the order of `config.layers`, each [N, dim].

        The styles of toRGB layers are before their 1/sqrt(dim) gain, as in the reference's S space.
        """
        layers = self.config.layers
        with torch.autocast(ws.device.type, enabled=False):
            return [self.get_submodule(layer.name).affine(ws[:, layer.ws_index]) for layer in layers]  # type: ignore[operator]

    def from_styles(
        self,
        styles: Sequence[Tensor],
        noise: NoiseMode | Sequence[Tensor] = "const",
        return_features: Sequence[str] | None = None,
    ) -> Tensor | tuple[Tensor, Features]:
        """Render from the S space.

        Args:
            styles: one [N, dim] per layer of `config.layers`, in that order.
            noise: "const" (the stored maps), "random", "none", or explicit maps: one [N, 1, r, r] per layer of
                `config.noise_layers`, standard normal.
            return_features: names of activations to return beside the image: `b8.conv1.input` is what enters the
                layer before modulation [N, C_in, r_in, r_in], `b8.conv1.output` what leaves it after noise, bias
                and activation [N, C_out, r, r]; toRGB layers have an input only.

        Returns:
            image [N, C, H, W] float32, about [-1, 1], not clamped; with `return_features`, also a dict of the
            named activations.
        """
        image, features = apply_layers(self, styles, noise, frozenset(return_features or ()))
        return image if return_features is None else (image, features)

    def forward(self, ws: Tensor, noise_mode: NoiseMode = "const") -> Tensor:
        return cast(Tensor, self.from_styles(self.styles(ws), noise_mode))


class Generator(nn.Module):
    """`synthesis(broadcast(mapping(z, c)))`."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.mapping = Mapping(config.z_dim, config.c_dim, config.w_dim, config.num_mapping_layers)
        self.synthesis = Synthesis(config)

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
