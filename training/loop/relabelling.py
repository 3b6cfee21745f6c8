"""Giving a trained network more labels, or other ones, without changing what it computes for those that it knows.

Labels enter each network by one linear layer, `embed`, with a column for each value of each field. Columns go by field
and value; those of new ones are zero, so that such a label says nothing until it has been learnt. It learns from the
first step on, because what the column is multiplied with is not zero.
"""

from __future__ import annotations

import math

from torch import Tensor, nn

from training.data.labels import LabelFields

LAYER = "embed"
OVER_LABELS = ("weight", "original", "_v")  # of it: with a spectral norm the last two, original weight and right vector


def _columns(fields: LabelFields) -> list[tuple[str, str]]:
    """(field, value) of each column of c."""
    return [(name, value) for name, values in fields for value in values]


def relabelled(module: nn.Module, tensors: dict[str, Tensor], old: LabelFields, new: LabelFields) -> dict[str, Tensor]:
    """The parameters of a network with the labels `old`, as those of one with the labels `new`.

    Args:
        module: a network with labels `new`; it stays as it is.
        tensors: those of a network with labels `old`, by name.
        old, new: label fields; without labels on one of the sides the networks have other layers, and nothing is done.

    Returns:
        all of `tensors`, those over labels with the columns of `new`.
    """
    if old == new or not old or not new:
        return tensors
    before, after = _columns(old), _columns(new)
    kept = [(at, before.index(column)) for at, column in enumerate(after) if column in before]
    result = dict(tensors)
    for name, value in tensors.items():
        path = name.split(".")
        if LAYER not in path or path[-1] not in OVER_LABELS:
            continue
        fresh = value.new_zeros((*value.shape[:-1], len(after)))
        for at, source in kept:
            fresh[..., at] = value[..., source]
        layer = module.get_submodule(".".join(path[: path.index(LAYER) + 1]))
        # An equalised layer divides by the root of its inputs, which are more now; a spectral norm knows no such root.
        scale = math.sqrt(len(after) / len(before)) if hasattr(layer, "weight_gain") else 1.0
        result[name] = fresh * scale
    return result
