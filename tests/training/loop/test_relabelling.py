"""Networks with more labels compute what the old ones did for the labels that they knew, and learn the new ones."""

import dataclasses
from pathlib import Path

import torch

from training.accelerators import Device
from training.configs.options import TrainingOptions
from training.data.labels import LabelFields
from training.loop import beginning, saving, state
from training.networks.projected import STRIDES

VIEW: LabelFields = (("view", ("CC", "MLO")),)
BOTH: LabelFields = (("density", ("A", "B", "C")), ("view", ("MLO", "CC")))  # another order, of fields and of values
OLD_C = torch.tensor([[1.0, 0], [0, 1], [0, 0], [1, 0]])  # CC, MLO, nothing known, CC
NEW_C = torch.cat([torch.zeros(4, 3), OLD_C.flip(1)], dim=1)


def labelled(options: TrainingOptions, fields: LabelFields, **others: object) -> TrainingOptions:
    generator = dataclasses.replace(options.generator, label_fields=fields)
    return dataclasses.replace(options, generator=generator, **others)


def disturbed(options: TrainingOptions, cpu: Device) -> state.TrainingState:
    """Fresh networks in which nothing is zero or one any more."""
    made = state.create(options, cpu)
    networks = [made.discriminator, made.generator_ema, *([made.projected.discriminator] if made.projected else [])]
    with torch.no_grad():
        for network in networks:
            for parameter in network.parameters():
                parameter.add_(torch.randn_like(parameter) * 0.2)
    return made


def test_known_labels_mean_what_they_meant(tiny_options: TrainingOptions, tmp_path: Path, cpu: Device) -> None:
    old = disturbed(labelled(tiny_options, VIEW), cpu)
    new = state.create(labelled(tiny_options, BOTH, seed=9), cpu)
    line = beginning.initialize_from(new, saving.save(old, tmp_path))
    for part in line.partition(": ")[2].split(", "):  # nothing was left fresh
        done, everything = part.split()[:3:2]
        assert done == everything
    z, images = torch.randn(4, tiny_options.generator.z_dim), torch.randn(4, 1, 16, 16)
    with torch.no_grad():
        drawn = old.generator_ema(z, c=OLD_C, noise_mode="const")
        assert (drawn[0] - old.generator_ema(z, c=OLD_C[[1, 0, 2, 3]], noise_mode="const")[0]).abs().max() > 1e-3
        for generator in (new.generator, new.generator_ema):
            torch.testing.assert_close(generator(z, c=NEW_C, noise_mode="const"), drawn, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(new.discriminator(images, NEW_C), old.discriminator(images, OLD_C))
        # What was not there says nothing yet.
        dense = NEW_C.index_fill(1, torch.tensor([1]), 1.0)
        torch.testing.assert_close(new.discriminator(images, dense), old.discriminator(images, OLD_C))


def test_every_new_label_learns(tiny_options: TrainingOptions, tmp_path: Path, cpu: Device) -> None:
    new = state.create(labelled(tiny_options, BOTH), cpu)
    beginning.initialize_from(new, saving.save(disturbed(labelled(tiny_options, VIEW), cpu), tmp_path))
    c = torch.cat([torch.eye(5), torch.zeros(1, 5)])
    z, images = torch.randn(6, tiny_options.generator.z_dim), torch.randn(6, 1, 16, 16)
    new.generator(z, c=c, noise_mode="const").square().mean().backward()
    new.discriminator(images, c).square().mean().backward()
    for network in (new.generator, new.discriminator):
        assert isinstance(network.mapping, torch.nn.Module)
        gradient = network.mapping.get_submodule("embed").get_parameter("weight").grad
        assert gradient is not None
        assert (gradient.abs().amax(dim=0) > 0).all()


def test_heads_take_new_labels_too(tiny_options: TrainingOptions, tmp_path: Path, cpu: Device) -> None:
    old = disturbed(labelled(tiny_options, VIEW, projected="lite0"), cpu)
    new = state.create(labelled(tiny_options, BOTH, projected="lite0", seed=9), cpu)
    beginning.initialize_from(new, saving.save(old, tmp_path))
    assert old.projected is not None
    assert new.projected is not None
    ours, theirs = new.projected.discriminator.heads, old.projected.discriminator.heads
    with torch.no_grad():
        for stride in STRIDES:
            x = torch.randn(4, new.options.projected_config.channels(stride), 4, 4)
            head, other = (heads[str(stride)].eval() for heads in (ours, theirs))
            torch.testing.assert_close(head(x, NEW_C), other(x, OLD_C))
