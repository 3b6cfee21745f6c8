"""mammoganesis mix | interpolate | redraw."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from mammoganesis.recipe.limits import DEFAULT_INTERPOLATION_STEPS, MAX_INTERPOLATION_STEPS
from mammoganesis.terminal.progress import progress
from services.cli.connection import takes_client
from services.cli.latents import Source, takes_latents, takes_seed_sampling
from services.cli.names import Names
from services.cli.options import takes_animation, takes_out_file, takes_out_folder, takes_picture
from services.cli.sheets import Sheet
from services.cli.values import Layers, Seeds

if TYPE_CHECKING:
    from services.client import Client, Picture


@click.command()
@takes_latents("a", "b")
@click.option(
    "--layers",
    type=Layers(),
    required=True,
    help="Layers taken from B: 4:9 (9 excluded) or 4-8 (8 included); all others come from A.",
)
@takes_seed_sampling("a", "b")
@takes_picture
@takes_out_file("The mixed image; .png, .npy for raw, .dcm for DICOM.")
@takes_client
def mix(client: "Client", a: Source, b: Source, layers: tuple[int, int], picture: "Picture", out: Path) -> None:
    """Style mixing: some layers of B in A. Early layers decide shape, late ones texture.

    A and B are seeds, PNG files of ours, recipes (.json) or latent ids.

    \b
    Example:
      mammoganesis mix 7 12 --layers 4-8 --out mixed.png
    """
    names = Names(client)
    image = client.mix(a.latent(names), b.latent(names), layers, picture=picture)
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
@takes_seed_sampling("a", "b")
@takes_picture
@takes_animation
@takes_out_folder("Gets seed7_to_seed12_0.25.png (raw: .npy, DICOM: .dcm) and so on, and contact_sheet.png.")
@takes_client
def interpolate(
    client: "Client", a: Source, b: Source, space: str, steps: int, picture: "Picture", animation: bool, out: Path
) -> None:
    """Images at equal steps from A to B, both included.

    A and B are seeds, PNG files of ours, recipes (.json) or latent ids.

    \b
    Example:
      mammoganesis interpolate 7 edited.png --space styles --steps 5 --out between
    """
    names = Names(client)
    sheet = Sheet(f"From {a} to {b} in {steps} steps, {space}", picture.marked)
    way = client.interpolate(a.latent(names), b.latent(names), steps, space=space, picture=picture)
    with progress(steps, "rendering") as bar:
        for step in way:
            path = step.image.save(out / f"{step.image.file_stem}{picture.suffix}")
            sheet.add(f"{step.fraction:.3g}", step.image)
            bar.update()
            click.echo(f"{path}  {step.fraction:.3g}  {step.image.latent_id}")
    click.echo(sheet.write(out))
    if animation:
        click.echo(sheet.animate(out))


@click.command()
@takes_latents("latent")
@click.option(
    "--noise-seeds",
    type=Seeds(distinct=True),
    required=True,
    help="1,2,3 or 0-7 (7 included): up to 64, one image each.",
)
@takes_seed_sampling("latent")
@takes_picture
@takes_out_folder("Gets seed7_noise1.png (raw: .npy, DICOM: .dcm) and so on.")
@takes_client
def redraw(client: "Client", latent: Source, noise_seeds: np.ndarray, picture: "Picture", out: Path) -> None:
    """The same image with other noise: its fine texture changes, what the latent decides stays.

    The image is a seed, a PNG or DICOM file of ours, a recipe (.json) or a latent id.

    \b
    Example:
      mammoganesis redraw 7 --noise-seeds 1,2,3 --out redrawn
    """
    images = client.redraw(latent.latent(Names(client)), noise_seeds.tolist(), picture=picture)
    for image in images:
        click.echo(f"{image.save(out / f'{image.file_stem}{picture.suffix}')}  {image.latent_id}")
