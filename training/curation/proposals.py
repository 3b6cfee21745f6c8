"""Names, ranges and evidence for directions that nobody has named yet, from measured attributes."""

from __future__ import annotations

import numpy as np

from mammoganesis.bundle.catalogue_file import as_dict, read_catalogue
from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue
from mammoganesis.errors import ConfigurationError
from training.curation.sheets import SIGMAS, Drawing
from training.evaluation.directions import Moves
from training.evaluation.network import BundleNetwork
from training.evaluation.proposals import entry
from training.evaluation.reference import draw, reference
from training.evaluation.study import Study

LEAST_PIXELS = 16  # that attributes can be measured on


def check_pixels(network: BundleNetwork, what: str) -> None:
    """Raises ConfigurationError for images that are too small to be measured; `what` asks for it."""
    pixels = draw(network, np.zeros((1, network.num_ws, len(network.w_avg)), np.float32)).shape[1]
    if pixels < LEAST_PIXELS:
        raise ConfigurationError(f"{what}: the images have {pixels} pixels; at least {LEAST_PIXELS} are needed")


def with_proposals(network: BundleNetwork, catalogue: Catalogue, drawing: Drawing) -> Catalogue:
    """The catalogue with the combinations that keep the rules, and a direction for every component that clearly moves
    an attribute and has no name.

    Args:
        network: of the bundle.
        catalogue: what is known; rejected components stay rejected.
        drawing: which components, layers, seeds and real images.

    Raises:
        ConfigurationError: the images are too small to be measured, or fit no real ones.
        DataError: --data is no prepared set.
    """
    components = network.bundle.components
    if components is None:
        return catalogue
    check_pixels(network, "--measure")
    seeds, usual = drawing.measured_seeds, reference(network, drawing.data)
    moves = Moves(SIGMAS, range(seeds), drawing.psi, drawing.layers)
    study = Study(network, components, usual, moves, drawing.components, drawing.combined, 2 * seeds)
    effects, values, _ = study.components()
    alone = {direction.index for direction in catalogue.directions if not direction.further}
    known = alone | set(catalogue.rejected_components)
    clear = [one for one in study.clear(effects, values) if one.direction[0].index not in known]
    combined, _ = study.combinations()
    found = study.proposed([*clear, *combined], [direction.name for direction in catalogue.directions])
    content = as_dict(catalogue)
    content["directions"] += [entry(name, one) for name, one in found.items()]
    return read_catalogue(content)
