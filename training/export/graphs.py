"""Mapping and affine layers in the form in which they are exported: modules that hold constants only.

    mapping    z [N, z_dim] (and c [N, c_dim] of a conditional model) -> w [N, w_dim]
    affine     ws [N, num_ws, w_dim] -> styles [N, num_styles]

They compute what `training.networks` computes, in the form that ONNX Runtime runs fastest and whose result for one
row does not depend on the other rows:

- Small matrix products are 1x1 convolutions over [N, I, 1, 1]. A matrix product of N rows takes another kernel, and
  other roundings, than one of a single row; a convolution works image by image.
- The gain sqrt(2) of every activation and the factors of the equalised learning rate are inside the constants.
"""

from __future__ import annotations

from itertools import groupby
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.networks import Generator
from training.networks.activation import GAIN, SLOPE
from training.networks.layers import FullyConnected


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


class Constants(nn.Module):
    """A module whose tensors are constants of the graph."""

    def constant(self, name: str, value: Tensor) -> None:
        self.register_buffer(name, value.detach().clone().contiguous())


class _RowwiseLinear(Constants):
    """`x @ weight.T + bias` for every row by itself. [N, I, 1, 1] -> [N, O, 1, 1]."""

    weight: Tensor  # [O, I, 1, 1]
    bias: Tensor  # [O]

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.constant("weight", weight[:, :, None, None])
        self.constant("bias", bias)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight, self.bias)


def _effective(layer: nn.Module, gain: float = 1.0) -> tuple[Tensor, Tensor]:
    """Weight [O, I] and bias [O] with the learning-rate factors and a gain multiplied in."""
    layer = cast(FullyConnected, layer)
    return layer.weight * (layer.weight_gain * gain), layer.bias * (layer.bias_gain * gain)


def _normalised(x: Tensor) -> Tensor:
    """`normalise_2nd_moment`: rows [N, D] with a mean square of 1; rows of zeros stay zeros.

    The exporter takes an addition of 1e-8 for one of nothing and leaves it out; so it is an addition of 1 here.
    """
    return x * (torch.rsqrt(x.square().mean(dim=1, keepdim=True) * 1e8 + 1.0) * 1e4)


class MappingGraph(nn.Module):
    """z [N, z_dim] and, of a conditional network, c [N, c_dim] -> w [N, w_dim], before truncation; float32.

    z is normalised here; c is one-hot vectors, concatenated, zeros for what is not known.
    """

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        mapping = generator.mapping
        layers = [mapping.get_submodule(f"fc{i}") for i in range(mapping.num_layers)]
        self.layers = nn.ModuleList(_RowwiseLinear(*_effective(layer, GAIN)) for layer in layers)
        self.embed = _RowwiseLinear(*_effective(mapping.embed)) if mapping.c_dim else None

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        x = _normalised(z)
        if self.embed is not None:
            assert c is not None
            x = torch.cat([x, _normalised(self.embed(c[:, :, None, None]).flatten(1))], dim=1)
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
            parts = [_effective(generator.synthesis.get_submodule(f"{layer.name}.affine")) for layer in shared]
            rows.append(_RowwiseLinear(torch.cat([p[0] for p in parts]), torch.cat([p[1] for p in parts])))
        self.rows = nn.ModuleList(rows)

    def forward(self, ws: Tensor) -> Tensor:
        styles = [row(ws[:, index, :, None, None]) for index, row in enumerate(self.rows)]
        return torch.cat(styles, dim=1).flatten(1)
