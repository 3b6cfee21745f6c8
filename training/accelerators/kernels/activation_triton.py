"""The kernels of `training.accelerators.kernels.activation`: forward, adjoint and tangent.

What is absent is given as any tensor and never read.
"""

# pyright: reportArgumentType=false, reportCallIssue=false, reportGeneralTypeIssues=false
# A kernel is Python that Triton reads and never runs: its types are others.
from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from training.accelerators.kernels.tiles import Tiles, compute_type

TYPES = {torch.float32: tl.float32, torch.float64: tl.float64}
TURNS = 8  # tiles that a program of the adjoint adds up, at most, before it writes its sums


@triton.jit
def _place(channels, pixels, stride_c, stride_p, first, BLOCK_P: tl.constexpr, BLOCK_C: tl.constexpr):
    """Offsets [P, C] of a tile that begins at pixel `first`, which of it is inside, its pixels and its channels."""
    pixel = first + tl.arange(0, BLOCK_P)
    channel = tl.program_id(1) * BLOCK_C + tl.arange(0, BLOCK_C)
    image = tl.program_id(2).to(tl.int64) * channels * pixels
    inside = (pixel < pixels)[:, None] & (channel < channels)[None, :]
    return image + (pixel * stride_p)[:, None] + (channel * stride_c)[None, :], inside, pixel, channel


@triton.jit
def _sloped(value, y, slope, limit, CLAMPED: tl.constexpr):
    """The value times the derivative of leaky ReLU and clamp where their result is y."""
    value = tl.where(y > 0, value, value * slope)
    if CLAMPED:
        value = tl.where(tl.abs(y) < limit, value, 0.0)
    return value


@triton.jit
def _forward(
    x, scale, noise, strength, bias, y, channels, pixels, stride_c, stride_p, noise_stride, slope, limit,
    BIASED: tl.constexpr, SCALED: tl.constexpr, NOISY: tl.constexpr, BENT: tl.constexpr, CLAMPED: tl.constexpr,
    BLOCK_P: tl.constexpr, BLOCK_C: tl.constexpr, TYPE: tl.constexpr,
):  # fmt: skip
    """y = clamp(leaky_relu(x * scale + noise * strength + bias))."""
    first = tl.program_id(0) * BLOCK_P
    place, inside, pixel, channel = _place(channels, pixels, stride_c, stride_p, first, BLOCK_P, BLOCK_C)
    image = tl.program_id(2)
    value = tl.load(x + place, mask=inside, other=0.0).to(TYPE)
    if SCALED:
        value *= tl.load(scale + image * channels + channel, mask=channel < channels, other=0.0).to(TYPE)[None, :]
    if NOISY:
        drawn = tl.load(noise + image.to(tl.int64) * noise_stride + pixel, mask=pixel < pixels, other=0.0).to(TYPE)
        value += (drawn * tl.load(strength).to(TYPE))[:, None]
    if BIASED:
        value += tl.load(bias + channel, mask=channel < channels, other=0.0).to(TYPE)[None, :]
    if BENT:
        value = tl.where(value > 0, value, value * slope)
    if CLAMPED:  # comparisons, because NaN must stay NaN
        value = tl.where(value > limit, limit, value)
        value = tl.where(value < -limit, -limit, value)
    tl.store(y + place, value, mask=inside)


@triton.jit
def _adjoint(
    gradient, x, scale, noise, y, result, sums, channels, pixels, stride_c, stride_p, noise_stride, slope, limit,
    SCALED: tl.constexpr, NOISY: tl.constexpr, BENT: tl.constexpr, CLAMPED: tl.constexpr, TURNS: tl.constexpr,
    BLOCK_P: tl.constexpr, BLOCK_C: tl.constexpr, TYPE: tl.constexpr,
):  # fmt: skip
    """result = m * gradient * scale; sums [programs, 3, N, C] of m * gradient times x, noise and 1."""
    image = tl.program_id(2)
    total_x = tl.zeros((BLOCK_C,), dtype=TYPE)
    total_noise = tl.zeros((BLOCK_C,), dtype=TYPE)
    total = tl.zeros((BLOCK_C,), dtype=TYPE)
    for turn in range(TURNS):
        first = (tl.program_id(0) * TURNS + turn) * BLOCK_P
        place, inside, pixel, channel = _place(channels, pixels, stride_c, stride_p, first, BLOCK_P, BLOCK_C)
        value = tl.load(gradient + place, mask=inside, other=0.0).to(TYPE)
        if BENT:
            value = _sloped(value, tl.load(y + place, mask=inside, other=0.0).to(TYPE), slope, limit, CLAMPED)
        total += tl.sum(value, axis=0)
        if NOISY:
            drawn = tl.load(noise + image.to(tl.int64) * noise_stride + pixel, mask=pixel < pixels, other=0.0).to(TYPE)
            total_noise += tl.sum(value * drawn[:, None], axis=0)
        if SCALED:
            total_x += tl.sum(value * tl.load(x + place, mask=inside, other=0.0).to(TYPE), axis=0)
            value *= tl.load(scale + image * channels + channel, mask=channel < channels, other=0.0).to(TYPE)[None, :]
        tl.store(result + place, value, mask=inside)
    channel = tl.program_id(1) * BLOCK_C + tl.arange(0, BLOCK_C)
    planes = tl.num_programs(2) * channels
    of_sums = sums + tl.program_id(0).to(tl.int64) * 3 * planes + image * channels + channel
    tl.store(of_sums, total_x, mask=channel < channels)
    tl.store(of_sums + planes, total_noise, mask=channel < channels)
    tl.store(of_sums + 2 * planes, total, mask=channel < channels)


@triton.jit
def _tangent(
    direction, x, scale, noise, along, y, result, channels, pixels, stride_c, stride_p, noise_stride, slope, limit,
    SCALED: tl.constexpr, NOISY: tl.constexpr, BENT: tl.constexpr, CLAMPED: tl.constexpr,
    BLOCK_P: tl.constexpr, BLOCK_C: tl.constexpr, TYPE: tl.constexpr,
):  # fmt: skip
    """result = m * (direction * scale + x * along[0] + noise * along[1] + along[2]), along [3, N, C]."""
    first = tl.program_id(0) * BLOCK_P
    place, inside, pixel, channel = _place(channels, pixels, stride_c, stride_p, first, BLOCK_P, BLOCK_C)
    image, planes = tl.program_id(2), tl.num_programs(2) * channels
    row = image * channels + channel
    value = tl.load(direction + place, mask=inside, other=0.0).to(TYPE)
    if SCALED:
        value *= tl.load(scale + row, mask=channel < channels, other=0.0).to(TYPE)[None, :]
        along_x = tl.load(along + row, mask=channel < channels, other=0.0).to(TYPE)
        value += tl.load(x + place, mask=inside, other=0.0).to(TYPE) * along_x[None, :]
    if NOISY:
        drawn = tl.load(noise + image.to(tl.int64) * noise_stride + pixel, mask=pixel < pixels, other=0.0).to(TYPE)
        along_noise = tl.load(along + planes + row, mask=channel < channels, other=0.0).to(TYPE)
        value += drawn[:, None] * along_noise[None, :]
    value += tl.load(along + 2 * planes + row, mask=channel < channels, other=0.0).to(TYPE)[None, :]
    if BENT:
        value = _sloped(value, tl.load(y + place, mask=inside, other=0.0).to(TYPE), slope, limit, CLAMPED)
    tl.store(result + place, value, mask=inside)


def _shape(y: Tensor, noise: Tensor | None) -> tuple[Tiles, tuple[int, ...]]:
    """How y lies, and the kernels' arguments that say so."""
    tiles = Tiles.of(y)
    noise_stride = 0 if noise is None or noise.shape[0] == 1 else tiles.pixels
    return tiles, (tiles.channels, tiles.pixels, tiles.stride_c, tiles.stride_p, noise_stride)


def _constants(
    tiles: Tiles, y: Tensor, scale: Tensor | None, noise: Tensor | None, curve: tuple[float, float]
) -> dict[str, object]:
    slope, limit = curve
    return {
        "SCALED": scale is not None,
        "NOISY": noise is not None,
        "BENT": slope != 1 or limit > 0,
        "CLAMPED": limit > 0,
        "BLOCK_P": tiles.block_p,
        "BLOCK_C": tiles.block_c,
        "TYPE": TYPES[compute_type(y)],
    }


def _or(tensor: Tensor | None, other: Tensor) -> Tensor:
    return other if tensor is None else tensor


def forward(
    x: Tensor, y: Tensor, scale: Tensor | None, noise: tuple[Tensor, Tensor] | None, bias: Tensor | None,
    curve: tuple[float, float],
) -> None:  # fmt: skip
    """Fill y; `noise`: the map and its strength; `curve`: slope and limit (0: none)."""
    drawn, strength = noise or (None, None)
    tiles, shape = _shape(y, drawn)
    _forward[tiles.grid(tiles.block_p)](
        x, _or(scale, x), _or(drawn, x), _or(strength, x), _or(bias, x), y, *shape, *curve,
        BIASED=bias is not None, **_constants(tiles, y, scale, drawn, curve),
    )  # fmt: skip


def adjoint(
    gradient: Tensor, result: Tensor, scale: tuple[Tensor, Tensor] | None, noise: Tensor | None, y: Tensor,
    curve: tuple[float, float],
) -> Tensor:  # fmt: skip
    """Fill the result; `scale`: x and its scale. Returns the sums [3, N, C]; always the same bits."""
    x, factors = scale or (None, None)
    tiles, shape = _shape(y, noise)
    turns = min(TURNS, triton.next_power_of_2(tiles.grid(tiles.block_p)[0]))
    grid = tiles.grid(tiles.block_p * turns)
    sums = torch.empty(grid[0], 3, tiles.images, tiles.channels, dtype=compute_type(y), device=y.device)
    _adjoint[grid](
        gradient, _or(x, y), _or(factors, y), _or(noise, y), y, result, sums, *shape, *curve,
        TURNS=turns, **_constants(tiles, y, factors, noise, curve),
    )  # fmt: skip
    return sums.sum(dim=0)


def tangent(
    direction: Tensor, along: Tensor, result: Tensor, scale: tuple[Tensor, Tensor] | None, noise: Tensor | None,
    y: Tensor, curve: tuple[float, float],
) -> None:  # fmt: skip
    """Fill the result; `scale`: x and its scale."""
    x, factors = scale or (None, None)
    tiles, shape = _shape(y, noise)
    _tangent[tiles.grid(tiles.block_p)](
        direction, _or(x, y), _or(factors, y), _or(noise, y), along, y, result, *shape, *curve,
        **_constants(tiles, y, factors, noise, curve),
    )  # fmt: skip
