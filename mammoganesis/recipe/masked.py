"""Masked transfers in a recipe: the mask as bytes, what a transfer may say, and how many sets of styles an image has.

Part of the walk in `mammoganesis.recipe.completion`. A mask stands in the recipe with all its pixels: an image is made
again from its recipe, not from a segmentation of its target.
"""

from __future__ import annotations

import zlib
from collections.abc import Hashable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy import ndarray

from mammoganesis.editing import masks
from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.recipe.fields import within
from mammoganesis.recipe.limits import DEFAULT_FEATHER, MAX_FEATHER, MAX_MASK_BYTES, Limits
from mammoganesis.recipe.structure import is_in_styles, is_masked
from mammoganesis.v1.latents_pb2 import Mask, Recipe, StyleTransfer

_BUDGET = ("rho", "epsilon")  # of the channel query


def require_masked(limits: Limits) -> None:
    """Raises FailedPrecondition when the bundle has no masked synthesis."""
    if limits.style_sets == 0:
        raise FailedPrecondition("this bundle has no masked synthesis: it was exported without it")


def refuse_budget(transfer: StyleTransfer | Any, path: str) -> None:
    """Raises InvalidArgument for what belongs to the channel query alone.

    Args:
        transfer: a StyleTransfer, or a request with its fields.
        path: what it is called.
    """
    lead = f"{path}." if path else ""
    allowed = "nothing with LOCALITY_MASKED: it belongs to the query for channels"
    for name in _BUDGET:
        if transfer.HasField(name):
            raise InvalidArgument(f"{lead}{name}", getattr(transfer, name), allowed)
    if transfer.layer_epsilons:
        raise InvalidArgument(f"{lead}layer_epsilons", f"{len(transfer.layer_epsilons)} entries", allowed)


def mask_of(values: ndarray, field: str, feather: float | None = None) -> Mask:
    """A mask as recipes hold it.

    Args:
        values: [q, q] uint8, 0 to 255.
        field: what it came as, for messages.
        feather: None: the default's.

    Raises:
        InvalidArgument: it is 0 everywhere, or takes too many bytes.
    """
    if not values.any():
        raise InvalidArgument(field, "a mask that is 0 everywhere", "one with a pixel above 0, 255 at most")
    deflated = zlib.compress(np.ascontiguousarray(values, np.uint8).tobytes(), 9)
    if len(deflated) > MAX_MASK_BYTES:
        allowed = f"at most {MAX_MASK_BYTES}: a smaller mask, or one of fewer grey values"
        raise InvalidArgument(field, f"a mask of {len(deflated)} bytes, compressed", allowed)
    return Mask(size=len(values), deflated=deflated, feather=feather)


def everywhere(feather: float | None = None) -> Mask:
    """The mask of all pixels."""
    return Mask(size=1, deflated=zlib.compress(b"\xff"), feather=feather)


def values_of(mask: Mask) -> ndarray:
    """[q, q] uint8 of a complete mask."""
    return np.frombuffer(zlib.decompress(mask.deflated), np.uint8).reshape(mask.size, mask.size)


@lru_cache(maxsize=16)  # a slider asks for one mask again and again
def _shares(deflated: bytes, size: int, resolution: int, feather: float) -> ndarray:
    values = values_of(Mask(size=size, deflated=deflated))
    shares = masks.shares(values, resolution, feather)
    shares.flags.writeable = False
    return shares


def shares_of(mask: Mask, resolution: int) -> ndarray:
    """[R, R] float32, 0 to 1, of a complete mask; not writable."""
    return _shares(mask.deflated, mask.size, resolution, mask.feather)


def complete_mask(mask: Mask, limits: Limits, path: str) -> Mask:
    """With its feather. Its bytes stay as they are."""
    within(f"{path}.size", mask.size, 1, limits.resolution, "pixels")
    within(f"{path}.deflated", len(mask.deflated), 1, MAX_MASK_BYTES, "bytes")
    count = mask.size**2
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(mask.deflated, count + 1)
    except zlib.error:
        raw = b""
    if len(raw) != count or not unpacker.eof or unpacker.unused_data:
        found = f"{len(mask.deflated)} bytes that are not {count} compressed ones"
        raise InvalidArgument(f"{path}.deflated", found, f"size * size = {count} bytes, compressed with zlib")
    if raw.count(0) == count:
        raise InvalidArgument(f"{path}.deflated", "a mask that is 0 everywhere", "one with a pixel above 0")
    feather = mask.feather if mask.HasField("feather") else DEFAULT_FEATHER
    within(f"{path}.feather", feather, 0.0, MAX_FEATHER, "of the image's width")
    return Mask(size=mask.size, deflated=mask.deflated, feather=feather + 0.0)


def check_style_sets(recipe: Recipe, limits: Limits, path: str) -> None:
    """Raises InvalidArgument when a complete recipe asks for more sets of styles than the bundle's network takes."""
    count, _ = _sets(recipe)
    if count > max(1, limits.style_sets):
        allowed = (
            f"at most {limits.style_sets} sets: an image's own and {limits.style_sets - 1} for masked transfers, those "
            "of references included; those of two images with other masks multiply"
        )
        raise InvalidArgument(f"{path}.style_transfers", f"{count} sets of styles", allowed)


def _sets(recipe: Recipe) -> tuple[int, Hashable]:
    """How many, and what names their masks."""
    count: int = 1
    named: Hashable = ()
    if is_in_styles(recipe):
        ends = recipe.interpolation
        count, named = _common(_sets(ends.start), _sets(ends.end))
    for transfer in recipe.style_transfers:
        others, theirs = _sets(transfer.reference)
        if is_masked(transfer):
            mask = (transfer.mask.SerializeToString(deterministic=True), transfer.strength)
            count, named = count + others, (named, theirs, mask)
        else:
            count, named = _common((count, named), (others, theirs))
    return count, named


def _common(first: tuple[int, Hashable], second: tuple[int, Hashable]) -> tuple[int, Hashable]:
    """As `mammoganesis.editing.masks.together` counts."""
    if first == second or second[0] == 1:
        return first
    if first[0] == 1:
        return second
    return first[0] * second[0], (first[1], second[1], "both")
