"""Training with a projected discriminator (`training.networks.projected`) beside the own one.

Hinge loss at every place of every scale, as in Projected GAN (Sauer et al. 2021, section 3); the scales count alike.
With it the generator's phase needs no reals, whatever the run's own loss is, and spectral norm bounds the slopes, so
there is no gradient penalty through the frozen network. An image goes through that network once: a real one without
gradient, a fake one with the generator's, and the heads' step takes those features again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from training.configs.options import TrainingOptions
from training.loop import losses
from training.networks.lite0 import Lite0, load_weights
from training.networks.projected import Features, ProjectedDiscriminator

ADAM_BETAS = (0.0, 0.99)


@dataclass
class Projected:
    """The discriminator and what trains its heads."""

    discriminator: ProjectedDiscriminator
    optimizer: torch.optim.Adam


def create_projected(options: TrainingOptions, place: Callable[[ProjectedDiscriminator], Any]) -> Projected | None:
    """A fresh one; None where the options ask for none.

    Args:
        place: moves it to the device.

    Raises:
        ConfigurationError: the weights of the frozen network are missing or not those expected.
    """
    if options.projected == "none":
        return None
    discriminator: ProjectedDiscriminator = place(
        ProjectedDiscriminator(options.projected_config, Lite0(load_weights()).eval())
    )
    rate = options.heads.learning_rate
    return Projected(
        discriminator, torch.optim.Adam(discriminator.parameters(), lr=rate, betas=ADAM_BETAS, foreach=True)
    )


def generator_loss(projected: Projected, images: Tensor, c: Tensor | None) -> tuple[Tensor, Features]:
    """The loss of generated images, and their features without gradient, for the heads' step."""
    features = projected.discriminator.features(images)
    loss = _mean([losses.hinge_generator(logits) for logits in projected.discriminator(features, c)])
    return loss, [x.detach() for x in features]


def heads_loss(projected: Projected, real: Tensor, fake: Features, c: Tensor | None) -> tuple[Tensor, Tensor]:
    """The heads' loss for real images and the features of generated ones; and the mean sign of the reals' logits."""
    with torch.no_grad():
        features = projected.discriminator.features(real)
    real_logits, fake_logits = projected.discriminator(features, c), projected.discriminator(fake, c)
    pairs = zip(real_logits, fake_logits, strict=True)
    return (
        _mean([losses.hinge_discriminator(ours, theirs) for ours, theirs in pairs]),
        _mean([losses.real_sign(logits) for logits in real_logits]),
    )


def _mean(scales: list[Tensor]) -> Tensor:
    return torch.stack(scales).mean()
