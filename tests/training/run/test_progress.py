"""What a run shows: log, line, grids, TensorBoard files; and that looking changes nothing."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from training.accelerators import select
from training.configs.options import TrainingOptions
from training.data import images
from training.loop import state
from training.loop.state import TrainingState
from training.run import progress


@pytest.fixture
def fresh(tiny_options: TrainingOptions) -> TrainingState:
    made = state.create(tiny_options, select("cpu", "float32"))
    made.generator_ema.mapping.w_avg.normal_()  # as after some training
    return made


def ticks(run: Path, training: TrainingState, positions: list[int], loss: float, start: int = 0) -> list[str]:
    """Report at these numbers of images, as one process of a run does."""
    lines = progress.Progress(run, kimg=1, tick_images=start)
    shown = []
    for position in positions:
        training.images_seen = position
        shown.append(lines.tick(training, {"loss_g": loss}, waiting_share=0.25))
    lines.close()
    return shown


def events(run: Path) -> EventAccumulator:
    return EventAccumulator(str(run / "tensorboard"), {"scalars": 0, "images": 0}).Reload()


def records(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def test_every_number_of_the_log_is_in_the_event_files(fresh: TrainingState, tmp_path: Path) -> None:
    lines = ticks(tmp_path, fresh, [200, 400], loss=1.5)
    read = events(tmp_path)
    logged = records(tmp_path)
    assert set(read.Tags()["scalars"]) == set(logged[0]) - {"unix_time"}
    for name in read.Tags()["scalars"]:
        assert [event.step for event in read.Scalars(name)] == [200, 400]
        assert [event.value for event in read.Scalars(name)] == pytest.approx([record[name] for record in logged])
    assert logged[1]["waiting_share"] == 0.25
    for part in ("kimg 0.4/1", "img/s", "s/kimg", "p 0.3", "loss_g 1.500", "waiting 25%", "GiB", "left 0m"):
        assert part in lines[1]


def test_a_resumed_run_has_every_step_once_and_the_new_branch(fresh: TrainingState, tmp_path: Path) -> None:
    ticks(tmp_path, fresh, [200, 400, 600, 800], loss=1.0)
    (file,) = (tmp_path / "tensorboard").iterdir()
    file.write_bytes(file.read_bytes()[:-7])  # a process that was killed leaves half a record
    progress.forget_after(tmp_path, 400)
    ticks(tmp_path, fresh, [600, 1000], loss=2.0, start=400)
    read = [(event.step, event.value) for event in events(tmp_path).Scalars("loss_g")]
    assert read == [(200, 1.0), (400, 1.0), (600, 2.0), (1000, 2.0)]
    assert [(round(1000 * r["kimg"]), r["loss_g"]) for r in records(tmp_path)] == read


def test_a_run_that_starts_anew_in_a_used_folder_forgets_all(fresh: TrainingState, tmp_path: Path) -> None:
    ticks(tmp_path, fresh, [200, 400], loss=1.0)
    ticks(tmp_path, fresh, [200], loss=2.0)
    assert len(list((tmp_path / "tensorboard").iterdir())) == 2
    assert [(event.step, event.value) for event in events(tmp_path).Scalars("loss_g")] == [(200, 2.0)]


def test_without_the_library_one_line_says_so(
    fresh: TrainingState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    lines = ticks(tmp_path, fresh, [200, 400], loss=1.0)
    assert "tensorboardX is not installed" in lines[0]
    assert "tensorboardX" not in lines[1]
    progress.Progress(tmp_path, kimg=1).image_grids(fresh, snapshot=True)
    assert len(records(tmp_path)) == 2
    assert not (tmp_path / "tensorboard").exists()


def test_a_truncation_grid_goes_from_the_mean_image_to_the_seeds_own(fresh: TrainingState, tmp_path: Path) -> None:
    lines = progress.Progress(tmp_path, kimg=1)
    lines.image_grids(fresh, snapshot=True)
    lines.close()
    generator = fresh.generator_ema
    z = torch.from_numpy(np.stack([np.random.RandomState(seed).randn(16) for seed in range(4)])).float()
    with torch.no_grad():
        own = (generator(z, psi=1.0)[:, 0].clamp(-1, 1) + 1) * 127.5
        mean = (generator.synthesis(generator.broadcast(generator.mapping.w_avg[None]))[0, 0].clamp(-1, 1) + 1) * 127.5
        paper = (generator(z, psi=0.65)[:, 0].clamp(-1, 1) + 1) * 127.5
    grid = torch.from_numpy(images.read_grey(tmp_path / "grids" / "kimg000000-truncation.png"))
    assert grid.shape == (4 * 16, 8 * 16)
    for row in range(4):
        cells = grid[16 * row : 16 * row + 16].split(16, dim=1)
        for cell, expected in ((cells[0], mean), (cells[4], paper[row]), (cells[-1], own[row])):
            assert (cell - expected).abs().max() < 1
    assert (mean - own[0]).abs().max() > 2
    read = events(tmp_path)
    assert set(read.Tags()["images"]) == {"psi1.00", "psi0.65", "truncation"}
    shown = read.Images("truncation")[0]
    assert (shown.step, shown.width, shown.height) == (0, 8 * 16, 4 * 16)


def test_a_network_with_labels_is_drawn_with_each_of_them(tiny_options: TrainingOptions, tmp_path: Path) -> None:
    fields = (("view", ("CC", "MLO")),)
    options = dataclasses.replace(
        tiny_options, generator=dataclasses.replace(tiny_options.generator, label_fields=fields)
    )
    labelled = state.create(options, select("cpu", "float32"))
    drawn = progress.image_grids(labelled, tmp_path)["psi1.00"]
    z = torch.from_numpy(np.random.RandomState(1).randn(1, 16)).float()
    with torch.no_grad():
        mlo = labelled.generator_ema(z, c=torch.tensor([[0.0, 1.0]]))
        cc = labelled.generator_ema(z, c=torch.tensor([[1.0, 0.0]]))
    torch.testing.assert_close(drawn[1:2], mlo)
    assert (mlo - cc).abs().max() > 1e-4


def test_looking_leaves_the_training_as_it_was(fresh: TrainingState, tmp_path: Path) -> None:
    before = torch.get_rng_state(), np.random.get_state(legacy=False)["state"]["key"].copy()
    weights = {name: value.clone() for name, value in fresh.generator_ema.state_dict().items()}
    lines = progress.Progress(tmp_path, kimg=1)
    fresh.images_seen = 200
    lines.tick(fresh, {"loss_g": 1.0})
    lines.image_grids(fresh, snapshot=True)
    lines.metrics(fresh, {"kid": 0.1})
    lines.close()
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.array_equal(np.random.get_state(legacy=False)["state"]["key"], before[1])
    for name, value in fresh.generator_ema.state_dict().items():
        assert torch.equal(value, weights[name])
    assert [event.value for event in events(tmp_path).Scalars("kid")] == pytest.approx([0.1])
