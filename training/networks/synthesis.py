"""The synthesis network: modulated convolutions with constant weights.

    y = d * conv(x * s, W),   d = rsqrt((s * s) @ (sum over the kernel of W^2).T + 1e-8)

equals the convolution with per-sample modulated and demodulated weights (Karras et al. 2020, section 2.2), allows any
batch size, and keeps W a constant of the graph.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, cast

import torch
from torch import Tensor, nn

from training.networks import fir
from training.networks.activation import CLAMP, GAIN, activate, scaled
from training.networks.convolution import convolution, transposed_convolution
from training.networks.generator_config import GeneratorConfig
from training.networks.layers import FullyConnected

Features = dict[str, Tensor]
NoiseMode = Literal["const", "random", "none"]


def demodulation(weight: Tensor, style: Tensor) -> Tensor:
    """d [N, C_out] float32 of a weight [C_out, C_in, k, k] and a style [N, C_in]."""
    with torch.autocast(style.device.type, enabled=False):
        energy = weight.square().sum(dim=(2, 3))  # [C_out, C_in]
        return torch.rsqrt(style.square() @ energy.t() + 1e-8)


def scaled_to_one(values: Tensor, dims: tuple[int, ...]) -> Tensor:
    """Divide by the largest size over `dims`, as a constant: demodulation takes it out again, gradients included."""
    return values / values.detach().abs().amax(dim=dims, keepdim=True).clamp(min=1e-8)


class SynthesisLayer(nn.Module):
    """Modulated 3x3 convolution (with 2x upsampling if `up`), noise, bias, leaky ReLU.

    [N, C_in, H, W] and style [N, C_in] -> [N, C_out, H * up, W * up].
    """

    noise_const: Tensor  # [r, r], standard normal
    resample_filter: Tensor  # [4, 4]

    def __init__(self, in_channels: int, out_channels: int, w_dim: int, resolution: int, up: bool) -> None:
        super().__init__()
        self.up = up
        self.half_precision = False  # see training.networks.half
        self.affine = FullyConnected(w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, 3, 3))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise_const", torch.randn(resolution, resolution))
        self.register_buffer("resample_filter", fir.filter_kernel())

    def noise(self, mode: NoiseMode, batch: int) -> Tensor | None:
        """The noise map for one of the modes: [1, 1, r, r], [N, 1, r, r] or none."""
        if mode == "none":
            return None
        if mode == "const":
            return self.noise_const[None, None]
        resolution = self.noise_const.shape[0]
        return torch.randn(batch, 1, resolution, resolution, device=self.noise_const.device)

    def forward(self, x: Tensor, style: Tensor, noise: Tensor | None) -> Tensor:
        weight = self.weight
        if self.half_precision:
            x, style = x.half(), scaled_to_one(style, (1,))
            weight = scaled_to_one(weight, (1, 2, 3)) / math.sqrt(weight[0].numel())
        scale = demodulation(weight, style)
        kernel = weight.half() if self.half_precision else weight
        x = scaled(x, style)
        if self.up:
            x = transposed_convolution(x, kernel.transpose(0, 1), stride=2)
            x = fir.blur_after_transposed_convolution(x, self.resample_filter)
        else:
            x = convolution(x, kernel, padding=1)
        # leaky_relu(a * y) = a * leaky_relu(y) for a > 0: the gain goes into the small factors.
        drawn = None if noise is None else (noise, self.noise_strength * GAIN)
        limit = CLAMP if self.half_precision else None
        return activate(x, self.bias * GAIN, scale * GAIN, drawn, limit)


class ToImage(nn.Module):
    """Modulated 1x1 convolution to image channels, without demodulation. [N, C_in, H, W] -> [N, C, H, W] float32."""

    def __init__(self, in_channels: int, image_channels: int, w_dim: int) -> None:
        super().__init__()
        self.half_precision = False  # see training.networks.half
        self.affine = FullyConnected(w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(image_channels, in_channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(image_channels))
        self.style_gain = 1.0 / math.sqrt(in_channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        # float32: bfloat16 would round each resolution's part of the image to half a grey level of 8 bits.
        with torch.autocast(x.device.type, enabled=False):
            y = convolution(scaled(x.to(self.weight.dtype), style * self.style_gain), self.weight)
        y = y + self.bias[None, :, None, None]
        return y.clamp(-CLAMP, CLAMP) if self.half_precision else y


class SynthesisBlock(nn.Module):
    """One resolution: conv0 (upsamples; absent at 4x4, which starts from a learned constant), conv1, torgb."""

    resample_filter: Tensor  # [4, 4]

    def __init__(self, config: GeneratorConfig, resolution: int) -> None:
        super().__init__()
        channels, w_dim = config.channels(resolution), config.w_dim
        if resolution == 4:
            self.const = nn.Parameter(torch.randn(channels, 4, 4))
        else:
            self.conv0 = SynthesisLayer(config.channels(resolution // 2), channels, w_dim, resolution, up=True)
        self.conv1 = SynthesisLayer(channels, channels, w_dim, resolution, up=False)
        self.torgb = ToImage(channels, config.image_channels, w_dim)
        self.register_buffer("resample_filter", fir.filter_kernel())


class Synthesis(nn.Module):
    """ws [N, num_ws, w_dim] -> image [N, C, resolution, resolution]."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.layers = config.layers  # torch.compile cannot see how a cached property finds its value
        for res in config.block_resolutions:
            self.add_module(f"b{res}", SynthesisBlock(config, res))

    def block(self, resolution: int) -> SynthesisBlock:
        return cast(SynthesisBlock, self.get_submodule(f"b{resolution}"))

    def styles(self, ws: Tensor) -> list[Tensor]:
        """Affine outputs in the order of `config.layers`, each [N, dim].

        The styles of toRGB layers are before their 1/sqrt(dim) gain, as in the reference's S space.
        """
        with torch.autocast(ws.device.type, enabled=False):
            return [self.get_submodule(layer.name).affine(ws[:, layer.ws_index]) for layer in self.layers]  # type: ignore[operator]

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
        image, features = self._apply_layers(styles, noise, frozenset(return_features or ()))
        return image if return_features is None else (image, features)

    def forward(self, ws: Tensor, noise_mode: NoiseMode = "const") -> Tensor:
        return cast(Tensor, self.from_styles(self.styles(ws), noise_mode))

    def _doubled(self, image: Tensor) -> Tensor:
        kernel = self.block(2 * image.shape[2]).resample_filter
        return fir.upsample(image, kernel, edge=self.config.edge_padding)

    def _apply_layers(
        self, styles: Sequence[Tensor], noise: NoiseMode | Sequence[Tensor], wanted: frozenset[str]
    ) -> tuple[Tensor, Features]:
        """Run every layer in order; see `from_styles` for the arguments.

        Returns:
            image [N, C, H, W] float32 and the wanted activations by name.
        """
        if len(styles) != len(self.layers):
            raise ValueError(f"{len(styles)} style tensors given; this network has {len(self.layers)} style layers")
        maps = None if isinstance(noise, str) else iter(noise)
        batch = styles[0].shape[0]
        x = self.block(4).const[None].expand(batch, -1, -1, -1)
        image: Tensor | None = None
        features: Features = {}
        for layer, style in zip(self.layers, styles, strict=True):
            module = self.get_submodule(layer.name)
            if f"{layer.name}.input" in wanted:
                features[f"{layer.name}.input"] = x
            if isinstance(module, SynthesisLayer):
                noise_map = module.noise(noise, batch) if maps is None else next(maps)  # type: ignore[arg-type]
                x = module(x, style, noise_map)
                if f"{layer.name}.output" in wanted:
                    features[f"{layer.name}.output"] = x
            else:
                rgb = module(x, style)
                image = rgb if image is None else self._doubled(image) + rgb
        unknown = wanted - features.keys()
        if unknown:
            raise ValueError(f"no such activations: {', '.join(sorted(unknown))}")
        assert image is not None
        return image, features
