"""mammoganesis bulk."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from mammoganesis.terminal.commands import CommandWithCommands
from mammoganesis.terminal.progress import progress
from services.cli.connection import DEFAULT_BUNDLE, is_given, takes_arithmetic
from services.cli.options import position_of, read_recipe, refuse_sampling, takes_mark, takes_position, takes_sampling
from services.cli.values import Seeds

if TYPE_CHECKING:
    from mammoganesis.v1.bulk_pb2 import BulkJob
    from services.client import Sampling

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
# Options that say what a document says.
OF_DOCUMENT = ("seeds", "recipe_file", "format", "side", "view", "mark")

# Command -> its module, its attribute there, one line for the overview; in the order of `mammoganesis bulk --help`.
COMMANDS = {
    "verify": ("services.cli.bulk_verify", "verify", "Read what a job has made again: is all there, once and whole?"),
    "submit": ("services.cli.bulk_jobs", "submit", "Give a server a job to work on."),
    "watch": ("services.cli.bulk_jobs", "watch", "Show how far a job of a server is, until it ends."),
    "list": ("services.cli.bulk_jobs", "list_", "List the jobs of a server."),
    "cancel": ("services.cli.bulk_jobs", "cancel", "Have a job of a server end after the shard being written."),
}


@click.command(cls=CommandWithCommands, lazy=COMMANDS)
@click.argument("document", metavar="[JOB.json]", type=EXISTING_FILE, required=False)
@click.option(
    "--seeds",
    type=Seeds(),
    help="0:1000 (1000 excluded) | 0-999 | 3,7,9; each 0 to 2^32-1; one image a seed. Instead of JOB.json.",
)
@click.option(
    "--out",
    metavar="URL|DIR",
    help="Folder of the job, or an address such as s3://bucket/job: new, or holding a part of the same job.  "
    "[default: the document's destination]",
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
    help='"local": a Ray of our own; "auto": the cluster that this runs in, --bundle and --out shared by its machines. '
    "What it was started with (RAY_AUTH_MODE, RAY_AUTH_TOKEN, RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER) has to be in the "
    "environment here too.",
)
@click.option(
    "--autoscaling",
    is_flag=True,
    help="The cluster of --ray-address adds and removes nodes by itself: --workers may be more than have a place now; "
    "those without one make it add some. --threads-per-worker says what each asks for.",
)
@click.option(
    "--patience",
    "patience_seconds",
    type=click.FloatRange(min=0),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the store behind an address may be away, or refuse, before the command ends.",
)
def bulk(
    document: Path | None,
    seeds: np.ndarray | None,
    out: str | None,
    bundle: Path | None,
    workers: int | None,
    threads_per_worker: int | None,
    provider: str | None,
    precision: str | None,
    local: bool,
    ray_address: str,
    autoscaling: bool,
    patience_seconds: float,
    **wished: Any,
) -> None:
    """Many images into a folder or an object store, in shards over several processes and machines.

    What to make is one document, JOB.json (docs/bulk.md; the message BulkJob): seeds or counts, labels, edits and
    transfers drawn at random, formats, shards. Options that say the same make such a document.

    Stopped or killed at any moment, the same command takes the job up again: a shard whose manifest is there is done,
    and what a folder holds is proved by its checksum. manifest.parquet and manifest.jsonl have a row an image: index,
    seed, file, sha256, latent_id, bundle_digest, recipe; they and finished.json are written last.

    \b
    --recipe FILE is a recipe as the studio saves it and as manifest.jsonl holds it, with a seed or without:
      {"truncation": {"psi": 0.8},
       "component_edits": [{"index": 0, "sigmas": 2.0, "layer_end": 8}, {"name": "size", "sigmas": 1.0}],
       "style_transfers": [{"reference": {"seed": 12}, "regions": [{"index": 2}], "epsilon": 80}]}
    What it leaves out takes the default; its labels, truncation and noise stand in place of the options. Noise that it
    leaves out, or that is the own noise of its seed, is each image's own.

    \b
    Examples:
      mammoganesis bulk --seeds 0:1000 --out out/bulk --recipe recipe.json
      mammoganesis bulk JOB.json --out s3://bucket/job
      mammoganesis bulk verify s3://bucket/job
    """
    if local and ray_address != "local":
        raise click.UsageError("--local and --ray-address exclude each other")
    if autoscaling and (ray_address == "local" or not workers or not threads_per_worker):
        raise click.UsageError("--autoscaling needs --ray-address, --workers and --threads-per-worker")
    job = _read(document, wished["sampling"]) if document else _wished(seeds, **wished)
    if not (place := out or job.destination):
        raise click.UsageError("Missing option '--out', and the document names no destination.")
    from services.bulk import driver
    from services.bulk.document import image_count
    from services.bulk.processors import usable_processors
    from services.process.config import Config

    config = Config.from_environment(os.environ, bundle=bundle)
    count = workers or max(1, usable_processors() // 4)
    crew = driver.Crew(count, threads_per_worker, ray_address, provider, precision, patience_seconds, autoscaling)
    try:
        with progress(image_count(job), "rendering") as bar:
            summary = driver.run(job, config.bundle, place, crew, bar.update)
    except KeyboardInterrupt:
        click.echo(f"what is committed stays in {place}; the same command goes on from there", err=True)
        raise
    made = summary.images - summary.found
    click.echo(f"{summary.images} images in {place}: {made} made, {summary.found} found and proved")


def _read(document: Path, sampling: "Sampling") -> "BulkJob":
    """The job of a document. Raises InvalidArgument; it names the file."""
    refuse_sampling("is not for a document, which says it")
    for name in OF_DOCUMENT:
        if is_given(name):
            option = {"recipe_file": "recipe"}.get(name, name)
            raise click.UsageError(f"--{option} is not for a document, which says it")
    return job_of_file(document)


def job_of_file(document: Path) -> "BulkJob":
    """The job of a file, judged without a bundle. Raises InvalidArgument; it names the file."""
    from mammoganesis.errors import InvalidArgument
    from services.bulk.document import check, read_job

    try:
        job = read_job(document.read_text(encoding="utf-8-sig"))
        check(job)
        return job
    except UnicodeDecodeError:
        raise InvalidArgument(f"{document}: job", "no UTF-8", "a document of a bulk job: JSON in UTF-8") from None
    except InvalidArgument as error:
        raise error.in_file(document) from None


def _wished(
    seeds: np.ndarray | None,
    sampling: "Sampling",
    recipe_file: Path | None,
    format: str,
    side: str | None,
    view: str | None,
    mark: bool,
) -> "BulkJob":
    """The job that the options ask for."""
    if seeds is None:
        raise click.UsageError("Missing argument 'JOB.json' or option '--seeds'.")
    from services.bulk.document import check
    from services.bulk.wishes import job_of_seeds
    from services.client import Picture
    from services.client.messages import image_format, seed_recipe

    if recipe_file is None:
        recipe = seed_recipe(None, sampling)
    else:
        refuse_sampling("is not for --recipe, which brings its own")
        recipe = read_recipe(recipe_file)
    position = position_of({"side": side, "view": view}, format)
    picture = Picture(format, mark, side=position["side"], view=position["view"])
    job = job_of_seeds(seeds, recipe, image_format(picture))
    job.labels_drawn = sampling.labels_drawn
    check(job)
    return job
