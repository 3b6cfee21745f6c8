"""Outlines of areas: from pixels that are inside to corners of the rings around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray


def outlines(inside: NDArray[np.bool_]) -> list[list[tuple[float, float]]]:
    """Of the areas inside [H, W]: rings of corners (x, y) in shares of width and height, with inside on the right hand.
    A hole has a ring of its own."""
    height, width = inside.shape
    return [[(x / width, y / height) for x, y in ring] for ring in _rings(inside)]


def _rings(inside: NDArray[np.bool_]) -> Iterator[list[tuple[int, int]]]:
    """Corners of each ring of pixel edges with inside on its right hand; each edge once."""
    edges = _edges(np.pad(inside, 1))
    while edges:
        start = next(iter(edges))
        ring, here, heading = [], start, (0, 0)
        while here in edges:
            ends = edges[here]
            there = ends.pop()
            if not ends:
                del edges[here]
            step = (there[0] - here[0], there[1] - here[1])
            if step != heading:
                ring.append(here)
            here, heading = there, step
        yield ring


def _edges(inside: NDArray[np.bool_]) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Where each edge between inside and outside begins -> where it ends; of an area padded by one pixel."""
    edges: dict[tuple[int, int], list[tuple[int, int]]] = {}
    # The pixel's neighbour that is outside -> begin and end of the edge between, from the pixel's upper left corner.
    around: Mapping[tuple[int, int], tuple[tuple[int, int], tuple[int, int]]] = {
        (-1, 0): ((0, 0), (1, 0)),
        (0, 1): ((1, 0), (1, 1)),
        (1, 0): ((1, 1), (0, 1)),
        (0, -1): ((0, 1), (0, 0)),
    }
    for (down, right), (begin, end) in around.items():
        rows, columns = np.nonzero(inside & ~np.roll(inside, (-down, -right), (0, 1)))
        for row, column in zip((rows - 1).tolist(), (columns - 1).tolist(), strict=True):
            first = (column + begin[0], row + begin[1])
            edges.setdefault(first, []).append((column + end[0], row + end[1]))
    return edges
