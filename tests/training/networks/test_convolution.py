"""Convolutions equal torch's, and so do their derivatives of every order; none convolves with a whole feature map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from training.accelerators import select
from training.configs.options import Precision, TrainingOptions
from training.loop import phases, state
from training.networks.convolution import convolution, transposed_convolution
from training.networks.generator_config import GeneratorConfig

Operation = Callable[[Tensor, Tensor], Tensor]
CASES: list[tuple[Operation, Operation, tuple[int, ...]]] = [
    (lambda x, w: convolution(x, w, padding=1), lambda x, w: F.conv2d(x, w, padding=1), (3, 2, 3, 3)),
    (lambda x, w: convolution(x, w), F.conv2d, (3, 2, 1, 1)),
    (lambda x, w: convolution(x, w, stride=2), lambda x, w: F.conv2d(x, w, stride=2), (3, 2, 3, 3)),
    (
        lambda x, w: transposed_convolution(x, w, stride=2),
        lambda x, w: F.conv_transpose2d(x, w, stride=2),
        (2, 3, 3, 3),
    ),
]
NAMES = ["3x3", "1x1", "stride 2", "transposed"]


@pytest.mark.parametrize(("ours", "theirs", "shape"), CASES, ids=NAMES)
def test_values_and_derivatives_are_torchs(ours: Operation, theirs: Operation, shape: tuple[int, ...]) -> None:
    """7 x 6 pixels: with stride 2, columns are left that no window reaches."""
    x = torch.randn(2, 2, 7, 6, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    results = []
    for operation in (ours, theirs):
        y = operation(x, weight)
        first = torch.autograd.grad(y.tanh().square().sum(), (x, weight), create_graph=True)
        second = torch.autograd.grad(torch.cat([g.flatten() for g in first]).square().sum(), (x, weight))
        results.append((y, *first, *second))
    for mine, reference in zip(*results, strict=True):
        torch.testing.assert_close(mine, reference)
    assert torch.autograd.gradgradcheck(lambda a, b: ours(a, b).square(), (x, weight))


@pytest.mark.parametrize(("ours", "theirs", "shape"), CASES, ids=NAMES)
def test_autocast_takes_its_precision_and_leaves_float32_gradients(
    ours: Operation, theirs: Operation, shape: tuple[int, ...]
) -> None:
    x, weight = torch.randn(2, 2, 8, 8, requires_grad=True), torch.randn(shape, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y, reference = ours(x, weight), theirs(x, weight)
    assert y.dtype == reference.dtype == torch.bfloat16
    torch.testing.assert_close(y, reference)
    y.float().sum().backward()
    assert x.grad is not None
    assert weight.grad is not None
    assert x.grad.dtype == weight.grad.dtype == torch.float32


class Filters(TorchDispatchMode):
    """Notes the height of every filter that anything is convolved with."""

    def __init__(self) -> None:
        super().__init__()
        self.heights: list[int] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten.convolution.default:
            self.heights.append(args[1].shape[2])
        elif func is torch.ops.aten.convolution_backward.default:
            self.heights.append(args[2].shape[2])
        return func(*args, **(kwargs or {}))


def _options(batch: int, precision: Precision) -> TrainingOptions:
    generator = GeneratorConfig(
        z_dim=32, w_dim=32, num_mapping_layers=2, resolution=32, channel_base=512, channel_max=32
    )
    return TrainingOptions(generator=generator, batch=batch, precision=precision, r1_gamma=1.0, ada_target=None)


def _images(batch: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(7).integers(0, 256, (batch, 1, 32, 32), dtype=np.uint8))


def test_no_phase_has_a_filter_as_large_as_a_feature_map() -> None:
    """Step 0 has all four phases. The largest filter is the low-pass, 4 x 4."""
    options = _options(4, "float32")
    training = state.create(options, select("cpu", options.precision))
    with Filters() as filters:
        phases.train_on(training, _images(4), torch.zeros(4, 0), phases.Statistics())
    assert len(filters.heights) > 200
    assert max(filters.heights) == 4


def _gradients(batch: int, precision: Precision, monkeypatch: pytest.MonkeyPatch) -> dict[str, Tensor]:
    """The gradient of every weight in each of the four phases of one step, before any update."""
    options = _options(batch, precision)
    training = state.create(options, select("cpu", options.precision))
    with torch.no_grad():
        for name, parameter in training.generator.named_parameters():
            if name.endswith("noise_strength"):
                parameter.fill_(0.1)
    found: dict[str, Tensor] = {}

    def record(_: Any, module: torch.nn.Module, optimizer: torch.optim.Adam) -> None:
        number = len({name.partition("/")[0] for name in found})
        for name, parameter in module.named_parameters():
            if name.endswith("weight") and parameter.grad is not None:
                found[f"{number}/{name}"] = parameter.grad.clone()
        optimizer.zero_grad()

    with monkeypatch.context() as patch:
        patch.setattr(phases, "_update", record)
        phases.train_on(training, _images(batch), torch.zeros(batch, 0), phases.Statistics())
    return found


@pytest.mark.parametrize("batch", [4, 8])
def test_bfloat16_has_the_gradients_of_float32(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """On CPUs with AMX the large filters gave conv1's weights in the path-length step 70 to 109 % of error."""
    exact = _gradients(batch, "float32", monkeypatch)
    rounded = _gradients(batch, "bfloat16", monkeypatch)
    assert exact.keys() == rounded.keys()
    assert {name.partition("/")[0] for name in exact} == {"0", "1", "2", "3"}
    errors = {
        name: float((rounded[name] - value).norm() / value.norm()) for name, value in exact.items() if value.any()
    }
    assert len(errors) > 60
    worst = max(errors, key=errors.__getitem__)
    assert errors[worst] < 0.25, (worst, errors[worst])
