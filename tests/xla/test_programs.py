"""The loop is a few compiled programs: after the first steps nothing is compiled, and nothing leaves the device."""

from __future__ import annotations

from pathlib import Path

import torch_xla.debug.metrics as metrics

from training.accelerators import Device
from training.configs.options import TrainingOptions
from training.data.dataset import Dataset
from training.loop import phases
from training.loop.state import TrainingState, create

CYCLE = 6  # steps after which the same phases are due again, with the options of conftest.py
# Generator, path lengths, discriminator, R1, moving average, augmentation probability, reading the statistics: 7.
# The four phases once more, because a sum of statistics starts without the one before; generator and discriminator a
# third time for the first step, in which Adam makes its moments.
PROGRAMS = 7 + 4 + 2


def compiled() -> int:
    return metrics.counter_value("UncachedCompile") or 0


def run(state: TrainingState, dataset: Dataset, statistics: phases.Statistics, steps: int) -> None:
    for _ in range(steps):
        for optimizer in (state.generator_optimizer, state.discriminator_optimizer):
            for group in optimizer.param_groups:
                group["lr"] *= 0.99  # a ramp
        phases.train_step(state, dataset, statistics)


def test_nothing_is_compiled_after_the_first_steps(options: TrainingOptions, xla: Device, data: Path) -> None:
    state, dataset, statistics = create(options, xla), Dataset(data), phases.Statistics()
    xla.step_end()
    metrics.clear_all()
    run(state, dataset, statistics, CYCLE + 1)
    statistics.read(xla)
    first = compiled()
    print(f"{first} programs in the first steps")
    run(state, dataset, statistics, CYCLE)
    statistics.read(xla)
    second = compiled() - first
    print(f"{second} programs after the first reading")
    before = compiled()
    for _ in range(2):  # other mixing cut-offs, another average, another rate, other augmentations
        run(state, dataset, statistics, CYCLE)
        means = statistics.read(xla)
    assert metrics.executed_fallback_ops() == []
    assert compiled() == before
    assert first + second <= PROGRAMS
    assert means["r1"] > 0
