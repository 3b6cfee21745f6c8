"""A run folder after accidents and changes of mind."""

import json
from pathlib import Path

import numpy as np

from mammoganesis.pictures.pixels import stretch
from training.checkpoints import checkpoint
from training.run import progress


def write_checkpoint(run: Path, images_seen: int) -> Path:
    folder = run / "checkpoints" / checkpoint.checkpoint_name(images_seen)
    checkpoint.write(folder, {}, {"images_seen": images_seen})
    return folder


def test_going_on_from_an_earlier_checkpoint_sets_the_later_ones_aside(tmp_path: Path) -> None:
    for images_seen in (40_000, 50_000, 60_000):
        write_checkpoint(tmp_path, images_seen)
    moved = checkpoint.abandon_after(tmp_path, 40_000)
    assert [folder.name for folder in moved] == ["kimg000050", "kimg000060"]
    assert all((folder / "checkpoint.json").is_file() for folder in moved)
    newest = write_checkpoint(tmp_path, 42_000)
    checkpoint.remove_old(tmp_path, keep=1)
    assert checkpoint.resolve(tmp_path) == newest


def test_a_log_that_a_crash_cut_off_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"kimg": 1.0, "loss_g": 0.5}\n{"kimg": 2.0}\n{"kimg": 3.0}\n{"kimg": 4.0, "los')
    progress.forget_after(tmp_path, 2_000)
    assert [json.loads(line) for line in log.read_text().splitlines()] == [{"kimg": 1.0, "loss_g": 0.5}, {"kimg": 2.0}]
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]


def test_one_defect_pixel_does_not_darken_an_image() -> None:
    tissue = np.linspace(0, 4095, 256 * 256).reshape(256, 256).astype(np.float32)
    expected = stretch(tissue)
    tissue[0, 0] = 65535
    assert np.abs(stretch(tissue) - expected)[1:].max() < 0.1
    assert stretch(tissue)[0, 0] == 255
