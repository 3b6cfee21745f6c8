"""What is held out by patient has no part in a training run, neither by its pixels nor by its labels."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.mammograms import mammogram, write_png
from training.accelerators import select
from training.checkpoints import checkpoint
from training.configs.options import HeadOptions, TrainingOptions
from training.data.fields import Label
from training.data.index import digest_of
from training.data.options import PrepareOptions
from training.data.prepare import prepare
from training.run.options import with_labels
from training.run.start import start

TENSORS = ("generator", "generator_ema", "discriminator", "projected", "optimizers", "random")
TOLD_BY_THE_CLOCK = ("seconds", "images_per_second", "time", "memory", "waiting", "left")
VIEWS = ("CC", "MLO")
WEIGHTS = ("weight", "weight.original")


@pytest.fixture(scope="module")
def split_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty images of ten patients at 16 x 16, some of them held out."""
    folder = tmp_path_factory.mktemp("split")
    rows = [
        {"file": f"{number}.png", "patient": f"P{number // 2}", "view": VIEWS[number % 3 == 0], "side": "L"}
        for number in range(20)
    ]
    for number, row in enumerate(rows):
        write_png(folder / "in" / row["file"], mammogram(number))
    with (folder / "in" / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    options = PrepareOptions(
        resolution=16, test_fraction=0.4, labels=(Label("view", "view"),), keep_near_duplicates=True
    )
    index = prepare([folder / "in"], folder / "set", options)
    assert {row["split"] for row in index["images"]} == {"train", "test"}
    return folder / "set"


def changed(data: Path, out: Path, split: str) -> Path:
    """The same set, whose images of one side of the split have other pixels and the other view."""
    shutil.copytree(data, out)
    index = json.loads((out / "index.json").read_text())
    random, rows = np.random.default_rng(7), iter(index["images"])
    for shard in index["shards"]:
        pixels = np.load(out / shard["file"])
        for image, row in zip(pixels, rows, strict=False):
            if row["split"] == split:
                image[:] = random.integers(0, 256, image.shape)
                row["sha256"] = hashlib.sha256(image.tobytes()).hexdigest()
                row["labels"]["view"] = VIEWS[1 - VIEWS.index(row["labels"]["view"])]
        np.save(out / shard["file"], pixels)
        shard["sha256"] = hashlib.sha256((out / shard["file"]).read_bytes()).hexdigest()
    index["digest"] = digest_of(index)
    (out / "index.json").write_text(json.dumps(index))
    return out


@pytest.fixture(scope="module")
def trained(
    tiny_options: TrainingOptions, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Path], dict[str, Any]]:
    """What a run on a set leaves: with projected heads, labels, augmentation that adapts, and a checkpoint that is kept
    since it is the best by a metric."""

    def run(data: Path) -> dict[str, Any]:
        options = dataclasses.replace(
            tiny_options,
            projected="lite0",
            heads=HeadOptions(input_size=32, width=4),
            kimg=0.036,
            kimg_per_tick=0.012,
            snapshot_ticks=1,
            keep_checkpoints=1,
            metrics=("kid", "precision_recall"),
            metric_samples=8,
            best_metric="kid",
        )
        folder = tmp_path_factory.mktemp("run")
        start(with_labels(options, data, ("view",)), data, folder, select("cpu", "float32"), report=lambda line: None)
        return left_by(folder)

    return run


@pytest.fixture(scope="module")
def whole(split_set: Path, trained: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    return trained(split_set)


def left_by(run: Path) -> dict[str, Any]:
    """Tensors of the checkpoints that were kept, metrics, losses, options and grid of reals; nothing of the clock."""
    found: dict[str, Any] = {
        f"{kept.name}/{name}/{key}": value.numpy().tobytes()
        for kept in checkpoint.checkpoints_of(run)
        for name in TENSORS
        for key, value in checkpoint.read_tensors(kept, name).items()
    }
    found |= {path.name: json.loads(path.read_text()) for path in (run / "metrics").glob("*.json")}
    lines = map(json.loads, (run / "log.jsonl").read_text().splitlines())
    found["log"] = [
        {k: v for k, v in line.items() if not any(word in k for word in TOLD_BY_THE_CLOCK)} for line in lines
    ]
    found["options"] = json.loads((run / "training_options.json").read_text())["options"]
    found["reals"] = (run / "grids" / "reals.png").read_bytes()
    return found


def _of_the_clock(name: str) -> bool:
    return any(word in name for word in TOLD_BY_THE_CLOCK)


def test_held_out_images_change_nothing_that_a_run_leaves(
    split_set: Path, trained: Callable[[Path], dict[str, Any]], whole: dict[str, Any], tmp_path: Path
) -> None:
    assert {name.partition("/")[2].partition("/")[0] for name in whole if "/" in name} == set(TENSORS)
    other = trained(changed(split_set, tmp_path / "held-out", "test"))
    assert other.keys() == whole.keys()
    assert [name for name in whole if whole[name] != other[name]] == []


def test_images_of_the_training_side_change_all_of_it(
    split_set: Path, trained: Callable[[Path], dict[str, Any]], whole: dict[str, Any], tmp_path: Path
) -> None:
    """So that the test above can fail."""
    other = trained(changed(split_set, tmp_path / "trained", "train"))
    same = {name for name in whole.keys() & other.keys() if whole[name] == other[name]}
    assert not same & {"log", "options", "reals"}
    assert not {name for name in same if name.endswith(".json")}
    for part in ("generator/", "discriminator/", "projected/heads"):
        of_part = {name for name in whole if name.partition("/")[2].startswith(part) and name.endswith(WEIGHTS)}
        assert of_part
        assert sorted(same & of_part) == []
