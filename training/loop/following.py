"""What follows the phases of a step: the averaged generator, and the probability of augmentation."""

from __future__ import annotations

import math

import torch

from training.loop.state import TrainingState


@torch.no_grad()
def update_ema(state: TrainingState) -> None:
    """Move the averaged generator towards the current one; buffers are copied."""
    options = state.options
    limit = state.images_seen * options.ema_rampup if options.ema_rampup else math.inf
    half_life = min(options.ema_kimg * 1000, limit)
    beta = 0.5 ** (options.batch / max(half_life, 1e-8))
    average, current = state.generator_ema, state.generator
    torch._foreach_lerp_(list(average.parameters()), list(current.parameters()), 1.0 - beta)  # type: ignore[reportPrivateImportUsage]
    torch._foreach_copy_(list(average.buffers()), list(current.buffers()))  # type: ignore[reportPrivateImportUsage]


@torch.no_grad()
def adjust_augmentation(state: TrainingState) -> None:
    """Raise p if the discriminator is too sure of real images, lower it otherwise (Karras et al. 2020a, section 3)."""
    options = state.options
    if options.ada_target is None:
        return
    direction = (state.sign_sum / options.ada_interval - options.ada_target).sign()
    amount = options.batch * options.ada_interval / (options.ada_kimg * 1000)
    state.augment.p.add_(direction * amount).clamp_(0.0, options.ada_maximum)
    state.sign_sum.zero_()
