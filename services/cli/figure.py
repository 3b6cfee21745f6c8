"""mammoganesis figure samples | components | transfers | direction."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from mammoganesis.recipe.limits import (
    DEFAULT_RHO,
    DEFAULT_SIGMAS,
    DEFAULT_SWEEP_STEPS,
    MAX_EPSILON,
    MAX_SEED,
    MAX_SIGMAS,
)
from mammoganesis.terminal.commands import LazyGroup
from mammoganesis.terminal.labels import takes_labels
from mammoganesis.terminal.progress import progress
from services.cli.connection import takes_client, takes_client_for
from services.cli.names import Names
from services.cli.options import takes_mark, takes_out_file, takes_psi
from services.cli.values import Layers, Seeds, index_or_name

if TYPE_CHECKING:
    from services.client import Client
    from services.figures.captions import Look

CELL = click.option(
    "--cell",
    type=click.IntRange(32, 1024),
    metavar="PIXELS",
    help="Side of one picture, 32 to 1024.  [default: the model's resolution, at least 96 and at most 192]",
)


def takes_look(command: Callable) -> Callable:
    """Adds truncation, labels, size and mark; hands over `look`. A command must have `takes_client` below this."""

    @takes_psi
    @takes_labels("for each seed as often as the training images have them")
    @CELL
    @takes_mark
    @functools.wraps(command)
    def wrapped(
        client: "Client",
        truncation_psi: float,
        labels: dict[str, str] | None,
        cell: int | None,
        mark: bool,
        **kwargs: Any,
    ):
        from services.client import messages
        from services.figures.captions import Look

        mixture = None if labels else messages.label_mixture(client.model())
        look = Look(truncation_psi, Names(client).labels(labels), mixture, cell, mark)
        return command(client=client, look=look, **kwargs)

    return wrapped


@click.group(cls=LazyGroup)
def figure() -> None:
    """Draw the three figures of the paper from a bundle, or a sheet of one direction, one PNG file each."""


@figure.command()
@click.option("--first-seed", type=click.IntRange(0, MAX_SEED), default=0, show_default=True, help="0 to 2^32-1.")
@click.option("--images", type=click.IntRange(1, 400), default=40, show_default=True, help="Pictures, 1 to 400.")
@click.option("--columns", type=click.IntRange(1, 40), default=8, show_default=True, help="Pictures in a row, 1 to 40.")
@takes_out_file("The figure; .png.")
@takes_client_for(lambda given: given["images"])
@takes_look
def samples(
    client: "Client",
    first_seed: int,
    images: int,
    columns: int,
    look: "Look",
    out: Path,
) -> None:
    """Figure 1: samples with following seeds, none left out.

    \b
    Example:
      mammoganesis figure samples --local --bundle deploy/bundles/demo --out figure1.png
    """
    from services.figures import samples as page

    if first_seed + images - 1 > MAX_SEED:
        raise click.UsageError(f"--first-seed: {first_seed} is not allowed; allowed: 0 to {MAX_SEED - images + 1}")
    seeds = range(first_seed, first_seed + images)
    with progress(images, "rendering") as bar:
        _save(out, page.make(client, seeds, look, columns, bar.update))


@figure.command()
@click.option("--seeds", type=Seeds(distinct=True), default="0", show_default=True, help="One block of rows each: 0,7.")
@click.option("--components", type=click.IntRange(1), default=6, show_default=True, help="Rows, largest first.")
@click.option(
    "--sigmas",
    type=click.FloatRange(0, MAX_SIGMAS, min_open=True),
    default=DEFAULT_SIGMAS[1],
    show_default=True,
    help=f"Columns go from minus to plus this many standard deviations; above 0 to {MAX_SIGMAS:g}.",
)
@click.option(
    "--steps",
    type=click.IntRange(3, 63),
    default=DEFAULT_SWEEP_STEPS,
    show_default=True,
    help="Columns, an odd number.",
)
@click.option("--layers", type=Layers(), help="Layers moved, the end excluded: 0:6.  [default: all]")
@takes_out_file("The figure; .png.")
@takes_client
@takes_look
def components(
    client: "Client",
    seeds: np.ndarray,
    components: int,
    sigmas: float,
    steps: int,
    layers: tuple[int, int] | None,
    look: "Look",
    out: Path,
) -> None:
    """Figure 2: the largest components of W, from -k to +k standard deviations through 0.00.

    \b
    Example:
      mammoganesis figure components --local --bundle deploy/bundles/demo --seeds 3 --out figure2.png
    """
    from services.figures import components as page

    if steps % 2 == 0:
        raise click.UsageError(
            f"--steps: {steps} is not allowed; allowed: odd numbers, for a column 0.00 in the middle"
        )
    with progress(len(seeds) * components * steps, "rendering") as bar:
        shown = page.Columns(sigmas, steps, layers)
        made = page.make(client, seeds.tolist(), look, components, shown, bar.update)
        _save(out, made)


@figure.command()
@click.option("--targets", type=Seeds(), default="1,3,5,7", show_default=True, help="Seeds, one a row.")
@click.option("--references", type=Seeds(), default="2,4,6,8", show_default=True, help="Seeds, as many as targets.")
@click.option(
    "--region",
    "regions",
    multiple=True,
    help="Index or name; several of one row with plus signs: 2+5. Once for all rows, or once for each.  "
    "[default: the regions with most tissue, another one in each row]",
)
@click.option("--epsilon", type=float, help=f"Budget per layer, 0 to {MAX_EPSILON:g}.  [default: the bundle's]")
@click.option("--rho", type=float, help=f"Channels qualify above rho / (1 + rho); 0 to 1.  [default: {DEFAULT_RHO}]")
@click.option(
    "--difference",
    type=click.Choice(["signed", "absolute"]),
    default="signed",
    show_default=True,
    help="What the last column shows.",
)
@takes_out_file("The figure; .png.")
@takes_client
@takes_look
def transfers(
    client: "Client",
    targets: np.ndarray,
    references: np.ndarray,
    regions: tuple[str, ...],
    epsilon: float | None,
    rho: float | None,
    difference: str,
    look: "Look",
    out: Path,
) -> None:
    """Figure 3: a region of the target takes its style from the reference.

    \b
    Example:
      mammoganesis figure transfers --local --targets 1,3 --references 2,4 --region 3 --out figure3.png
    """
    from services.figures import transfers as page

    if len(targets) != len(references):
        raise click.UsageError(f"--references: {len(references)} seeds; allowed: {len(targets)}, as many as --targets")
    if len(regions) not in (0, 1, len(targets)):
        raise click.UsageError(f"--region: given {len(regions)} times; allowed: once, or {len(targets)} times")
    names = Names(client)
    chosen = [names.regions([index_or_name(part.strip()) for part in text.split("+")]) for text in regions]
    with progress(len(targets), "rendering", "row") as bar:
        moves = page.Moves(chosen, epsilon, rho, "signed" if difference == "signed" else "absolute")
        made = page.make(client, targets.tolist(), references.tolist(), look, moves, bar.update)
        _save(out, made)


@figure.command()
@click.argument("name")
@click.option("--seeds", type=Seeds(distinct=True), default="0-3", show_default=True, help="One row each: 0,7 or 0-3.")
@click.option("--steps", type=click.IntRange(3, 63), default=7, show_default=True, help="Columns, 0.00 among them.")
@takes_out_file("The figure; .png.")
@takes_client
@takes_look
def direction(client: "Client", name: str, seeds: np.ndarray, steps: int, look: "Look", out: Path) -> None:
    """One curated direction over its own useful range; `mammoganesis directions` lists them.

    \b
    Example:
      mammoganesis figure direction texture --local --bundle deploy/bundles/demo --out texture.png
    """
    from services.figures import directions as page

    page.catalogue(client)  # says so where there is none
    known = Names(client).direction(name, "NAME")
    with progress(len(seeds) * steps, "rendering") as bar:
        _save(out, page.make(client, known, seeds.tolist(), look, steps, bar.update))


def _save(out: Path, png: bytes) -> None:
    from mammoganesis import files

    files.write(out, png)
    click.echo(f"{out}  {len(png) / 1000:.0f} kB")
