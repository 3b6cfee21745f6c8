"""The regions of one image, each outlined on it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mammoganesis.pictures.page import Block, Picture, contact_sheet, default_cell, in_rows
from services.figures.transfers import outlined

COLUMNS = 4


def make(what: str, picture: Picture, labels: NDArray[np.uint8], names: Mapping[int, str]) -> bytes:
    """A sheet as a PNG file, marked: the image, and once for each of its regions with that region outlined.

    Args:
        what: the image, for the title.
        picture: [H, W] or [H, W, 3] uint8.
        labels: [g, g], the region's index of each cell.
        names: of the regions by index; "" for one without.
    """
    cell = default_cell(max(picture.shape[:2]))
    shown: list[tuple[str, Picture]] = [("the image", picture)]
    for index in np.unique(labels).tolist():
        inside = labels == index
        heading = " ".join(filter(None, (str(index), names[index], f"{inside.mean():.0%}")))
        shown.append((heading, outlined(picture, inside, cell)))
    return contact_sheet([Block((), title=f"Regions of {what}"), *in_rows(shown, COLUMNS)], cell)
