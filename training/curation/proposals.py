"""Names, ranges and evidence for components that nobody has named yet, from measured attributes."""

from __future__ import annotations

import numpy as np

from mammoganesis.bundle.catalogue_file import as_dict, read_catalogue
from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue
from mammoganesis.errors import ConfigurationError
from training.curation.sheets import SIGMAS, Drawing
from training.evaluation import directions
from training.evaluation.network import BundleNetwork
from training.evaluation.proposals import propose

LEAST_PIXELS = 16  # that attributes can be measured on


def with_proposals(network: BundleNetwork, catalogue: Catalogue, drawing: Drawing) -> Catalogue:
    """The catalogue with a direction for every component that clearly moves an attribute and has no name.

    Args:
        network: of the bundle.
        catalogue: what is known; rejected components stay rejected.
        drawing: which components, layers and seeds.

    Raises:
        ConfigurationError: the images are too small to be measured.
    """
    components = network.bundle.components
    if components is None:
        return catalogue
    rows, deviations = components.components[: drawing.components], components.deviations[: drawing.components]
    pixels = directions.draw(network, np.zeros((1, network.num_ws, len(network.w_avg)), np.float32)).shape[1]
    if pixels < LEAST_PIXELS:
        raise ConfigurationError(f"--measure: the images have {pixels} pixels; at least {LEAST_PIXELS} are needed")
    spread = directions.reference_spread(network)
    moves = directions.Moves(SIGMAS, range(drawing.measured_seeds), drawing.psi, drawing.layers)
    values, _ = directions.sweep(network, rows, deviations, moves)
    found = propose(directions.analyse(values, SIGMAS, spread), SIGMAS, drawing.layers)
    known = {direction.index for direction in catalogue.directions} | set(catalogue.rejected_components)
    content = as_dict(catalogue)
    used = {direction.name for direction in catalogue.directions}
    for entry in found:
        if entry["index"] not in known:
            name = entry["name"] if entry["name"] not in used else f"{entry['name']}-component-{entry['index']}"
            used.add(name)
            content["directions"].append(entry | {"name": name})
    return read_catalogue(content)
