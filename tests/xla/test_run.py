"""A run under torch_xla from data to checkpoint; the checkpoint goes on with plain torch on the CPU."""

from __future__ import annotations

import dataclasses
import json
import math
import signal
from pathlib import Path

import torch

from training.accelerators import Device, select
from training.checkpoints import checkpoint
from training.configs.options import TrainingOptions
from training.data.dataset import Dataset
from training.loop import phases
from training.loop.saving import restore
from training.loop.state import create
from training.run.options import resumed_options
from training.run.start import start


def test_a_run_goes_on_on_the_cpu(options: TrainingOptions, xla: Device, data: Path, tmp_path: Path) -> None:
    options = dataclasses.replace(options, kimg=1, kimg_per_tick=0.048, snapshot_ticks=1, precision="bfloat16")
    run, device = tmp_path / "run", dataclasses.replace(xla, precision="bfloat16")

    def report(line: str) -> None:
        print(line)
        if line.startswith("kimg") and (run / "checkpoints").is_dir():  # the first one is there
            signal.raise_signal(signal.SIGTERM)

    first = start(options, data, run, device, report=report)
    assert 48 <= first.images_seen < 200
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert {"loss_g", "loss_d", "path_length", "r1"} <= log[-1].keys()

    generator, content = checkpoint.load_generator_ema(run)
    assert content["images_seen"] == first.images_seen
    for name, value in generator.named_parameters():
        assert value.device == torch.device("cpu")
        assert bool(value.isfinite().all()), name
    folder = checkpoint.resolve(run)
    resumed = dataclasses.replace(resumed_options(folder), kimg=0)
    state = create(resumed, select("cpu", "bfloat16"))
    restore(state, folder)
    for name, value in first.generator.named_parameters():
        assert torch.equal(value.cpu(), state.generator.get_parameter(name)), name
    statistics = phases.Statistics()
    for _ in range(6):
        phases.train_step(state, Dataset(data), statistics)
    assert all(math.isfinite(value) for value in statistics.read().values())
    assert state.images_seen == first.images_seen + 6 * options.batch
