"""One training run in a folder: start or resume, train, report, checkpoint, and leave cleanly when told to stop.

RUN/training_options.json   what was asked for
RUN/log.jsonl               one record per tick
RUN/grids/                  reals.png and sample grids
RUN/tensorboard/            the same for TensorBoard, see training/run/tensorboard.py
RUN/checkpoints/            see training/checkpoints/checkpoint.py

RUN may be any address that fsspec knows. The files are then written to a temporary folder and copied at every tick.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mammoganesis import files as storage
from mammoganesis.errors import ConfigurationError
from mammoganesis.files import Location
from training.accelerators import Device
from training.checkpoints import checkpoint
from training.configs.options import TrainingOptions
from training.data.dataset import Dataset
from training.loop.beginning import initialize_from
from training.loop.saving import restore
from training.loop.state import TrainingState, create
from training.run import progress
from training.run.folder import RunFolder, full_disk_explained, open_run
from training.run.options import check, training_set, with_mixture
from training.run.ticks import Report, measuring, train


@dataclass(frozen=True)
class Beginning:
    """What a run goes on from; nothing for fresh networks."""

    resume: Location | None = None  # a checkpoint folder to continue exactly
    initialize: Location | None = None  # a checkpoint folder whose matching parameters are copied
    allow_other_data: bool = False  # resume although the checkpoint was trained on another set


def start(
    options: TrainingOptions,
    data: Path,
    run: Location,
    device: Device,
    beginning: Beginning | None = None,
    report: Report = print,
) -> TrainingState:
    """Train in a run folder until `options.kimg` or until SIGTERM or SIGINT.

    Args:
        options: what to train; with `resume`, those of the checkpoint (see `resumed_options`).
        data: a prepared training set.
        run: the run folder; without `resume` it must hold no checkpoint.
        device: where to train.
        beginning: what it goes on from; None for fresh networks.
        report: takes the lines to show; only the main process reports.

    Returns:
        the state at the end; its checkpoint has been written.

    Raises:
        TrainingError: options, data, run folder and checkpoint do not go together.
        DiskFull: there is no room; says which checkpoint is whole.
    """
    beginning = beginning or Beginning()
    resume, initialize = beginning.resume, beginning.initialize
    if not device.is_main:
        report = _nothing
    dataset = training_set(options, data)
    options = with_mixture(options, data)
    check(options, dataset)
    if resume is None and checkpoint.checkpoints_of(run):
        raise ConfigurationError(f"{run}: already holds checkpoints; continue with --resume {run}, or choose another")
    state = create(options, device)
    state.dataset_digest, state.data = dataset.digest, dataset.facts
    with full_disk_explained(run), open_run(run, device.is_main) as folder:
        if resume is not None:
            _resume(state, resume, folder, beginning.allow_other_data, report)
        elif initialize is not None:
            report(initialize_from(state, initialize))
        measure = measuring(state, dataset, folder.files)
        if device.is_main:
            extra = {"resumed_from": str(resume or ""), "initialized_from": str(initialize or "")}
            _write_options(options, dataset, device, extra, folder.files)
            progress.real_grid(dataset, folder.files)
        report(
            f"training on {len(dataset)} images of {dataset.resolution}x{dataset.resolution} from {data}, "
            f"{device.torch_device}, {device.precision}, batch {options.batch}, until kimg {options.kimg:g}"
        )
        if options.generator.label_fields:
            report(f"labels {options.generator.mixture.describe()}; {options.label_dropout:.0%} withheld")
        saved = resume is not None and resume.parent == run / "checkpoints"
        train(state, dataset, folder, measure, report, saved_at=state.images_seen if saved else -1)
    return state


def _nothing(line: str) -> None:
    """What the other processes report."""


def _resume(state: TrainingState, resume: Location, folder: RunFolder, allow_other_data: bool, report: Report) -> None:
    notes = restore(state, resume, allow_other_data=allow_other_data)
    report(f"resumed from {resume} at kimg {state.images_seen / 1000:.3f}")
    for line in notes:
        report(f"note: {line}")
    if state.device.is_main:
        progress.forget_after(folder.files, state.images_seen)
        for moved in checkpoint.abandon_after(folder.place, state.images_seen):
            report(f"set aside, because the run goes on from before it: {moved}")
    state.device.barrier()


def _write_options(
    options: TrainingOptions, dataset: Dataset, device: Device, extra: dict[str, Any], files: Path
) -> None:
    content = {
        "options": options.to_dict(),
        "data": str(dataset.folder),
        "images": len(dataset),
        "dataset_digest": dataset.digest,
        "device": str(device.torch_device),
        "processes": device.world,
        **extra,
    }
    storage.write(files / "training_options.json", (json.dumps(content, indent=2) + "\n").encode())
