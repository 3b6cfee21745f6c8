"""The networks of a step through `torch.compile` (`--compile`), where a gradient is not differentiated again.

The generator's and the discriminator's phase run compiled: nine tenths of the arithmetic of a step. Path lengths and R1
differentiate a gradient, which compiled graphs refuse, and traced with the outer gradient torch 2.13 loses derivatives
of `autograd.Function`s without a word; those phases stay eager. So does the projected discriminator, whose spectral
norms change with every call.

Each network is one graph, without breaks, for each way in which it is called: with or without gradients for its input
and its weights. All of them are made in the first steps.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from mammoganesis.errors import ConfigurationError

BACKEND = "inductor"
DEVICES = ("cpu", "cuda")


def check(device: torch.device) -> None:
    """Raises ConfigurationError on devices that have a compiler of their own."""
    if device.type not in DEVICES:
        raise ConfigurationError(f"--compile is for {' and '.join(DEVICES)}; {device.type} compiles every step itself")


def compile_networks(networks: Iterable[nn.Module]) -> None:
    """From now on, calls of these networks run compiled."""
    for network in networks:
        network.compile(backend=BACKEND, fullgraph=True, dynamic=False)


def eager(are_compiled: bool) -> contextlib.AbstractContextManager[Any]:
    """Around a phase that differentiates a gradient: networks run as they are written."""
    return torch.compiler.set_stance("force_eager") if are_compiled else contextlib.nullcontext()
