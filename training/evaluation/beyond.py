"""How often edited images look unlike real ones, within the reach of a model and beyond it.

Images are edited in three ways in turn: along all curated directions at once, along one to four components in all
layers, and along as many in a third of the layers; half of them over useful ranges, half one and a half times as far.
Why these, and what an unlikely image is: docs/decisions/0054-how-far-edits-may-go.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mammoganesis.bundle.curated import curated_ranges
from mammoganesis.bundle.v1.manifest_pb2 import ReachEvidence
from mammoganesis.editing.components import edit
from mammoganesis.editing.reach import reach
from mammoganesis.recipe.edits import edits_along
from mammoganesis.recipe.limits import DEFAULT_PSI, DEFAULT_SIGMAS, Direction, Part
from mammoganesis.terminal.progress import progress
from mammoganesis.v1.latents_pb2 import ComponentEdit
from training.evaluation.attributes import measure_all
from training.evaluation.network import BATCH, BundleNetwork, codes
from training.evaluation.reference import Reference, draw

IMAGES = 3600
SEEDS_OF_EDITED = 3_000_000  # first of them: away from those of which anything else is measured
PSIS = (DEFAULT_PSI, 1.0)  # in turn
WIDTHS = (1.0, 1.5)  # of the ranges of edits, in turn
COMPONENTS = 20  # the largest, of which edits are made
TOGETHER = 4  # components of one edit, at most

Move = tuple[Direction, tuple[float, float]]


def measure_reach(network: BundleNetwork, usual: Reference, images: int = IMAGES) -> ReachEvidence:
    """How many of so many edited images look unlike real ones, within reach and beyond.

    Args:
        network: of a bundle with components.
        usual: what images look like that nobody edited.
        images: 1 or more; the same number gives the same images.
    """
    space, directions = network.bundle.space, curated_ranges(network.bundle.manifest)
    random = np.random.default_rng(SEEDS_OF_EDITED)
    found = ReachEvidence()
    with progress(images, "edited images", "image") as bar:
        for first in range(0, images, BATCH):
            numbers = range(first, min(first + BATCH, images))
            edited = []
            for number in numbers:
                [ws] = codes(network, [SEEDS_OF_EDITED + number], PSIS[number % 2])
                moves = some_moves(number, directions, network.num_ws, len(space.components), random)
                edited.append(edit(ws, space.components, space.deviations, space.mean, moves))
            values = usual.complete(measure_all(draw(network, np.stack(edited))))
            count(found, np.array([reach(ws, space) for ws in edited]), usual.outside(values))
            bar.update(len(numbers))
    return found


def count(found: ReachEvidence, reaches: NDArray[np.float64], unlike: NDArray[np.bool_]) -> None:
    """Adds images [N] with these reaches, and whether each looks unlike real ones, to what was found."""
    beyond = reaches > 1
    found.images_within += int((~beyond).sum())
    found.unlike_within += int((unlike & ~beyond).sum())
    found.images_beyond += int(beyond.sum())
    found.unlike_beyond += int((unlike & beyond).sum())


def some_moves(
    number: int, directions: Sequence[Move], num_ws: int, num_components: int, random: np.random.Generator
) -> list[ComponentEdit]:
    """The edits of image `number`, drawn at random: of its kind, and as wide as its turn is."""
    kind, width = number // 4 % 3, WIDTHS[number // 2 % 2]
    if kind == 0 and directions:
        moves = directions
    else:
        third = max(1, num_ws // 3)
        start = int(random.integers(num_ws - third + 1)) if kind == 2 else 0
        end = start + third if kind == 2 else num_ws
        together = int(random.integers(1, TOGETHER + 1))
        chosen = random.permutation(min(COMPONENTS, num_components))[:together]
        moves = [((Part(int(index), start, end),), DEFAULT_SIGMAS) for index in chosen]
    return [
        step
        for direction, (start, end) in moves
        for step in edits_along(direction, float(random.uniform(width * start, width * end)))
    ]
