"""Fig. 1 of the paper: samples, as they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mammoganesis.pictures.page import Block, Picture, Row, default_cell
from mammoganesis.pictures.page import draw as draw_page
from mammoganesis.pictures.png import marked_png
from services.client import Client
from services.figures.captions import labels_text, seeds_text, sources


def draw(pictures: Sequence[Picture], columns: int, caption: Sequence[str], cell: int) -> Picture:
    """The page of `pictures`, `columns` a row; see `page.draw`."""
    rows = [Row(pictures[start : start + columns]) for start in range(0, len(pictures), columns)]
    return draw_page([Block(rows)], caption, cell)


def make(
    client: Client,
    seeds: Sequence[int],
    *,
    psi: float,
    labels: Mapping[str, str] | None = None,
    columns: int,
    cell: int | None = None,
    step: Callable[[], object] = lambda: None,
) -> bytes:
    """The figure as a PNG file.

    Args:
        client: whose bundle makes the images.
        seeds: one a picture, from left to right and from top to bottom.
        psi: truncation, 0 to 2.
        labels: of a conditional model, such as {"view": "MLO"}.
        columns: pictures in a row.
        cell: side of a picture in pixels; None: the model's resolution, at least 96 and at most 192.
        step: called after each image.
    """
    model = client.model()
    pictures = []
    for image in client.stream(seeds, psi=psi, labels=labels):
        pictures.append(image.pixels())
        step()
    caption = [
        f"Samples, uncurated: {seeds_text(seeds)}, truncation psi {psi:g}{labels_text(labels)}.",
        sources(model),
    ]
    return marked_png(draw(pictures, columns, caption, cell or default_cell(model.dimensions.resolution)))
