"""`mammoganesis-training discover components|regions`."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from mammoganesis.editing.layers import DEFAULT_FEATURE_LAYER
from mammoganesis.recipe.limits import DEFAULT_PSI, MAX_BUNDLE_REGIONS, MAX_PSI, MAX_SEED
from mammoganesis.terminal.gathering import gathered
from training.checkpoints.checkpoint import load_generator_ema, resolve
from training.checkpoints.digest import generator_digest
from training.discovery import components as components_module
from training.discovery.regions import RegionSearch, find_regions

SEARCH = RegionSearch()
SEED = click.IntRange(0, MAX_SEED)


def _out(path: Path) -> Path:
    if path.suffix != ".npz":
        raise click.BadParameter(f"{path} must end in .npz", param_hint="--out")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@click.group()
def discover() -> None:
    """Find components and regions of a trained generator."""


@discover.command()
@click.argument("checkpoint", metavar="CKPT")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write, .npz.")
@click.option(
    "--samples",
    default=components_module.DEFAULT_SAMPLES,
    show_default=True,
    type=click.IntRange(2),
    help="Codes to draw; more than w_dim.",
)
@click.option(
    "--components",
    default=components_module.DEFAULT_COMPONENTS,
    show_default=True,
    type=click.IntRange(1),
    help="Components to keep; w_dim if that is smaller.",
)
@click.option("--seed", default=0, show_default=True, type=SEED, help="Seed of the codes.")
def components(checkpoint: str, out: Path, samples: int, components: int, seed: int) -> None:
    """Principal components of W, for global edits. CKPT is a checkpoint or a run folder."""
    out = _out(out)
    folder = resolve(checkpoint)
    generator, _ = load_generator_ema(folder)
    found = components_module.find_components(generator, samples, components, seed)
    found.save(out, generator_digest(folder))
    shares = found.explained_variance_ratio
    first = ", ".join(f"{share:.1%}" for share in shares[:5])
    click.echo(f"{out}: {len(shares)} components hold {shares.sum():.1%} of the variance; the first: {first}")


@discover.command()
@click.argument("checkpoint", metavar="CKPT")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write, .npz.")
@click.option(
    "--samples",
    default=SEARCH.samples,
    show_default=True,
    type=click.IntRange(1),
    help="Images to synthesise.",
)
@click.option(
    "--regions",
    default=SEARCH.regions,
    show_default=True,
    type=click.IntRange(1, MAX_BUNDLE_REGIONS),
    help="Clusters.",
)
@click.option(
    "--truncation-psi",
    default=DEFAULT_PSI,
    show_default=True,
    type=click.FloatRange(0, MAX_PSI),
    help="Truncation of the images.",
)
@click.option(
    "--layer",
    default=DEFAULT_FEATURE_LAYER,
    show_default=True,
    help="Style layer whose output is clustered, such as b16.conv1.",
)
@click.option(
    "--restarts",
    default=SEARCH.restarts,
    show_default=True,
    type=click.IntRange(1),
    help="Runs of k-means, of which the best is taken.",
)
@click.option("--seed", default=0, show_default=True, type=SEED, help="Seed of the codes and of the clustering.")
@click.option(
    "--parts/--no-parts",
    default=True,
    show_default=True,
    help="Further regions beside the clusters, found in the pixels: skin, pectoral muscle, axillary tail.",
)
@gathered(RegionSearch, "search")
def regions(checkpoint: str, out: Path, search: RegionSearch) -> None:
    """Semantic regions and contributions of style channels, for local edits. CKPT is a checkpoint or a run folder.

    Clusters of activations come first; parts of the breast that the pixels tell have the indices after them.
    """
    out = _out(out)
    folder = resolve(checkpoint)
    generator, _ = load_generator_ema(folder)
    found = find_regions(generator, search)
    found.save(out, generator_digest(folder))
    areas = [f"{area:.1%}" for area in np.asarray(found.area_share)]
    count = len(found.centroids)
    parts = "".join(f", {kind} {area}" for kind, area in zip(found.parts, areas[count:], strict=True))
    click.echo(f"{out}: {count} regions with the areas {', '.join(areas[:count])}{parts}")
