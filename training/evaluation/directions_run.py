"""`evaluate directions`: sweep, analyse, combine, judge, propose, write."""

from __future__ import annotations

import time
from typing import Any

from mammoganesis.bundle.arrays import read_components
from mammoganesis.bundle.curated import named_directions
from mammoganesis.bundle.npz import Arrays
from mammoganesis.errors import ConfigurationError
from training.evaluation import directions_report, side_effects_report
from training.evaluation.arrays import sizes_of
from training.evaluation.directions import Moves
from training.evaluation.network import BundleNetwork, ask_for, open_network
from training.evaluation.proposals import entry
from training.evaluation.reference import reference
from training.evaluation.requests import DirectionsRequest
from training.evaluation.study import Study


def run(request: DirectionsRequest) -> dict[str, Any]:
    """Measure, propose, write. Returns the content of directions.json.

    Raises:
        ConfigurationError: a value is outside its range.
        BundleError: components.npz does not fit the network, or cannot be read.
        DataError: --data is no prepared set.
    """
    sigmas = tuple(sorted({*request.sigmas, 0.0}))
    if len(sigmas) < 3:
        shown = ",".join(f"{value:g}" for value in request.sigmas)
        raise ConfigurationError(f"--sigmas is {shown}; at least two values beside 0 are needed")
    network = open_network(request.network, None, request.device, request.threads)
    found = read_components(Arrays.of_file(request.components), sizes_of(network))
    moves = Moves(sigmas, range(request.seed, request.seed + request.seeds), request.psi, request.layers)
    layers = moves.layers_of(network)
    started = time.perf_counter()
    usual = reference(network, request.data)  # of all labels: they tell the views apart
    ask_for(network, request.labels)
    study = Study(network, found, usual, moves, request.top, request.combine, request.end_seeds)
    effects, values, sheet = study.components()
    combined, compromises = study.combinations()
    there = named_directions(network.bundle.manifest) if isinstance(network, BundleNetwork) else []
    catalogued = study.catalogue(there)
    proposed = study.proposed([*study.clear(effects, values), *combined], list(catalogued))
    facts = {
        "generator_digest": network.digest,
        "seeds": request.seeds,
        "first_seed": request.seed,
        "truncation_psi": request.psi,
        "labels": network.mixture.describe(),
        "layer_start": layers[0],
        "layer_end": layers[1],
        "reference": usual.of,
        "seconds": round(time.perf_counter() - started, 1),
    }
    everything = {**catalogued, **proposed}
    entries = [entry(name, one) for name, one in proposed.items()]
    document = directions_report.content(effects, entries, sigmas, facts)
    directions_report.write(request.out, document, effects, sheet, side_effects_report.markdown(everything, usual))
    side_effects_report.write(request.out, everything, combined, compromises, usual, network.digest)
    return document
