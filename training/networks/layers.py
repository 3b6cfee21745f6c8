"""The layers that both networks are made of: equalised learning rate, leaky ReLU with gain.

Every weight is stored with unit variance and multiplied by 1/sqrt(fan_in) at run time, so that Adam's step means
the same relative change in every layer (Karras et al. 2018, section 4.1).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.networks import fir
from training.networks.activation import CLAMP, GAIN, SLOPE, activate
from training.networks.convolution import convolution


class FullyConnected(nn.Module):
    """`x @ (weight * lr_multiplier / sqrt(in)).T + bias * lr_multiplier`, then leaky ReLU if `activation`.

    [N, in_features] -> [N, out_features].
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        activation: bool = False,
        lr_multiplier: float = 1.0,
        bias_init: float = 0.0,
    ) -> None:
        super().__init__()
        self.activation = activation
        self.weight_gain = lr_multiplier / math.sqrt(in_features)
        self.bias_gain = lr_multiplier
        self.weight = nn.Parameter(torch.randn(out_features, in_features) / lr_multiplier)
        self.bias = nn.Parameter(torch.full((out_features,), float(bias_init)))

    def forward(self, x: Tensor) -> Tensor:
        y = F.linear(x, self.weight * self.weight_gain, self.bias * self.bias_gain)
        return F.leaky_relu(y, SLOPE) * GAIN if self.activation else y


class Convolution(nn.Module):
    """Convolution of the discriminator: optional low-pass and stride 2, optional bias and leaky ReLU.

    A float16 input is convolved in float16, and what comes out of the leaky ReLU is clamped.

    [N, in_channels, H, W] -> [N, out_channels, H / down, W / down].
    """

    resample_filter: Tensor  # [4, 4]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        bias: bool = True,
        activation: bool = True,
        down: int = 1,
    ) -> None:
        super().__init__()
        self.kernel_size, self.activation, self.down = kernel_size, activation, down
        self.weight_gain = 1.0 / math.sqrt(in_channels * kernel_size**2)
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        self.register_buffer("resample_filter", fir.filter_kernel())

    def forward(self, x: Tensor, gain: float = 1.0) -> Tensor:
        """`gain` multiplies the result (a residual block uses sqrt(1/2))."""
        weight = self.weight * self.weight_gain
        limit = CLAMP * gain
        if self.activation:
            # leaky_relu(a * y) = a * leaky_relu(y) for a > 0: the gain goes into the small weight and bias.
            gain = gain * GAIN
        bias = None if self.bias is None else self.bias * gain
        weight = weight * gain
        half = x.dtype == torch.float16
        if half:
            weight = weight.half()
        if self.down == 1:
            y = convolution(x, weight, padding=self.kernel_size // 2)
        elif self.kernel_size == 1:
            y = convolution(fir.downsample(x, self.resample_filter), weight)
        else:
            y = convolution(fir.blur_before_strided_convolution(x, self.resample_filter), weight, stride=2)
        if self.activation:
            return activate(y, bias, limit=limit if half else None)
        return y if bias is None else y + bias.to(y.dtype)[None, :, None, None]
