"""mammoganesis segment | describe: what is known of an image."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from services.cli.connection import takes_client
from services.cli.latents import Source, takes_latents, takes_seed_sampling
from services.cli.names import Names
from services.cli.options import takes_language, takes_out_file

if TYPE_CHECKING:
    from services.client import Client


@click.command()
@takes_latents("latent")
@takes_seed_sampling("latent")
@click.option(
    "--sheet",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PNG",
    help="A picture for people: every region outlined on the image.",
)
@click.option(
    "--colours",
    is_flag=True,
    help="A label map that people can read too: a PNG file with a palette (colour type 3), whose values are still the "
    "indices. Background is black; the colours are printed, and the sheet has them.",
)
@takes_out_file(
    "The label map for programs, a PNG file of the image's size: the grey level of a pixel is the index of its region, "
    "so that it looks black; see --colours."
)
@takes_client
def segment(client: "Client", latent: Source, sheet: Path | None, colours: bool, out: Path) -> None:
    """Find the regions of an image, and say how much of it each covers.

    The image is a seed, a PNG or DICOM file of ours, a recipe (.json) or a latent id.

    \b
    Examples:
      mammoganesis segment edited.png --out regions.png --sheet regions-to-see.png
      mammoganesis segment 7 --colours --out regions.png
    """
    from mammoganesis import files
    from mammoganesis.pictures.colours import of_regions, palette
    from mammoganesis.pictures.png import palette_png
    from services.client.messages import region_names

    regions = client.list_regions().regions
    wanted = latent.latent(Names(client))
    segmentation = client.segment(wanted)
    names = region_names(regions)
    listed = {region.index: names.of(region.index, segmentation.recipe.labels) for region in regions}
    coloured = of_regions([region.name for region in regions]) if colours else None
    label_map = segmentation.label_map
    files.write(out, palette_png(label_map, palette(coloured)) if coloured else segmentation.label_map_png)
    pixels = np.bincount(label_map.ravel(), minlength=len(listed))
    for index in np.flatnonzero(pixels).tolist():
        colour = f"  {coloured[index].code}  {coloured[index].name}" if coloured else ""
        click.echo(f"region {index:>3}  {listed[index] or '-':<20}  {pixels[index] / pixels.sum():>7.2%}{colour}")
    click.echo(f"{out}  {segmentation.latent_id}")
    if sheet:
        from services.figures.regions import make

        picture = client.sample(latents=[wanted])[0].pixels()
        files.write(sheet, make(str(latent), picture, label_map, listed, coloured))
        click.echo(sheet)


@click.command()
@takes_latents("latent")
@takes_seed_sampling("latent")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the complete recipe instead, as JSON: what --recipe takes."
)
@takes_language
@takes_client
def describe(client: "Client", latent: Source, language: str, as_json: bool) -> None:
    """Say in plain words how an image comes to be, step by step. Renders nothing.

    The image is a seed, a PNG or DICOM file of ours, a recipe (.json) or a latent id.

    \b
    Examples:
      mammoganesis describe edited.png
      mammoganesis describe edited.png --json
    """
    from mammoganesis.recipe.canonical import to_json

    names = Names(client)
    description = client.describe(latent.latent(names), language)
    if description.recipe.component_edits:
        names.warn_beyond("this image", description.recipe)
    if as_json:
        click.echo(to_json(description.recipe))
    else:
        for sentence in description.sentences:
            click.echo(sentence)
