"""What stands around a convolution: scale, noise, bias, leaky ReLU, clamp."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from training.accelerators.kernels import activation, choice

SLOPE = 0.2
GAIN = math.sqrt(2.0)
CLAMP = 256.0  # largest activation of a layer that runs in float16


def scaled(x: Tensor, scale: Tensor) -> Tensor:
    """`x * scale`, in the precision of x; on a GPU with Triton its derivative is one kernel.

    Args:
        x: [N, C, H, W].
        scale: [N, C].
    """
    if choice.compute(x) and not torch.compiler.is_compiling():
        return activation.activate(x, scale, None, None, activation.Curve())
    return x * scale[:, :, None, None].to(x.dtype)


def activate(
    x: Tensor,
    bias: Tensor | None,
    scale: Tensor | None = None,
    noise: tuple[Tensor, Tensor] | None = None,
    limit: float | None = None,
) -> Tensor:
    """`leaky_relu(x * scale + noise * strength + bias, 0.2)`, within the limit.

    On a GPU with Triton it is one kernel; compiled, what the compiler makes of the plain form.

    Args:
        x: [N, C, H, W].
        bias: [C]; None: 0.
        scale: [N, C]; None: 1.
        noise: a map [N or 1, 1, H, W] and its strength, a scalar; None: 0.
        limit: largest size of a result; None: any.

    Returns:
        [N, C, H, W] in the precision of x.
    """
    if choice.compute(x) and not torch.compiler.is_compiling():
        return activation.activate(x, scale, noise, bias, activation.Curve(SLOPE, limit or 0.0))
    if scale is not None:
        x = scaled(x, scale)
    if noise is not None:
        x = x + (noise[0] * noise[1]).to(x.dtype)
    if bias is not None:
        x = x + bias[None, :, None, None].to(x.dtype)
    x = F.leaky_relu(x, SLOPE)
    return x if limit is None else x.clamp(-limit, limit)
