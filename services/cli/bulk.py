"""mammoganesis bulk."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from mammoganesis.terminal.commands import CommandWithCommands
from mammoganesis.terminal.progress import progress
from services.cli.options import (
    DEFAULT_BUNDLE,
    position_of,
    read_recipe,
    refuse_sampling,
    takes_arithmetic,
    takes_mark,
    takes_position,
    takes_sampling,
)
from services.cli.values import Seeds

if TYPE_CHECKING:
    from services.client import Sampling

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


# Command -> its module, its attribute there, one line for the overview; in the order of `mammoganesis bulk --help`.
COMMANDS = {
    "submit": ("services.cli.bulk_jobs", "submit", "Give a server a job to work on."),
    "watch": ("services.cli.bulk_jobs", "watch", "Show how far a job of a server is, until it ends."),
    "list": ("services.cli.bulk_jobs", "list_", "List the jobs of a server."),
    "cancel": ("services.cli.bulk_jobs", "cancel", "Have a job of a server end after the shard being written."),
}


@click.command(cls=CommandWithCommands, lazy=COMMANDS)
@click.option(
    "--seeds",
    type=Seeds(),
    required=True,
    help="0:1000 (1000 excluded) | 0-999 | 3,7,9; each 0 to 2^32-1; one image a seed.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="Folder of the job: new, or holding a part of the same job.",
)
@click.option(
    "--recipe",
    "recipe_file",
    type=EXISTING_FILE,
    metavar="FILE",
    help="Recipe of every image, a JSON file; each of --seeds replaces its seed (see below).  [default: none]",
)
@click.option(
    "--bundle",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help=DEFAULT_BUNDLE,
)
@click.option(
    "--workers",
    type=click.IntRange(1, 1024),
    help="Processes that synthesise; they share the processor's threads.  [default: one for each 4 processors]",
)
@click.option(
    "--threads-per-worker",
    type=click.IntRange(1, 1024),
    help="Processors that each worker takes.  [default: the workers share all that there are]",
)
@takes_sampling
@click.option(
    "--format",
    "format",
    type=click.Choice(["png", "png16", "dicom", "dicom-sc"]),
    default="png",
    show_default=True,
    help="PNG of 8 or 16 bits, or a DICOM file of 12, as a mammogram or as a secondary capture.",
)
@takes_position
@takes_mark
@takes_arithmetic
@click.option("--local", is_flag=True, help="Work on this machine, with a Ray of our own: the default.")
@click.option(
    "--ray-address",
    default="local",
    show_default=True,
    help='"local": a Ray of our own; "auto": the cluster that this runs in, --bundle and --out shared by its machines.',
)
def bulk(
    seeds: np.ndarray,
    out: Path,
    recipe_file: Path | None,
    bundle: Path | None,
    workers: int | None,
    threads_per_worker: int | None,
    sampling: "Sampling",
    format: str,
    side: str | None,
    view: str | None,
    mark: bool,
    provider: str | None,
    precision: str | None,
    local: bool,
    ray_address: str,
) -> None:
    """Many images into a folder, in shards over several processes.

    Stopped or killed at any moment, the same command takes the job up again: what is there is proved by its checksum
    and kept, the rest is made. DIR/manifest.jsonl has a line an image: index, seed, file, sha256, latent_id,
    bundle_digest, recipe. DIR/finished.json is written last.

    \b
    --recipe FILE is a recipe as the studio saves it and as manifest.jsonl holds it, with a seed or without:
      {"truncation": {"psi": 0.8},
       "component_edits": [{"index": 0, "sigmas": 2.0, "layer_end": 8}, {"name": "size", "sigmas": 1.0}],
       "style_transfers": [{"reference": {"seed": 12}, "regions": [{"index": 2}], "epsilon": 80}]}
    What it leaves out takes the default; its labels, truncation and noise stand in place of the options. Noise that it
    leaves out, or that is the own noise of its seed, is each image's own.

    \b
    Example:
      mammoganesis bulk --seeds 0:1000 --out out/bulk --recipe recipe.json
    """
    if local and ray_address != "local":
        raise click.UsageError("--local and --ray-address exclude each other")
    from mammoganesis.bundle.loading import load_bundle
    from services.bulk import driver
    from services.bulk.job import new_job
    from services.bulk.processors import usable_processors
    from services.client import Picture
    from services.client.messages import seed_recipe
    from services.process.config import Config

    config = Config.from_environment(os.environ, bundle=bundle)
    opened = load_bundle(config.bundle)
    if recipe_file is None:
        recipe = seed_recipe(None, sampling)
    else:
        refuse_sampling("is not for --recipe, which brings its own")
        recipe = read_recipe(recipe_file)
    position = position_of({"side": side, "view": view}, format)
    picture = Picture(format, mark, side=position["side"], view=position["view"])
    job = new_job(seeds, recipe, picture, opened.limits(config.call_limits))
    count = workers or max(1, usable_processors() // 4)
    crew = driver.Crew(count, threads_per_worker, ray_address, provider, precision)
    with progress(len(job), "rendering") as bar:
        summary = driver.run(job, config.bundle, out, crew, bar.update)
    made = summary.images - summary.found
    click.echo(f"{summary.images} images in {out}: {made} made, {summary.found} found and proved")
