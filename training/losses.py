"""The losses of StyleGAN2 as pure functions of networks and tensors (Karras et al. 2020, sections 3 and B).

Every function returns a scalar float32 tensor to be minimised; factors for lazy regularisation are applied by the
caller. N is the batch, ws are [N, num_ws, w_dim], images [N, C, H, W] in about [-1, 1].
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

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


def r1_penalty(discriminate: ImageToLogits, real: Tensor) -> Tensor:
    """Mean squared norm of the gradient of the logits at real images, without gamma / 2.

    Args:
        discriminate: images -> logits [N, 1]; may hold the augmentations.
        real: [N, C, H, W], not requiring gradients.
    """
    real = real.detach().requires_grad_(True)
    logits = discriminate(real)
    (gradient,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
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
    (gradient,) = torch.autograd.grad((images * noise).sum(), ws, create_graph=True)
    return gradient.square().sum(dim=2).mean(dim=1).sqrt()


def path_length_penalty(lengths: Tensor, running_mean: Tensor, decay: float) -> tuple[Tensor, Tensor]:
    """Squared distance of the path lengths from their running mean.

    Returns:
        the penalty and the new running mean, detached.
    """
    mean = running_mean.lerp(lengths.detach().mean(), decay)
    return (lengths - mean).square().mean(), mean


def path_noise(images: Tensor) -> Tensor:
    """A random image direction for `path_lengths`, same shape as the images."""
    return torch.randn_like(images) / math.sqrt(images.shape[2] * images.shape[3])


def mixed_ws(generator: Generator, z: Tensor, probability: float, update_w_avg: bool) -> Tensor:
    """Map z to ws; with the given probability a second code takes over from a random layer on.

    One cut-off holds for the whole batch. It is a tensor, so every step has the same graph.

    Args:
        z: [N, z_dim].

    Returns:
        [N, num_ws, w_dim].
    """
    num_ws = generator.config.num_ws
    ws = generator.broadcast(generator.mapping(z, update_w_avg=update_w_avg))
    if probability == 0:
        return ws
    cutoff = torch.randint(1, num_ws, (), device=z.device)
    cutoff = torch.where(torch.rand((), device=z.device) < probability, cutoff, num_ws)
    other = generator.broadcast(generator.mapping(torch.randn_like(z)))
    index = torch.arange(num_ws, device=z.device).view(1, -1, 1)
    return torch.where(index < cutoff, ws, other)
