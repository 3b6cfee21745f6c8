"""`evaluate directions`: sweep, analyse, propose, write."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mammoganesis.bundle.arrays import read_components
from mammoganesis.bundle.npz import Arrays
from mammoganesis.errors import ConfigurationError
from training.evaluation import directions as module
from training.evaluation import directions_report
from training.evaluation.arrays import sizes_of
from training.evaluation.network import open_network
from training.evaluation.proposals import propose


def run(
    path: str,
    components: Path,
    out: Path,
    top: int,
    seeds: int,
    seed: int,
    sigmas: tuple[float, ...],
    layers: tuple[int, int] | None,
    psi: float,
    device: str,
    threads: int,
    progress: bool = True,
) -> dict[str, Any]:
    """Measure, propose, write; the arguments are the command's. Returns the content of directions.json.

    Raises:
        ConfigurationError: a value is outside its range.
        BundleError: components.npz does not fit the network, or cannot be read.
    """
    sigmas = tuple(sorted({*sigmas, 0.0}))
    if len(sigmas) < 3:
        raise ConfigurationError("sigmas: at least two values beside 0 are needed")
    network = open_network(path, None, device, threads)
    found = read_components(Arrays.of_file(components), sizes_of(network))
    rows, deviations = found.components[:top], found.deviations[:top]
    started = time.perf_counter()
    total = module.REFERENCE_IMAGES + seeds * (len(rows) * (len(sigmas) - 1) + 1)
    with tqdm(total=total, unit="image", desc="directions", disable=not progress) as bar:
        chosen = range(seed, seed + seeds)
        values, sheet = module.sweep(network, rows, deviations, sigmas, chosen, psi, layers, bar.update)
        spread = module.reference_spread(network, bar.update)
    directions = module.analyse(values, sigmas, spread)
    start, end = layers or (0, network.num_ws)
    proposals = propose(directions, sigmas, (start, end))
    facts = {
        "generator_digest": network.digest,
        "seeds": seeds,
        "first_seed": seed,
        "truncation_psi": psi,
        "layer_start": start,
        "layer_end": end,
        "seconds": round(time.perf_counter() - started, 1),
    }
    document = directions_report.content(directions, proposals, sigmas, facts)
    directions_report.write(out, document, directions, sheet)
    return document
