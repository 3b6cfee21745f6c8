"""The kernel of `training.accelerators.kernels.resampling`."""

# pyright: reportArgumentType=false, reportCallIssue=false, reportGeneralTypeIssues=false
# A kernel is Python that Triton reads and never runs: its types are others.
from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from training.accelerators.kernels.tiles import Tiles, compute_type

TYPES = {torch.float32: tl.float32, torch.float64: tl.float64}


@triton.jit
def _resample(
    x,
    y,
    channels,
    in_height,
    in_width,
    out_height,
    out_width,
    in_stride_c,
    in_stride_p,
    out_stride_c,
    out_stride_p,
    top,
    left,
    gain,
    UP: tl.constexpr,
    DOWN: tl.constexpr,
    BLOCK_P: tl.constexpr,
    BLOCK_C: tl.constexpr,
    TYPE: tl.constexpr,
):
    """Of an output pixel, the taps that meet a sample: all 16, or with UP = 2 the 4 that meet no inserted zero."""
    pixel = tl.program_id(0) * BLOCK_P + tl.arange(0, BLOCK_P)
    channel = tl.program_id(1) * BLOCK_C + tl.arange(0, BLOCK_C)
    image = tl.program_id(2).to(tl.int64) * channels
    of_x, of_y = image * in_height * in_width, image * out_height * out_width
    inside = (pixel < out_height * out_width)[:, None] & (channel < channels)[None, :]
    from_y = (pixel // out_width) * DOWN - top  # in samples after zero insertion
    from_x = (pixel % out_width) * DOWN - left
    total = tl.zeros((BLOCK_P, BLOCK_C), dtype=TYPE)
    for i in tl.static_range(4 // UP):
        tap_y = i if UP == 1 else (from_y & 1) + 2 * i
        row = (from_y + tap_y) if UP == 1 else (from_y + tap_y) >> 1
        weight_y = tl.where((tap_y == 0) | (tap_y == 3), 1.0, 3.0)
        for j in tl.static_range(4 // UP):
            tap_x = j if UP == 1 else (from_x & 1) + 2 * j
            column = (from_x + tap_x) if UP == 1 else (from_x + tap_x) >> 1
            weight = weight_y * tl.where((tap_x == 0) | (tap_x == 3), 1.0, 3.0)
            there = (row >= 0) & (row < in_height) & (column >= 0) & (column < in_width)
            place = ((row * in_width + column) * in_stride_p)[:, None] + (channel * in_stride_c)[None, :]
            values = tl.load(x + of_x + place, mask=inside & there[:, None], other=0.0).to(TYPE)
            if UP == 1:
                total += values * weight
            else:
                total += values * weight[:, None]
    place = (pixel * out_stride_p)[:, None] + (channel * out_stride_c)[None, :]
    tl.store(y + of_y + place, total * (gain / 64.0), mask=inside)


def resample(x: Tensor, y: Tensor, factors: tuple[int, int], corner: tuple[int, int], gain: float) -> None:
    """Fill y.

    Args:
        x: [N, C, H, W].
        y: [N, C, H', W'] in the layout of x.
        factors: up and down, each 1 or 2.
        corner: samples by which x is padded at the left and at the top; negative values crop.
        gain: factor on the result.
    """
    source, result = Tiles.of(x), Tiles.of(y)
    _resample[result.grid(result.block_p)](
        x,
        y,
        source.channels,
        source.height,
        source.width,
        result.height,
        result.width,
        source.stride_c,
        source.stride_p,
        result.stride_c,
        result.stride_p,
        corner[1],
        corner[0],
        gain,
        UP=factors[0],
        DOWN=factors[1],
        BLOCK_P=result.block_p,
        BLOCK_C=result.block_c,
        TYPE=TYPES[compute_type(x)],
    )
