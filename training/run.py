"""One training run in a folder: start or resume, train, report, checkpoint, and leave cleanly when told to stop.

RUN/training_options.json   what was asked for
RUN/log.jsonl               one record per tick
RUN/grids/                  reals.png and sample grids
RUN/checkpoints/            see training/checkpoint.py
"""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from training import checkpoint, loop, progress
from training.accelerators import Device
from training.data.dataset import Dataset
from training.errors import CheckpointError, ConfigurationError
from training.options import TrainingOptions
from training.state import TrainingState, create, initialize_from, restore, save

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass
class StopRequest:
    """Set by SIGTERM or SIGINT; the loop looks at it after every step."""

    requested: bool = False

    def __enter__(self) -> StopRequest:
        self._previous = {number: signal.signal(number, self._handle) for number in STOP_SIGNALS}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.requested = True


def _check(options: TrainingOptions, dataset: Dataset) -> None:
    generator = options.generator
    if (dataset.resolution, dataset.channels) != (generator.resolution, generator.image_channels):
        raise ConfigurationError(
            f"{dataset.folder}: its images are {dataset.resolution}x{dataset.resolution} with {dataset.channels} "
            f"channel(s); the configuration needs {generator.resolution}x{generator.resolution} with "
            f"{generator.image_channels}"
        )


def _write_options(options: TrainingOptions, data: Path, device: Device, extra: dict[str, Any], run: Path) -> None:
    content = {
        "options": options.to_dict(),
        "data": str(data),
        "device": str(device.torch_device),
        **extra,
    }
    (run / "training_options.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def resumed_options(folder: Path, kimg: int | None = None) -> TrainingOptions:
    """The options in a checkpoint, with another length if given."""
    content = checkpoint.read_content(folder)
    try:
        values = dict(content["training_options"])
    except (KeyError, TypeError):
        raise CheckpointError(f"{folder}: checkpoint.json holds no training options") from None
    if kimg is not None:
        values["kimg"] = kimg
    return TrainingOptions.from_dict(values)


def start(
    options: TrainingOptions,
    data: Path,
    run: Path,
    device: Device,
    *,
    resume: Path | None = None,
    initialize: Path | None = None,
    report: Callable[[str], None] = print,
) -> TrainingState:
    """Train in a run folder until `options.kimg` or until SIGTERM or SIGINT.

    Args:
        options: what to train; with `resume`, those of the checkpoint (see `resumed_options`).
        data: a prepared training set.
        run: the run folder; without `resume` it must hold no checkpoint.
        device: where to train.
        resume: a checkpoint folder to continue exactly.
        initialize: a checkpoint folder whose matching parameters are copied into the fresh networks.
        report: takes the lines to show.

    Returns:
        the state at the end; its checkpoint has been written.
    """
    dataset = Dataset(data)
    _check(options, dataset)
    if resume is None and checkpoint.checkpoints_of(run):
        raise ConfigurationError(f"{run}: already holds checkpoints; continue with --resume {run}, or choose another")
    state = create(options, device)
    if resume is not None:
        restore(state, resume)
        progress.forget_after(run, state.images_seen)
        report(f"resumed from {resume} at kimg {state.images_seen / 1000:.3f}")
        for folder in checkpoint.abandon_after(run, state.images_seen):
            report(f"set aside, because the run goes on from before it: {folder}")
    elif initialize is not None:
        report(initialize_from(state, initialize))
    run.mkdir(parents=True, exist_ok=True)
    extra = {"resumed_from": str(resume or ""), "initialized_from": str(initialize or ""), "images": len(dataset)}
    _write_options(options, data, device, extra, run)
    progress.real_grid(dataset, run)
    report(
        f"training on {len(dataset)} images of {dataset.resolution}x{dataset.resolution} from {data}, "
        f"{device.torch_device}, {device.precision}, batch {options.batch}, until kimg {options.kimg}"
    )
    _train(state, dataset, run, report)
    return state


def _train(state: TrainingState, dataset: Dataset, run: Path, report: Callable[[str], None]) -> None:
    options = state.options
    statistics = loop.Statistics()
    lines = progress.Progress(run, options.kimg, tick_images=state.images_seen)
    tick_size = options.kimg_per_tick * 1000
    ticks = int(state.images_seen // tick_size)
    saved_at = -1
    with StopRequest() as stop:
        for shown in loop.steps(state, dataset, statistics):
            if shown // tick_size > ticks:
                ticks = int(shown // tick_size)
                report(lines.tick(state, statistics.read()))
                progress.image_grids(state, run)
                if ticks % options.snapshot_ticks == 0:
                    save(state, run)
                    saved_at = shown
            if stop.requested:
                break
        if saved_at != state.images_seen:
            folder = save(state, run)
            progress.image_grids(state, run)
            report(f"{'stopped' if stop.requested else 'finished'}; checkpoint: {folder}")
