"""`evaluate locality`: two sweeps, a choice after each, and the files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from mammoganesis.bundle.arrays import read_regions
from mammoganesis.bundle.npz import Arrays
from mammoganesis.recipe.limits import DEFAULT_LOW_RESOLUTION_EPSILON, DEFAULT_RHO
from training.evaluation.arrays import sizes_of
from training.evaluation.locality import Measurements, Setting, measure
from training.evaluation.locality_choice import choose, curve
from training.evaluation.locality_report import Sweep, content, write
from training.evaluation.network import open_network


def run(
    path: str,
    regions: Path,
    out: Path,
    pairs: int,
    epsilons: tuple[float, ...],
    low_epsilons: tuple[float, ...],
    psi: float,
    seed: int,
    device: str,
    threads: int,
    progress: bool = True,
) -> dict[str, Any]:
    """Measure, choose, write; the arguments are the command's. Returns the content of locality.json.

    Raises:
        BundleError: regions.npz does not fit the network, or cannot be read.
    """
    arrays = Arrays.of_file(regions)
    network = open_network(path, arrays.text("layer"), device, threads)
    found = read_regions(arrays, sizes_of(network))
    started = time.perf_counter()

    def measured(settings: list[Setting], title: str) -> Measurements:
        regions_count = len(found.centroids)
        with tqdm(total=regions_count * pairs, unit="pair", desc=title, disable=not progress) as bar:
            return measure(
                network, found.centroids, found.contributions, settings, pairs, psi, seed, on_pair=bar.update
            )

    first = measured([Setting(e, min(e, DEFAULT_LOW_RESOLUTION_EPSILON)) for e in epsilons], "epsilon")
    epsilon = epsilons[choose(curve(first, None), epsilons)]
    lows = tuple(value for value in low_epsilons if value <= epsilon) or (epsilon,)
    second = measured([Setting(epsilon, low) for low in lows], "low-resolution epsilon")
    low = lows[choose(curve(second, None), lows)]
    sweeps = [Sweep.of("epsilon", first, epsilon), Sweep.of("low_resolution_epsilon", second, low)]
    settings = {
        s.name: [(x.epsilon, x.low_resolution_epsilon) for x in m.settings]
        for s, m in zip(sweeps, (first, second), strict=True)
    }
    facts = {
        "generator_digest": network.digest,
        "pairs": pairs,
        "truncation_psi": psi,
        "rho": DEFAULT_RHO,
        "seed": seed,
        "num_regions": len(found.centroids),
        "background_regions": np.flatnonzero(first.background).tolist(),
        "seconds": round(time.perf_counter() - started, 1),
    }
    document = content(sweeps, facts, settings)
    write(out, document, sweeps)
    return document
