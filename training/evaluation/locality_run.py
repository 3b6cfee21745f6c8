"""`evaluate locality`: two sweeps, a choice after each, both localities at what was chosen, and the files."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from mammoganesis.bundle.curated import region_names
from mammoganesis.bundle.npz import Arrays
from mammoganesis.bundle.regions import Regions, read_regions
from mammoganesis.recipe.limits import DEFAULT_LOW_RESOLUTION_EPSILON, DEFAULT_RHO
from training.evaluation import shares_report
from training.evaluation.arrays import sizes_of
from training.evaluation.locality import Pairs, Setting, measure
from training.evaluation.locality_choice import choose, curve
from training.evaluation.locality_report import Sweep, content, write
from training.evaluation.network import BundleNetwork, Network, ask_for, open_network
from training.evaluation.requests import LocalityRequest
from training.evaluation.shares import measure_shares


def run(request: LocalityRequest) -> dict[str, Any]:
    """Measure, choose, write. Returns the content of locality.json.

    Raises:
        ConfigurationError: a value is outside its range.
        BundleError: regions.npz does not fit the network, or cannot be read.
    """
    pairs = Pairs(request.pairs, request.psi, request.seed)
    arrays = Arrays.of_file(request.regions)
    network = open_network(request.network, arrays.text("layer"), request.device, request.threads)
    ask_for(network, request.labels)
    regions = read_regions(arrays, sizes_of(network))
    started = time.perf_counter()
    epsilons = request.epsilons
    first = measure(network, regions, [Setting(e, min(e, DEFAULT_LOW_RESOLUTION_EPSILON)) for e in epsilons], pairs)
    epsilon = epsilons[choose(curve(first, None), epsilons)]
    lows = tuple(value for value in request.low_epsilons if value <= epsilon) or (epsilon,)
    second = measure(network, regions, [Setting(epsilon, low) for low in lows], pairs)
    low = lows[choose(curve(second, None), lows)]
    background = np.flatnonzero(first.background).tolist()
    shares = measure_shares(network, regions, Setting(epsilon, low), pairs, background)
    sweeps = [Sweep.of("epsilon", first, epsilon), Sweep.of("low_resolution_epsilon", second, low)]
    settings = {
        sweep.name: [(setting.epsilon, setting.low_resolution_epsilon) for setting in measured.settings]
        for sweep, measured in zip(sweeps, (first, second), strict=True)
    }
    facts = {
        "generator_digest": network.digest,
        "pairs": request.pairs,
        "truncation_psi": request.psi,
        "labels": network.mixture.describe(),
        "rho": DEFAULT_RHO,
        "seed": request.seed,
        "num_regions": len(regions.area_share),
        "background_regions": background,
        "region_names": _names(network, regions),
        "seconds": round(time.perf_counter() - started, 1),
    }
    document = content(sweeps, facts, settings)
    write(request.out, document, sweeps)
    shares_report.write(request.out, shares, facts | {"epsilon": epsilon, "low_resolution_epsilon": low})
    return document


def _names(network: Network, regions: Regions) -> dict[str, str]:
    """What regions are called, by index: as a bundle's curation says, or as parts of the breast are; of those alone
    that have a name."""
    names = dict(enumerate(regions.parts, start=len(regions.centroids)))
    if isinstance(network, BundleNetwork):
        names |= region_names(network.bundle.manifest.regions).plain
    return {str(index): name for index, name in sorted(names.items()) if name}
