"""Checkpoints: complete, atomic, exact, and refused with a reason when they do not fit."""

from __future__ import annotations

import dataclasses
import json
import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mammoganesis.errors import CheckpointError, ConfigurationError, MammoganesisError
from tests.support import exported_networks as networks
from training.accelerators import Device
from training.checkpoints import checkpoint
from training.configs.options import TrainingOptions
from training.data.dataset import Dataset
from training.loop import beginning, phases, saving, state
from training.loop.state import TrainingState
from training.networks import GeneratorConfig, fir
from training.run import progress
from training.run.options import resumed_options


def everything(s: TrainingState) -> dict[str, torch.Tensor]:
    """All tensors of a state by name."""
    tensors = {"p": s.augment.p, "pl_mean": s.pl_mean, "sign_sum": s.sign_sum, "random": torch.get_rng_state()}
    for name in ("generator", "generator_ema", "discriminator"):
        tensors |= {f"{name}/{k}": v for k, v in getattr(s, name).state_dict().items()}
    for name, optimizer in (("g", s.generator_optimizer), ("d", s.discriminator_optimizer)):
        for i, values in enumerate(optimizer.state.values()):
            tensors |= {f"{name}/{i}/{k}": v for k, v in values.items()}
    return {k: v.clone() for k, v in tensors.items()}


@pytest.mark.parametrize("stop_after", [1, 2, 5])
def test_resume_is_exact(
    tiny_options: TrainingOptions, tiny_data: Path, tmp_path: Path, cpu: Device, stop_after: int
) -> None:
    """Stop anywhere, resume in a new state: the next steps are the same, bit for bit."""
    dataset, total = Dataset(tiny_data), 8
    straight = state.create(tiny_options, cpu)
    for _ in range(stop_after):
        phases.train_step(straight, dataset, phases.Statistics())
    folder = saving.save(straight, tmp_path)
    for _ in range(total - stop_after):
        phases.train_step(straight, dataset, phases.Statistics())
    expected = everything(straight)

    resumed = state.create(tiny_options, cpu)
    torch.randn(100)
    saving.restore(resumed, folder)
    for _ in range(total - stop_after):
        phases.train_step(resumed, Dataset(tiny_data), phases.Statistics())
    actual = everything(resumed)
    assert (resumed.step, resumed.images_seen) == (8, 32)
    assert actual.keys() == expected.keys()
    different = [name for name in expected if not torch.equal(actual[name], expected[name])]
    assert different == []


def test_content_and_averaged_generator(tiny_options: TrainingOptions, tmp_path: Path, cpu: Device) -> None:
    fresh = state.create(tiny_options, cpu)
    fresh.images_seen = 12_345
    folder = saving.save(fresh, tmp_path)
    assert folder == tmp_path / "checkpoints" / "kimg000012"
    assert sorted(p.name for p in folder.iterdir()) == [
        "checkpoint.json",
        "discriminator.safetensors",
        "generator.safetensors",
        "generator_ema.safetensors",
        "optimizers.safetensors",
        "random.safetensors",
    ]
    for path in (folder, tmp_path):
        generator, content = checkpoint.load_generator_ema(path)
        assert not generator.training
        assert content["images_seen"] == 12_345
        assert GeneratorConfig(**content["generator"]) == tiny_options.generator
        assert TrainingOptions.from_dict(content["training_options"]) == tiny_options
        z = torch.randn(2, tiny_options.generator.z_dim)
        torch.testing.assert_close(generator(z), fresh.generator_ema(z), rtol=0, atol=1e-5)  # other memory layout


def test_the_mean_code_of_a_conditional_network_is_that_of_its_training_images(tmp_path: Path) -> None:
    """In training some labels are withheld, so the running mean is off; read back, it is the mean over the mixture."""
    generator = networks.labelled_generator()
    assert generator.mapping.w_avg.norm() > 0
    folder = networks.write_checkpoint(generator, tmp_path / "ckpt")
    read, _ = checkpoint.load_generator_ema(folder)
    codes = networks.codes_of_labels(generator, 20_000, seed=99)
    mean = sum(share * codes[c].mean(axis=0) for c, share in networks.LABELLED_SHARES.items())
    spread = np.concatenate(list(codes.values())).std()
    assert np.abs(read.mapping.w_avg.numpy() - mean).max() < 0.05 * spread
    assert np.abs(generator.mapping.w_avg.numpy() - mean).max() > 0.3 * spread
    generator.config = dataclasses.replace(generator.config, label_mixture=())  # older checkpoints do not say
    folder = networks.write_checkpoint(generator, tmp_path / "older")
    torch.testing.assert_close(checkpoint.load_generator_ema(folder)[0].mapping.w_avg, generator.mapping.w_avg)


def test_old_checkpoints_go_and_leftovers_do_not_count(
    tiny_options: TrainingOptions, tmp_path: Path, cpu: Device
) -> None:
    fresh = state.create(tiny_options, cpu)
    for images in (0, 1000, 1500, 2000):
        fresh.images_seen = images
        saving.save(fresh, tmp_path)
        checkpoint.remove_old(tmp_path, keep=2)
    # A second one within a kimg does not replace the first.
    assert [p.name for p in checkpoint.checkpoints_of(tmp_path)] == ["kimg000001.2", "kimg000002"]
    assert checkpoint.read_content(tmp_path / "checkpoints" / "kimg000001.2")["images_seen"] == 1500
    (tmp_path / "checkpoints" / "kimg000009").mkdir()  # no checkpoint.json: never completed
    (tmp_path / "checkpoints" / ".kimg000008.77-0a1b2c3d.part").mkdir()
    assert checkpoint.resolve(tmp_path).name == "kimg000002"


def test_names_within_a_kimg_sort_by_number(tmp_path: Path) -> None:
    for number in range(12):
        folder = checkpoint.new_folder(tmp_path, 3_500)
        checkpoint.write(folder, {}, {"number": number})
        if number == 1:
            checkpoint.remove_old(tmp_path, 1)  # a name that is free again stays so: it would count as older
    assert checkpoint.new_folder(tmp_path, 4_000).name == "kimg000004"
    numbers = [checkpoint.read_content(folder)["number"] for folder in checkpoint.checkpoints_of(tmp_path)]
    assert numbers == list(range(1, 12))
    with pytest.raises(CheckpointError, match="exists"):
        checkpoint.write(folder, {}, {})


@pytest.mark.parametrize(("better", "best"), [("lower", "kimg000002"), ("higher", "kimg000001")])
def test_the_best_checkpoint_is_never_removed(tmp_path: Path, better: checkpoint.Better, best: str) -> None:
    for kimg, value in enumerate([0.5, 0.9, 0.1, float("nan"), 0.4, 0.3]):
        folder = checkpoint.new_folder(tmp_path, kimg * 1000)
        checkpoint.write(folder, {}, {})
        if kimg != 5:
            checkpoint.write_metrics(folder, {"kid": value, "fid": 1.0})
        checkpoint.remove_old(tmp_path, 1, ("kid", better))
        assert checkpoint.resolve(tmp_path) == folder
    assert [p.name for p in checkpoint.checkpoints_of(tmp_path)] == [best, "kimg000005"]
    assert checkpoint.read_metrics(tmp_path / "checkpoints" / best)["fid"] == 1.0
    checkpoint.remove_old(tmp_path, 1)
    assert [p.name for p in checkpoint.checkpoints_of(tmp_path)] == ["kimg000005"]


def test_another_training_set_is_refused(tiny_options: TrainingOptions, tmp_path: Path, cpu: Device) -> None:
    first, second = state.create(tiny_options, cpu), state.create(tiny_options, cpu)
    first.dataset_digest, second.dataset_digest = "a" * 64, "b" * 64
    folder = saving.save(first, tmp_path)
    with pytest.raises(ConfigurationError, match=r"data set a{16}, this one is b{16}.*--allow-other-data"):
        saving.restore(second, folder)
    assert len(saving.restore(second, folder, allow_other_data=True)) == 1


@dataclasses.dataclass(frozen=True)
class OtherDevice(Device):
    """A device that draws from a generator of its own, as a GPU does, on the CPU."""

    own: torch.Generator = dataclasses.field(default_factory=torch.Generator)

    def _seed_generators(self, seed: int) -> None:
        super()._seed_generators(seed)
        self.own.manual_seed(seed)

    def random_state(self) -> dict[str, torch.Tensor]:
        return {**super().random_state(), "other": self.own.get_state()}

    def _restore_generators(self, state: dict[str, torch.Tensor]) -> None:
        super()._restore_generators(state)
        self.own.set_state(state["other"])


def test_a_checkpoint_resumes_on_another_kind_of_device(
    tiny_options: TrainingOptions, tiny_data: Path, tmp_path: Path, cpu: Device
) -> None:
    """Everything but the random streams is the same; those are new, and the same every time."""
    there = OtherDevice(torch.device("cpu"), "float32")
    start = state.create(tiny_options, cpu)
    for _ in range(3):
        phases.train_step(start, Dataset(tiny_data), phases.Statistics())
    folder = saving.save(start, tmp_path)
    draws = []
    for _ in range(2):
        moved = state.create(dataclasses.replace(tiny_options, seed=1), there)
        lines = saving.restore(moved, folder)
        assert "the checkpoint has that of cpu, this device draws from cpu, other" in lines[0]
        draws.append(torch.cat([torch.randn(4), torch.randn(4, generator=there.own)]))
        for name, value in everything(start).items():
            assert name == "random" or torch.equal(everything(moved)[name], value), name
    assert torch.equal(draws[0], draws[1])

    back = saving.save(moved, tmp_path)
    lines = saving.restore(state.create(tiny_options, cpu), back)
    assert "that of other is left out" in lines[0]
    assert saving.restore(state.create(tiny_options, there), back) == []


def test_an_interrupted_write_leaves_the_old_checkpoint(
    tiny_options: TrainingOptions, tmp_path: Path, cpu: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = state.create(tiny_options, cpu)
    saving.save(fresh, tmp_path)

    def fail(*arguments: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(checkpoint, "_serialised", fail)
    fresh.images_seen = 5000
    with pytest.raises(OSError, match="disk full"):
        saving.save(fresh, tmp_path)
    assert checkpoint.resolve(tmp_path).name == "kimg000000"
    checkpoint.load_generator_ema(tmp_path)


def test_damaged_checkpoints_are_refused(tiny_options: TrainingOptions, tmp_path: Path, cpu: Device) -> None:
    with pytest.raises(CheckpointError, match="no such folder"):
        checkpoint.resolve(tmp_path / "nowhere")
    with pytest.raises(CheckpointError, match="neither a checkpoint"):
        checkpoint.resolve(tmp_path)
    folder = saving.save(state.create(tiny_options, cpu), tmp_path)
    weights = folder / "generator_ema.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=r"generator_ema\.safetensors: cannot be read"):
        checkpoint.load_generator_ema(folder)
    content = json.loads((folder / "checkpoint.json").read_text())
    (folder / "checkpoint.json").write_text(json.dumps(content | {"format_version": 7}))
    with pytest.raises(CheckpointError, match="format_version is 7; this program reads 1"):
        checkpoint.load_generator_ema(folder)
    (folder / "checkpoint.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"checkpoint\.json: cannot be read"):
        checkpoint.load_generator_ema(folder)


def test_other_sizes_are_refused(tiny_options: TrainingOptions, tmp_path: Path, cpu: Device) -> None:
    folder = saving.save(state.create(tiny_options, cpu), tmp_path)
    other = dataclasses.replace(tiny_options, generator=dataclasses.replace(tiny_options.generator, z_dim=8))
    with pytest.raises(CheckpointError, match="other sizes"):
        saving.restore(state.create(other, cpu), folder)


def test_initialize_from_a_lower_resolution(tiny_options: TrainingOptions, tmp_path: Path, cpu: Device) -> None:
    """The first images of the larger network are those of the smaller one, enlarged."""
    small = state.create(tiny_options, cpu)
    small.generator_ema.mapping.w_avg.normal_()
    folder = saving.save(small, tmp_path)
    config = dataclasses.replace(tiny_options.generator, resolution=32, channel_base=128)
    large = state.create(dataclasses.replace(tiny_options, generator=config, seed=9), cpu)
    line = beginning.initialize_from(large, folder)
    assert "the discriminator's new block stands for the downsampling" in line
    for name in ("mapping.fc0.weight", "synthesis.b8.conv1.weight"):
        assert torch.equal(large.generator.get_parameter(name), small.generator.get_parameter(name))
    z = torch.randn(2, config.z_dim)
    old, new = small.generator_ema(z, noise_mode="none"), large.generator_ema(z, noise_mode="none")
    assert new.shape == (2, 1, 32, 32)
    torch.testing.assert_close(new, fir.upsample(old, fir.filter_kernel()))
    for name, value in large.generator.state_dict().items():
        if ".b32." in name:
            assert torch.equal(value, large.generator_ema.state_dict()[name]), name


def test_initialize_from_a_stranger_is_refused(tiny_options: TrainingOptions, tmp_path: Path, cpu: Device) -> None:
    folder = saving.save(state.create(tiny_options, cpu), tmp_path)
    stranger = GeneratorConfig(z_dim=7, w_dim=7, num_mapping_layers=1, resolution=8, channel_base=40, channel_max=5)
    other = state.create(dataclasses.replace(tiny_options, generator=stranger), cpu)
    with pytest.raises(CheckpointError, match="no weight of its generator fits"):
        beginning.initialize_from(other, folder)


def test_a_resumed_run_forgets_the_records_it_repeats(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("".join(json.dumps({"kimg": kimg}) + "\n" for kimg in (1.0, 2.0, 3.0)))
    progress.forget_after(tmp_path, 2000)
    assert [json.loads(line)["kimg"] for line in log.read_text().splitlines()] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"images_seen": "many"}, "images_seen is 'many'; expected a whole number, 0 to"),
        ({"images_seen": math.nan}, "images_seen is nan"),
        ({"training_options": []}, r"training_options is \[\]; expected an object"),
        ({"training_options": {"projected": ["lite0"]}}, r"training_options.projected is \['lite0'\]; expected a text"),
        ({"training_options": {"label_dropout": None}}, "training_options.label_dropout is None; expected a number"),
        ({"teachers": [1]}, r"teachers\[0\] is 1; expected a text"),
        ({"ancestors": 5}, "ancestors is 5; expected a list"),
        ({"ancestors": [{"kimg": "\u202e"}]}, r"ancestors\[0\].kimg is '\\u202e'; expected a number"),
        ({"ancestors": [{"data": {"views": {"CC": "x"}}}]}, r"ancestors\[0\].data.views.CC is 'x'; expected a whole"),
        ({"imported": {"kind": "NVIDIA"}}, "imported.sha256 is missing; expected a text"),
        ({"generator": 5}, "generator is 5; expected an object"),
        ({"generator": {"z_dim": 1.5}}, "z_dim is '1.5'; it must be a whole number"),
        ({"generator": {"channel_max": True}}, "channel_max is 'True'; it must be a whole number"),
    ],
)
def test_a_field_of_the_wrong_kind_is_named(
    tiny_options: TrainingOptions, tmp_path: Path, cpu: Device, change: dict[str, Any], words: str
) -> None:
    """Before anything is made of it, in all that reads a checkpoint."""
    fresh = state.create(tiny_options, cpu)
    folder = saving.save(fresh, tmp_path)
    (folder / "checkpoint.json").write_text(json.dumps(checkpoint.read_content(folder) | change))
    for read in (
        checkpoint.load_generator_ema,
        partial(saving.restore, fresh),
        partial(beginning.initialize_from, fresh),
    ):
        with pytest.raises(CheckpointError, match=words):
            read(folder)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"channel_base": 2**24, "channel_max": 65536}, r"states sizes that need [0-9,]{15,} bytes; .* has [0-9,]+"),
        ({"num_mapping_layers": 10**9}, "num_mapping_layers is 1000000000; it must lie between 1 and 64"),
        ({"resolution": 2**40, "channel_base": 2**41}, "resolution is 1099511627776; it must be a power of two, 8 to"),
    ],
)
def test_sizes_that_a_checkpoint_does_not_hold_take_no_memory(
    tiny_options: TrainingOptions, tmp_path: Path, cpu: Device, sizes: dict[str, int], words: str
) -> None:
    folder = saving.save(state.create(tiny_options, cpu), tmp_path)
    content = checkpoint.read_content(folder)
    content["generator"] |= sizes
    content["training_options"]["generator"] |= sizes
    (folder / "checkpoint.json").write_text(json.dumps(content))
    for read in (checkpoint.load_generator_ema, resumed_options):
        with pytest.raises(MammoganesisError, match=words):
            read(folder)


def test_options_of_another_generator_than_the_checkpoints_are_refused(
    tiny_options: TrainingOptions, tmp_path: Path, cpu: Device
) -> None:
    folder = saving.save(state.create(tiny_options, cpu), tmp_path)
    content = checkpoint.read_content(folder)
    content["training_options"]["generator"] |= {"channel_base": 2**24, "channel_max": 65536}
    (folder / "checkpoint.json").write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match="states other sizes of the generator in its training options"):
        resumed_options(folder)
