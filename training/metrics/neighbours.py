"""`mammoganesis-training evaluate neighbours`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mammoganesis import files
from training.figures.plots import PlotFile, save_page
from training.metrics import choices


@click.command()
@click.argument("target", metavar="CKPT_OR_RUN_OR_FAKES_FOLDER")
@choices.data
@choices.sampling(200)
@choices.extractor
@click.option(
    "--rows",
    default=16,
    show_default=True,
    type=click.IntRange(1, 200),
    help="Samples on the sheet; more where the verdict names more.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="JSON file to write.")
@click.option("--sheet", type=PlotFile(), help="PNG, SVG or PDF: contact sheet.")
@click.pass_context
def neighbours(
    context: click.Context,
    target: str,
    real_set: choices.RealSet,
    sampling: choices.Sampling,
    extractor_choice: choices.ExtractorChoice,
    rows: int,
    out: Path | None,
    sheet: Path | None,
) -> None:
    """Nearest training images of samples, against those of held-out images: is anything copied?

    Distances are taken between features, between pixels, and between details wherever they lie; the verdict says what
    was found and what cannot be. The sheet shows first the samples that may be copies, and why, then those nearest to a
    training image. It shows real training images: treat it as such.
    """
    from mammoganesis.errors import DataError
    from training.metrics import fake_sources
    from training.metrics import nearest as search
    from training.metrics.samples import Reals

    choices.refuse_stray(context)
    fake_sources.refuse_teachers([target], extractor_choice.extractor)
    device = sampling.torch_device()
    reals = Reals(real_set.data, real_set.split, verify=real_set.verify_data)
    extractor = extractor_choice.open(reals.resolution, device)
    fakes = fake_sources.open_fakes(target, reals, sampling, device)
    train = search.points(reals, reals.groups, extractor, reals.split)
    held_out = None
    try:
        other = Reals(real_set.data, real_set.other_split, verify=real_set.verify_data)
        held_out = search.points(other, other.groups, extractor, other.split)
    except DataError:
        click.echo("no held-out images: training images of other patients are the control")
    samples = search.points(fakes.source, None, extractor, "samples")
    results = search.compare(samples, train, held_out)
    click.echo(f"extractor: {extractor.name}, {extractor.digest[:12]}, {extractor.description}")
    click.echo(search.summary(results))
    click.echo(search.verdict(results))
    if out is not None:
        content = {
            "format_version": 1,
            "target": target,
            "generator_digest": fakes.generator_digest,
            "data": {"folder": str(real_set.data), "split": reals.split, "images": len(reals), "digest": reals.digest},
            "extractor": {"name": extractor.name, "digest": extractor.digest, "input": extractor.description},
            "samples": len(fakes.source),
            "psi": sampling.psi,
            "seed": sampling.seed,
            "verdict": search.verdict(results).splitlines(),
            "spaces": [found.to_dict() for found in results],
        }
        files.write(out, (json.dumps(content, indent=1) + "\n").encode())
        click.echo(f"wrote {out}")
    if sheet is not None:
        save_page(search.sheet(samples.images, reals, results, rows), sheet)
        click.echo(f"wrote {sheet}")
