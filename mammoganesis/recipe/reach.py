"""How far an image may still be moved along a direction, all its other edits held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from numpy import ndarray

from mammoganesis.editing import components
from mammoganesis.editing.reach import Space, stretch
from mammoganesis.recipe.edits import edits_along
from mammoganesis.recipe.limits import Direction, Part
from mammoganesis.recipe.names import Move
from mammoganesis.v1.latents_pb2 import EDIT_MODE_RELATIVE


@dataclass(frozen=True)
class Room:
    """What an image's edits do along one direction, and what they may do.

    Attributes:
        sigmas: of all its moves along it together, in the direction's standard deviations.
        left: first and last displacement within `wanted` that keep the image within the limit; None: none does.
    """

    sigmas: float
    left: tuple[float, float] | None


def room(ws: ndarray, moves: Sequence[Move], direction: Direction, wanted: tuple[float, float], space: Space) -> Room:
    """The room that an image has along a direction.

    Args:
        ws: [num_ws, w_dim] float32, after truncation and before any component edit.
        moves: of all its edits.
        direction: a curated one, or a single component; moves along it are those with the same parts.
        wanted: displacements that are asked about, such as the direction's useful range; standard deviations.
        space: components and limit.
    """
    own = [move for move in moves if parts_of(move) == direction]
    others = [edit for move in moves if move not in own for edit in move.edits]
    mode = own[0].edits[0].mode if own else EDIT_MODE_RELATIVE
    arrays = space.components, space.deviations, space.mean
    start = components.edit(ws, *arrays, [*others, *edits_along(direction, 0.0, mode)])
    step = components.edit(0 * ws, *arrays, edits_along(direction, 1.0))
    found = stretch(start, step, space)
    sigmas = sum(move.sigmas for move in own)
    if found is None or found[0] > wanted[1] or found[1] < wanted[0]:
        return Room(sigmas, None)
    return Room(sigmas, (max(found[0], wanted[0]), min(found[1], wanted[1])))


def parts_of(move: Move) -> Direction:
    """The direction of a move, or the component that it goes along, on its layers."""
    [first, *_] = move.edits
    return move.direction or (Part(first.index, first.layer_start, first.layer_end),)
