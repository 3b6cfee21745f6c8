"""A disk that fills up while a network is trained: one line, nothing half-written, and a run that goes on."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mammoganesis import files
from mammoganesis.errors import DiskFull
from tests.support.small_disk import small_disk
from training.accelerators import select
from training.checkpoints import checkpoint
from training.cli import main
from training.configs.options import TrainingOptions
from training.run import tensorboard
from training.run.options import resumed_options
from training.run.start import Beginning, start

CPU = select("cpu", "float32")


def quiet(line: str) -> None:
    """Takes the lines of a run."""


@pytest.fixture
def options(tiny_options: TrainingOptions) -> TrainingOptions:
    """A checkpoint every third step; all of them are kept."""
    return dataclasses.replace(
        tiny_options, batch=4, kimg=0.12, kimg_per_tick=0.012, snapshot_ticks=1, keep_checkpoints=9
    )


def size_of(folder: Path) -> int:
    """Bytes that a file system with pages of 4096 takes."""
    return sum(4096 + path.stat().st_size // 4096 * 4096 for path in folder.rglob("*"))


@pytest.fixture
def disk(options: TrainingOptions, tiny_data: Path, tmp_path: Path) -> Iterator[Path]:
    """A disk with room for about three checkpoints."""
    start(dataclasses.replace(options, kimg=0.012), tiny_data, tmp_path / "measured", CPU, report=quiet)
    with small_disk(tmp_path / "disk", int(3.5 * size_of(tmp_path / "measured"))) as place:
        yield place


def test_a_run_says_what_is_whole_and_goes_on(
    options: TrainingOptions, tiny_data: Path, tmp_path: Path, disk: Path
) -> None:
    run = disk / "run"
    with pytest.raises(
        DiskFull, match=r"the disk is full; \d+ bytes were to be written, \d+ bytes are free; "
    ) as found:
        start(options, tiny_data, run, CPU, report=quiet)
    whole = checkpoint.checkpoints_of(run)
    assert len(whole) >= 2
    assert str(found.value).endswith(
        f"the last whole checkpoint is {whole[-1]}; make room and go on with --resume {run}"
    )
    assert "\n" not in str(found.value)
    assert [path for path in run.rglob("*") if path.name.startswith(".")] == []
    for folder in whole:
        checkpoint.load_generator_ema(folder)
    for line in (run / "log.jsonl").read_text().splitlines():
        json.loads(line)
    EventAccumulator(str(run / "tensorboard")).Reload()

    for folder in whole[:-1]:
        files.remove(folder)
    newest = checkpoint.resolve(run)
    room = {"kimg": checkpoint.read_content(newest)["images_seen"] / 1000 + 0.012, "keep_checkpoints": 1}
    start(resumed_options(newest, room), tiny_data, run, CPU, Beginning(resume=newest), report=quiet)
    straight = start(dataclasses.replace(options, **room), tiny_data, tmp_path / "straight", CPU, report=quiet)
    resumed, _ = checkpoint.load_generator_ema(run)
    expected = straight.generator_ema.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in resumed.state_dict().items())


def test_the_command_says_it_in_one_line(options: TrainingOptions, tiny_data: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 64 * 1024) as place:
        arguments = [
            "--debug",
            "train",
            "--config",
            "tiny",
            "--data",
            tiny_data,
            "--out",
            place / "run",
            "--device",
            "cpu",
        ]
        result = CliRunner().invoke(main, [*map(str, arguments), "--kimg", "0.012", "--batch", "4"])
        assert (result.exit_code, isinstance(result.exception, SystemExit)) == (1, True)
        (line,) = [line for line in result.output.splitlines() if "error" in line.lower()]
        assert line.startswith(f"error: {place}/run/")
        assert "the disk is full" in line
        assert line.endswith("there is no whole checkpoint yet")
        assert "Traceback" not in result.output
        assert [path for path in place.rglob("*") if path.name.startswith(".")] == []


def _fill(board: tensorboard.Board) -> int:
    """Write pictures until the disk is full; how many there was room for."""
    step = 1
    try:
        for step in range(1, 1000):
            board.images("noise", torch.rand(4, 1, 64, 64) * 2 - 1, step)
    except DiskFull as error:
        assert "the disk is full; " in str(error)  # noqa: PT017
    return step - 1


def test_event_files_end_with_a_whole_record(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 96 * 1024) as place:
        board = tensorboard.Board(place, 0)
        written = _fill(board)
        board.close()
        events = EventAccumulator(str(place / "tensorboard"), {"images": 0}).Reload()
        assert [
            event.step for event in events.Images("noise/0" if "noise/0" in events.Tags()["images"] else "noise")
        ] == [*range(1, written + 1)]
        assert written >= 1
