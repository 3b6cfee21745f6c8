"""mammoganesis reproduce | verify."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from services.cli.options import takes_client, takes_out_file

if TYPE_CHECKING:
    from services.client import Client

PNG_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PIXELS_CHANGED, NOT_OURS, OTHER_BUNDLE, METADATA_CHANGED, DAMAGED = 3, 4, 5, 6, 7


@click.command()
@click.argument("image", type=PNG_FILE)
@takes_out_file("The image made again, a PNG file.")
@takes_client
def reproduce(client: "Client", image: Path, out: Path) -> None:
    """Make IMAGE, a PNG file of ours, again from the recipe inside it: the same pixels.

    Needs the bundle that made it, and refuses any other.
    """
    from services.client.provenance import reproduce as reproduce_image

    again = reproduce_image(client, image.read_bytes())
    click.echo(f"{again.save(out)}  {again.latent_id}")


@click.command()
@click.argument("image", type=PNG_FILE)
@click.option(
    "--tolerance",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    metavar="LEVELS",
    help="Largest difference of a pixel taken as rounding, in grey levels; another kind of processor may need 1.",
)
@takes_client
def verify(client: "Client", image: Path, tolerance: int) -> int:
    """Tell whether IMAGE, a PNG file, is ours and unchanged: renders its recipe again, compares the pixels, and checks
    recipe, latent id, checksum and the marks of synthetic images.

    \b
    Exit codes:
      0  ours, unchanged
      3  the recipe is ours, but the pixels have been changed
      4  not ours
      5  made by another bundle than this one
      6  the pixels are ours, but the metadata has been changed: the recipe, latent_id, pixels_sha256,
         Synthetic or XMP text is missing or another
      7  damaged or cut off: cannot be read
      1  could not tell, such as no server; 2 wrong usage
    """
    from services.client.provenance import Verdict
    from services.client.provenance import verify as verify_image

    result = verify_image(client, image.read_bytes(), tolerance)
    click.echo(f"{image}: {result.verdict.value}" + (f" ({result.detail})" if result.detail else ""))
    exit_codes = {
        Verdict.UNCHANGED: 0,
        Verdict.PIXELS_CHANGED: PIXELS_CHANGED,
        Verdict.NOT_OURS: NOT_OURS,
        Verdict.OTHER_BUNDLE: OTHER_BUNDLE,
        Verdict.METADATA_CHANGED: METADATA_CHANGED,
        Verdict.DAMAGED: DAMAGED,
    }
    return exit_codes[result.verdict]
