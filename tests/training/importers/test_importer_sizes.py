"""Names in a small file must not make the importing process allocate what the file does not hold."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mammoganesis.errors import CheckpointError
from training.importers import nvidia
from training.importers.sandbox import Foreign


def generator(resolutions: list[int], z_dim: int = 4) -> dict[str, Tensor]:
    """One-channel blocks without noise maps, as NVIDIA names them."""
    tensors = {f"G_ema/synthesis.b{r}.conv{i}.weight": torch.zeros(1, 1, 3, 3) for r in resolutions for i in (0, 1)}
    tensors |= {f"G_ema/synthesis.b{r}.torgb.weight": torch.zeros(1, 1, 1, 1) for r in resolutions}
    return tensors | {"G_ema/mapping.fc0.weight": torch.zeros(4, z_dim)}


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (generator([4 * 2**k for k in range(15)]), "resolution is 65536; supported is 1024 at most"),
        (generator([4, 8], z_dim=10_000_000), "z has 10000000 numbers"),
    ],
    ids=["resolution", "z"],
)
def test_sizes_far_beyond_any_known_network_are_refused_first(tensors: dict[str, Tensor], message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        nvidia.convert(Foreign("nvidia", tensors, {}))
