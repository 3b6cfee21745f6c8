"""The device layer of the training loop: selection, autocast, uploads, random state, memory."""

from __future__ import annotations

import contextlib
import resource
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from training.errors import ConfigurationError


@dataclass(frozen=True)
class Device:
    """One torch device and the precision of its convolutions."""

    torch_device: torch.device
    precision: str  # float32 or bfloat16

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """Convolutions in the chosen precision; parameters and updates stay float32."""
        enabled = self.precision == "bfloat16"
        return torch.autocast(self.torch_device.type, dtype=torch.bfloat16, enabled=enabled)

    def images(self, batch: np.ndarray) -> Tensor:
        """Upload uint8 [N, C, H, W] and turn it into float32 in [-1, 1]."""
        return torch.from_numpy(batch).to(self.torch_device).float() / 127.5 - 1.0

    def seed(self, seed: int) -> None:
        """Seed every generator that the loop draws from."""
        torch.manual_seed(seed)

    def random_state(self) -> dict[str, Tensor]:
        """uint8 tensors that `restore_random_state` takes."""
        state = {"cpu": torch.get_rng_state()}
        if self.torch_device.type == "cuda":
            state["cuda"] = torch.cuda.get_rng_state(self.torch_device)
        return state

    def restore_random_state(self, state: dict[str, Tensor]) -> None:
        torch.set_rng_state(state["cpu"])
        if self.torch_device.type == "cuda" and "cuda" in state:
            torch.cuda.set_rng_state(state["cuda"], self.torch_device)

    def memory_gib(self) -> float:
        """Peak memory: of the GPU on CUDA, of the process elsewhere."""
        if self.torch_device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.torch_device) / 2**30
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def select(name: str, precision: str) -> Device:
    """Choose a device.

    Args:
        name: "auto" (CUDA where there is one, else the CPU), "cpu", "cuda" or "cuda:N".
        precision: "float32" or "bfloat16".
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    kind = name.partition(":")[0]
    if kind not in ("cpu", "cuda"):
        raise ConfigurationError(f"device is {name!r}; allowed are auto, cpu, cuda and cuda:N")
    if kind == "cuda" and not torch.cuda.is_available():
        raise ConfigurationError(f"device is {name!r}, but this installation of torch sees no CUDA device")
    return Device(torch.device(name), precision)
