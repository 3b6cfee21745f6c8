"""mammoganesis sample | edit | sweep | transfer."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from mammoganesis.recipe.limits import (
    DEFAULT_RHO,
    DEFAULT_SIGMAS,
    DEFAULT_STRENGTH,
    DEFAULT_SWEEP_STEPS,
    MAX_EPSILON,
    MAX_SIGMAS,
    MAX_SWEEP_STEPS,
)
from services.cli.options import (
    SUFFIX,
    progress,
    takes_client,
    takes_format,
    takes_latent,
    takes_out_file,
    takes_sampling,
    takes_seed_sampling,
)
from services.cli.values import Edit, LayerEpsilon, Layers, NamedEdit, Seeds, index_or_name

if TYPE_CHECKING:
    from services.client import Client

takes_mode = click.option(
    "--mode",
    type=click.Choice(["relative", "absolute"]),
    default="relative",
    show_default=True,
    help="Displacements count from where the image is, or from the mean of W.",
)
OUT_DIRECTORY = click.Path(file_okay=False, path_type=Path)
SIGMAS_HELP = f"Standard deviations, -{MAX_SIGMAS:g} to {MAX_SIGMAS:g}."


@click.command()
@click.option(
    "--seeds",
    type=Seeds(distinct=True),
    required=True,
    help="7 | 0-3 (3 included) | 0:1000 (1000 excluded) | 0-3,7; each 0 to 2^32-1, and once.",
)
@takes_sampling
@takes_format
@click.option(
    "--out", type=OUT_DIRECTORY, required=True, metavar="DIR", help="Gets seed00000000.png (raw: .npy) and so on."
)
@takes_client
def sample(
    client: "Client",
    seeds: np.ndarray,
    labels: dict[str, str] | None,
    truncation_psi: float,
    truncation_cutoff: int | None,
    noise_mode: str,
    noise_seed: int,
    format: str,
    burn_in_mark: bool,
    resolution: int,
    out: Path,
) -> None:
    """New images, one a seed.

    \b
    Example:
      mammoganesis sample --local --bundle deploy/bundles/demo --seeds 0-3,7 --out samples
    """
    out.mkdir(parents=True, exist_ok=True)
    images = client.stream(
        seeds.tolist(),
        psi=truncation_psi,
        cutoff=truncation_cutoff,
        noise=noise_mode,
        noise_seed=noise_seed,
        labels=labels,
        format=format,
        burn_in_mark=burn_in_mark,
        resolution=resolution,
    )
    with progress(len(seeds)) as bar:
        for seed, image in zip(seeds.tolist(), images, strict=True):
            image.save(out / f"seed{seed:08d}{SUFFIX[format]}")
            bar.update()
    click.echo(f"{len(seeds)} image{'s' * (len(seeds) != 1)} in {out}")


@click.command()
@takes_latent()
@click.option(
    "--edit",
    "edits",
    type=Edit(),
    multiple=True,
    help="Component (index or name), displacement in standard deviations (-20 to 20) and, if not all, the layers: "
    "0=2.5 or 3=-1@0:8 (8 excluded). Repeat it for several.",
)
@click.option(
    "--direction",
    "directions",
    type=NamedEdit(),
    multiple=True,
    help="Curated direction and displacement, such as size=2; `mammoganesis directions` lists them. Repeat it for "
    "several.",
)
@takes_mode
@takes_seed_sampling
@takes_format
@takes_out_file("The edited image; .png, or .npy for raw.")
@takes_client
def edit(
    client: "Client",
    latent: Any,
    edits: tuple,
    directions: tuple,
    mode: str,
    format: str,
    burn_in_mark: bool,
    resolution: int,
    out: Path,
) -> None:
    """Move an image along principal components of W, by number or by curated direction.

    \b
    Examples:
      mammoganesis edit --seed 7 --edit 0=2.5 --edit 3=-1@0:8 --out edited.png
      mammoganesis edit --seed 7 --mode absolute --edit 0=0 --out average.png
    """
    if not edits and not directions:
        raise click.UsageError("give at least one of --edit, --direction")
    image = client.edit(
        latent, [*edits, *directions], mode=mode, format=format, burn_in_mark=burn_in_mark, resolution=resolution
    )
    click.echo(f"{image.save(out)}  {image.latent_id}")


@click.command()
@takes_latent(what="the image to move")
@click.option("--component", required=True, help="Component, by index or name.")
@click.option(
    "--layers",
    type=Layers(),
    help="Layers moved: 0:8 (8 excluded) or 0-7 (7 included).  [default: the component's, or all]",
)
@takes_mode
@click.option("--sigmas-start", type=float, default=DEFAULT_SIGMAS[0], show_default=True, help=SIGMAS_HELP)
@click.option("--sigmas-end", type=float, default=DEFAULT_SIGMAS[1], show_default=True, help=SIGMAS_HELP)
@click.option(
    "--steps",
    type=click.IntRange(2, MAX_SWEEP_STEPS),
    default=DEFAULT_SWEEP_STEPS,
    show_default=True,
    help="Images, both ends included.",
)
@takes_seed_sampling
@takes_format
@click.option("--out", type=OUT_DIRECTORY, required=True, metavar="DIR", help="Gets sweep00.png (raw: .npy) and so on.")
@takes_client
def sweep(
    client: "Client",
    latent: Any,
    component: str,
    layers: tuple[int, int] | None,
    sigmas_start: float,
    sigmas_end: float,
    steps: int,
    mode: str,
    format: str,
    burn_in_mark: bool,
    resolution: int,
    out: Path,
) -> None:
    """A strip of images: one image at equal steps along a component.

    \b
    Example:
      mammoganesis sweep --seed 7 --component 0 --sigmas-start -2 --sigmas-end 2 --steps 5 --out strip
    """
    out.mkdir(parents=True, exist_ok=True)
    strip = client.sweep(
        latent,
        index_or_name(component),
        sigmas_start=sigmas_start,
        sigmas_end=sigmas_end,
        steps=steps,
        layers=layers,
        mode=mode,
        format=format,
        burn_in_mark=burn_in_mark,
        resolution=resolution,
    )
    with progress(steps) as bar:
        for index, step in enumerate(strip):
            path = step.image.save(out / f"sweep{index:02d}{SUFFIX[format]}")
            bar.update()
            click.echo(f"{path}  {step.sigmas:+.3g} sigmas  {step.image.latent_id}")


@click.command()
@takes_latent("target", what="the image that changes")
@takes_latent("reference", prefix="reference-", what="the image that gives its style")
@click.option(
    "--region", "regions", multiple=True, required=True, help="Region, by index or name. Repeat it for several."
)
@click.option(
    "--rho", type=float, default=DEFAULT_RHO, show_default=True, help="Channels qualify above rho / (1 + rho); 0 to 1."
)
@click.option("--epsilon", type=float, help=f"Budget per layer, 0 to {MAX_EPSILON:g}.  [default: the bundle's]")
@click.option(
    "--layer-epsilon",
    "layer_epsilons",
    type=LayerEpsilon(),
    multiple=True,
    help=f"Another budget for one style layer, 0 to {MAX_EPSILON:g}: 4=80. Repeat it for several.  [default: the "
    "bundle's for layers of 4x4 and 8x8]",
)
@click.option(
    "--strength", type=float, default=DEFAULT_STRENGTH, show_default=True, help="0 (unchanged) to 1 (the reference's)."
)
@takes_seed_sampling
@takes_format
@takes_out_file("The edited image; .png, or .npy for raw.")
@takes_client
def transfer(
    client: "Client",
    target: Any,
    reference: Any,
    regions: tuple[str, ...],
    rho: float,
    epsilon: float | None,
    layer_epsilons: tuple[tuple[int, float], ...],
    strength: float,
    format: str,
    burn_in_mark: bool,
    resolution: int,
    out: Path,
) -> None:
    """Give regions of one image the style that they have in another.

    \b
    Example:
      mammoganesis transfer --seed 7 --reference-seed 12 --region 2 --epsilon 80 --layer-epsilon 4=20 --out edited.png
    """
    layers = [layer for layer, _ in layer_epsilons]
    if twice := [layer for layer in layers if layers.count(layer) > 1]:
        raise click.UsageError(f"--layer-epsilon: layer {twice[0]} is there twice; allowed: each layer once")
    image, channels_moved = client.transfer(
        target,
        reference,
        [index_or_name(region) for region in regions],
        rho=rho,
        epsilon=epsilon,
        layer_epsilons=dict(layer_epsilons),
        strength=strength,
        format=format,
        burn_in_mark=burn_in_mark,
        resolution=resolution,
    )
    click.echo(f"{image.save(out)}  {channels_moved} channels moved  {image.latent_id}")
