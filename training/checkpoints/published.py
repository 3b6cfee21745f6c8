"""What others need to go on from a training, and no more: the checkpoint that `train --initialize-from` reads.

Averaged generator and discriminators in float16, without optimisers, random states and the generator in training: a
fifth of the size. `export`, `discover` and `evaluate` read it too.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from mammoganesis.files import Location
from training.checkpoints import checkpoint
from training.checkpoints.digest import generator_digest

NEEDED, WHERE_THERE = "generator_ema", ("discriminator", "projected")


def publish(source: Location, out: Path) -> None:
    """Write `out` from a checkpoint.

    Args:
        source: its folder.
        out: the new one, which must not exist.

    Raises:
        CheckpointError: `out` exists, or the checkpoint is damaged or states other sizes than its generator has.
        DiskFull: there is no room; nothing of it stays.
    """
    _, content = checkpoint.load_generator_ema(source)
    content.pop("format_version")
    names = (NEEDED, *(name for name in WHERE_THERE if (source / f"{name}.safetensors").is_file()))
    tensors = {name: _halved(checkpoint.read_tensors(source, name)) for name in names}
    checkpoint.write(out, tensors, content | {"published_from": generator_digest(source)})


def _halved(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """In float16; what has numbers too large for it stays as it is."""
    halved = {name: value.half() for name, value in tensors.items()}
    return {name: half if torch.isfinite(half).all() else tensors[name] for name, half in halved.items()}
