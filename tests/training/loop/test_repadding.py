"""A generator that begins with another padding of images draws what the old one drew."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from training.accelerators import Device
from training.checkpoints import checkpoint
from training.configs.options import TrainingOptions
from training.loop import beginning, repadding, saving, state
from training.networks import Generator


def dark(options: TrainingOptions, device: Device) -> state.TrainingState:
    """Networks whose images are nearly black, as air is: zeros beyond the border are far from that."""
    made = state.create(options, device)
    with torch.no_grad():
        for size in options.generator.block_resolutions:
            made.generator_ema.synthesis.block(size).torgb.weight.mul_(0.05)
        made.generator_ema.synthesis.block(4).torgb.bias.fill_(-1.0)
    return made


def edge(options: TrainingOptions) -> TrainingOptions:
    return dataclasses.replace(options, generator=dataclasses.replace(options.generator, edge_padding=True))


def error(new: Generator, old: Generator) -> tuple[float, float]:
    """Root mean squares of the differences, at the outermost column and inside."""
    z = torch.randn(16, old.config.z_dim, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        squares = (new(z) - repadding.without_ringing(old(z))).square()
    return float(squares[..., 0].mean().sqrt()), float(squares[..., 3:-3, 3:-3].mean().sqrt())


def test_the_border_is_fitted(
    tiny_options: TrainingOptions, tmp_path: Path, cpu: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that was made for its edge has to learn what to do against zeros."""
    monkeypatch.setattr(repadding, "STEPS", 100)
    monkeypatch.setattr(repadding, "LEARNING_RATE", 0.03)
    old, new = dark(edge(tiny_options), cpu), state.create(tiny_options, cpu)
    unfitted, _ = error(repadding.padded(old.generator_ema, edge=False), old.generator_ema)
    assert unfitted > 0.2
    line = beginning.initialize_from(new, saving.save(old, tmp_path))
    assert "images padded with zeros instead of their edge" in line
    for network in (new.generator, new.generator_ema):
        border, inside = error(network, old.generator_ema)
        assert border < unfitted / 4
        assert inside < unfitted / 4
    assert all(parameter.requires_grad for parameter in new.generator.parameters())
    assert not any(parameter.requires_grad for parameter in new.generator_ema.parameters())


def test_equal_padding_is_left_alone(tiny_options: TrainingOptions, tmp_path: Path, cpu: Device) -> None:
    old = dark(tiny_options, cpu)
    line = beginning.initialize_from(state.create(tiny_options, cpu), saving.save(old, tmp_path))
    assert "padded" not in line


def test_a_checkpoint_that_says_nothing_pads_with_zeros(
    tiny_options: TrainingOptions, tmp_path: Path, cpu: Device
) -> None:
    folder = saving.save(dark(tiny_options, cpu), tmp_path)
    content = checkpoint.read_content(folder)
    del content["generator"]["edge_padding"]
    assert checkpoint.generator_config(content, "here").edge_padding is False
