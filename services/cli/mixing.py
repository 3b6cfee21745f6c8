"""mammoganesis mix | interpolate | redraw | segment | describe: what takes images by seed, file or id alike."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from mammoganesis.recipe.limits import DEFAULT_INTERPOLATION_STEPS, MAX_INTERPOLATION_STEPS
from services.cli.generate import OUT_DIRECTORY
from services.cli.options import (
    SUFFIX,
    progress,
    takes_client,
    takes_format,
    takes_latents,
    takes_out_file,
    takes_seed_sampling,
)
from services.cli.values import Layers, Seeds

if TYPE_CHECKING:
    from services.client import Client


@click.command()
@takes_latents("a", "b")
@click.option(
    "--layers",
    type=Layers(),
    required=True,
    help="Layers taken from B: 4:9 (9 excluded) or 4-8 (8 included); all others come from A.",
)
@takes_seed_sampling
@takes_format
@takes_out_file("The mixed image; .png, or .npy for raw.")
@takes_client
def mix(
    client: "Client",
    a: Any,
    b: Any,
    layers: tuple[int, int],
    format: str,
    burn_in_mark: bool,
    resolution: int,
    out: Path,
) -> None:
    """Style mixing: some layers of B in A. Early layers decide shape, late ones texture.

    A and B are seeds, PNG files of ours, recipes (.json) or latent ids.

    \b
    Example:
      mammoganesis mix 7 12 --layers 4-8 --out mixed.png
    """
    image = client.mix(a, b, layers, format=format, burn_in_mark=burn_in_mark, resolution=resolution)
    click.echo(f"{image.save(out)}  {image.latent_id}")


@click.command()
@takes_latents("a", "b")
@click.option(
    "--space",
    type=click.Choice(["w", "styles"]),
    default="w",
    show_default=True,
    help="Where the way is straight; images with style transfers need styles.",
)
@click.option(
    "--steps",
    type=click.IntRange(2, MAX_INTERPOLATION_STEPS),
    default=DEFAULT_INTERPOLATION_STEPS,
    show_default=True,
    help="Images, both ends included.",
)
@takes_seed_sampling
@takes_format
@click.option("--out", type=OUT_DIRECTORY, required=True, metavar="DIR", help="Gets step000.png (raw: .npy) and so on.")
@takes_client
def interpolate(
    client: "Client",
    a: Any,
    b: Any,
    space: str,
    steps: int,
    format: str,
    burn_in_mark: bool,
    resolution: int,
    out: Path,
) -> None:
    """Images at equal steps from A to B, both included.

    A and B are seeds, PNG files of ours, recipes (.json) or latent ids.

    \b
    Example:
      mammoganesis interpolate 7 edited.png --space styles --steps 5 --out between
    """
    out.mkdir(parents=True, exist_ok=True)
    way = client.interpolate(a, b, steps, space=space, format=format, burn_in_mark=burn_in_mark, resolution=resolution)
    with progress(steps) as bar:
        for index, step in enumerate(way):
            path = step.image.save(out / f"step{index:03d}{SUFFIX[format]}")
            bar.update()
            click.echo(f"{path}  {step.fraction:.3g}  {step.image.latent_id}")


@click.command()
@takes_latents("latent")
@click.option(
    "--noise-seeds",
    type=Seeds(distinct=True),
    required=True,
    help="1,2,3 or 0-7 (7 included): up to 64, one image each.",
)
@takes_seed_sampling
@takes_format
@click.option(
    "--out", type=OUT_DIRECTORY, required=True, metavar="DIR", help="Gets noise00000001.png (raw: .npy) and so on."
)
@takes_client
def redraw(
    client: "Client",
    latent: Any,
    noise_seeds: np.ndarray,
    format: str,
    burn_in_mark: bool,
    resolution: int,
    out: Path,
) -> None:
    """The same image with other noise: its fine texture changes, what the latent decides stays.

    The image is a seed, a PNG file of ours, a recipe (.json) or a latent id.

    \b
    Example:
      mammoganesis redraw 7 --noise-seeds 1,2,3 --out redrawn
    """
    out.mkdir(parents=True, exist_ok=True)
    images = client.redraw(
        latent, noise_seeds.tolist(), format=format, burn_in_mark=burn_in_mark, resolution=resolution
    )
    for seed, image in zip(noise_seeds.tolist(), images, strict=True):
        click.echo(f"{image.save(out / f'noise{seed:08d}{SUFFIX[format]}')}  {image.latent_id}")


@click.command()
@takes_latents("latent")
@takes_seed_sampling
@takes_out_file("The label map, a PNG file of the image's size: the grey level of a pixel is the index of its region.")
@takes_client
def segment(client: "Client", latent: Any, out: Path) -> None:
    """Find the regions of an image, and say how much of it each covers.

    The image is a seed, a PNG file of ours, a recipe (.json) or a latent id.

    \b
    Example:
      mammoganesis segment edited.png --out regions.png
    """
    names = {region.index: region.name for region in client.list_regions().regions}
    segmentation = client.segment(latent)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(segmentation.label_map_png)
    cells = np.bincount(segmentation.labels.ravel(), minlength=len(names))
    for index in np.flatnonzero(cells).tolist():
        click.echo(f"region {index:>3}  {names[index] or '-':<20}  {cells[index] / cells.sum():>7.2%}")
    click.echo(f"{out}  {segmentation.latent_id}")


@click.command()
@takes_latents("latent")
@takes_seed_sampling
@takes_client
def describe(client: "Client", latent: Any) -> None:
    """Say in plain words how an image comes to be, step by step. Renders nothing.

    The image is a seed, a PNG file of ours, a recipe (.json) or a latent id.

    \b
    Example:
      mammoganesis describe edited.png
    """
    for sentence in client.describe(latent).sentences:
        click.echo(sentence)
