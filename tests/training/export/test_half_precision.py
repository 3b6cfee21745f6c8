"""Float16: in the four highest resolutions only, close to float32, bounded, and refused where it cannot run."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from mammoganesis.errors import ConfigurationError
from training.accelerators import select
from training.configs.options import TrainingOptions
from training.data.dataset import Dataset
from training.loop import losses, phases, state
from training.networks import Discriminator, DiscriminatorConfig, Generator, GeneratorConfig, half

SIZES = {"resolution": 64, "channel_base": 512, "channel_max": 16}


@pytest.fixture
def generator() -> Generator:
    return Generator(GeneratorConfig(z_dim=16, w_dim=16, num_mapping_layers=2, **SIZES))


@pytest.fixture
def discriminator() -> Discriminator:
    return Discriminator(DiscriminatorConfig(**SIZES, mbstd_group=2))


def error(actual: Tensor, expected: Tensor) -> float:
    """Largest difference relative to the largest expected value."""
    assert actual.dtype == expected.dtype == torch.float32
    return float((actual - expected).detach().abs().max() / expected.detach().abs().max())


def test_the_four_highest_resolutions_run_in_it(generator: Generator) -> None:
    assert half.use_float16(generator) == [8, 16, 32, 64]
    large = Generator(GeneratorConfig(z_dim=4, w_dim=4, channel_base=512, channel_max=4))
    assert half.use_float16(large) == [64, 128, 256, 512]
    kinds: dict[str, torch.dtype] = {}
    for name, module in large.synthesis.named_modules():
        if name.endswith("conv1"):
            module.register_forward_hook(lambda m, i, y, name=name: kinds.update({name: y.dtype}))
    image = large(torch.randn(1, 4))
    assert image.dtype == torch.float32
    for dtype, resolutions in ((torch.float16, (64, 128, 256, 512)), (torch.float32, (4, 8, 16, 32))):
        assert {name for name, kind in kinds.items() if kind == dtype} == {f"b{r}.conv1" for r in resolutions}
    assert all(p.dtype == torch.float32 for p in large.parameters())


def test_images_logits_and_second_derivatives_are_close(generator: Generator, discriminator: Discriminator) -> None:
    generator_half, discriminator_half = copy.deepcopy(generator), copy.deepcopy(discriminator)
    half.use_float16(generator_half)
    assert half.use_float16(discriminator_half, 2) == [64, 32]
    z = torch.randn(4, 16)
    images = generator(z)
    assert error(generator_half(z), images) < 5e-3
    assert error(discriminator_half(images), discriminator(images)) < 5e-3

    penalties, gradients = [], []
    for network in (discriminator, discriminator_half):
        penalty = losses.gradient_penalty(network, images)
        penalty.backward()
        penalties.append(penalty.detach())
        gradients.append(network.get_parameter("b64.conv0.weight").grad)
    assert error(penalties[1], penalties[0]) < 0.01
    assert error(gradients[1], gradients[0]) < 0.03

    noise, lengths, gradients = losses.path_noise(images), [], []
    for network in (generator, generator_half):
        ws = network.broadcast(network.mapping(z))
        length = losses.path_lengths(network.synthesis(ws), ws, noise)
        length.mean().backward()
        lengths.append(length.detach())
        gradients.append(network.get_parameter("synthesis.b64.conv0.weight").grad)
    assert error(lengths[1], lengths[0]) < 0.02
    assert error(gradients[1], gradients[0]) < 0.05


def test_large_weights_and_activations_stay_in_range(generator: Generator, discriminator: Discriminator) -> None:
    """Weights, styles and images far beyond what float16 could square: demodulation and clamping hold."""
    with torch.no_grad():
        for layer in ("conv0", "conv1"):
            module = generator.synthesis.get_submodule(f"b64.{layer}")
            module.weight.mul_(3e4)  # type: ignore[union-attr,operator]
            module.affine.bias.fill_(3e4)  # type: ignore[union-attr]
    z = torch.randn(2, 16)
    expected = generator(z)
    half.use_float16(generator)
    assert error(generator(z), expected) < 5e-3
    half.use_float16(discriminator)
    largest: list[float] = []
    for name, module in discriminator.named_modules():
        if name.endswith(("conv0", "fromrgb")):
            module.register_forward_hook(lambda m, i, y: largest.append(float(y.detach().abs().max())))
    logits = discriminator(torch.full((2, 1, 64, 64), 6e4))
    assert torch.isfinite(logits).all()
    assert max(largest) == 256.0


def test_training_in_float16(tiny_options: TrainingOptions, tiny_data: Path) -> None:
    options = dataclasses.replace(tiny_options, precision="float16")
    s, statistics = state.create(options, select("cpu", "float16")), phases.Statistics()
    before = {name: value.clone() for name, value in s.generator.named_parameters()}
    for _ in range(4):
        phases.train_step(s, Dataset(tiny_data), statistics)
    assert all(torch.isfinite(value).all() for value in s.generator.state_dict().values())
    assert [name for name, value in s.generator.named_parameters() if torch.equal(before[name], value)] == []
    assert s.generator_ema(torch.randn(1, 16)).dtype == torch.float32
    assert not any(getattr(m, "half_precision", False) for m in s.generator_ema.modules())


def test_a_device_that_cannot_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **keywords: object) -> None:
        raise RuntimeError("\"slow_conv2d_cpu\" not implemented for 'Half'")

    half.check_float16(torch.device("cpu"))
    monkeypatch.setattr(F, "conv2d", fail)
    with pytest.raises(ConfigurationError, match="--precision is 'float16', but cpu cannot compute in it"):
        half.check_float16(torch.device("cpu"))
