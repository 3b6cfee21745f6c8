"""Runs whose folder is at an fsspec address: complete there, resumable from there, readable from there."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from upath import UPath

from mammoganesis import files
from mammoganesis.errors import CheckpointError, ConfigurationError
from training.accelerators import select
from training.checkpoints import checkpoint
from training.cli import main
from training.configs.options import TrainingOptions
from training.run.options import resumed_options
from training.run.start import Beginning, start


@pytest.fixture
def memory() -> Iterator[UPath]:
    place = UPath("memory://bucket/run")
    yield place
    files.remove(place)


@pytest.fixture
def options(tiny_options: TrainingOptions) -> TrainingOptions:
    """Two steps of forty images, a checkpoint after each."""
    return dataclasses.replace(tiny_options, batch=40, kimg=0.08, kimg_per_tick=0.04, snapshot_ticks=1)


def train(options: TrainingOptions, data: Path, place: files.Location, **more: object) -> list[str]:
    lines: list[str] = []
    start(options, data, place, select("cpu", "float32"), Beginning(**more), report=lines.append)  # type: ignore[arg-type]
    return lines


def test_a_run_elsewhere_is_the_run_here(
    options: TrainingOptions, tiny_data: Path, tmp_path: Path, memory: UPath
) -> None:
    """Trained in two sittings at an address, and in one on disk: the same files with the same tensors."""
    train(dataclasses.replace(options, kimg=0.16, keep_checkpoints=2), tiny_data, tmp_path)
    assert "finished; checkpoint: memory://bucket/run/checkpoints/kimg000000.2" in train(options, tiny_data, memory)[-1]
    with pytest.raises(ConfigurationError, match="already holds checkpoints"):
        train(options, tiny_data, memory)
    newest = checkpoint.resolve(memory)
    resumed = resumed_options(newest, {"kimg": 0.16, "keep_checkpoints": 2})
    assert train(resumed, tiny_data, memory, resume=newest)[0].startswith("resumed from memory://bucket/run")

    here, there = checkpoint.checkpoints_of(tmp_path), checkpoint.checkpoints_of(memory)
    assert [p.name for p in there] == [p.name for p in here] == ["kimg000000.3", "kimg000000.4"]
    assert sorted(p.name for p in there[-1].iterdir()) == sorted(p.name for p in here[-1].iterdir())
    for name in ("generator_ema", "optimizers", "random"):
        ours, theirs = (checkpoint.read_tensors(folder[-1], name) for folder in (here, there))
        assert [key for key in ours if not torch.equal(ours[key], theirs[key])] == []
    log = [json.loads(line)["kimg"] for line in (memory / "log.jsonl").read_text().splitlines()]
    assert log == [0.04, 0.08, 0.12, 0.16]
    assert (memory / "grids" / "kimg000000.040-psi1.00.png").read_bytes()[1:4] == b"PNG"
    assert json.loads((memory / "training_options.json").read_text())["resumed_from"] == str(newest)
    generator, content = checkpoint.load_generator_ema("memory://bucket/run")
    assert content["images_seen"] == 160
    assert torch.isfinite(generator(torch.zeros(1, 16))).all()


def test_a_run_by_its_address(tiny_data: Path, tmp_path: Path) -> None:
    address = f"file://{tmp_path}/run"
    common = ["train", "--data", str(tiny_data), "--out", address, "--device", "cpu", "--threads", "1"]
    result = CliRunner().invoke(main, [*common, "--config", "tiny", "--kimg", "0.08", "--batch", "40"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "run" / "checkpoints" / "kimg000000" / "checkpoint.json").is_file()
    result = CliRunner().invoke(main, [*common, "--resume", address, "--kimg", "0.16"])
    assert result.exit_code == 0, result.output
    assert checkpoint.resolve(address).name == "kimg000000.2"
    assert checkpoint.resolve(tmp_path / "run").name == "kimg000000.2"


def test_an_upload_that_was_cut_off_does_not_count(memory: UPath) -> None:
    checkpoint.write(checkpoint.new_folder(memory, 1000), {}, {"images_seen": 1000})
    target = memory / "checkpoints" / "kimg000002"
    (target / "generator.safetensors").write_bytes(b"half")  # and the program died here
    assert checkpoint.resolve(memory).name == "kimg000001"
    assert checkpoint.new_folder(memory, 2000).name == "kimg000002.2"
    checkpoint.remove_old(memory, keep=3)
    assert not target.exists()
    assert [p.name for p in checkpoint.checkpoints_of(memory)] == ["kimg000001"]


def test_the_file_that_says_complete_goes_last(tmp_path: Path, memory: UPath, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "checkpoint.json", "z"):
        (tmp_path / name).write_text(name)
    copied: list[str] = []
    monkeypatch.setattr(files, "copy", lambda path, target: copied.append(target.name))
    files.upload(tmp_path, memory, last="checkpoint.json")
    assert copied == ["a", "z", "checkpoint.json"]


def test_later_checkpoints_are_set_aside(memory: UPath) -> None:
    for kimg in (4, 5, 6):
        checkpoint.write(checkpoint.new_folder(memory, kimg * 1000), {}, {"images_seen": kimg * 1000})
    moved = checkpoint.abandon_after(memory, 4000)
    assert [p.name for p in moved] == ["kimg000005", "kimg000006"]
    assert checkpoint.read_content(moved[1])["images_seen"] == 6000
    assert checkpoint.resolve(memory).name == "kimg000004"


@pytest.mark.parametrize(("address", "message"), [("nowhere://a/b", "nowhere://a/b: no way to such addresses")])
def test_unknown_addresses_are_refused(address: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        files.location(address)
    with pytest.raises(CheckpointError, match="memory://bucket/none: no such folder"):
        checkpoint.resolve("memory://bucket/none")
