"""Principal components of W: ours against scikit-learn's IncrementalPCA, on the same codes in one run.

Codes come from an untrained config-F mapping network (w of 512 numbers) whose output is given the falling variances of
a trained one; mapping time is reported apart. IncrementalPCA takes chunks of 10,000 codes, as GANSpace does, in
float32 as they come and in float64. Both are compared with scikit-learn's full PCA, which holds all codes in memory.

    python bench/components.py --samples 100000
"""

from __future__ import annotations

import math
import os
import time

import click
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA, IncrementalPCA
from threadpoolctl import threadpool_limits

from mammoganesis.terminal.progress import progress
from training.discovery.components import BATCH, Moments, decompose
from training.networks import Generator, GeneratorConfig

CHUNK = 10_000


def codes(samples: int) -> NDArray[np.float32]:
    """Codes [samples, 512] of a mapping network."""
    torch.manual_seed(0)
    mapping = Generator(GeneratorConfig(resolution=8)).mapping.eval().requires_grad_(False)
    random = np.random.RandomState(0)
    parts = []
    with progress(math.ceil(samples / BATCH), "mapping", "batch") as bar:
        for start in range(0, samples, BATCH):
            z = random.randn(min(BATCH, samples - start), 512).astype(np.float32)
            parts.append(mapping(torch.from_numpy(z)).numpy())
            bar.update()
    return np.concatenate(parts)


def trained_spectrum(w: NDArray[np.float32]) -> NDArray[np.float32]:
    """The codes with variances that fall by 1/k^1.5, as those of trained networks roughly do, along fixed axes."""
    axes = np.linalg.qr(np.random.default_rng(0).standard_normal((512, 512)))[0]
    centred = w - w.mean(axis=0)
    scale = np.arange(1, 513) ** -0.75 / centred.std()
    return (w.mean(axis=0) + (centred @ axes * scale) @ axes.T).astype(np.float32)


def ours(w: NDArray[np.float32], keep: int) -> NDArray[np.float64]:
    """Variances [keep], by the code that `discover components` runs."""
    moments = Moments(np.zeros(w.shape[1]))
    for start in range(0, len(w), BATCH):
        moments.add(w[start : start + BATCH])
    return decompose(moments, keep).deviations.astype(np.float64) ** 2


def incremental(w: NDArray[np.floating], keep: int) -> NDArray[np.float64]:
    """Variances [keep], by chunks."""
    model = IncrementalPCA(n_components=keep)
    for start in range(0, len(w), CHUNK):
        model.partial_fit(w[start : start + CHUNK])
    return np.asarray(model.explained_variance_, dtype=np.float64)


@click.command(context_settings={"show_default": True})
@click.option("--samples", default=100_000, type=click.IntRange(20_000), help="Codes; about 10 kB of memory each.")
@click.option("--components", default=100, type=click.IntRange(1, 512), help="Components to keep.")
@click.option("--rounds", default=3, type=click.IntRange(1), help="Alternating rounds; the median counts.")
@click.option("--threads", default=len(os.sched_getaffinity(0)), type=click.IntRange(1), help="Threads of both.")
def main(samples: int, components: int, rounds: int, threads: int) -> None:
    """Print seconds, their ratio, and the error of the variances against the full PCA."""
    torch.set_num_threads(threads)
    start = time.perf_counter()
    w = codes(samples)
    mapping_seconds = time.perf_counter() - start
    w = trained_spectrum(w)
    runs = {
        "ours, float64 sums": lambda: ours(w, components),
        "IncrementalPCA, float32": lambda: incremental(w, components),
        "IncrementalPCA, float64": lambda: incremental(w.astype(np.float64), components),
    }
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    variances: dict[str, NDArray] = {}
    with threadpool_limits(threads):
        with progress(rounds, "measuring", "round") as bar:
            for _ in range(rounds):
                for name, call in runs.items():
                    start = time.perf_counter()
                    variances[name] = call()
                    seconds[name].append(time.perf_counter() - start)
                bar.update()
        full = PCA(n_components=components, svd_solver="full").fit(w.astype(np.float64)).explained_variance_
    click.echo(f"{samples} codes of {w.shape[1]} numbers, {components} components, {threads} threads, {rounds} rounds")
    click.echo(f"mapping of the codes        {mapping_seconds:8.2f} s, needed by both, not counted below")
    for name in runs:
        error = np.abs(variances[name] / full - 1)
        ratios = np.array(seconds[name]) / np.array(seconds["ours, float64 sums"])
        click.echo(
            f"{name:<26}{np.median(seconds[name]):8.2f} s, {np.median(ratios):5.1f} times ours; "
            f"variances off by {error.max():.1e} at most, {error.mean():.1e} in the mean"
        )


if __name__ == "__main__":
    main()
