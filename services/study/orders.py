"""Orders that are balanced over readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")

MOST_RUNS = 6


def even_places(count: int, places: int, random: np.random.Generator) -> list[int]:
    """A place, from 0, for each of `count` items, in no order: all places equally often, or one time more or less."""
    return [int(place) for place in random.permutation(np.arange(count) % places)]


def williams(count: int) -> list[list[int]]:
    """Williams' square: each of `count` things stands at each place equally often, and right after each other one
    equally often. `count` rows, twice as many where it is odd (Williams 1949)."""
    first = [(step + 1) // 2 if step % 2 else (count - step // 2) % count for step in range(count)]
    rows = [[(place + row) % count for place in first] for row in range(count)]
    return rows + [row[::-1] for row in rows] if count % 2 and count > 1 else rows


def balanced(items: Sequence[Item], row: int, random: np.random.Generator) -> list[Item]:
    """Items in the order of one reader: cut into runs, whose order is a row of Williams' square, and shuffled in each.

    Args:
        items: in an order that all readers have in common, drawn at random: the runs are cut out of it evenly.
        row: of the square; counts over readers and phases.
        random: the reader's own.
    """
    runs = min(MOST_RUNS, len(items))
    if not runs:
        return []
    rows = williams(runs)
    cut = [list(range(run, len(items), runs)) for run in range(runs)]
    return [items[int(place)] for run in rows[row % len(rows)] for place in random.permutation(cut[run])]
