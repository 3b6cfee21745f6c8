"""Contact sheets of a set: pictures read from its shards, under the numbers of their rows."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mammoganesis import files
from mammoganesis.files import Location
from mammoganesis.pictures.page import Picture, draw, in_rows
from mammoganesis.pictures.pixels import upper_bits
from mammoganesis.pictures.png import plain_png
from training.data.shards import HEADER_BYTES

COLUMNS = 8
CELL = 112  # pixels of a picture
SAMPLES = 48  # images of either side of the split


class Pictures:
    """The images of a set by their numbers, each read alone."""

    def __init__(self, folder: Location, index: Mapping[str, Any]) -> None:
        self._folder, self._shards = folder, index["shards"]
        self._ends = np.cumsum([shard["images"] for shard in self._shards]).tolist()
        self._side = index["resolution"]
        self._dtype = np.dtype("u1" if index["bits"] == 8 else "<u2")

    def read(self, number: int) -> Picture:
        """[H, W] uint8; of 16 bits the upper ones."""
        shard = bisect.bisect_right(self._ends, number)
        size = self._side**2 * self._dtype.itemsize
        start = HEADER_BYTES + (number - (self._ends[shard - 1] if shard else 0)) * size
        content = files.part(self._folder / self._shards[shard]["file"], start, start + size)
        return upper_bits(np.frombuffer(content, self._dtype).reshape(self._side, self._side))


def spread(numbers: Sequence[int], count: int) -> list[int]:
    """At most `count` of them, at equal distances, so that every source has its part."""
    if len(numbers) <= count:
        return list(numbers)
    return [numbers[position * len(numbers) // count] for position in range(count)]


def sheet(pictures: Pictures, headings: Mapping[int, str], description: str) -> bytes:
    """A PNG file of the images with these numbers, each under its heading; real images, so without a mark."""
    blocks = in_rows([(heading, pictures.read(number)) for number, heading in headings.items()], COLUMNS)
    return plain_png(draw(blocks, (), CELL), description)
