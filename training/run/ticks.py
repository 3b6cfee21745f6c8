"""The loop over ticks: steps, a progress line and sample grids per tick, measured checkpoints, and the end."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mammoganesis.errors import TrainingError
from training.checkpoints import checkpoint
from training.data.dataset import Dataset
from training.data.prefetch import Prefetcher
from training.loop import phases
from training.loop.saving import save
from training.loop.state import TrainingState
from training.run import progress
from training.run.folder import RunFolder
from training.run.stopping import StopRequest

if TYPE_CHECKING:
    from training.metrics.during import DuringTraining

Report = Callable[[str], None]


def measuring(state: TrainingState, dataset: Dataset, files: Path) -> DuringTraining | None:
    """What measures the checkpoints; None if nothing is to be measured, or not by this process.

    Raises:
        ConfigurationError: the extractor had a part in this run's training, or cannot be had.
    """
    options = state.options
    if not options.metrics:
        return None
    from training.metrics import judges

    judges.refuse_teacher("--metric-extractor", options.metric_extractor, state.teachers, "this run")
    if not state.device.is_main:
        return None
    from training.metrics.during import DuringTraining

    return DuringTraining(options, dataset, files, state.device)


def train(
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
    source = Prefetcher(
        dataset, options.batch, options.seed, state.images_seen, device.rank, device.world, stage=device.staged
    )
    with StopRequest() as stop, source, contextlib.closing(lines):
        for shown in phases.steps(state, source, statistics):
            if shown // tick_size > ticks:
                ticks = int(shown // tick_size)
                snapshot = ticks % options.snapshot_ticks == 0
                means = statistics.read(device)
                stop_if_diverged(means, shown, folder)
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


def stop_if_diverged(means: Mapping[str, float], shown: int, folder: RunFolder) -> None:
    """End a run whose losses are no numbers any more, before it writes a checkpoint.

    Args:
        means: what the statistics of a tick gave, on every process the same.
        shown: real images shown so far.
        folder: the run, whose newest checkpoint is named.

    Raises:
        TrainingError: a mean whose name begins with `loss` is NaN or infinite.
    """
    lost = [name for name, value in means.items() if name.startswith("loss") and not math.isfinite(value)]
    if not lost:
        return
    whole = checkpoint.checkpoints_of(folder.place)
    way_back = (
        f"the newest checkpoint from before is {whole[-1]}: go on from it with --resume and --precision float32"
        if whole
        else "there is no checkpoint from before: begin again"
    )
    raise TrainingError(
        f"{', '.join(lost)} {'is' if len(lost) == 1 else 'are'} not finite at kimg {shown / 1000:.3f}, the run has "
        f"diverged; {way_back}, or with a lower learning rate or a larger --gamma in a new run"
    )


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
