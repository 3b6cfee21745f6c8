"""NVIDIA GPUs: one process per GPU, gradients by NCCL."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from mammoganesis.errors import ConfigurationError
from training.accelerators.device import Device, RandomState
from training.accelerators.kernels import choice
from training.accelerators.processes import Processes, connect


class CudaDevice(Device):
    """One GPU."""

    def staged(self, values: np.ndarray) -> Tensor:
        """As `Device.staged`: page-locked, so that the copy is queued behind the step before and nobody waits for it.

        torch notes which stream reads the memory, and gives it away only after that, however early the tensor goes.
        """
        with torch.cuda.device(self.torch_device):  # another thread begins with GPU 0
            return torch.from_numpy(values).pin_memory()

    def upload(self, values: Tensor) -> Tensor:
        return values.to(self.torch_device, non_blocking=True)

    def random_state(self) -> RandomState:
        return {**super().random_state(), "cuda": torch.cuda.get_rng_state(self.torch_device)}

    def _restore_generators(self, state: RandomState) -> None:
        super()._restore_generators(state)
        torch.cuda.set_rng_state(state["cuda"], self.torch_device)

    def memory_gib(self) -> float:
        return torch.cuda.max_memory_allocated(self.torch_device) / 2**30


def open_cuda(index: int | None, precision: str, processes: Processes) -> Device:
    """One GPU, and how it computes: the fastest algorithm per shape, and float32 where no half precision was asked for.

    Mapping, demodulation and logits are float32 in every precision: TF32 would give them 10 bits.

    Args:
        index: number of the GPU; None takes the one with this process's local rank.
    """
    if not torch.cuda.is_available():
        raise ConfigurationError("--device is 'cuda', but this installation of torch sees no CUDA device")
    if index is not None and processes.world > 1:
        raise ConfigurationError(f"--device is 'cuda:{index}'; with several processes it must be 'cuda'")
    number = processes.local_rank if index is None else index
    if number >= torch.cuda.device_count():
        raise ConfigurationError(
            f"--device is 'cuda:{number}'; this machine has {torch.cuda.device_count()} GPU(s), numbered from 0"
        )
    device = torch.device("cuda", number)
    torch.cuda.set_device(device)
    torch.backends.cudnn.benchmark = True  # shapes are static
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    choice.choose(choice.are_wanted())
    connect(processes, "cpu:gloo,cuda:nccl")
    return CudaDevice(device, precision, processes)
