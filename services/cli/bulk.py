"""mammoganesis bulk."""

import os
from pathlib import Path

import click
import numpy as np

from mammoganesis.terminal.progress import progress
from services.cli.options import DEFAULT_BUNDLE, read_text, takes_sampling
from services.cli.values import Seeds

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
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
    "--edits",
    type=EXISTING_FILE,
    metavar="FILE",
    help="JSON list of edits applied to every seed (see below).  [default: none]",
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
    type=click.Choice(["png", "png16"]),
    default="png",
    show_default=True,
    help="PNG of 8 or 16 bits.",
)
@click.option(
    "--no-mark",
    is_flag=True,
    help='Leave "SYNTHETIC - NOT FOR DIAGNOSIS" out of the pixels: for studies and training use.',
)
@click.option(
    "--ray-address",
    default="local",
    show_default=True,
    help='"local": a Ray of our own; "auto": the cluster that this runs in, --bundle and --out shared by its machines.',
)
def bulk(
    seeds: np.ndarray,
    out: Path,
    edits: Path | None,
    bundle: Path | None,
    workers: int | None,
    threads_per_worker: int | None,
    labels: dict[str, str] | None,
    truncation_psi: float,
    truncation_cutoff: int | None,
    noise_mode: str,
    noise_seed: int,
    format: str,
    no_mark: bool,
    ray_address: str,
) -> None:
    """Many images into a folder, in shards over several processes.

    Stopped or killed at any moment, the same command takes the job up again: what is there is proved by its checksum
    and kept, the rest is made. DIR/manifest.jsonl has a line an image: index, seed, file, sha256, latent_id,
    bundle_digest, recipe. DIR/finished.json is written last.

    \b
    --edits FILE is a JSON list; moves along components add up, style transfers follow in order:
      [{"component": 0, "sigmas": 2.0, "layers": [0, 8]},
       {"regions": [2], "reference_seed": 12, "epsilon": 80, "rho": 0.1, "strength": 1.0}]
    "layers", "mode" ("absolute"), "epsilon", "rho" and "strength" may be left out; "layer_epsilons" gives single style
    layers another epsilon: [{"layer": 4, "epsilon": 20}]; components and regions go by index or name; instead of
    "reference_seed", "reference_recipe" takes a recipe.

    \b
    Example:
      mammoganesis bulk --seeds 0:1000 --out out/bulk --edits edits.json
    """
    from mammoganesis.bundle.loading import load_bundle
    from mammoganesis.v1 import latents_pb2
    from services.bulk import driver
    from services.bulk.edits import apply_edits
    from services.bulk.job import new_job
    from services.bulk.processors import usable_processors
    from services.client import messages
    from services.process.config import Config

    config = Config.from_environment(os.environ, bundle=bundle)
    opened = load_bundle(config.bundle)
    recipe = latents_pb2.Recipe(
        labels=labels,
        truncation=messages.truncation(truncation_psi, truncation_cutoff),
        noise=messages.noise(noise_mode, noise_seed),
    )
    if edits is not None:
        recipe = apply_edits(read_text(edits, "edits"), recipe)
    limits = opened.limits(config.call_limits)
    job = new_job(seeds, recipe, format, opened.digest, limits, burn_in_mark=not no_mark)
    crew = driver.Crew(workers or max(1, usable_processors() // 4), threads_per_worker, ray_address)
    with progress(len(job), "rendering") as bar:
        summary = driver.run(job, config.bundle, out, crew, bar.update)
    made = summary.images - summary.found
    click.echo(f"{summary.images} images in {out}: {made} made, {summary.found} found and proved")
