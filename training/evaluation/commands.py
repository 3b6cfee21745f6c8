"""`mammoganesis-training evaluate locality|directions|metrics|neighbours`."""

from __future__ import annotations

from pathlib import Path

import click

from mammoganesis.editing.latents import equal_steps
from mammoganesis.recipe.limits import (
    DEFAULT_PSI,
    DEFAULT_SIGMAS,
    DEFAULT_SWEEP_STEPS,
    MAX_EPSILON,
    MAX_PSI,
    MAX_SEED,
    MAX_SIGMAS,
)
from mammoganesis.terminal.commands import LazyGroup
from mammoganesis.terminal.gathering import gathered
from mammoganesis.terminal.labels import takes_labels
from training.evaluation.requests import DirectionsRequest, LocalityRequest

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(file_okay=False, path_type=Path)
LAZY_COMMANDS = {  # name -> module, attribute, one line for the overview
    "metrics": ("training.metrics.commands", "metrics", "Quality of samples: distances to real images."),
    "neighbours": ("training.metrics.commands", "neighbours", "Training images that samples resemble most."),
}


class Numbers(click.ParamType):
    """Numbers with commas between them, each within a range; given as text or, by a default, as a tuple."""

    name = "numbers"

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        if isinstance(value, tuple):
            return value
        try:
            numbers = tuple(sorted({float(part) for part in str(value).split(",")}))
        except ValueError:
            self.fail(f"{value!r} is not a list of numbers such as 5,10,20", param, ctx)
        bad = [number for number in numbers if not self.low <= number <= self.high]
        if bad:
            self.fail(f"{bad[0]:g} is not between {self.low:g} and {self.high:g}", param, ctx)
        return numbers


class LayerRange(click.ParamType):
    """START:END of codes, END exclusive."""

    name = "start:end"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        try:
            start, end = (int(part) for part in str(value).split(":"))
        except ValueError:
            self.fail(f"{value!r} is not START:END, such as 0:4", param, ctx)
        return start, end


@click.group(cls=LazyGroup, lazy=LAZY_COMMANDS)
def evaluate() -> None:
    """Measure samples, local edits and principal components."""


@evaluate.command()
@click.argument("network", metavar="CKPT_OR_BUNDLE")
@click.option("--regions", required=True, type=FILE, help="regions.npz of `discover regions`.")
@click.option(
    "--out",
    required=True,
    type=OUT,
    help="Folder for locality.md, .csv, .json and .png, shares.md, results.json and masked.png.",
)
@click.option(
    "--pairs", default=200, show_default=True, type=click.IntRange(1), help="Pairs of target and reference per region."
)
@click.option(
    "--epsilon",
    "epsilons",
    default="5,10,20,40,80,160",
    show_default=True,
    type=Numbers(0, MAX_EPSILON),
    help="Budgets to compare.",
)
@click.option(
    "--low-resolution-epsilon",
    "low_epsilons",
    default="0,2.5,5,10,20",
    show_default=True,
    type=Numbers(0, MAX_EPSILON),
    help="Budgets of the layers that read 8x8 pixels or less, to compare at the chosen epsilon.",
)
@click.option(
    "--psi",
    default=DEFAULT_PSI,
    show_default=True,
    type=click.FloatRange(0, MAX_PSI),
    help="Truncation of target and reference.",
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0, MAX_SEED), help="Seed of the first target."
)
@takes_labels("for each seed as often as the training images have them", "the model card")
@click.option("--device", default="cpu", show_default=True, help="Where a checkpoint runs: cpu, cuda, cuda:N.")
@click.option("--threads", default=0, show_default=True, type=click.IntRange(0), help="CPU threads; 0: all.")
@gathered(LocalityRequest, "request")
def locality(request: LocalityRequest) -> None:
    """How much of a local edit stays in its region, and which epsilon to take.

    The style of each region goes from a reference to a target, for many pairs and several budgets epsilon; the squared
    difference to the untouched image is averaged inside the region and outside. From the curve a default epsilon is
    chosen, and likewise one for the layers of the lowest resolutions, which place the whole breast. Then the share of
    the change that lies within the region is measured for both localities, channels and masked, and whether the edge of
    the mask can be seen.
    """
    from training.evaluation.locality_run import run

    document = run(request)
    click.echo((request.out / "locality.md").read_text(encoding="utf-8"))
    click.echo((request.out / "shares.md").read_text(encoding="utf-8"))
    click.echo(
        f"{request.out / 'locality.json'}: take --default-epsilon {document['default_epsilon']:g} "
        f"--low-resolution-epsilon {document['low_resolution_epsilon']:g}"
    )


@evaluate.command()
@click.argument("network", metavar="CKPT_OR_BUNDLE")
@click.option("--components", required=True, type=FILE, help="components.npz of `discover components`.")
@click.option(
    "--out",
    required=True,
    type=OUT,
    help="Folder for directions.md, .json and .png, sheet.png, results.json, side_effects.png and trade_off.png.",
)
@click.option("--top", default=8, show_default=True, type=click.IntRange(1), help="Components to measure: the largest.")
@click.option("--seeds", default=50, show_default=True, type=click.IntRange(1), help="Images to move along each.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31), help="First of the seeds.")
@click.option(
    "--sigmas",
    default=",".join(f"{sigmas:g}" for sigmas in equal_steps(*DEFAULT_SIGMAS, DEFAULT_SWEEP_STEPS)),
    show_default=True,
    type=Numbers(-MAX_SIGMAS, MAX_SIGMAS),
    help="How far to go, standard deviations; 0 is always among them.",
)
@click.option(
    "--layers",
    type=LayerRange(),
    help="Codes that are moved, START:END, END exclusive.  [default: all]",
)
@click.option(
    "--psi",
    default=DEFAULT_PSI,
    show_default=True,
    type=click.FloatRange(0, MAX_PSI),
    help="Truncation before the edit.",
)
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Set made by `prepare`, whose real images tell what is usual and, by their label view, what CC and MLO look "
    "like.  [default: untruncated samples]",
)
@click.option(
    "--combine",
    default=20,
    show_default=True,
    type=click.IntRange(0, 100),
    help="Components to make combinations of; 0: none.",
)
@click.option(
    "--end-seeds",
    default=100,
    show_default=True,
    type=click.IntRange(1),
    help="Images on which side effects are measured, at both ends of a direction's range.",
)
@takes_labels("for each seed as often as the training images have them", "the model card")
@click.option("--device", default="cpu", show_default=True, help="Where a checkpoint runs: cpu, cuda, cuda:N.")
@click.option("--threads", default=0, show_default=True, type=click.IntRange(0), help="CPU threads; 0: all.")
@gathered(DirectionsRequest, "request")
def directions(request: DirectionsRequest) -> None:
    """What principal components and named directions change in the images, and over which range.

    Images are moved along each component and measured: breast area, brightness, dense tissue, pectoral muscle and
    others. Spearman's rho tells which attribute follows the component. Combinations of a few components on ranges of
    layers are sought that move one attribute and hold the others still. What keeps the rules is proposed with name and
    range, in directions.json in the form of a curation catalogue; results.json has the matrix of side effects of what
    is proposed and of the names that a bundle has.
    """
    from training.evaluation.directions_run import run

    document = run(request)
    click.echo((request.out / "directions.md").read_text(encoding="utf-8"))
    names = len(document["proposals"])
    click.echo(f"{request.out / 'directions.json'}: {names} names proposed for {request.top} components")
