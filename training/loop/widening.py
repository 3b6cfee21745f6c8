"""Giving a trained network more channels without changing what it computes.

What a wider layer has in addition starts with fresh weights and is heard by nobody: the weights from new channels into
old ones are zero. They learn from the first step on, because what they multiply is not zero. (Chen, Goodfellow and
Shlens 2016, Net2Net, copy channels instead and halve what listens to them; demodulation would undo the halving.)
"""

from __future__ import annotations

import math
import re

import torch
from torch import Tensor, nn

LAYERS = re.compile(r"synthesis\.|b(?!4\.)\d+\.")  # of generator and discriminator, whose sizes are channels


def _fits_into(old: torch.Size, new: torch.Size) -> bool:
    """Whether only channels differ, the first two sizes, and none has become fewer."""
    return len(old) == len(new) and old[2:] == new[2:] and all(a <= b for a, b in zip(old, new, strict=True))


@torch.no_grad()
def widened(module: nn.Module, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The parameters of a narrower network, as those of a wider one that computes the same.

    Args:
        module: the wider network, with fresh weights; it stays as it is. Its w_dim, image channels and, of a
            discriminator, the channels at 4x4 must be those of the narrower one.
        tensors: the narrower network's, by name; those of resolutions that it does not have are not needed.

    Returns:
        all of `tensors`, widened where `module` has the same layer with more channels.
    """
    wider = dict(tensors)
    for name, fresh in module.state_dict().items():
        old = tensors.get(name)
        if old is None or old.shape == fresh.shape or not LAYERS.match(name) or not _fits_into(old.shape, fresh.shape):
            continue
        result = fresh.detach().clone()
        if old.dim() == 1 or name.endswith(("const", "affine.weight")):  # channels of its own alone
            result[: old.shape[0]] = old
        else:
            outputs, inputs = old.shape[:2]
            owner = module.get_submodule(name.rpartition(".")[0])
            # Layers that divide by the root of their inputs divide by more now; demodulation takes any scale out.
            equalised = hasattr(owner, "weight_gain") or hasattr(owner, "style_gain")
            result[:outputs] = 0
            result[:outputs, :inputs] = old * (math.sqrt(fresh.shape[1] / inputs) if equalised else 1.0)
        wider[name] = result
    return wider
