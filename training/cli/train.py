"""`mammoganesis-training train`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from mammoganesis.recipe.limits import MAX_SEED
from mammoganesis.terminal.gathering import gathered
from training import configs
from training.configs.names import JUDGES, Frozen, Judge
from training.metrics import registry


def _names(ctx: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """A comma-separated list; None if it was not given."""
    return None if value is None else tuple(name.strip() for name in value.split(",") if name.strip())


def _metrics(ctx: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    names = _names(ctx, parameter, value)
    return None if names is None else registry.check(names)


@dataclass(frozen=True)
class Source:
    """What a run is made of and where it goes."""

    config_name: str | None
    data: Path | None
    out: str | None
    resume: str | None
    allow_other_data: bool
    initialize: str | None
    labels: tuple[str, ...] | None
    channel_base: int | None
    channel_max: int | None
    edge_padding: bool | None

    def network(self) -> dict[str, Any]:
        """Fields of the generator's configuration that are given."""
        names = ("channel_base", "channel_max", "edge_padding")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


@dataclass(frozen=True)
class Changes:
    """Fields of the `TrainingOptions` of a config or a checkpoint that take another value; None: they stay."""

    kimg: float | None
    batch: int | None
    batch_per_device: int | None
    loss: Literal["logistic", "rpgan"] | None
    r1_gamma: float | None
    projected: Frozen | None
    projected_start: float | None
    generator_start: float | None
    seed: int | None
    precision: Literal["float32", "bfloat16", "float16"] | None
    compile: bool | None
    metrics: tuple[str, ...] | None
    metric_samples: int | None
    metric_extractor: Judge | None
    best_metric: str | None
    keep_checkpoints: int | None
    label_dropout: float | None
    ada_initial: float | None
    ema_rampup: float | None
    verify_data: bool | None

    def given(self) -> dict[str, Any]:
        """Those that have one."""
        return {name: value for name, value in vars(self).items() if value is not None}


CHANGEABLE = (
    "kimg",
    "batch_per_device",
    "precision",
    "compile",
    "metrics",
    "metric_samples",
    "best_metric",
    "keep_checkpoints",
    "verify_data",
)


@click.command()
@click.option("--config", "config_name", type=click.Choice(configs.NAMES), help="Known run; required without --resume.")
@click.option("--data", type=click.Path(path_type=Path), help="Training set made by `prepare`.")
@click.option("--out", help="Run folder, or an address that fsspec knows, such as gs://BUCKET/RUN.")
@click.option("--resume", help="Run or checkpoint (also an address) to continue exactly; its options are kept.")
@click.option("--allow-other-data", is_flag=True, help="With --resume: go on although the training set is another one.")
@click.option(
    "--initialize-from",
    "initialize",
    help="Run or checkpoint whose parameters are copied where name and shape match (transfer learning); networks of "
    "twice the resolution, or with more channels, start as what the old ones were.",
)
@click.option(
    "--channel-base",
    type=click.IntRange(min=8),
    help="Channels of both networks at a resolution: this over the resolution, at most --channel-max.  "
    "[default: the config's]",
)
@click.option("--channel-max", type=click.IntRange(min=1), help="See --channel-base.  [default: the config's]")
@click.option(
    "--edge-padding/--no-edge-padding",
    default=None,
    help="Where the generator doubles an image, its outermost pixels lie beyond the border; StyleGAN2 has zeros there, "
    "which leaves lines at the border. Begun from a checkpoint of the other kind, the generator is fitted first.  "
    "[default: the config's]",
)
@click.option(
    "--kimg", type=click.FloatRange(min=0), help="Length of the run, thousand images.  [default: the config's]"
)
@click.option(
    "--batch", type=click.IntRange(min=1), help="Images per step, all devices together.  [default: the config's]"
)
@click.option(
    "--batch-per-device",
    type=click.IntRange(min=0),
    help="Images that a device has in memory at once; gradients add up to the batch. 0: all of its share.  "
    "[default: the config's]",
)
@click.option(
    "--loss",
    type=click.Choice(["logistic", "rpgan"]),
    help="logistic with R1 (StyleGAN2), or relativistic with R1 and R2 (R3GAN).  [default: the config's]",
)
@click.option(
    "--gamma",
    "r1_gamma",
    type=click.FloatRange(min=0),
    help="Weight of R1, and of R2 with rpgan.  [default: the config's]",
)
@click.option(
    "--projected",
    type=click.Choice(["none", "lite0"]),
    help="lite0: beside the own discriminator, heads on a frozen EfficientNet-lite0; needs the extra [projected].  "
    "[default: the config's]",
)
@click.option(
    "--projected-start",
    type=click.FloatRange(min=0),
    metavar="KIMG",
    help="Thousand images after which --projected joins; 0: from the start.  [default: the config's]",
)
@click.option(
    "--generator-start",
    type=click.FloatRange(min=0),
    metavar="KIMG",
    help="Thousand images after which the generator learns; until then the discriminators alone do, for a start from a "
    "checkpoint that has none.  [default: the config's]",
)
@click.option("--seed", type=click.IntRange(0, MAX_SEED), help="Seed of everything random.  [default: the config's]")
@click.option(
    "--precision",
    type=click.Choice(["float32", "bfloat16", "float16"]),
    help="Precision of the convolutions.  [default: the config's]",
)
@click.option(
    "--compile/--no-compile",
    "compile",
    default=None,
    help="Compile the networks of the generator's and the discriminator's phase; the first steps take minutes.  "
    "[default: the config's]",
)
@click.option(
    "--labels",
    callback=_names,
    help="Labels of the training set that condition the networks, separated by commas, such as view,density.",
)
@click.option(
    "--label-dropout",
    type=click.FloatRange(0, 1),
    help="Share of the images, field by field, whose label is withheld, so that images without labels are learnt too.  "
    "[default: the config's]",
)
@click.option(
    "--ada-initial",
    type=click.FloatRange(0, 1),
    help="Probability of each augmentation that the run begins with; that of the run it is initialised from, where "
    "the training set is the same.  [default: the config's]",
)
@click.option(
    "--ema-rampup",
    type=click.FloatRange(min=0),
    help="Half-life of the averaged generator, at most this share of the images shown so far; 0: --initialize-from a "
    "network of the same size, whose average is worth keeping.  [default: the config's]",
)
@click.option(
    "--metrics",
    callback=_metrics,
    help="What to measure at every checkpoint, separated by commas, such as kid,frd; see `evaluate metrics --help`.",
)
@click.option("--metric-samples", type=click.IntRange(min=2), help="Images per metric.  [default: the config's]")
@click.option(
    "--metric-extractor",
    type=click.Choice(JUDGES),
    help="What gives the metrics' features; never the network of --projected.  [default: the config's]",
)
@click.option("--best-metric", help="Result of --metrics, such as kid, by which the best checkpoint is kept.")
@click.option(
    "--keep-checkpoints", type=click.IntRange(min=1), help="Newest checkpoints that are kept.  [default: the config's]"
)
@click.option(
    "--verify-data/--no-verify-data",
    default=None,
    help="Hold the shards of the training set against their digests first, which reads all of it.  "
    "[default: the config's, else yes]",
)
@click.option("--device", default="auto", help="auto, cpu, cuda, cuda:N, tpu (torch_tpu) or xla (torch_xla).")
@click.option("--threads", default=0, type=click.IntRange(min=0), help="CPU threads; 0 leaves it to torch.")
@click.option("--dry-run", is_flag=True, help="Print the configuration and the estimated memory and time, and stop.")
@click.option(
    "--dry-run-steps",
    default=0,
    show_default=True,
    type=click.IntRange(0, 1000),
    help="With --dry-run: measure the speed by this many steps of every kind, on noise; 0: estimate it.",
)
@gathered(Source, "source")
@gathered(Changes, "changes")
def train(source: Source, changes: Changes, device: str, threads: int, dry_run: bool, dry_run_steps: int) -> None:
    """Train a generator. SIGTERM and Ctrl-C write a checkpoint and end the run; --resume continues it exactly.

    On several GPUs: torchrun --nproc-per-node N -m training.cli train ... ; the batch is split over them.
    """
    given = changes.given()
    _check_together(source, given)
    if not dry_run and (source.data is None or source.out is None):
        raise click.UsageError("--data and --out are required without --dry-run")
    if dry_run_steps and not dry_run:
        raise click.UsageError("--dry-run-steps is for --dry-run")

    import torch

    from mammoganesis import files
    from training.accelerators import select
    from training.checkpoints import checkpoint
    from training.run.options import dry_run_lines, resumed_options, with_labels
    from training.run.start import Beginning, start

    if threads:
        torch.set_num_threads(threads)
    resumed = None if source.resume is None else checkpoint.resolve(source.resume)
    if resumed is not None:
        options = resumed_options(resumed, given)
    else:
        assert source.config_name is not None
        known = configs.load(source.config_name)
        generator = dataclasses.replace(known.generator, **source.network())
        options = dataclasses.replace(known, generator=generator, **given)
        if source.labels and source.data is not None:
            options = with_labels(options, source.data, source.labels)
    place = select(device, options.precision)
    if dry_run:
        for line in dry_run_lines(options, source.data, place, dry_run_steps):
            click.echo(line)
        return
    assert source.data is not None
    assert source.out is not None
    initialize = None if source.initialize is None else checkpoint.resolve(source.initialize)
    beginning = Beginning(resumed, initialize, source.allow_other_data)
    start(options, source.data, files.location(source.out), place, beginning, report=lambda line: click.echo(line))


def _check_together(source: Source, given: dict[str, Any]) -> None:
    """Raises UsageError for options that do not go together."""
    if source.resume is None and source.config_name is None:
        raise click.UsageError(f"--config is required without --resume; one of {', '.join(configs.NAMES)}")
    made = source.initialize or source.config_name or source.labels or source.network()
    kept = made or given.keys() - set(CHANGEABLE)
    if source.resume is not None and kept:
        changeable = ", ".join("--" + name.replace("_", "-") for name in CHANGEABLE)
        raise click.UsageError(f"--resume keeps the options of the run; only these may be given with it: {changeable}")
    if source.allow_other_data and source.resume is None:
        raise click.UsageError("--allow-other-data is for --resume")
    if source.labels and source.data is None:
        raise click.UsageError("--labels needs --data, which says what values they have")
