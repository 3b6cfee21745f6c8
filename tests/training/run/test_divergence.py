"""A run whose networks hold NaN ends with one line, and its checkpoints are those from before."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from mammoganesis.errors import TrainingError
from training.accelerators import select
from training.checkpoints import checkpoint
from training.configs.options import TrainingOptions
from training.loop import phases
from training.run.start import start


def quiet(line: str) -> None:
    """Takes the lines of a run."""


@pytest.mark.parametrize(("healthy", "way_back"), [(12, "the newest checkpoint from before is"), (0, "begin again")])
def test_nothing_that_is_not_finite_becomes_a_checkpoint(
    healthy: int,
    way_back: str,
    tiny_options: TrainingOptions,
    tiny_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A weight turns NaN after `healthy` images; a tick and a checkpoint are due every 12."""
    options = dataclasses.replace(tiny_options, kimg=0.12, kimg_per_tick=0.012, snapshot_ticks=1, keep_checkpoints=9)
    train_on = phases.train_on

    def poisoned(state: Any, *rest: Any) -> None:
        if state.images_seen >= healthy:
            with torch.no_grad():
                state.generator.synthesis.block(4).const.fill_(torch.nan)
        train_on(state, *rest)

    monkeypatch.setattr(phases, "train_on", poisoned)
    with pytest.raises(TrainingError, match=r"loss_g, loss_d are not finite at kimg 0\.0(12|24)") as found:
        start(options, tiny_data, tmp_path / "run", select("cpu", "float32"), report=quiet)
    whole = checkpoint.checkpoints_of(tmp_path / "run")
    assert len(whole) == (1 if healthy else 0)
    for folder in whole:
        assert all(value.isfinite().all() for value in checkpoint.read_tensors(folder, "generator_ema").values())
    assert way_back in str(found.value)
