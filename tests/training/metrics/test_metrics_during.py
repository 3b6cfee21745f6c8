"""Metrics that a training run computes of itself."""

from __future__ import annotations

import dataclasses
import json
import random
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch

from mammoganesis.errors import ConfigurationError
from tests.support.measured_images import prepared
from tests.support.untrained import ALL
from training.data.dataset import Dataset
from training.metrics import during
from training.metrics.random_projection import RandomProjection


@dataclasses.dataclass
class Options:
    metrics: tuple[str, ...]
    metric_samples: int = 24
    metric_extractor: str = "random-projection"


@dataclasses.dataclass
class Place:
    is_main: bool
    torch_device: ClassVar[torch.device] = torch.device("cpu")


def hook(data: Path, folder: Path, names=ALL, is_main: bool = True) -> during.DuringTraining:
    return during.DuringTraining(Options(names), Dataset(data), folder, Place(is_main))


def test_metrics_during_training_change_neither_random_state_nor_network(data, tmp_path, generator):
    states = [torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()]  # type: ignore[index]
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    generator.train()
    values = hook(data, tmp_path).evaluate(generator)
    assert generator.training
    generator.eval()
    assert set(values) == {"fid", "kid", "precision", "recall", "density", "coverage", "ppl_end", "ppl_full",
                           "ms_ssim", "frd"}  # fmt: skip
    assert all(np.isfinite(value) for value in values.values())
    assert torch.equal(states[0], torch.get_rng_state())
    np.testing.assert_array_equal(states[1], np.random.get_state()[1])  # type: ignore[index]
    assert states[2] == random.getstate()
    for name, value in generator.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_the_reals_are_described_once_and_again_only_for_other_reals_or_features(data, tmp_path, generator):
    names = ("kid", "frd")
    first = hook(data, tmp_path, names)
    values = first.evaluate(generator)
    [stored] = (tmp_path / "metrics").iterdir()
    with np.load(stored) as file:
        content = dict(file)
    content["features"] = content["features"] + 1.0  # to see that it is read
    np.savez(stored, **content)
    changed = hook(data, tmp_path, names).evaluate(generator)
    assert changed["kid"] != values["kid"]
    assert changed["frd"] == values["frd"]
    stored.write_bytes(stored.read_bytes()[:200])  # cut off by a crash
    assert hook(data, tmp_path, names).evaluate(generator) == values
    other = prepared(tmp_path / "other", 10, 2, seed=9)
    assert hook(other, tmp_path, names).cache != first.cache
    first.extractor = RandomProjection(32)
    assert first.cache != hook(data, tmp_path, names).cache


def test_results_during_training_carry_floor_interval_and_n(data, tmp_path, generator):
    measured = hook(data, tmp_path, ("kid", "frd"))
    values = measured.evaluate(generator)
    measured.write("kimg000001")
    written = json.loads((tmp_path / "metrics" / "kimg000001.json").read_text())
    assert {result["name"]: result["value"] for result in written} == values
    for result, line in zip(written, measured.lines(), strict=True):
        low, high = result["interval"]
        assert low < high
        assert result["floor"]["num_fakes"] + result["floor"]["num_reals"] <= result["num_reals"]
        assert f"floor {result['floor']['value']:.4g}" in line
        assert f"n {result['num_fakes']}/{result['num_reals']}" in line


def test_only_the_main_process_evaluates_and_options_are_checked(data, tmp_path, generator):
    assert hook(data, tmp_path, is_main=False).evaluate(generator) == {}
    assert not (tmp_path / "metrics").exists()
    with pytest.raises(ConfigurationError, match="'lpips'"):
        hook(data, tmp_path, ("lpips",))
