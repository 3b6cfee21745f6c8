"""What the guard against copies of training images costs: an image's features, and the search in indices of any size.

    python bench/guard.py --resolution 128 --images 358 --images 163000

A guard has the same work in every bundle of a resolution, so it is made here, of random images, on one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import torch

from mammoganesis.bundle.guard import Guard, GuardIndex
from mammoganesis.bundle.runtimes import ONE_THREAD
from mammoganesis.bundle.sessions import Session
from training.export.guard_graph import FEATURES, GuardGraph
from training.export.onnx_files import to_onnx


@click.command()
@click.option("--resolution", default=128, show_default=True, help="Pixels.")
@click.option("--images", multiple=True, default=[358, 20_000, 163_000], show_default=True, help="Of an index.")
@click.option("--rounds", default=50, show_default=True, type=click.IntRange(1), help="Images that are looked at.")
def main(resolution: int, images: tuple[int, ...], rounds: int) -> None:
    """Milliseconds of processor time that one image costs."""
    graph = GuardGraph(resolution, 1)
    network = to_onnx(graph, {"image": torch.rand(2, 1, resolution, resolution)}, ["features"])
    outputs = {"features": [graph.views, FEATURES]}
    session = Session(network, Path("guard.onnx"), {"image": [1, resolution, resolution]}, outputs, ONE_THREAD)
    image = np.random.RandomState(0).uniform(-1, 1, (1, resolution, resolution)).astype(np.float32)
    for count in images:
        rows = np.random.RandomState(1).standard_normal((count, FEATURES)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1)[:, None]
        guard = Guard(session, GuardIndex(rows, rows[:1]), 0.5)
        views, whole = (_milliseconds(look, image, rounds) for look in (guard.views, guard.distance))
        click.echo(f"{resolution} pixels, {count:,} training images: {whole:.2f} ms, of which features {views:.2f} ms")


def _milliseconds(look: Callable[[np.ndarray], object], image: np.ndarray, rounds: int) -> float:
    """The median over the rounds, of processor time."""
    look(image)
    taken = []
    for _ in range(rounds):
        started = time.process_time()
        look(image)
        taken.append(time.process_time() - started)
    return float(np.median(taken)) * 1000


if __name__ == "__main__":
    main()
