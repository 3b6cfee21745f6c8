"""Whether `evaluate neighbours` flags a generator that is over-fitted on purpose: on some twenty images.

    python bench/overfit.py --data data64

Takes 2 x `--images` of a set made by `prepare` (of 64 x 64: minutes on one core), each as a patient of its own, and
makes a set of them of which half is held out. Trains it in steps of `--step` thousand images, and audits after each.
Ends with 0 as soon as `--share` of the samples are called possible copies, with 3 when `--kimg` is reached without.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np
from PIL import Image

from training.data.dataset import Dataset

TRAINING = str(Path(sys.executable).with_name("mammoganesis-training"))


def called(*words: object) -> None:
    """A command of ours, which has to succeed."""
    subprocess.run([TRAINING, *map(str, words)], check=True, stdout=subprocess.DEVNULL)


def small_set(data: Path, images: int, folder: Path) -> Path:
    """A set of so many images to train with, and about as many held out."""
    source, out = Dataset(data, verify=False), folder / "set"
    (folder / "images").mkdir()
    with (folder / "images.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "patient", "side", "view"])
        for number, item in enumerate(np.linspace(0, len(source) - 1, 2 * images).astype(int)):
            Image.fromarray(source[int(item)][0]).save(folder / "images" / f"{number}.png")
            table.writerow([f"{number}.png", f"p{number}", "R", "CC"])
    options = ("--resolution", source.resolution, "--test-fraction", 0.5, "--keep-near-duplicates")
    called("prepare", folder / "images", "--csv", folder / "images.csv", "--out", out, *options)
    return out


def flagged(run: Path, data: Path, samples: int, out: Path) -> dict[str, list[int]]:
    """Samples that may be copies, by the space in which they are near."""
    called("evaluate", "neighbours", run, "--data", data, "--samples", samples, "--out", out, "--threads", 1)
    return {space["space"]: space["suspicious_samples"] for space in json.loads(out.read_text())["spaces"]}


@click.command(help=__doc__)
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--config", default="demo64", show_default=True, help="Of `train`; its resolution is that of --data.")
@click.option("--images", default=20, show_default=True)
@click.option("--step", default=4.0, show_default=True, help="Thousand images between audits.")
@click.option("--kimg", default=24.0, show_default=True, help="Thousand images at most.")
@click.option("--samples", default=100, show_default=True)
@click.option("--share", default=0.05, show_default=True, help="Of the samples, that have to be flagged.")
def main(data: Path, config: str, images: int, step: float, kimg: float, samples: int, share: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, began = Path(name), time.perf_counter()
        few = small_set(data, images, folder)
        run, counts = folder / "run", (len(Dataset(few)), len(Dataset(few, "test")))
        click.echo(f"{counts[0]} images to train with, {counts[1]} held out")
        reached = 0.0
        while reached < kimg:
            reached = min(reached + step, kimg)
            begun = ("--resume", run) if run.exists() else ("--config", config)
            called("train", *begun, "--data", few, "--out", run, "--kimg", reached, "--threads", 1)
            found = flagged(run, few, samples, folder / "neighbours.json")
            together = len(set().union(*found.values()))
            spaces = ", ".join(f"by {space} {len(them)}" for space, them in found.items())
            minutes = (time.perf_counter() - began) / 60
            click.echo(f"{reached:g} kimg, {minutes:.1f} min: {together} of {samples} flagged ({spaces})")
            if together >= share * samples:
                return
    sys.exit(3)


if __name__ == "__main__":
    main()
