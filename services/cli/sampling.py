"""mammoganesis sample."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from mammoganesis.terminal.progress import progress
from services.cli.connection import takes_client_for
from services.cli.names import Names
from services.cli.options import known_sampling, takes_out_folder, takes_picture, takes_sampling
from services.cli.sheets import Sheet
from services.cli.values import Seeds

if TYPE_CHECKING:
    from services.client import Client, Image, Picture, Sampling


@click.command()
@click.option(
    "--seeds",
    type=Seeds(distinct=True),
    required=True,
    help="7 | 0-3 (3 included) | 0:1000 (1000 excluded) | 0-3,7; each 0 to 2^32-1, and once.",
)
@takes_sampling
@takes_picture
@takes_out_folder("Gets seed00000000.png (raw: .npy, DICOM: .dcm) and so on, and contact_sheet.png.")
@takes_client_for(lambda given: len(given["seeds"]))
def sample(client: "Client", seeds: np.ndarray, sampling: "Sampling", picture: "Picture", out: Path) -> None:
    """New images, one a seed.

    \b
    Example:
      mammoganesis sample --local --bundle deploy/bundles/demo --seeds 0-3,7 --labels-drawn --out samples
    """
    sampling = known_sampling(sampling, Names(client))
    labels = "".join(f", {name} {value}" for name, value in (sampling.labels or {}).items())
    drawn = ", labels as often as in training" if sampling.labels_drawn else ""
    sheet = Sheet(
        f"{len(seeds):,} sample{'s' * (len(seeds) != 1)}, truncation psi {sampling.psi:g}{labels}{drawn}",
        picture.marked,
    )
    images = client.stream(seeds.tolist(), sampling=sampling, picture=picture)
    with progress(len(seeds), "rendering") as bar:
        for seed, image in zip(seeds.tolist(), images, strict=True):
            image.save(out / f"seed{seed:08d}{picture.suffix}")
            sheet.add(", ".join([f"seed {seed}", *_drawn(sampling, image)]), image)
            bar.update()
    click.echo(f"{len(seeds)} image{'s' * (len(seeds) != 1)} in {out}, together in {sheet.write(out)}")


def _drawn(sampling: "Sampling", image: "Image") -> list[str]:
    """The labels that were drawn for an image, such as "view MLO"."""
    given = sampling.labels or {}
    return [f"{name} {value}" for name, value in sorted(image.recipe.labels.items()) if name not in given]
