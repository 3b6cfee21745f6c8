"""Foreign files that lack what is not learnt, or whose discriminator is another: the generator comes all the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mammoganesis.errors import CheckpointError
from tests.support import foreign_networks
from training.importers import network, nvidia
from training.importers.importing import import_file
from training.importers.sandbox import Foreign
from training.networks import Generator, GeneratorConfig

Golden = dict[str, Tensor]


def _matches(generator: Generator, golden: Golden) -> bool:
    """Without noise the images are the reference's."""
    images = generator.synthesis(golden["ws_psi065"], "none")
    return bool((images - golden["image_none"]).abs().max() / golden["image_none"].abs().max() < 1e-5)


def test_a_rosinality_file_without_noise_maps_gets_some(golden: Golden, tmp_path: Path) -> None:
    file = foreign_networks.golden_rosinality(golden, tmp_path / "550000.pt", training=False)
    content = torch.load(file, weights_only=False)
    content["g_ema"] = {name: value for name, value in content["g_ema"].items() if not name.startswith("noises.")}
    torch.save(content, file)
    first, _ = import_file(file)
    assert _matches(first.open_generator(), golden)
    assert first.notes[0] == "the file has no noise maps for 7 layer(s): they were drawn (seed 0)"
    again, _ = import_file(file)
    for name, value in first.generator_ema.items():
        assert torch.equal(value, again.generator_ema[name])
        if name.endswith("noise_strength"):
            assert torch.equal(value, golden[f"G/{name}"])  # learnt, so it stays
        if name.endswith("noise_const"):
            assert 0.5 < value.std() < 1.5


def test_an_nvidia_file_without_buffers_gets_them(golden: Golden, tmp_path: Path) -> None:
    tensors = foreign_networks.part(golden, "G/")
    kept = {name: value for name, value in tensors.items() if not name.endswith(("noise_const", "mapping.w_avg"))}
    file = foreign_networks.write_nvidia(tmp_path / "n.pkl", {"G_ema": foreign_networks.persistent_tree(kept, c_dim=0)})
    imported, _ = import_file(file)
    assert _matches(imported.open_generator(), golden)
    assert any("no noise maps for 7 layer(s)" in note for note in imported.notes)
    assert any("w_avg: it was computed as the mean of 10000" in note for note in imported.notes)


def _architecture(discriminator: Any) -> None:
    discriminator.get_submodule("b16").architecture = "orig"


def _skip(discriminator: Any) -> None:
    discriminator.get_submodule("b32").architecture = "skip"


def _activation(discriminator: Any) -> None:
    discriminator.get_submodule("b8.conv0").activation = "relu"


def _channels(discriminator: Any) -> None:
    discriminator.get_submodule("b4").add_module("mbstd", foreign_networks.Persistent())
    discriminator.get_submodule("b4.mbstd").num_channels = 2


def _fewer(discriminator: Any) -> None:
    del discriminator._modules["b16"]


@pytest.mark.parametrize("change", [_architecture, _skip, _activation, _channels, _fewer])
def test_a_discriminator_that_is_another_is_left_out_and_the_generator_comes(
    golden: Golden, tmp_path: Path, change: Callable[[Any], None]
) -> None:
    average = foreign_networks.persistent_tree(foreign_networks.part(golden, "G/"), c_dim=0)
    discriminator = foreign_networks.persistent_tree(foreign_networks.part(golden, "D/"), c_dim=0)
    change(discriminator)
    file = foreign_networks.write_nvidia(tmp_path / "n.pkl", {"G_ema": average, "D": discriminator})
    imported, _ = import_file(file)
    assert imported.discriminator == {}
    assert _matches(imported.open_generator(), golden)
    (line,) = [note for note in imported.notes if "discriminator" in note]
    assert line.startswith("the discriminator is left out: ")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("resolution", "base", "largest"),
    [
        (64, 1024, 64),
        (64, 16384 // 64, 512),
        (32, 1000, 512),
        (64, 999, 100),
        (32, 100, 17),
        (16, 10**6, 8),
        (128, 150, 7),
    ],
)
def test_sizes_come_from_shapes_for_any_channel_base(resolution: int, base: int, largest: int) -> None:
    config = GeneratorConfig(
        z_dim=4, w_dim=4, num_mapping_layers=1, resolution=resolution, channel_base=base, channel_max=largest
    )
    with torch.device("meta"):
        tensors = dict(Generator(config).state_dict())
    found = network.sizes(tensors)
    assert {r: found.channels(r) for r in found.block_resolutions} == {
        r: config.channels(r) for r in config.block_resolutions
    }
    assert network.sizes({**tensors}) == dataclasses.replace(
        config, channel_base=found.channel_base, channel_max=found.channel_max
    )


def test_a_network_with_one_class_is_refused_before_an_export_would(golden: Golden) -> None:
    tensors = {f"G_ema/{name}": value for name, value in foreign_networks.part(golden, "G/").items()}
    with pytest.raises(CheckpointError, match="one class; a label of a bundle has two values or more"):
        nvidia.convert(Foreign("nvidia", tensors, {"G_ema": {"c_dim": 1}}))
