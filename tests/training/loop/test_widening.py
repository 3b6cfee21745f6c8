"""Networks with more channels compute what the narrower ones computed, and all of them can learn."""

import dataclasses
from pathlib import Path

import pytest
import torch

from training.accelerators import Device
from training.configs.options import TrainingOptions
from training.loop import beginning, saving, state
from training.networks import Discriminator, Generator, fir


def disturbed(options: TrainingOptions, cpu: Device) -> state.TrainingState:
    """Fresh networks in which nothing is zero or one any more, not even biases and strengths of noise."""
    made = state.create(options, cpu)
    with torch.no_grad():
        for parameter in [*made.discriminator.parameters(), *made.generator_ema.parameters()]:
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return made


def wider(options: TrainingOptions, **sizes: int) -> TrainingOptions:
    base = {"channel_base": 4 * options.generator.channel_base, **sizes}
    return dataclasses.replace(options, generator=dataclasses.replace(options.generator, **base), seed=9)


def judged(network: Discriminator, images: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return network(images)


def drawn(network: Generator, z: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return network(z, noise_mode="const")


def test_a_wider_network_is_the_narrower_one(tiny_options: TrainingOptions, tmp_path: Path, cpu: Device) -> None:
    narrow = disturbed(tiny_options, cpu)
    config = tiny_options.generator
    options = wider(tiny_options)
    assert [options.generator.channels(size) > config.channels(size) for size in (4, config.resolution)] == [0, 1]
    wide = state.create(options, cpu)
    line = beginning.initialize_from(wide, saving.save(narrow, tmp_path))
    assert line.count(" of ") == 2
    for part in line.partition(": ")[2].split(", "):  # nothing was left fresh
        done, everything = part.split()[:3:2]
        assert done == everything
    z, images = torch.randn(4, config.z_dim), torch.randn(4, 1, config.resolution, config.resolution)
    for network in (wide.generator, wide.generator_ema):
        torch.testing.assert_close(drawn(network, z), drawn(narrow.generator_ema, z), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(judged(wide.discriminator, images), judged(narrow.discriminator, images))


@pytest.mark.parametrize("half", ["generator", "discriminator"])
def test_every_new_channel_learns(half: str, tiny_options: TrainingOptions, tmp_path: Path, cpu: Device) -> None:
    wide = state.create(wider(tiny_options), cpu)
    beginning.initialize_from(wide, saving.save(disturbed(tiny_options, cpu), tmp_path))
    config = wide.options.generator
    network: torch.nn.Module = getattr(wide, half)
    torch.manual_seed(1)
    z, images = torch.randn(4, config.z_dim), torch.randn(4, 1, config.resolution, config.resolution)
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-2)
    for _ in range(2):  # what nobody hears yet gets its first gradient in the second step
        optimizer.zero_grad()
        made = wide.generator(z, noise_mode="random") if half == "generator" else wide.discriminator(images)
        made.square().mean().backward()
        optimizer.step()
    for name, parameter in network.named_parameters():
        if name.endswith("weight") and f"b{config.resolution}." in name:
            assert parameter.grad is not None
            assert (parameter.grad.flatten(1).abs().amax(dim=1) > 0).all(), name


def test_wider_and_of_twice_the_resolution(tiny_options: TrainingOptions, tmp_path: Path, cpu: Device) -> None:
    narrow = disturbed(tiny_options, cpu)
    config = dataclasses.replace(tiny_options.generator, resolution=32, channel_base=1024)
    large = state.create(dataclasses.replace(tiny_options, generator=config), cpu)
    line = beginning.initialize_from(large, saving.save(narrow, tmp_path))
    assert "the discriminator's new block stands for the downsampling" in line
    z = torch.randn(2, config.z_dim)
    with torch.no_grad():
        old, new = narrow.generator_ema(z, noise_mode="none"), large.generator_ema(z, noise_mode="none")
    torch.testing.assert_close(new, fir.upsample(old, fir.filter_kernel()), rtol=1e-4, atol=1e-4)


def test_other_latent_sizes_are_not_widened(tiny_options: TrainingOptions, tmp_path: Path, cpu: Device) -> None:
    """Their columns would be read as others."""
    folder = saving.save(disturbed(tiny_options, cpu), tmp_path)
    options = wider(tiny_options, w_dim=2 * tiny_options.generator.w_dim)
    wide = state.create(options, cpu)
    before = {name: value.clone() for name, value in wide.generator.named_parameters() if "affine.weight" in name}
    beginning.initialize_from(wide, folder)
    for name, value in before.items():
        assert torch.equal(wide.generator.get_parameter(name), value), name
