"""Running the high-resolution blocks in float16 (Karras et al. 2020a, appendix C.3).

Float16 ends at 65504 and loses what is small, so weights and styles are scaled to a largest value near 1 before the
convolution, which demodulation undoes, and activations are clamped at 256. Low resolutions, mapping, styles, images,
minibatch standard deviation and logits stay float32, and so do the parameters and their updates. Losses are not scaled.

Which blocks run so is no part of a network's state: a checkpoint opens as a float32 network.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mammoganesis.errors import ConfigurationError
from training.networks.discriminator import Discriminator, DiscriminatorBlock
from training.networks.generator import Generator
from training.networks.synthesis import SynthesisLayer, ToImage

RESOLUTIONS = 4  # the highest ones run in float16: 64 to 512 of 512


def use_float16(network: Generator | Discriminator, resolutions: int = RESOLUTIONS) -> list[int]:
    """Let the blocks of the highest resolutions (never 4x4) compute in float16 from now on. Returns those."""
    lowest = max(network.config.resolution >> (resolutions - 1), 8)
    chosen = []
    root: nn.Module = network.synthesis if isinstance(network, Generator) else network
    for name, block in root.named_children():
        if name.startswith("b") and int(name[1:]) >= lowest:
            chosen.append(int(name[1:]))
            for module in block.modules():
                if isinstance(module, SynthesisLayer | ToImage | DiscriminatorBlock):
                    module.half_precision = True
    return chosen


def check_float16(device: torch.device) -> None:
    """Try a convolution, its gradient and the gradient of that.

    Raises:
        ConfigurationError: this device, or this version of torch on it, cannot.
    """
    x = torch.ones(1, 8, 8, 8, dtype=torch.float16, device=device, requires_grad=True)
    weight = torch.ones(8, 8, 3, 3, device=device, requires_grad=True)
    try:
        y: Tensor = F.conv2d(x, weight.half(), padding=1)
        (gradient,) = torch.autograd.grad(y.float().sum(), x, create_graph=True)
        gradient.float().square().sum().backward()
    except (RuntimeError, NotImplementedError) as error:
        raise ConfigurationError(
            f"--precision is 'float16', but {device} cannot compute in it ({error}); allowed are float32 and bfloat16"
        ) from error
