"""Zero insertion, padding, the [1, 3, 3, 1] low-pass and decimation in one kernel.

Nothing is written but the result, and no inserted zero is read. As a depthwise convolution the same takes a tensor with
the zeros, a padded one where the padding is not symmetric, and a grouped convolution.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.accelerators.kernels.tiles import layout


def resample(x: Tensor, up: int, down: int, padding: tuple[int, int, int, int], gain: float) -> Tensor:
    """As `training.networks.fir.resample`, without derivatives; the taps are known to the kernel."""
    return _resample(x, up, down, list(padding), gain)


def _empty(x: Tensor, up: int, down: int, padding: list[int]) -> Tensor:
    left, right, top, bottom = padding
    height, width = x.shape[2:]
    return torch.empty(
        (*x.shape[:2], (height * up + top + bottom - 4) // down + 1, (width * up + left + right - 4) // down + 1),
        dtype=x.dtype,
        device=x.device,
        memory_format=layout(x),
    )


@torch.library.custom_op("mammoganesis::resample", mutates_args=())
def _resample(x: Tensor, up: int, down: int, padding: list[int], gain: float) -> Tensor:
    from training.accelerators.kernels import resampling_triton

    y = _empty(x, up, down, padding)
    x = x.contiguous(memory_format=layout(x))
    resampling_triton.resample(x, y, (up, down), (padding[0], padding[2]), gain)
    return y


@_resample.register_fake
def _(x: Tensor, up: int, down: int, padding: list[int], gain: float) -> Tensor:
    return _empty(x, up, down, padding)
