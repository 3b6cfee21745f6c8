"""`evaluate directions`: sweep, analyse, propose, write."""

from __future__ import annotations

import time
from typing import Any

from mammoganesis.bundle.arrays import read_components
from mammoganesis.bundle.npz import Arrays
from mammoganesis.errors import ConfigurationError
from training.evaluation import directions_report
from training.evaluation.arrays import sizes_of
from training.evaluation.directions import Moves, analyse, reference_spread, sweep
from training.evaluation.network import ask_for, open_network
from training.evaluation.proposals import propose
from training.evaluation.requests import DirectionsRequest


def run(request: DirectionsRequest) -> dict[str, Any]:
    """Measure, propose, write. Returns the content of directions.json.

    Raises:
        ConfigurationError: a value is outside its range.
        BundleError: components.npz does not fit the network, or cannot be read.
    """
    sigmas = tuple(sorted({*request.sigmas, 0.0}))
    if len(sigmas) < 3:
        shown = ",".join(f"{value:g}" for value in request.sigmas)
        raise ConfigurationError(f"--sigmas is {shown}; at least two values beside 0 are needed")
    network = open_network(request.network, None, request.device, request.threads)
    ask_for(network, request.labels)
    found = read_components(Arrays.of_file(request.components), sizes_of(network))
    moves = Moves(sigmas, range(request.seed, request.seed + request.seeds), request.psi, request.layers)
    layers = moves.layers_of(network)
    started = time.perf_counter()
    values, sheet = sweep(network, found.components[: request.top], found.deviations[: request.top], moves)
    directions = analyse(values, sigmas, reference_spread(network))
    proposals = propose(directions, sigmas, layers)
    facts = {
        "generator_digest": network.digest,
        "seeds": request.seeds,
        "first_seed": request.seed,
        "truncation_psi": request.psi,
        "labels": network.mixture.describe(),
        "layer_start": layers[0],
        "layer_end": layers[1],
        "seconds": round(time.perf_counter() - started, 1),
    }
    document = directions_report.content(directions, proposals, sigmas, facts)
    directions_report.write(request.out, document, directions, sheet)
    return document
