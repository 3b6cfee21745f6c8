"""Giving a trained generator another padding of the images that its blocks double; its images stay.

Zeros beyond an image are mid-grey. Air is -1, so the filter that doubles an image lifts the outermost pixel of air by a
quarter of the range, at every resolution anew, and the layers learn to take that away again: 67 of 255 levels at the
border of the 256x256 demo, of which 5 were left over. Padded with its own outermost pixels an image has nothing to take
away. What was learnt against zeros has to go then, which a short regression does; in adversarial training the average
of the weights would show it for as long as it is long.
"""

from __future__ import annotations

import dataclasses
import math
from typing import cast

import numpy as np
import torch
from torch import Tensor

from mammoganesis.recipe.limits import MAX_SEED
from mammoganesis.terminal.progress import progress
from training.accelerators.device import Device
from training.networks import Generator

STEPS, BATCH = 200, 8  # images of random codes, labelled as the training images, with noise of their own
LEARNING_RATE = 0.001  # of Adam, from a tenth of the steps on, down to 0 by a cosine
RINGING = 2  # outermost rows and columns, which show what was learnt against the padding
BORDER = ((16, 4.0), (RINGING + 1, 12.0))  # outermost rows and columns, and how much their errors weigh


def padded(generator: Generator, edge: bool) -> Generator:
    """A copy of a generator with the same parameters and another padding; frozen."""
    other = Generator(dataclasses.replace(generator.config, edge_padding=edge))
    other.load_state_dict(generator.state_dict())
    device = next(generator.parameters()).device
    return other.to(device, memory_format=torch.channels_last).eval().requires_grad_(False)  # type: ignore[call-overload]


def without_ringing(images: Tensor) -> Tensor:
    """Images [N, C, r, r] of which the outermost `RINGING` rows and columns repeat the next ones inward."""
    inner = images[:, :, RINGING:-RINGING, RINGING:-RINGING]
    return torch.nn.functional.pad(inner, (RINGING,) * 4, mode="replicate")


def _weights(resolution: int, device: torch.device) -> Tensor:
    """[r, r], mean 1."""
    line = torch.ones(resolution, device=device)
    for width, weight in BORDER:
        line[:width] = line[-width:] = weight
    weights = torch.maximum(line[:, None], line[None, :])
    return weights / weights.mean()


def repad(generator: Generator, old_edge: bool, device: Device) -> float:
    """Lets a generator draw with its padding what its parameters drew with the old one, less the ringing at the border.

    Args:
        generator: of at least 8x8 pixels; its synthesis network is changed in place, all but the strengths of noise.
        old_edge: whether the network that its parameters are from padded images with their edge.
        device: says the precision; all processes end with the same parameters.

    Returns:
        root mean square over the last images of what remains, in [-1, 1].
    """
    teacher, frozen = padded(generator, old_edge), not any(p.requires_grad for p in generator.parameters())
    learnt = [p for name, p in generator.synthesis.named_parameters() if not name.endswith("noise_strength")]
    for parameter in learnt:
        parameter.requires_grad_(True)
    optimizer = torch.optim.Adam(learnt, lr=LEARNING_RATE, betas=(0.9, 0.99))
    weights = _weights(generator.config.resolution, device.torch_device)
    random, draw = np.random.RandomState(MAX_SEED - 2), torch.Generator().manual_seed(0)
    error = torch.zeros(())
    with progress(STEPS, "fitting the border", "step") as bar:
        for step in range(STEPS):
            warm = min(1.0, 10 * (step + 1) / STEPS)
            for group in optimizer.param_groups:
                group["lr"] = LEARNING_RATE * warm * 0.5 * (1 + math.cos(math.pi * step / STEPS))
            ws, noise = _drawn(teacher, random, draw)
            with torch.no_grad(), device.autocast():
                target = without_ringing(_images(teacher, ws, noise))
            with device.autocast():
                images = _images(generator, ws, noise)
            squares = (images.float() - target.float()).square()
            optimizer.zero_grad(set_to_none=True)
            (squares * weights).mean().backward()
            optimizer.step()
            error = squares.detach().mean().sqrt()
            bar.update()
    for parameter in learnt:
        parameter.requires_grad_(not frozen)
        parameter.grad = None
    device.broadcast(generator)
    return float(error)


def _images(generator: Generator, ws: Tensor, noise: list[Tensor]) -> Tensor:
    return cast(Tensor, generator.synthesis.from_styles(generator.synthesis.styles(ws), noise))


@torch.no_grad()
def _drawn(generator: Generator, random: np.random.RandomState, draw: torch.Generator) -> tuple[Tensor, list[Tensor]]:
    """Codes ws [BATCH, num_ws, w_dim] and a noise map [BATCH, 1, r, r] for every layer that takes one."""
    config, device = generator.config, generator.mapping.w_avg.device
    z = torch.from_numpy(random.randn(BATCH, config.z_dim).astype(np.float32)).to(device)
    c = generator.c_of_seeds(random.randint(0, MAX_SEED, BATCH).tolist())
    noise = [
        torch.randn(BATCH, 1, n, n, generator=draw).to(device) for n in (x.resolution for x in config.noise_layers)
    ]
    return generator.broadcast(generator.mapping(z, c)), noise
