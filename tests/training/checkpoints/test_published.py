"""What is published of a training is what another one begins from."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from mammoganesis.errors import CheckpointError
from training.accelerators import select
from training.checkpoints import checkpoint
from training.checkpoints.digest import generator_digest
from training.cli import main
from training.configs.options import HeadOptions, TrainingOptions
from training.loop import beginning, saving, state
from training.run.start import start

HEADS = HeadOptions(input_size=32, width=4)


@pytest.fixture(scope="module")
def options(tiny_options: TrainingOptions) -> TrainingOptions:
    return dataclasses.replace(tiny_options, projected="lite0", heads=HEADS, kimg=0.012)


@pytest.fixture(scope="module")
def run(options: TrainingOptions, tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    start(options, tiny_data, folder, select("cpu", "float32"), report=lambda line: None)
    return folder


@pytest.fixture(scope="module")
def published(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("published") / "start"
    result = CliRunner().invoke(main, ["publish", str(run), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "discriminator.safetensors" in result.output
    return out


def size(folder: Any) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def test_another_run_begins_as_from_the_checkpoint_itself(options: TrainingOptions, run: Path, published: Path) -> None:
    whole = checkpoint.resolve(run)
    begun, lines = [], []
    for folder in (whole, published):
        torch.manual_seed(1)
        begun.append(state.create(options, select("cpu", "float32")))
        lines.append(beginning.initialize_from(begun[-1], folder).removeprefix(f"initialised from {folder}: "))
    ours, theirs = begun[1], begun[0]
    assert lines[0] == lines[1]
    assert ours.teachers == theirs.teachers == {"lite0"}
    for name, (module, _) in state.trained(ours).items():
        for value, expected in zip(module.parameters(), state.trained(theirs)[name][0].parameters(), strict=True):
            torch.testing.assert_close(value, expected, rtol=2**-10, atol=1e-6, msg=name)
    said = checkpoint.read_content(published)
    assert said["published_from"] == generator_digest(whole)
    assert {name: said[name] for name in ("generator", "data", "dataset_digest", "images_seen")} == {
        name: checkpoint.read_content(whole)[name] for name in ("generator", "data", "dataset_digest", "images_seen")
    }


def test_it_is_small_and_drawn_from(run: Path, published: Path) -> None:
    assert not {"optimizers.safetensors", "random.safetensors", "generator.safetensors"} & {
        file.name for file in published.iterdir()
    }
    assert size(published) < size(checkpoint.resolve(run)) / 4
    generator, _ = checkpoint.load_generator_ema(published)
    whole, _ = checkpoint.load_generator_ema(run)
    z = torch.randn(2, generator.config.z_dim, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(generator(z), whole(z), rtol=0.02, atol=0.02)


def test_a_run_cannot_be_resumed_from_it(options: TrainingOptions, published: Path, tiny_data: Path) -> None:
    with pytest.raises(CheckpointError, match=r"is published, without the state of a run.*--initialize-from"):
        saving.restore(state.create(options, select("cpu", "float32")), published)
    arguments = ["--data", str(tiny_data), "--out", str(published.parent / "more")]
    result = CliRunner().invoke(main, ["train", "--resume", str(published), *arguments])
    assert result.exit_code != 0
    assert "is published" in result.output
    assert "Traceback" not in result.output


def test_numbers_too_large_for_float16_stay_as_they_are(run: Path, tmp_path: Path) -> None:
    source = checkpoint.resolve(run)
    tensors = {name: checkpoint.read_tensors(source, name) for name in ("generator_ema", "discriminator")}
    large = next(iter(tensors["discriminator"]))
    tensors["discriminator"][large] = tensors["discriminator"][large] + 1e6
    content = checkpoint.read_content(source)
    content.pop("format_version")
    checkpoint.write(tmp_path / "large", tensors, content)
    assert CliRunner().invoke(main, ["publish", str(tmp_path / "large"), "--out", str(tmp_path / "out")]).exit_code == 0
    found = checkpoint.read_tensors(tmp_path / "out", "discriminator")
    assert torch.equal(found.pop(large), tensors["discriminator"][large])
    assert {value.dtype for value in found.values()} == {torch.float16}


def test_a_checkpoint_that_states_other_sizes_is_refused(run: Path, tmp_path: Path) -> None:
    source = checkpoint.resolve(run)
    content = checkpoint.read_content(source)
    content.pop("format_version")
    content["generator"]["w_dim"] //= 2
    checkpoint.write(tmp_path / "other", {"generator_ema": checkpoint.read_tensors(source, "generator_ema")}, content)
    result = CliRunner().invoke(main, ["publish", str(tmp_path / "other"), "--out", str(tmp_path / "out")])
    assert result.exit_code != 0
    assert "does not fit the network" in result.output
    assert not (tmp_path / "out").exists()


def test_nothing_is_replaced(run: Path, published: Path) -> None:
    before = size(published)
    result = CliRunner().invoke(main, ["publish", str(run), "--out", str(published)])
    assert result.exit_code != 0
    assert "is never replaced" in result.output
    assert size(published) == before
