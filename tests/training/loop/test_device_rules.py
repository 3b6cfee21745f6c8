"""The loop on torch's meta device, which has shapes and no values: what waits for the device or copies to it shows."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from training.accelerators import Device
from training.configs.options import TrainingOptions
from training.loop import phases, state


class Copies(TorchDispatchMode):
    """Notes the functions that take a tensor of the host and give one of the device."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        tensors = [a for a in args if isinstance(a, torch.Tensor)]
        host = any(t.device.type == "cpu" and t.dim() > 0 for t in tensors)
        if host and isinstance(result, torch.Tensor) and result.device.type == "meta":
            self.found.append(str(func))
        return result


class Constants(TorchFunctionMode):
    """Notes the calls that make a tensor of the device of Python's numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func in (torch.tensor, torch.as_tensor, torch.Tensor.new_tensor) and result.device.type == "meta":
            self.found.append(func.__name__)
        return result


def test_no_phase_reads_from_the_device_or_uploads_but_the_images(
    tiny_options: TrainingOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One step has all four phases and an adjustment of the augmentation. Reading a value raises on this device."""
    monkeypatch.setattr(state.half, "check_float16", lambda _: None)
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: contextlib.nullcontext())  # it does not know this device
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda _: False)
    options = dataclasses.replace(tiny_options, precision="float16", loss="rpgan", batch_per_device=2, ada_interval=1)
    training = state.create(options, Device(torch.device("meta"), options.precision))
    statistics = phases.Statistics()
    with Copies() as copies, Constants() as constants:
        phases.train_on(training, torch.zeros(4, 1, 16, 16, dtype=torch.uint8), torch.zeros(4, 0), statistics)
    assert copies.found == ["aten._to_copy.default"]
    assert constants.found == []
    assert {p.device.type for p in training.generator.parameters()} == {"meta"}
    with pytest.raises((RuntimeError, NotImplementedError)):
        statistics.read()
