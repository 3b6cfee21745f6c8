"""Resampling with the [1, 3, 3, 1] low-pass filter, differentiable any number of times at constant cost.

A bare depthwise convolution is correct, but its double backward loops over the groups and creates thousands of
operations. The filter is symmetric and linear, so its adjoint is itself with up- and downsampling exchanged and the
padding complemented: `_Resample` is an `autograd.Function` whose backward is `_Resample` again.

The kernel is a tensor that the caller keeps on the device, so that no call copies the taps from the host. Images and
features are filtered in their own precision, whatever autocast says.

On CPUs the depthwise convolution in channels-last layout is the fastest form of this filter; on GPUs with Triton it is
a kernel of its own.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from training.accelerators.kernels import choice, resampling, tiles

TAPS = (1.0, 3.0, 3.0, 1.0)
SIZE = len(TAPS)

Padding = tuple[int, int, int, int]  # left, right, top, bottom; negative values crop


def filter_kernel(device: torch.device | None = None, dtype: torch.dtype = torch.float32) -> Tensor:
    """The two-dimensional filter.

    Returns:
        [4, 4], sums to 1: the outer product of (1, 3, 3, 1), divided by 64.
    """
    taps = torch.tensor(TAPS, device=device, dtype=dtype)
    return torch.outer(taps, taps) / taps.sum().square()


def _insert_zeros(x: Tensor, layout: torch.memory_format) -> Tensor:
    """Double height and width: one zero after every sample. [N, C, H, W] -> [N, C, 2H, 2W]."""
    batch, channels, height, width = x.shape
    y = torch.empty(batch, channels, 2 * height, 2 * width, dtype=x.dtype, device=x.device, memory_format=layout)
    y.zero_()
    y[:, :, ::2, ::2] = x
    return y


def _resample(x: Tensor, kernel: Tensor, up: int, down: int, padding: Padding, gain: float) -> Tensor:
    if choice.compute(x):
        return resampling.resample(x, up, down, padding, gain)
    channels, layout = x.shape[1], tiles.layout(x)
    if up == 2:
        x = _insert_zeros(x, layout)
    left, right, top, bottom = padding
    symmetric = (left, top) if left == right >= 0 and top == bottom >= 0 else None
    if symmetric is None:
        x = F.pad(x, padding)
    kernel = (kernel * gain).to(x.dtype).expand(channels, 1, SIZE, SIZE)
    conv_padding = (symmetric[1], symmetric[0]) if symmetric else (0, 0)
    with torch.autocast(x.device.type, enabled=False):
        return F.conv2d(x.contiguous(memory_format=layout), kernel, stride=down, padding=conv_padding, groups=channels)


class _Resample(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: Tensor, up: int, down: int, padding: Padding, gain: float) -> Tensor:
        y = _resample(x, kernel, up, down, padding, gain)
        ctx.save_for_backward(kernel)
        left, _, top, _ = padding
        (in_h, in_w), (out_h, out_w) = x.shape[2:], y.shape[2:]
        ctx.adjoint = (
            down,
            up,
            (
                SIZE - 1 - left,
                in_w * up - out_w * down + left - up + 1,
                SIZE - 1 - top,
                in_h * up - out_h * down + top - up + 1,
            ),
            gain,
        )
        return y

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None, None, None, None, None]:
        (kernel,) = ctx.saved_tensors
        return _Resample.apply(grad_outputs[0], kernel, *ctx.adjoint), None, None, None, None, None  # type: ignore[return-value]


def resample(
    x: Tensor, kernel: Tensor, *, up: int = 1, down: int = 1, padding: Padding = (0, 0, 0, 0), gain: float = 1.0
) -> Tensor:
    """Insert zeros (up), pad, filter, and keep every `down`-th sample.

    Args:
        x: [N, C, H, W] float.
        kernel: [4, 4] of `filter_kernel`, on the device of x.
        up: 1 or 2.
        down: 1 or 2.
        padding: left, right, top, bottom, in samples after zero insertion; negative values crop.
        gain: factor on the result; `up * up` keeps the brightness when upsampling.

    Returns:
        [N, C, (H * up + top + bottom - 4) // down + 1, (W * up + left + right - 4) // down + 1].
    """
    return _Resample.apply(x, kernel, up, down, padding, gain)  # type: ignore[return-value]


def upsample(x: Tensor, kernel: Tensor, edge: bool = False) -> Tensor:
    """[N, C, H, W] -> [N, C, 2H, 2W], brightness kept; beyond x are zeros, or with `edge` its outermost samples."""
    if not edge:
        return resample(x, kernel, up=2, padding=(2, 1, 2, 1), gain=4.0)
    return resample(F.pad(x, (1, 1, 1, 1), mode="replicate"), kernel, up=2, padding=(0, -1, 0, -1), gain=4.0)


def downsample(x: Tensor, kernel: Tensor) -> Tensor:
    """[N, C, H, W] -> [N, C, H/2, W/2], brightness kept."""
    return resample(x, kernel, down=2, padding=(1, 1, 1, 1))


def blur_after_transposed_convolution(x: Tensor, kernel: Tensor) -> Tensor:
    """[N, C, 2H+1, 2W+1], out of a 3x3 transposed convolution with stride 2, -> [N, C, 2H, 2W], with gain 4."""
    return resample(x, kernel, padding=(1, 1, 1, 1), gain=4.0)


def blur_before_strided_convolution(x: Tensor, kernel: Tensor) -> Tensor:
    """[N, C, H, W] -> [N, C, H+1, W+1], so that an unpadded 3x3 convolution with stride 2 gives [H/2, W/2]."""
    return resample(x, kernel, padding=(2, 2, 2, 2))
