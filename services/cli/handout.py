"""mammoganesis handout: what a teacher gives to a class."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from services.cli.connection import takes_client
from services.cli.latents import Source, takes_sources
from services.cli.names import Names
from services.cli.options import takes_language, takes_mark, takes_out_file

if TYPE_CHECKING:
    from services.client import Client


@click.command()
@takes_sources("images")
@click.option("--title", default="", help="Stands at the foot of every slide; up to 200 characters.")
@takes_language
@takes_mark
@takes_out_file("The slides; .pptx.", ".pptx")
@takes_client
def handout(client: "Client", images: list[Source], title: str, language: str, mark: bool, out: Path) -> None:
    """Slides for teaching (PPTX): a slide each for up to 64 images, with what was done in words; then their recipes,
    credit and licence.

    Images are seeds, PNG files of ours, recipes (.json) or latent ids.

    \b
    Example:
      mammoganesis handout 7 larger.png transferred.png --title "Density" --out density.pptx
    """
    from mammoganesis import files
    from mammoganesis.pictures.handout import Shown, credit_of
    from mammoganesis.pictures.handout import handout as slides
    from mammoganesis.texts.languages import language_of
    from services.client import Picture

    names = Names(client)
    drawn = client.sample(latents=[image.latent(names) for image in images], picture=Picture(mark=mark))
    shown = [Shown.of(image.message, client.describe(image, language).sentences) for image in drawn]
    files.write(out, slides(title, shown, credit_of(client.model()), language_of(language)))
    click.echo(out)
