"""`mammoganesis-training evaluate metrics`; its sibling `neighbours` can be had from here too."""

from __future__ import annotations

import dataclasses
import sys
import time
from pathlib import Path
from typing import Any

import click

from training.figures.plots import PlotFile
from training.metrics import choices, registry
from training.metrics.neighbours import neighbours

__all__ = ["metrics", "neighbours"]

EPILOG = """
Interval: 95 %, bootstrap, patients resampled whole. Floor: the same metric between reals and reals. FID and FRD grow
when there are few images: compare "at floor's n" with the floor. Without --extractor the features are those of a fixed
random network: good for following a run, not comparable with published values. Nothing is downloaded.
"""


@click.command(epilog=EPILOG)
@click.argument("targets", metavar="CKPT_OR_RUN_OR_FAKES_FOLDER...", nargs=-1, required=True)
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
@click.pass_context
def metrics(context: click.Context, **given: Any) -> None:
    """Measure samples of a generator, or a folder of PNG, JPEG or TIFF images, against the reals of a prepared set.

    CKPT is a checkpoint folder; of a RUN the newest checkpoint is taken. Several targets make one table and one curve.
    """
    import torch

    from training.metrics import fake_sources, report
    from training.metrics.evaluation import check, measure, needs_of
    from training.metrics.metric import Context
    from training.metrics.samples import Reals, describe

    progress = sys.stderr.isatty()
    device = choices.device_of(given)
    names = registry.check(given["names"] or registry.DEFAULT)
    reals = Reals(given["data"], given["split"])
    extractor = choices.extractor_of(given, reals.resolution, choices.set_by_user(context))
    needs = needs_of(names)
    floor, other = _floor(given["floor"], given["data"], reals)
    click.echo(f"reals: {len(reals)} images of the split {reals.split!r}; extractor: {extractor.name}, "
               f"{extractor.digest[:12]}, {extractor.description}")  # fmt: skip
    started = time.monotonic()
    real_sample = describe(reals, reals.groups, needs, extractor, title="reals", progress=progress)
    held_out = None
    if other is not None:
        held_out = describe(other, other.groups, needs, extractor, title=other.split, progress=progress)
    click.echo(f"reals described in {time.monotonic() - started:.1f} s")
    settings = {
        "data": {"folder": str(given["data"]), "split": reals.split, "images": len(reals), "digest": reals.digest},
        "extractor": {"name": extractor.name, "digest": extractor.digest, "input": extractor.description},
        "samples": given["samples"],
        "psi": given["psi"],
        "seed": given["seed"],
        "bootstrap": given["bootstrap"],
        "torch": torch.__version__,
    }
    done: list[report.Evaluation] = []
    expanded = fake_sources.expand(given["targets"], given["all_checkpoints"])
    for target in expanded:
        fakes = fake_sources.open_fakes(target, reals, given["samples"], given["psi"], given["seed"], device)
        base = Context(
            fakes=real_sample,
            reals=real_sample,
            extractor=extractor,
            generated=fakes.generated,
            held_out=held_out,
            split_names=(reals.split, "" if other is None else other.split),
            floor=floor,
            bootstrap=given["bootstrap"],
            seed=given["seed"],
            progress=progress,
        )
        check(base, names)
        started = time.monotonic()
        sample = describe(fakes.source, None, needs, extractor, title=Path(target).name, progress=progress)
        sampling = time.monotonic() - started
        results, seconds = measure(dataclasses.replace(base, fakes=sample), names)
        evaluation = report.Evaluation(
            target, fakes.kimg, fakes.generator_digest, tuple(results), {"sampling": sampling, **seconds}
        )
        done.append(evaluation)
        if given["out"] is not None:
            report.write_json(given["out"], settings, done)
        if len(expanded) == 1:
            click.echo(report.table(evaluation))
        else:
            click.echo(f"{evaluation.label}: " + ", ".join(f"{r.name} {r.value:.4g}" for r in results))
    if len(done) > 1:
        click.echo(f"\n{report.table(done[-1])}\n\n{report.series_table(done)}")
    if given["plot"] is not None:
        report.plot(
            given["plot"],
            done,
            f"{len(real_sample)} reals ({reals.split}), {len(sample)} samples at psi {given['psi']:g}, "  # pyright: ignore[reportPossiblyUnboundVariable]
            f"features: {extractor.name} {extractor.digest[:12]}",
        )
    for name in ("out", "plot"):
        if given[name] is not None:
            click.echo(f"wrote {given[name]}")


def _floor(wanted: str, data: Path, reals: Any) -> tuple[Any, Any]:
    """The kind of floor, and the reals of the other split where it needs them."""
    from mammoganesis.errors import DataError
    from training.metrics.samples import Reals

    if wanted in ("halves", "none"):
        return wanted, None
    try:
        other = Reals(data, "test" if reals.split == "train" else "train")
    except DataError:
        if wanted == "split":
            raise
        return "halves", None
    if wanted == "auto" and len(other) * 2 < len(reals):
        return "halves", None
    return "split", other
