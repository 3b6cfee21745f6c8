"""The losses of StyleGAN2 as pure functions of networks and tensors (Karras et al. 2020, sections 3 and B).

Two adversarial losses: the non-saturating logistic one, and the relativistic one of R3GAN (Huang et al. 2024), which
compares a fake with a real image in pairs and wants the gradient penalty on fakes (R2) beside that on reals (R1).

Every function returns a scalar float32 tensor to be minimised; factors for lazy regularisation are applied by the
caller. N is the batch, ws are [N, num_ws, w_dim], images [N, C, H, W] in about [-1, 1].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from training.networks.convolution import without_weight_gradients
from training.networks.generator import Generator

ImageToLogits = Callable[[Tensor], Tensor]


def generator_loss(fake_logits: Tensor) -> Tensor:
    """Non-saturating: mean of -log sigmoid(logits)."""
    return F.softplus(-fake_logits).mean()


def discriminator_loss_fake(fake_logits: Tensor) -> Tensor:
    """Mean of -log(1 - sigmoid(logits))."""
    return F.softplus(fake_logits).mean()


def discriminator_loss_real(real_logits: Tensor) -> Tensor:
    """Mean of -log sigmoid(logits)."""
    return F.softplus(-real_logits).mean()


def relativistic_loss(winners: Tensor, losers: Tensor) -> Tensor:
    """Mean of -log sigmoid(winner - loser) over pairs of logits [N, 1].

    The discriminator wants reals to win over fakes, the generator the other way round.
    """
    return F.softplus(losers - winners).mean()


def hinge_generator(fake_logits: Tensor) -> Tensor:
    """Mean of -logits (Lim and Ye 2017; Miyato et al. 2018)."""
    return -fake_logits.mean()


def hinge_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Mean of max(0, 1 - real) plus mean of max(0, 1 + fake); 2 where all logits are 0."""
    return F.relu(1 - real_logits).mean() + F.relu(1 + fake_logits).mean()


def real_sign(real_logits: Tensor, fake_logits: Tensor | None = None) -> Tensor:
    """How sure the discriminator is of real images, -1 to 1: what the augmentation probability follows.

    Logistic loss: the mean sign of the logits of reals (Karras et al. 2020a, section 3.1). The relativistic loss does
    not change when all logits move by the same amount, so the sign of one says nothing; that of the difference to the
    paired fake does. It is 0 for a discriminator that guesses and 1 for one that is right about every pair, where the
    other is 1 for one that has learnt its images by heart, so the same target serves both.
    """
    return (real_logits if fake_logits is None else real_logits - fake_logits).detach().sign().mean()


def gradient_penalty(discriminate: ImageToLogits, images: Tensor) -> Tensor:
    """Mean squared norm of the gradient of the logits at images, without gamma / 2: R1 at reals, R2 at fakes.

    Args:
        discriminate: images -> logits [N, 1]; may hold the augmentations.
        images: [N, C, H, W], not requiring gradients.
    """
    images = images.detach().requires_grad_(True)
    logits = discriminate(images)
    with without_weight_gradients():
        (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean()


def path_lengths(images: Tensor, ws: Tensor, noise: Tensor) -> Tensor:
    """Length of the image's gradient in ws along a random image direction, root mean square over layers.

    Args:
        images: [N, C, H, W], a differentiable function of ws.
        ws: [N, num_ws, w_dim].
        noise: [N, C, H, W], standard normal divided by sqrt(H * W).

    Returns:
        [N], differentiable.
    """
    with without_weight_gradients():
        (gradient,) = torch.autograd.grad((images * noise).sum(), ws, create_graph=True)
    return gradient.square().sum(dim=2).mean(dim=1).sqrt()


def path_length_penalty(lengths: Tensor, running_mean: Tensor) -> Tensor:
    """Mean squared distance of the path lengths [N] from their running mean, which takes part as a constant."""
    return (lengths - running_mean).square().mean()


def path_noise(images: Tensor) -> Tensor:
    """A random image direction for `path_lengths`, same shape as the images."""
    return torch.randn_like(images) / math.sqrt(images.shape[2] * images.shape[3])


class Codes(NamedTuple):
    """What a batch of fakes is drawn from."""

    z: Tensor  # [N, z_dim]
    other: Tensor | None  # [N, z_dim], takes over from layer `cutoff` on; None without style mixing
    cutoff: Tensor | None  # scalar integer, num_ws where nothing is mixed; one for the whole batch
    c: Tensor | None  # [N, c_dim] labels of both codes

    def rows(self, rows: slice) -> Codes:
        """The codes of some of the images."""
        return Codes(
            self.z[rows],
            None if self.other is None else self.other[rows],
            self.cutoff,
            None if self.c is None else self.c[rows],
        )


def draw_codes(generator: Generator, count: int, device: torch.device, probability: float, c: Tensor | None) -> Codes:
    """Draw codes; with the given probability a second code takes over from a random layer on.

    The cut-off is a tensor, so every step has the same graph.
    """
    config = generator.config
    z = torch.randn(count, config.z_dim, device=device)
    if probability == 0:
        return Codes(z, None, None, c)
    cutoff = torch.randint(1, config.num_ws, (), device=device)
    cutoff = torch.where(torch.rand((), device=device) < probability, cutoff, config.num_ws)
    return Codes(z, torch.randn_like(z), cutoff, c)


def mixed_ws(generator: Generator, codes: Codes) -> tuple[Tensor, Tensor]:
    """Map codes to ws.

    Returns:
        ws [N, num_ws, w_dim], and the mean w [w_dim] of the first codes, detached, for `Mapping.update_w_avg`.
    """
    w = generator.mapping(codes.z, codes.c)
    ws, mean = generator.broadcast(w), w.detach().mean(dim=0)
    if codes.other is None or codes.cutoff is None:
        return ws, mean
    other = generator.broadcast(generator.mapping(codes.other, codes.c))
    index = torch.arange(generator.config.num_ws, device=ws.device).view(1, -1, 1)
    return torch.where(index < codes.cutoff, ws, other), mean
