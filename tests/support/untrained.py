"""An untrained generator of the tiny configuration, for what measures generators."""

from __future__ import annotations

import torch

from training import configs
from training.networks import Generator

CONFIG = configs.load("tiny").generator
ALL = ("fid", "kid", "precision_recall", "density_coverage", "ppl", "ms_ssim", "frd")
"""Names of all metrics."""


def new_generator(seed: int) -> Generator:
    """Its weights are a function of the seed."""
    torch.manual_seed(seed)
    return Generator(CONFIG).eval().requires_grad_(False)
