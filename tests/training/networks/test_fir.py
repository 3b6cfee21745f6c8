"""The resampling filter equals its definition and is differentiable twice."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from training.networks import fir

CASES = [
    {"up": 1, "down": 1, "padding": (1, 1, 1, 1), "gain": 4.0},
    {"up": 1, "down": 1, "padding": (2, 2, 2, 2)},
    {"up": 2, "down": 1, "padding": (2, 1, 2, 1), "gain": 4.0},
    {"up": 1, "down": 2, "padding": (1, 1, 1, 1)},
    {"up": 1, "down": 1, "padding": (3, 0, -1, 2)},
]


def written_out(x: Tensor, up: int, down: int, padding: tuple[int, int, int, int], gain: float = 1.0) -> Tensor:
    """Zero insertion, padding, full filter, decimation, one step after the other."""
    n, c, h, w = x.shape
    spread = x.new_zeros(n, c, h * up, w * up)
    spread[:, :, ::up, ::up] = x
    kernel = torch.outer(x.new_tensor([1, 3, 3, 1]), x.new_tensor([1, 3, 3, 1])) / 64 * gain
    y = F.conv2d(F.pad(spread, padding).reshape(n * c, 1, *F.pad(spread, padding).shape[2:]), kernel[None, None])
    return y.reshape(n, c, *y.shape[2:])[:, :, ::down, ::down]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("channels_last", [False, True])
def test_equals_the_definition(case: dict, channels_last: bool) -> None:
    x = torch.randn(2, 3, 8, 6, dtype=torch.float64)
    if channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(fir.resample(x, fir.filter_kernel(), **case), written_out(x, **case))


@pytest.mark.parametrize("case", CASES)
def test_first_and_second_derivatives(case: dict) -> None:
    x = torch.randn(2, 2, 5, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: fir.resample(t, fir.filter_kernel(), **case), (x,))
    assert torch.autograd.gradgradcheck(lambda t: fir.resample(t, fir.filter_kernel(), **case) ** 2, (x,))


def test_a_constant_image_stays_constant_away_from_the_edges() -> None:
    x = torch.ones(1, 1, 8, 8)
    torch.testing.assert_close(fir.upsample(x, fir.filter_kernel())[:, :, 2:-2, 2:-2], torch.ones(1, 1, 12, 12))
    torch.testing.assert_close(fir.downsample(x, fir.filter_kernel())[:, :, 1:-1, 1:-1], torch.ones(1, 1, 2, 2))


def test_padded_with_its_edge_a_constant_image_stays_constant_everywhere() -> None:
    x = torch.full((1, 1, 8, 6), -0.7, dtype=torch.float64)
    doubled = fir.upsample(x, fir.filter_kernel(), edge=True)
    torch.testing.assert_close(doubled, torch.full((1, 1, 16, 12), -0.7, dtype=torch.float64))


def test_padded_with_its_edge_an_image_is_the_middle_of_a_larger_one() -> None:
    x = torch.randn(2, 3, 8, 6, dtype=torch.float64, requires_grad=True)
    larger = torch.from_numpy(np.pad(x.detach().numpy(), ((0, 0), (0, 0), (3, 3), (3, 3)), mode="edge"))
    expected = written_out(larger, up=2, down=1, padding=(2, 1, 2, 1), gain=4.0)[:, :, 6:-6, 6:-6]
    torch.testing.assert_close(fir.upsample(x, fir.filter_kernel(), edge=True).detach(), expected)
    assert torch.autograd.gradgradcheck(lambda t: fir.upsample(t, fir.filter_kernel(), edge=True) ** 2, (x[:1, :1],))


def test_double_backward_stays_small() -> None:
    """One filter per derivative, not one per channel."""
    x = torch.randn(1, 64, 8, 8, requires_grad=True)
    (gradient,) = torch.autograd.grad(fir.upsample(x, fir.filter_kernel()).square().sum(), x, create_graph=True)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        gradient.square().sum().backward()
    convolutions = sum(e.count for e in profile.key_averages() if e.key == "aten::convolution")
    assert 0 < convolutions <= 4
