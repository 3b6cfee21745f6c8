"""The four phases under torch_xla give the losses and the gradients that torch gives on the CPU in float32."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from torch import Tensor

from training.accelerators import Device, select
from training.configs.options import TrainingOptions
from training.data.dataset import Dataset
from training.loop import losses, phases
from training.loop.state import create
from training.networks.synthesis import SynthesisLayer

Z_DIM = 8  # as in conftest.py
PHASES = ("generator", "path lengths", "discriminator", "R1")
Gradients = list[dict[str, Tensor]]  # by phase, then by parameter


@pytest.fixture
def _the_same_random_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Devices draw different numbers; here all come from the CPU."""

    def draw(shape: tuple[int, ...], device: torch.device, seed: int) -> Tensor:
        return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(device)

    def codes(
        generator: torch.nn.Module, count: int, device: torch.device, probability: float, c: Tensor | None
    ) -> losses.Codes:
        z, other = draw((count, Z_DIM), device, 1), draw((count, Z_DIM), device, 2)
        return losses.Codes(z, other, torch.tensor(2, device=device), c)

    def noise(self: SynthesisLayer, mode: str, batch: int) -> Tensor:
        return draw((batch, 1, *self.noise_const.shape), self.noise_const.device, 3)

    monkeypatch.setattr(losses, "draw_codes", codes)
    monkeypatch.setattr(SynthesisLayer, "noise", noise)
    monkeypatch.setattr(losses, "path_noise", lambda images: draw(tuple(images.shape), images.device, 4) / 8)


def first_step(options: TrainingOptions, device: Device, data: Path) -> tuple[Gradients, dict[str, float]]:
    """Gradients and losses of one step with all phases, at rates of 0, so that no phase changes the next."""
    options = dataclasses.replace(options, generator_learning_rate=0, discriminator_learning_rate=0, ada_target=None)
    state = create(options, device)
    with torch.no_grad():
        for name, parameter in state.generator.named_parameters():
            if name.endswith("noise_strength"):
                parameter.fill_(0.2)
    gradients: Gradients = []
    for module, optimizer in (
        (state.generator, state.generator_optimizer),
        (state.discriminator, state.discriminator_optimizer),
    ):

        def keep(*_: object, module: torch.nn.Module = module) -> None:
            gradients.append({n: p.grad.detach().clone() for n, p in module.named_parameters() if p.grad is not None})

        optimizer.register_step_pre_hook(keep)
    statistics = phases.Statistics()
    phases.train_step(state, Dataset(data), statistics)
    return [{name: value.cpu() for name, value in phase.items()} for phase in gradients], statistics.read()


@pytest.mark.usefixtures("_the_same_random_numbers")
def test_losses_and_gradients_are_those_of_the_cpu(options: TrainingOptions, xla: Device, data: Path) -> None:
    expected, expected_losses = first_step(options, select("cpu", "float32"), data)
    found, found_losses = first_step(options, xla, data)
    assert found_losses == pytest.approx(expected_losses, rel=2e-5, abs=1e-6)
    assert expected_losses["path_length"] > 0
    assert expected_losses["r1"] > 0
    assert len(found) == len(expected) == len(PHASES)
    for phase, found_phase, expected_phase in zip(PHASES, found, expected, strict=True):
        assert found_phase.keys() == expected_phase.keys(), phase
        whole = torch.cat([g.flatten() for g in expected_phase.values()])
        difference = torch.cat([(found_phase[n] - g).flatten() for n, g in expected_phase.items()])
        assert float(difference.norm() / whole.norm()) < 1e-4, phase
        print(f"{phase}: gradients differ by {float(difference.norm() / whole.norm()):.1e} of their norm")
