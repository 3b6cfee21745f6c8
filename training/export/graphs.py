"""The generator in the form in which it is exported: three modules that hold constants only.

    mapping    z [N, z_dim] -> w [N, w_dim]
    affine     ws [N, num_ws, w_dim] -> styles [N, num_styles]
    synthesis  styles [N, num_styles], noise [N, num_noise] -> image [N, C, H, W], features [N, Cf, g, g]

They compute what `training.networks` computes, in the form that ONNX Runtime runs fastest and whose result for one
row does not depend on the other rows:

- Convolution weights are constants: `y = d * conv(x * s, W)`.
- Small matrix products are 1x1 convolutions over [N, I, 1, 1]. A matrix product of N rows takes another kernel, and
  other roundings, than one of a single row; a convolution works image by image.
- The low-pass filter after a transposed convolution is two depthwise convolutions, along rows and along columns.
- The gain sqrt(2) of every activation and the factors of the equalised learning rate are inside the constants.
"""

from __future__ import annotations

from itertools import groupby

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.networks import Generator, StyleLayer
from training.networks.fir import TAPS
from training.networks.layers import GAIN, SLOPE, FullyConnected
from training.networks.synthesis import SynthesisLayer, ToImage

DEFAULT_FEATURE_LAYER = "b8.conv0"  # whose output is the second result of the synthesis graph


def noise_sizes(generator: Generator) -> list[int]:
    """Width and height in pixels of every noise map, in order of synthesis."""
    return [layer.resolution for layer in generator.config.noise_layers]


def num_noise(generator: Generator) -> int:
    """Numbers in all noise maps of one image."""
    return sum(size * size for size in noise_sizes(generator))


def noise_const(generator: Generator) -> Tensor:
    """The stored noise maps, flattened and concatenated: [num_noise] float32."""
    maps = [generator.get_buffer(f"synthesis.{layer.name}.noise_const") for layer in generator.config.noise_layers]
    return torch.cat([noise_map.reshape(-1) for noise_map in maps])


class _Constants(nn.Module):
    """A module whose tensors are constants of the graph."""

    def constant(self, name: str, value: Tensor) -> None:
        self.register_buffer(name, value.detach().clone().contiguous())


class _RowwiseLinear(_Constants):
    """`x @ weight.T + bias` for every row by itself. [N, I, 1, 1] -> [N, O, 1, 1]."""

    weight: Tensor  # [O, I, 1, 1]
    bias: Tensor  # [O]

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.constant("weight", weight[:, :, None, None])
        self.constant("bias", bias)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight, self.bias)


def _effective(layer: FullyConnected, gain: float = 1.0) -> tuple[Tensor, Tensor]:
    """Weight [O, I] and bias [O] with the learning-rate factors and a gain multiplied in."""
    return layer.weight * (layer.weight_gain * gain), layer.bias * (layer.bias_gain * gain)


class MappingGraph(nn.Module):
    """z [N, z_dim] float32 -> w [N, w_dim] float32, before truncation; normalises z."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        layers = [generator.mapping.get_submodule(f"fc{i}") for i in range(generator.mapping.num_layers)]
        self.layers = nn.ModuleList(_RowwiseLinear(*_effective(layer, GAIN)) for layer in layers)  # type: ignore[arg-type]

    def forward(self, z: Tensor) -> Tensor:
        x = z * torch.rsqrt(z.square().mean(dim=1, keepdim=True) + 1e-8)
        x = x[:, :, None, None]
        for layer in self.layers:
            x = F.leaky_relu(layer(x), SLOPE)
        return x.flatten(1)


class AffineGraph(nn.Module):
    """ws [N, num_ws, w_dim] float32 -> styles [N, num_styles] float32: all style layers, concatenated in order."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        rows = []
        # A toRGB layer and the next block's conv0 follow one another and share their code: one product for both.
        for _, shared in groupby(generator.config.layers, key=lambda layer: layer.ws_index):
            parts = [_effective(generator.synthesis.get_submodule(layer.name).affine) for layer in shared]  # type: ignore
            rows.append(_RowwiseLinear(torch.cat([p[0] for p in parts]), torch.cat([p[1] for p in parts])))
        self.rows = nn.ModuleList(rows)

    def forward(self, ws: Tensor) -> Tensor:
        styles = [row(ws[:, index, :, None, None]) for index, row in enumerate(self.rows)]
        return torch.cat(styles, dim=1).flatten(1)


class _StyledConvolution(_Constants):
    """Modulated 3x3 convolution, noise, bias and leaky ReLU. [N, I, H, W] -> [N, O, H * up, W * up]."""

    weight: Tensor  # [O, I, 3, 3], or [I, O, 3, 3] when upsampling
    energy: Tensor  # [O, I, 1, 1]
    energy_floor: Tensor  # [O]
    noise_gain: Tensor  # scalar
    bias: Tensor  # [1, O, 1, 1]
    rows: Tensor  # [O, 1, 1, 4]
    columns: Tensor  # [O, 1, 4, 1]

    def __init__(self, layer: SynthesisLayer) -> None:
        super().__init__()
        self.up = layer.up
        out_channels = layer.weight.shape[0]
        energy = layer.weight.double().square().sum(dim=(2, 3)) / GAIN**2
        self.constant("weight", layer.weight.transpose(0, 1) if layer.up else layer.weight)
        self.constant("energy", energy.float()[:, :, None, None])
        self.constant("energy_floor", torch.full((out_channels,), 1e-8 / GAIN**2))
        self.constant("noise_gain", layer.noise_strength * GAIN)
        self.constant("bias", (layer.bias * GAIN)[None, :, None, None])
        if layer.up:
            taps = torch.tensor(TAPS) / sum(TAPS) * 2
            self.constant("rows", taps.view(1, 1, 1, 4).expand(out_channels, -1, -1, -1))
            self.constant("columns", taps.view(1, 1, 4, 1).expand(out_channels, -1, -1, -1))

    def forward(self, x: Tensor, style: Tensor, noise: Tensor) -> Tensor:
        scale = torch.rsqrt(F.conv2d(style * style, self.energy, self.energy_floor))  # sqrt(2) * d: [N, O, 1, 1]
        x = x * style
        if self.up:
            x = F.conv_transpose2d(x, self.weight, stride=2)
            x = F.conv2d(x, self.rows, padding=(0, 1), groups=x.shape[1])
            x = F.conv2d(x, self.columns, padding=(1, 0), groups=x.shape[1])
        else:
            x = F.conv2d(x, self.weight, padding=1)
        x = x * scale + noise * self.noise_gain + self.bias
        return F.leaky_relu(x, SLOPE)


class _ToImage(_Constants):
    """Modulated 1x1 convolution to image channels. [N, I, H, W] -> [N, C, H, W]."""

    weight: Tensor  # [C, I, 1, 1]
    bias: Tensor  # [C]

    def __init__(self, layer: ToImage) -> None:
        super().__init__()
        self.constant("weight", layer.weight * layer.style_gain)
        self.constant("bias", layer.bias)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        return F.conv2d(x * style, self.weight, self.bias)


class SynthesisGraph(_Constants):
    """styles [N, num_styles] and noise [N, num_noise], float32 -> image [N, C, H, W] and features [N, Cf, g, g].

    `noise` holds standard normal values, before the noise strengths; its maps stand in the order of `noise_sizes`.
    """

    const: Tensor  # [1, I, 4, 4]
    image_filter: Tensor  # [C, 1, 4, 4]

    def __init__(self, generator: Generator, feature_layer: str = DEFAULT_FEATURE_LAYER) -> None:
        super().__init__()
        config = generator.config
        self.feature_layer = feature_layer
        self.layer_list: tuple[StyleLayer, ...] = config.layers
        self.dims = [layer.dim for layer in config.layers]
        self.noise_sizes = noise_sizes(generator)
        self.image_channels = config.image_channels
        modules: list[nn.Module] = []
        for layer in config.layers:
            module = generator.synthesis.get_submodule(layer.name)
            modules.append(_StyledConvolution(module) if isinstance(module, SynthesisLayer) else _ToImage(module))  # type: ignore[arg-type]
        self.steps = nn.ModuleList(modules)
        self.constant("const", generator.synthesis.block(4).const[None])
        taps = torch.tensor(TAPS) / sum(TAPS) * 2
        self.constant("image_filter", torch.outer(taps, taps).expand(config.image_channels, 1, 4, 4))

    def forward(self, styles: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        style_list = styles[:, :, None, None].split(self.dims, dim=1)
        maps = iter(noise.split([size * size for size in self.noise_sizes], dim=1))
        sizes = iter(self.noise_sizes)
        x, features = self.const, self.const
        image: Tensor | None = None
        for layer, step, style in zip(self.layer_list, self.steps, style_list, strict=True):
            if layer.is_torgb:
                rgb = step(x, style)
                image = rgb if image is None else self._upsample(image) + rgb
            else:
                x = step(x, style, next(maps).unflatten(1, (1, size := next(sizes), size)))
            if layer.name == self.feature_layer:
                features = x
        assert image is not None
        return image, features

    def _upsample(self, image: Tensor) -> Tensor:
        return F.conv_transpose2d(image, self.image_filter, stride=2, padding=1, groups=self.image_channels)


__all__ = [
    "DEFAULT_FEATURE_LAYER",
    "AffineGraph",
    "MappingGraph",
    "SynthesisGraph",
    "noise_const",
    "noise_sizes",
    "num_noise",
]
