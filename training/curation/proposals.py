"""Names, ranges and evidence for components that nobody has named yet, from measured attributes."""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from mammoganesis.bundle.catalogue import Catalogue, as_dict, read_catalogue
from mammoganesis.errors import ConfigurationError
from training.curation.opened import Subject
from training.curation.sheets import SIGMAS
from training.evaluation import directions
from training.evaluation.proposals import propose

LEAST_PIXELS = 16  # that attributes can be measured on


def with_proposals(
    subject: Subject,
    catalogue: Catalogue,
    num_components: int,
    psi: float,
    layers: tuple[int, int],
    num_seeds: int,
    progress: bool = True,
) -> Catalogue:
    """The catalogue with a direction for every component that clearly moves an attribute and has no name.

    Args:
        subject: the bundle.
        catalogue: what is known; rejected components stay rejected.
        num_components: how many of the largest components are measured.
        psi: truncation of the images.
        layers: start and end of the codes that are moved.
        num_seeds: images that are moved along every component.
        progress: show a bar.

    Raises:
        ConfigurationError: the images are too small to be measured.
    """
    if subject.components is None:
        return catalogue
    rows = subject.components["components"][:num_components]
    deviations = subject.components["deviations"][:num_components]
    total = directions.REFERENCE_IMAGES + num_seeds * (len(rows) * (len(SIGMAS) - 1) + 1)
    with tqdm(total=total, unit="image", desc="measuring", disable=not progress) as bar:
        network = subject.network
        pixels = directions.draw(network, np.zeros((1, network.num_ws, len(network.w_avg)), np.float32)).shape[1]
        if pixels < LEAST_PIXELS:
            raise ConfigurationError(f"images have {pixels} pixels; attributes need {LEAST_PIXELS} or more")
        spread = directions.reference_spread(network, bar.update)
        values, _ = directions.sweep(network, rows, deviations, SIGMAS, range(num_seeds), psi, layers, bar.update)
    found = propose(directions.analyse(values, SIGMAS, spread), SIGMAS, layers)
    known = {direction.index for direction in catalogue.directions} | set(catalogue.rejected_components)
    content = as_dict(catalogue)
    used = {direction.name for direction in catalogue.directions}
    for entry in found:
        if entry["index"] not in known:
            name = entry["name"] if entry["name"] not in used else f"{entry['name']}-component-{entry['index']}"
            used.add(name)
            content["directions"].append(entry | {"name": name})
    return read_catalogue(content)
