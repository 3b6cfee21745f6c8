"""Fig. 1 of the paper: samples, as they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mammoganesis.pictures.page import Block, Picture, Row
from mammoganesis.pictures.page import draw as draw_page
from mammoganesis.pictures.png import marked_png
from services.client import Client
from services.figures.captions import Look, seeds_text, sources


def draw(pictures: Sequence[Picture], columns: int, caption: Sequence[str], cell: int, mark: bool = False) -> Picture:
    """The page of `pictures`, `columns` a row; see `page.draw`."""
    rows = [Row(pictures[start : start + columns]) for start in range(0, len(pictures), columns)]
    return draw_page([Block(rows)], caption, cell, mark=mark)


def make(
    client: Client,
    seeds: Sequence[int],
    look: Look,
    columns: int,
    step: Callable[[], object] = lambda: None,
) -> bytes:
    """The figure as a PNG file.

    Args:
        client: whose bundle makes the images.
        seeds: one a picture, from left to right and from top to bottom.
        look: truncation, labels, size and mark.
        columns: pictures in a row.
        step: called after each image.
    """
    model = client.model()
    drawn: dict[int, Picture] = {}
    for place, image in look.images(client, seeds):
        drawn[place] = image.pixels()
        step()
    pictures = [drawn[place] for place in range(len(seeds))]
    caption = [
        f"Samples, uncurated: {seeds_text(seeds)}, truncation psi {look.psi:g}{look.labels_text}.",
        sources(model),
    ]
    return marked_png(draw(pictures, columns, caption, look.cell_for(model), look.mark), burned_in=look.mark)
