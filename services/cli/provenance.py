"""mammoganesis reproduce | verify."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from services.cli.options import takes_client

if TYPE_CHECKING:
    from services.client import Client

PNG_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
CHANGED, NOT_OURS, OTHER_BUNDLE = 3, 4, 5


@click.command()
@click.argument("image", type=PNG_FILE)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE", help="PNG file.")
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
    """Tell whether IMAGE, a PNG file, is ours and unchanged: renders its recipe again and compares the pixels.

    \b
    Exit codes: 0 ours and unchanged; 3 the recipe is ours, but the pixels have been changed; 4 not ours;
    5 made by another bundle than this one; 1 could not tell.
    """
    from services.client.provenance import Verdict
    from services.client.provenance import verify as verify_image

    result = verify_image(client, image.read_bytes(), tolerance)
    click.echo(f"{image}: {result.verdict.value}" + (f" ({result.detail})" if result.detail else ""))
    exit_codes = {
        Verdict.UNCHANGED: 0,
        Verdict.PIXELS_CHANGED: CHANGED,
        Verdict.NOT_OURS: NOT_OURS,
        Verdict.OTHER_BUNDLE: OTHER_BUNDLE,
    }
    return exit_codes[result.verdict]
