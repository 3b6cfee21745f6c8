"""`mammoganesis-training evaluate neighbours`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from mammoganesis import files
from training.figures.plots import PlotFile
from training.metrics import choices


@click.command()
@click.argument("target", metavar="CKPT_OR_RUN_OR_FAKES_FOLDER")
@choices.data
@choices.sampling(200)
@choices.extractor
@click.option("--rows", default=16, show_default=True, type=click.IntRange(1, 200), help="Samples on the sheet.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="JSON file to write.")
@click.option("--sheet", type=PlotFile(), help="PNG, SVG or PDF: contact sheet.")
@click.pass_context
def neighbours(context: click.Context, **given: Any) -> None:
    """Nearest training images of samples, against those of held-out images: is anything copied?

    Distances are taken between features and between pixels. The sheet shows the samples nearest to a training image.
    It shows real training images: treat it as such.
    """
    from mammoganesis.errors import DataError
    from training.metrics import fake_sources
    from training.metrics import nearest as search
    from training.metrics.samples import Reals

    progress = sys.stderr.isatty()
    device = choices.device_of(given)
    reals = Reals(given["data"], given["split"])
    extractor = choices.extractor_of(given, reals.resolution, choices.set_by_user(context))
    fakes = fake_sources.open_fakes(given["target"], reals, given["samples"], given["psi"], given["seed"], device)
    train = search.points(reals, reals.groups, extractor, title=reals.split, progress=progress)
    held_out = None
    try:
        other = Reals(given["data"], "test" if reals.split == "train" else "train")
        held_out = search.points(other, other.groups, extractor, title=other.split, progress=progress)
    except DataError:
        click.echo("no held-out images: training images of other patients are the control")
    samples = search.points(fakes.source, None, extractor, title="samples", progress=progress)
    results = search.compare(samples, train, held_out)
    click.echo(f"extractor: {extractor.name}, {extractor.digest[:12]}, {extractor.description}")
    click.echo(search.summary(results))
    if given["out"] is not None:
        content = {
            "format_version": 1,
            "target": given["target"],
            "generator_digest": fakes.generator_digest,
            "data": {"folder": str(given["data"]), "split": reals.split, "images": len(reals), "digest": reals.digest},
            "extractor": {"name": extractor.name, "digest": extractor.digest, "input": extractor.description},
            "samples": len(fakes.source),
            "psi": given["psi"],
            "seed": given["seed"],
            "spaces": [found.to_dict() for found in results],
        }
        files.write(given["out"], (json.dumps(content, indent=1) + "\n").encode())
        click.echo(f"wrote {given['out']}")
    if given["sheet"] is not None:
        search.sheet(given["sheet"], samples.images, reals, results, given["rows"])
        click.echo(f"wrote {given['sheet']}")
