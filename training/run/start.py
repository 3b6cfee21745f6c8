"""One training run in a folder: start or resume, train, report, checkpoint, and leave cleanly when told to stop.

RUN/training_options.json   what was asked for
RUN/log.jsonl               one record per tick
RUN/grids/                  reals.png and sample grids
RUN/tensorboard/            the same for TensorBoard, see training/run/tensorboard.py
RUN/checkpoints/            see training/checkpoints/checkpoint.py

RUN may be any address that fsspec knows. The files are then written to a temporary folder and copied at every tick.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mammoganesis import files as storage
from mammoganesis.errors import CheckpointError, ConfigurationError
from mammoganesis.files import Location
from training.accelerators import Device
from training.checkpoints import checkpoint
from training.configs.options import TrainingOptions
from training.data import labels
from training.data.dataset import Dataset, label_fields_of
from training.data.fields import check_fields
from training.data.prefetch import Prefetcher
from training.loop import phases
from training.loop.state import TrainingState, create, initialize_from, restore, save
from training.run import progress
from training.run.folder import RunFolder, full_disk_explained, open_run
from training.run.stopping import StopRequest

if TYPE_CHECKING:
    from training.metrics.during import DuringTraining

Report = Callable[[str], None]


@dataclass(frozen=True)
class Beginning:
    """What a run goes on from; nothing for fresh networks."""

    resume: Location | None = None  # a checkpoint folder to continue exactly
    initialize: Location | None = None  # a checkpoint folder whose matching parameters are copied
    allow_other_data: bool = False  # resume although the checkpoint was trained on another set


def with_labels(options: TrainingOptions, data: Path, names: tuple[str, ...]) -> TrainingOptions:
    """Options whose networks are conditioned on labels of a prepared set, in the given order."""
    known = dict(label_fields_of(data))
    missing = [name for name in names if name not in known]
    if missing:
        raise ConfigurationError(f"--labels: {missing[0]!r} is not in {data}; it has {', '.join(known) or 'none'}")
    fields: labels.LabelFields = tuple((name, known[name]) for name in names)
    check_fields(fields, str(data))
    return dataclasses.replace(options, generator=dataclasses.replace(options.generator, label_fields=fields))


def _check(options: TrainingOptions, dataset: Dataset) -> None:
    generator = options.generator
    if (dataset.resolution, dataset.channels) != (generator.resolution, generator.image_channels):
        raise ConfigurationError(
            f"{dataset.folder}: its images are {dataset.resolution}x{dataset.resolution} with {dataset.channels} "
            f"channel(s); the configuration needs {generator.resolution}x{generator.resolution} with "
            f"{generator.image_channels}"
        )


def resumed_options(folder: Location, changes: dict[str, Any] | None = None) -> TrainingOptions:
    """The options in a checkpoint, with some others if given."""
    content = checkpoint.read_content(folder)
    try:
        values = dict(content["training_options"])
    except (KeyError, TypeError):
        raise CheckpointError(f"{folder}: checkpoint.json holds no training options") from None
    return TrainingOptions.from_dict(values | (changes or {}))


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
    dataset = Dataset(data, label_fields=options.generator.label_fields)
    _check(options, dataset)
    if resume is None and checkpoint.checkpoints_of(run):
        raise ConfigurationError(f"{run}: already holds checkpoints; continue with --resume {run}, or choose another")
    state = create(options, device)
    state.dataset_digest = dataset.digest
    with full_disk_explained(run), open_run(run, device.is_main) as folder:
        if resume is not None:
            _resume(state, resume, folder, beginning.allow_other_data, report)
        elif initialize is not None:
            report(initialize_from(state, initialize))
        measure = _measure(options, dataset, folder.files, device)
        if device.is_main:
            extra = {"resumed_from": str(resume or ""), "initialized_from": str(initialize or "")}
            _write_options(options, dataset, device, extra, folder.files)
            progress.real_grid(dataset, folder.files)
        report(
            f"training on {len(dataset)} images of {dataset.resolution}x{dataset.resolution} from {data}, "
            f"{device.torch_device}, {device.precision}, batch {options.batch}, until kimg {options.kimg:g}"
        )
        saved = resume is not None and resume.parent == run / "checkpoints"
        _train(state, dataset, folder, measure, report, saved_at=state.images_seen if saved else -1)
    return state


def dry_run_lines(options: TrainingOptions, data: Path | None, device: Device, steps: int = 0) -> list[str]:
    """The resolved configuration, and what it will take; a training set is checked if one is given.

    The speed is measured by `steps` steps of every kind; 0: estimated.
    """
    share, micro = options.share(device.world)
    lines = [json.dumps(options.to_dict(), indent=2)]
    if data is not None:
        dataset = Dataset(data, label_fields=options.generator.label_fields)
        _check(options, dataset)
        lines.append(f"{len(dataset)} training images, shown {options.kimg * 1000 / len(dataset):.1f} times each")
    lines.append(
        f"{device.torch_device}, {device.precision}, {device.world} process(es) with {share} images per step each, "
        f"{micro} in memory at once"
    )
    from training.run.estimate import estimate

    return [*lines, str(estimate(options, device, steps))]


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


def _measure(options: TrainingOptions, dataset: Dataset, files: Path, device: Device) -> DuringTraining | None:
    """What measures the checkpoints; None if nothing is to be measured, or not by this process."""
    if not options.metrics or not device.is_main:
        return None
    from training.metrics import registry
    from training.metrics.during import DuringTraining

    if options.best_metric is not None:
        known = [result for name in registry.check(options.metrics) for result in registry.load(name).better]
        if options.best_metric not in known:
            raise ConfigurationError(
                f"--best-metric is {options.best_metric!r}; the measured metrics give {', '.join(known)}"
            )
    return DuringTraining(options, dataset, files, device)


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


def _snapshot(
    state: TrainingState,
    folder: RunFolder,
    lines: progress.Progress,
    measure: DuringTraining | None,
    report: Report,
) -> None:
    """Write a checkpoint, measure it, and remove old ones."""
    written, options = save(state, folder.place), state.options
    if measure is not None:
        random = state.device.random_state()
        values = measure.evaluate(state.generator_ema)
        state.device.restore_random_state(random)
        checkpoint.write_metrics(written, values)
        lines.metrics(state, values)
        if state.device.is_main:
            measure.write(written.name)
            report(f"measured {written.name}: {'; '.join(measure.lines())}")
    if state.device.is_main:
        best = None
        if options.best_metric is not None:
            from training.metrics import registry

            best = options.best_metric, registry.better(options.best_metric)
        checkpoint.remove_old(folder.place, options.keep_checkpoints, best)
    state.device.barrier()


def _train(
    state: TrainingState,
    dataset: Dataset,
    folder: RunFolder,
    measure: DuringTraining | None,
    report: Report,
    *,
    saved_at: int,
) -> None:
    """The loop over ticks; `saved_at` is the number of images shown at which the newest checkpoint was written."""
    options, device = state.options, state.device
    statistics = phases.Statistics()
    lines = progress.Progress(folder.files, options.kimg, tick_images=state.images_seen)
    tick_size = options.kimg_per_tick * 1000
    ticks = int(state.images_seen // tick_size)
    source = Prefetcher(dataset, options.batch, options.seed, state.images_seen, device.rank, device.world)
    with StopRequest() as stop, source, contextlib.closing(lines):
        for shown in phases.steps(state, source, statistics):
            if shown // tick_size > ticks:
                ticks = int(shown // tick_size)
                snapshot = ticks % options.snapshot_ticks == 0
                means = statistics.read(device)
                if device.is_main:
                    report(lines.tick(state, means, source.waiting_share()))
                    lines.image_grids(state, snapshot=snapshot)
                if snapshot:
                    _snapshot(state, folder, lines, measure, report)
                    saved_at = shown
                folder.publish()
            if stop.agreed(state):
                break
        if saved_at != state.images_seen:
            if device.is_main:
                lines.image_grids(state, snapshot=True)
            _snapshot(state, folder, lines, measure, report)
    folder.publish()
    report(f"{'stopped' if stop.requested else 'finished'}; checkpoint: {checkpoint.resolve(folder.place)}")
