"""`mammoganesis-training evaluate metrics`; its sibling `neighbours` can be had from here too."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mammoganesis.terminal.gathering import gathered
from training.figures.plots import PlotFile
from training.metrics import choices, registry
from training.metrics.neighbours import neighbours

if TYPE_CHECKING:
    from training.metrics.metric import FloorKind
    from training.metrics.report import Evaluation
    from training.metrics.samples import Reals

__all__ = ["metrics", "neighbours"]

EPILOG = """
Interval: 95 %, bootstrap, patients resampled whole. Floor: the same metric between reals and reals. FID and FRD grow
when there are few images: compare "at floor's n" with the floor. random-projection is a fixed random network: good for
following a run, not comparable with published values. lite0 and opennsfw know pictures; one that taught a generator is
refused as its judge. Nothing is downloaded.
"""


@dataclass(frozen=True)
class MetricsRequest:
    """What is measured of which fakes, and where it is written."""

    fakes: tuple[str, ...]  # checkpoints, runs or folders of images
    names: tuple[str, ...]  # of metrics; empty: the default ones
    floor: str  # auto, halves, split or none
    bootstrap: int  # resamples; 0: no interval
    all_checkpoints: bool  # of a run
    out: Path | None  # JSON
    plot: Path | None


@click.command(epilog=EPILOG)
@click.argument("fakes", metavar="CKPT_OR_RUN_OR_FAKES_FOLDER...", nargs=-1, required=True)
@choices.data
@click.option(
    "--metric",
    "names",
    multiple=True,
    type=click.Choice(registry.NAMES),
    help=f"Once per metric.  [default: {', '.join(registry.DEFAULT)}]",
)
@choices.sampling(1000)
@choices.extractor
@click.option(
    "--floor",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "halves", "split", "none"]),
    help="Reals against reals: halves of the split, the other split against it, or not at all. auto: the other split "
    "where it has at least half as many images, else halves.",
)
@click.option(
    "--bootstrap", default=100, show_default=True, type=click.IntRange(0, 10_000), help="Resamples; 0: no interval."
)
@click.option("--all-checkpoints", is_flag=True, help="Measure every checkpoint of a run, not only the newest.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="JSON file to write.")
@click.option("--plot", type=PlotFile(), help="PNG, SVG or PDF with curves over kimg.")
@gathered(MetricsRequest, "request")
@click.pass_context
def metrics(
    context: click.Context,
    real_set: choices.RealSet,
    sampling: choices.Sampling,
    extractor_choice: choices.ExtractorChoice,
    request: MetricsRequest,
) -> None:
    """Measure samples of a generator, or a folder of PNG, JPEG or TIFF images, against the reals of a prepared set.

    CKPT is a checkpoint folder; of a RUN the newest checkpoint is taken. Several of them make one table and one curve.
    """
    import torch

    from training.metrics import fake_sources, report
    from training.metrics.evaluation import check, measure, needs_of
    from training.metrics.metric import Context
    from training.metrics.samples import Reals, describe

    choices.refuse_stray(context)
    device = sampling.torch_device()
    names = registry.check(request.names or registry.DEFAULT)
    expanded = fake_sources.expand(request.fakes, request.all_checkpoints)
    fake_sources.refuse_teachers(expanded, extractor_choice.extractor)
    reals = Reals(real_set.data, real_set.split, verify=real_set.verify_data)
    extractor = extractor_choice.open(reals.resolution, device)
    needs = needs_of(names)
    floor, other = _floor(request.floor, real_set, reals)
    click.echo(f"reals: {len(reals)} images of the split {reals.split!r}; extractor: {extractor.name}, "
               f"{extractor.digest[:12]}, {extractor.description}")  # fmt: skip
    started = time.monotonic()
    real_sample = describe(reals, reals.groups, needs, extractor, "reals")
    held_out = None if other is None else describe(other, other.groups, needs, extractor, other.split)
    click.echo(f"reals described in {time.monotonic() - started:.1f} s")
    settings = {
        "data": {"folder": str(real_set.data), "split": reals.split, "images": len(reals), "digest": reals.digest},
        "extractor": {"name": extractor.name, "digest": extractor.digest, "input": extractor.description},
        "samples": sampling.samples,
        "psi": sampling.psi,
        "seed": sampling.seed,
        "bootstrap": request.bootstrap,
        "torch": torch.__version__,
    }
    done: list[report.Evaluation] = []
    num_fakes = 0
    for place in expanded:
        fakes = fake_sources.open_fakes(place, reals, sampling, device)
        base = Context(
            fakes=real_sample,
            reals=real_sample,
            extractor=extractor,
            generated=fakes.generated,
            held_out=held_out,
            split_names=(reals.split, "" if other is None else other.split),
            floor=floor,
            bootstrap=request.bootstrap,
            seed=sampling.seed,
        )
        check(base, names)
        started = time.monotonic()
        sample = describe(fakes.source, None, needs, extractor, Path(place).name)
        drawing, num_fakes = time.monotonic() - started, len(sample)
        results, seconds = measure(dataclasses.replace(base, fakes=sample), names)
        seconds = {"sampling": drawing, **seconds}
        done.append(report.Evaluation(place, fakes.kimg, fakes.generator_digest, tuple(results), seconds))
        if request.out is not None:
            report.write_json(request.out, settings, done)
        _say(done[-1], alone=len(expanded) == 1)
    if len(done) > 1:
        click.echo(f"\n{report.table(done[-1])}\n\n{report.series_table(done)}")
    if request.plot is not None:
        title = (
            f"{len(real_sample)} reals ({reals.split}), {num_fakes} samples at psi {sampling.psi:g}, "
            f"features: {extractor.name} {extractor.digest[:12]}"
        )
        report.plot(request.plot, done, title)
    for path in (request.out, request.plot):
        if path is not None:
            click.echo(f"wrote {path}")


def _say(evaluation: Evaluation, alone: bool) -> None:
    """One evaluation: the whole table where it is the only one, else a line."""
    from training.metrics import report

    if alone:
        click.echo(report.table(evaluation))
    else:
        click.echo(f"{evaluation.label}: " + ", ".join(f"{r.name} {r.value:.4g}" for r in evaluation.results))


def _floor(wanted: str, real_set: choices.RealSet, reals: Reals) -> tuple[FloorKind, Reals | None]:
    """The kind of floor, and the reals of the other split where it needs them."""
    from mammoganesis.errors import DataError
    from training.metrics.samples import Reals

    if wanted in ("halves", "none"):
        return wanted, None  # type: ignore[return-value]
    try:
        other = Reals(real_set.data, real_set.other_split, verify=real_set.verify_data)
    except DataError:
        if wanted == "split":
            raise
        return "halves", None
    if wanted == "auto" and len(other) * 2 < len(reals):
        return "halves", None
    return "split", other
