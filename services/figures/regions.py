"""The regions of one image, each outlined on it, and all of them in colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mammoganesis.pictures import colours
from mammoganesis.pictures.colours import Colour
from mammoganesis.pictures.page import Block, Picture, contact_sheet, default_cell, in_rows, scaled
from services.figures.transfers import GREY, ORANGE, outlined

COLUMNS = 4
TINT = 0.5  # share of a region's colour over the image


def make(
    what: str,
    picture: Picture,
    labels: NDArray[np.uint8],
    names: Mapping[int, str],
    coloured: Sequence[Colour] | None = None,
) -> bytes:
    """A sheet as a PNG file, marked: the image, and once for each of its regions with that region outlined.

    Args:
        what: the image, for the title.
        picture: [H, W] or [H, W, 3] uint8.
        labels: [n, n], the region's index of each pixel, or of each cell of a grid.
        names: of the regions by index; "" for one without.
        coloured: of the regions by index; then the outlines have them, and a picture with all regions tinted comes
            second. None: the outlines are orange.
    """
    cell = default_cell(max(picture.shape[:2]))
    shown: list[tuple[str, Picture]] = [("the image", picture)]
    if coloured:
        shown.append(("all regions", tinted(scaled(picture, cell), labels, coloured)))
    for index in np.unique(labels).tolist():
        inside = labels == index
        heading = " ".join(filter(None, (str(index), names[index], f"{inside.mean():.0%}")))
        outline = ORANGE if not coloured else GREY if coloured[index] == colours.BLACK else coloured[index].rgb
        shown.append((heading, outlined(picture, inside, cell, colour=np.array(outline, np.uint8))))
    return contact_sheet([Block((), title=f"Regions of {what}"), *in_rows(shown, COLUMNS)], cell)


def tinted(picture: Picture, labels: NDArray[np.uint8], coloured: Sequence[Colour]) -> Picture:
    """[n, n, 3]: a picture [n, n, 3] half covered by the colour of the region at each place; black covers nothing."""
    places = np.arange(len(picture)) * len(labels) // len(picture)
    tint = colours.palette(coloured)[labels[np.ix_(places, places)]]
    share = TINT * tint.any(axis=2, keepdims=True)
    return np.rint(picture * (1 - share) + tint * share).astype(np.uint8)
