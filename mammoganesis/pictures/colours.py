"""One colour for each region of a model, the same in every picture: told apart by people who are colour-blind too.

The colours are those of Okabe and Ito, "Color Universal Design" (2008); black is kept for what is not the breast. Where
there are more regions than colours, lighter and then darker ones follow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BACKGROUND = ("background", "air")
"""Words in the name of a region that say that it is not the breast."""


@dataclass(frozen=True)
class Colour:
    """One colour."""

    name: str
    rgb: tuple[int, int, int]  # 0 to 255

    @property
    def code(self) -> str:
        """Such as "#e69f00"."""
        return "#" + bytes(self.rgb).hex()

    def mixed(self, name: str, end: int, share: float) -> Colour:
        """Another one of that name before its own: `share` of the way to the grey level `end`."""
        red, green, blue = (round(value + share * (end - value)) for value in self.rgb)
        return Colour(f"{name} {self.name}", (red, green, blue))


BLACK = Colour("black", (0, 0, 0))
OKABE_ITO = (
    Colour("orange", (230, 159, 0)),
    Colour("sky blue", (86, 180, 233)),
    Colour("green", (0, 158, 115)),
    Colour("yellow", (240, 228, 66)),
    Colour("blue", (0, 114, 178)),
    Colour("vermilion", (213, 94, 0)),
    Colour("purple", (204, 121, 167)),
)
COLOURS = (
    *OKABE_ITO,
    Colour("white", (255, 255, 255)),
    *(colour.mixed("light", 255, 0.55) for colour in OKABE_ITO),
    *(colour.mixed("dark", 0, 0.5) for colour in OKABE_ITO),
)


def is_background(name: str) -> bool:
    """Whether the name of a region says that it is not the breast."""
    return any(word in BACKGROUND for word in re.split(r"[^a-z]+", name.casefold()))


def background_regions(names: Sequence[str]) -> list[int]:
    """Indices of the regions that are not the breast, by the names of all regions of a model."""
    return [index for index, name in enumerate(names) if is_background(name)]


def of_regions(names: Sequence[str]) -> list[Colour]:
    """A colour for each region: black where its name says background or air, the others in the order of their indices.

    Args:
        names: of all regions of a model by index; "" for one without. They decide, and no image: a region has one
            colour in all images of a model. From the 23rd region on that is not black the colours come again.
    """
    colours, used = [], 0
    for name in names:
        background = is_background(name)
        colours.append(BLACK if background else COLOURS[used % len(COLOURS)])
        used += not background
    return colours


def palette(colours: Sequence[Colour]) -> NDArray[np.uint8]:
    """[n, 3] of n colours."""
    return np.array([colour.rgb for colour in colours], np.uint8).reshape(-1, 3)
