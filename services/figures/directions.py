"""One curated direction over its own useful range, on several images."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.pictures.page import Block, Picture, Row
from mammoganesis.pictures.page import draw as draw_page
from mammoganesis.pictures.png import marked_png
from mammoganesis.v1.pca_editing_pb2 import Direction
from services.client import Client
from services.figures.captions import Look, parts_text, seeds_text, seen, sigmas_text, sources

MIN_STEPS, MAX_STEPS = 3, 63


def displacements(start: float, end: float, steps: int) -> list[float]:
    """The columns in standard deviations, rising: both ends of the range, and 0 always.

    The steps between `start` and 0 are equal, and so are those between 0 and `end`; each side has columns in proportion
    to its length, at least one. Where the range does not reach 0, the column 0 stands beside it.

    Args:
        start, end: the useful range, start <= end.
        steps: columns, 3 to 63; fewer are left only of a range without any length.
    """
    if start < 0 < end:
        low = int(np.clip(round((steps - 1) * -start / (end - start)), 1, steps - 2))
        values = [*np.linspace(start, 0, low + 1), *np.linspace(0, end, steps - low)]
    else:
        values = [0.0, *np.linspace(start, end, steps - (start != 0 and end != 0))]
    return np.unique(np.array(values) + 0.0).tolist()  # + 0.0: there is one zero


def draw(
    rows: Sequence[tuple[Sequence[str], Sequence[Picture]]],
    sigmas: Sequence[float],
    title: str,
    caption: Sequence[str],
    cell: int,
    mark: bool = False,
) -> Picture:
    """The page: a row an image, a column a displacement.

    Args:
        rows: (lines to the left of it, its pictures).
        sigmas: displacement of each column in standard deviations.
        title: above everything.
        caption, cell, mark: see `page.draw`.
    """
    block = Block([Row(pictures, label) for label, pictures in rows], [sigmas_text(value) for value in sigmas], title)
    return draw_page([block], caption, cell, mark=mark)


def make(
    client: Client,
    name: str,
    seeds: Sequence[int],
    look: Look,
    steps: int,
    step: Callable[[], object] = lambda: None,
) -> bytes:
    """The figure as a PNG file.

    Args:
        client: whose bundle makes the images.
        name: of a curated direction, as the catalogue has it.
        seeds: one a row.
        look: truncation, labels, size and mark.
        steps: columns, 3 to 63; see `displacements`.
        step: called after each image.

    Raises:
        InvalidArgument: the bundle has no direction of that name, or a value is out of range.
        FailedPrecondition: the bundle has no curated directions.
    """
    if not MIN_STEPS <= steps <= MAX_STEPS:
        raise InvalidArgument("steps", steps, f"{MIN_STEPS} to {MAX_STEPS}")
    found = catalogue(client)
    if name not in found:
        raise InvalidArgument("name", name, ", ".join(sorted(found)))
    direction = found[name]
    values = displacements(direction.sigmas_start, direction.sigmas_end, steps)
    rows = []
    for seed in seeds:
        recipe, pictures = look.recipe(seed), []
        for sigmas in values:
            pictures.append(client.edit(recipe, [(name, sigmas)]).pixels())
            step()
        rows.append(([f"seed {seed}", *look.drawn_labels(seed)], pictures))
    model = client.model()
    caption = [
        " ".join(filter(None, (f"{_along(direction)}.", seen(direction)))),
        f"{seeds_text(seeds).capitalize()}, truncation psi {look.psi:g}{look.labels_text}. The column 0.00 is the "
        "image without an edit.",
        sources(model),
    ]
    title = f"{name}, displacement in standard deviations (sigma)"
    page = draw(rows, values, title, caption, look.cell_for(model), look.mark)
    return marked_png(page, burned_in=look.mark)


def catalogue(client: Client) -> dict[str, Direction]:
    """The curated directions by name. Raises FailedPrecondition where there are none, with how to make some."""
    directions = {direction.name: direction for direction in client.list_directions()}
    if not directions:
        model = client.model()
        raise FailedPrecondition(
            f"the bundle {model.name} {model.version} has no curated directions: nothing to draw; "
            "`mammoganesis-training curate --help` and the studio's page /curate say how to name some"
        )
    return directions


def _along(direction: Direction) -> str:
    """What it is, for people."""
    return (
        f"The direction {direction.name} ({parts_text(direction)}) over its useful range, "
        f"{direction.sigmas_start:g} to {direction.sigmas_end:g} standard deviations"
    )
