"""mammoganesis reproduce | verify."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.cli.connection import takes_client_for
from services.cli.options import takes_out_file

if TYPE_CHECKING:
    from services.client import Client

EXIT_CODES = {  # of `verify`, by verdict
    "UNCHANGED": 0,
    "PIXELS_CHANGED": 3,
    "NOT_OURS": 4,
    "NO_PNG": 4,
    "OTHER_BUNDLE": 5,
    "METADATA_CHANGED": 6,
    "DAMAGED": 7,
    "OTHER_FORM": 8,
    "RECIPE_LOST": 9,
    "ADDED": 10,
    "RECIPE_FOUND": 11,
    "NEAR_MATCH": 12,
}
IMAGE_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _images(given: Mapping[str, Any]) -> int | None:
    """One; a server's choice for what was not drawn in float32, so that the pixels come out the same where they can."""
    from services.client.provenance import precision_of

    return 1 if precision_of(given["image"].read_bytes()) in ("", "float32") else None


@click.command()
@click.argument("image", type=IMAGE_FILE)
@takes_out_file("The image made again, in the form of IMAGE.", like="image")
@takes_client_for(_images)
def reproduce(client: "Client", image: Path, out: Path) -> None:
    """Make IMAGE, a PNG or DICOM file of ours, again from the recipe inside it: the same pixels.

    Needs the bundle that made it, and refuses any other. On another kind of processor the pixels may differ within the
    tolerance that the bundle states; a line on stderr tells what differs.
    """
    from services.client.messages import picture_of_file
    from services.client.provenance import reproduce as reproduce_image

    again = reproduce_image(client, picture_of_file(image))
    click.echo(f"{again.image.save(out)}  {again.image.latent_id}")
    if again.remark:
        click.echo(f"{image}: {again.remark}", err=True)


@click.command()
@click.argument("image", type=IMAGE_FILE)
@click.option(
    "--tolerance",
    type=click.IntRange(0, 65535),
    metavar="LEVELS",
    help="Largest difference of a pixel taken as rounding, in grey levels.  [default: what the bundle states between "
    "what computed the file and what computes here; 0 where they agree]",
)
@click.option(
    "--registry",
    is_flag=True,
    help="Ask the server, which also looks for IMAGE in its registry: any PNG, JPEG, TIFF or DICOM file.",
)
@click.option(
    "--difference",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where the pixels were changed, write a PNG that shows the places.",
)
@takes_client_for(_images)
def verify(client: "Client", image: Path, tolerance: int | None, registry: bool, difference: Path | None) -> int:
    """Tell whether IMAGE, a PNG or DICOM file, is ours and unchanged: renders its recipe again, compares the pixels,
    and checks recipe, latent id, checksum and the marks of synthetic images, and that nothing else stands in the file.

    \b
    Exit codes:
      0  ours, unchanged
      3  the recipe is ours, but the pixels have been changed
      4  not ours, or neither PNG nor DICOM
      5  made by another bundle than this one
      6  the pixels are ours, but the metadata has been changed: the recipe, latent_id, pixels_sha256,
         Synthetic or XMP text is missing or another; of DICOM any element but identifiers, times and places
      7  damaged or cut off: cannot be read
      8  ours, saved in another form (RGB, palette, alpha, another depth, compressed otherwise): the grey values
         are the same
      9  marked as synthetic, but the recipe is lost
     10  ours, pixels unchanged, but something was added: a text, another chunk, bytes after the end, a C2PA
         manifest that is not valid or not ours
     11  with --registry: the recipe is lost, but the pixels are those of an image that was handed out
     12  with --registry: like an image that was handed out; saved anew (JPEG, another size), or altered
      1  could not tell, such as no server; 2 wrong usage
    """
    from services.client.provenance import verify as verify_image

    if registry and tolerance is not None:
        raise click.UsageError("--tolerance and --registry exclude each other")
    if registry:
        from services.client.verdicts import of_answer

        result = of_answer(client.verify_image(image.read_bytes()))
    else:
        result = verify_image(client, image.read_bytes(), tolerance)
    click.echo(f"{image}: {result.verdict.value}" + (f" ({result.detail})" if result.detail else ""))
    if result.signature.state.name != "NONE":
        click.echo(f"{image}: {result.signature}", err=True)
    if result.places:
        click.echo(f"{image}: {result.places}", err=True)
    if difference is not None and result.alteration is not None and result.alteration.areas:
        from mammoganesis import files

        files.write(difference, result.alteration.picture)
        click.echo(difference)
    return EXIT_CODES[result.verdict.name]
