"""The synthesis graph with float16 weights and activations, for GPUs; float32 inputs and outputs.

float16 ends at 65504. Nothing comes near it:

- Every style is divided by its largest magnitude and every convolution's weight by `max |W| * sqrt(9 I)` per output
  channel, so that a convolution of activations up to LIMIT stays below `sqrt(9 I) * LIMIT`, 35,000 for 512 channels.
  The factors come back with the demodulation, which is computed in float32 from the float32 styles.
- Activations are clamped to +-LIMIT, as NVIDIA's float16 networks clamp theirs to +-256 sqrt(2).
- The image is added up in float32.

`HalfSynthesisGraph(..., emulated=True)` computes the same on a processor without float16 arithmetic: in float32, each
result rounded to float16. So do tensor cores, which add up in float32.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mammoganesis.editing.layers import DEFAULT_FEATURE_LAYER
from training.export.graphs import Constants
from training.export.synthesis_graph import SynthesisGraph, upsampling_taps
from training.networks import Generator
from training.networks.activation import GAIN, SLOPE
from training.networks.synthesis import SynthesisLayer, ToImage

LIMIT = 512.0  # largest magnitude of an activation


class _HalfConstants(Constants):
    def __init__(self, emulated: bool) -> None:
        super().__init__()
        self.dtype = torch.float32 if emulated else torch.float16

    def half(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """x rounded to float16, in the dtype that is computed in."""
        return x.to(torch.float16).to(self.dtype)


def _unit_style(style: Tensor) -> tuple[Tensor, Tensor]:
    """Style [N, I, 1, 1] with the largest magnitude 1, and the factor [N, 1, 1, 1] that was taken out."""
    largest = style.abs().amax(dim=1, keepdim=True).clamp_min(1e-12)  # styles may be 0
    return style / largest, largest


class _HalfStyledConvolution(_HalfConstants):
    """`StyledConvolution` in float16."""

    weight: Tensor  # [O, I, 3, 3], or [I, O, 3, 3] when upsampling; at most 1/sqrt(9 I) in magnitude
    weight_scale: Tensor  # [1, O, 1, 1] float32: what was taken out of the weight
    energy: Tensor  # [O, I, 1, 1] float32
    energy_floor: Tensor  # [O] float32
    noise_gain: Tensor  # scalar
    bias: Tensor  # [1, O, 1, 1]
    rows: Tensor  # [O, 1, 1, 4]
    columns: Tensor  # [O, 1, 4, 1]

    def __init__(self, layer: SynthesisLayer, emulated: bool) -> None:
        super().__init__(emulated)
        self.up = layer.up
        out_channels, in_channels = layer.weight.shape[:2]
        scale = layer.weight.abs().amax(dim=(1, 2, 3), keepdim=True) * math.sqrt(9 * in_channels) + 1e-12
        weight = layer.weight / scale
        energy = layer.weight.double().square().sum(dim=(2, 3)) / GAIN**2
        self.constant("weight", self.half(weight.transpose(0, 1) if layer.up else weight))
        self.constant("weight_scale", scale.view(1, -1, 1, 1))
        self.constant("energy", energy.float()[:, :, None, None])
        self.constant("energy_floor", torch.full((out_channels,), 1e-8 / GAIN**2))
        self.constant("noise_gain", self.half(layer.noise_strength * GAIN))
        self.constant("bias", self.half((layer.bias * GAIN)[None, :, None, None]))
        if layer.up:
            taps = upsampling_taps()
            self.constant("rows", self.half(taps.view(1, 1, 1, 4).expand(out_channels, -1, -1, -1)))
            self.constant("columns", self.half(taps.view(1, 1, 4, 1).expand(out_channels, -1, -1, -1)))

    def forward(self, x: Tensor, style: Tensor, noise: Tensor) -> Tensor:
        unit, largest = _unit_style(style)
        scale = torch.rsqrt(F.conv2d(style * style, self.energy, self.energy_floor)) * largest * self.weight_scale
        half = self.half
        x = half(x * half(unit))
        if self.up:
            x = half(F.conv_transpose2d(x, self.weight, stride=2))
            x = half(F.conv2d(x, self.rows, padding=(0, 1), groups=x.shape[1]))
            x = half(F.conv2d(x, self.columns, padding=(1, 0), groups=x.shape[1]))
        else:
            x = half(F.conv2d(x, self.weight, padding=1))
        x = half(half(x * half(scale)) + half(half(noise) * self.noise_gain))
        x = half(x + self.bias)
        return half(F.leaky_relu(x, SLOPE)).clamp(-LIMIT, LIMIT)


class _HalfToImageChannels(_HalfConstants):
    """`ToImageChannels` in float16; the result is float32."""

    weight: Tensor  # [C, I, 1, 1], at most 1/sqrt(I) in magnitude
    weight_scale: Tensor  # [1, C, 1, 1] float32
    bias: Tensor  # [1, C, 1, 1] float32

    def __init__(self, layer: ToImage, emulated: bool) -> None:
        super().__init__(emulated)
        gain = math.sqrt(layer.weight.shape[1])
        largest = layer.weight.abs().amax(dim=(1, 2, 3), keepdim=True) + 1e-12
        self.constant("weight", self.half(layer.weight / (largest * gain)))
        self.constant("weight_scale", (largest * gain * layer.style_gain).view(1, -1, 1, 1))
        self.constant("bias", layer.bias[None, :, None, None])

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        unit, largest = _unit_style(style)
        y = self.half(F.conv2d(self.half(x * self.half(unit)), self.weight))
        return y.float() * (largest * self.weight_scale) + self.bias


class HalfSynthesisGraph(SynthesisGraph):
    """`SynthesisGraph` in float16: same inputs, same outputs, float32."""

    def __init__(
        self, generator: Generator, feature_layer: str = DEFAULT_FEATURE_LAYER, *, emulated: bool = False
    ) -> None:
        self.emulated = emulated
        super().__init__(generator, feature_layer)
        dtype = torch.float32 if emulated else torch.float16
        self.constant("const", generator.synthesis.block(4).const[None].to(torch.float16).to(dtype))

    def _step(self, module: nn.Module) -> nn.Module:
        if isinstance(module, SynthesisLayer):
            return _HalfStyledConvolution(module, self.emulated)
        return _HalfToImageChannels(module, self.emulated)  # type: ignore[arg-type]
