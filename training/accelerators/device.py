"""The device layer of the training loop: what one process does with its device and says to the other processes.

`Device` is plain torch and torch.distributed. A kind of device overrides what differs: see cpu.py, cuda.py, tpu.py and
xla.py. Nothing here reads a value back from the device, except where the docstring says so.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import resource
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from training.accelerators.processes import Processes

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}

RandomState = dict[str, Tensor]


@dataclass(frozen=True)
class Device:
    """One torch device, the precision of its convolutions, and this process's place among the others."""

    torch_device: torch.device
    precision: str  # float32, bfloat16 or float16
    processes: Processes = field(default_factory=Processes)

    @property
    def rank(self) -> int:
        """0 .. world - 1."""
        return self.processes.rank

    @property
    def world(self) -> int:
        """Processes in the run."""
        return self.processes.world

    @property
    def is_main(self) -> bool:
        """Whether this process writes files and reports."""
        return self.rank == 0

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """Convolutions in the chosen precision; parameters and updates stay float32."""
        dtype = DTYPES[self.precision]
        if dtype == torch.float32:
            return torch.autocast(self.torch_device.type, enabled=False)
        return torch.autocast(self.torch_device.type, dtype=dtype)

    def staged(self, values: np.ndarray) -> Tensor:
        """The host's tensor that `upload` takes with the least waiting; for the thread that reads ahead.

        Keep the tensor itself, no view of its memory: the memory is given away again when the tensor goes.
        """
        return torch.from_numpy(values)

    def upload(self, values: Tensor) -> Tensor:
        """A tensor of the host, on the device."""
        return self.shard(values.to(self.torch_device))

    def images(self, batch: Tensor) -> Tensor:
        """Upload [N, C, H, W] from 0 to 255, uint8 or float32, and turn it into float32 in [-1, 1]."""
        return self.upload(batch).float() / 127.5 - 1.0

    def shard(self, tensor: Tensor) -> Tensor:
        """Spread the first dimension over the chips that this process drives; the same tensor where it is one chip."""
        return tensor

    def step_end(self) -> None:
        """Called after every phase: devices that collect operations run them now."""

    def seed(self, seed: int) -> None:
        """Seed every generator that the loop draws from; each rank gets a stream of its own."""
        self._seed_generators(seed if self.rank == 0 else _derived_seed(f"{seed}".encode(), self.rank))

    def _seed_generators(self, seed: int) -> None:
        torch.manual_seed(seed)

    def random_state(self) -> RandomState:
        """This rank's tensors for `restore_random_state`: "cpu", uint8, and one more by the kind of device."""
        return {"cpu": torch.get_rng_state()}

    def restore_random_state(self, states: RandomState) -> None:
        """Take up this rank's streams from what `gather_random_states` (or `random_state`) gave.

        A rank or a kind of device that the states do not know, as after a move to other hardware, gets a new stream
        that is a function of them.
        """
        prefix = _prefix(self.rank)
        known = self.random_state().keys()
        if all(prefix + name in states for name in known):
            self._restore_generators({name: states[prefix + name] for name in known})
        else:
            self._seed_generators(_derived_seed(states["cpu"].numpy().tobytes(), self.rank))

    def _restore_generators(self, state: RandomState) -> None:
        torch.set_rng_state(state["cpu"])

    def gather_random_states(self) -> RandomState:
        """The states of all ranks under one name each; every rank must call it. This waits for the device."""
        states = [self.random_state()]
        if self.world > 1:
            states *= self.world
            dist.all_gather_object(states, self.random_state())
        return {_prefix(rank) + name: value for rank, state in enumerate(states) for name, value in state.items()}

    def memory_gib(self) -> float:
        """Peak memory so far: of the device where it can tell, else of the process."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20

    @torch.no_grad()
    def broadcast(self, module: nn.Module) -> None:
        """Give every rank the parameters and buffers of rank 0."""
        if self.world > 1:
            tensors = [*module.parameters(), *module.buffers()]
            flat = _flatten(tensors)
            dist.broadcast(flat, src=0)
            _unflatten(flat, tensors)

    @torch.no_grad()
    def reduce_gradients(self, parameters: Iterable[nn.Parameter], limit: float = float("inf")) -> None:
        """Replace every gradient by its mean over the ranks, in one exchange; parameters without one are left out.

        With a finite limit NaN counts as 0 and what is infinite as the limit.
        """
        gradients = [p.grad for p in parameters if p.grad is not None]
        if not gradients or (self.world == 1 and math.isinf(limit)):
            return
        flat = _flatten(gradients)
        if self.world > 1:
            dist.all_reduce(flat)
            flat.div_(self.world)
        if not math.isinf(limit):
            flat.nan_to_num_(nan=0.0, posinf=limit, neginf=-limit)
        _unflatten(flat, gradients)

    @torch.no_grad()
    def reduce_mean(self, tensor: Tensor) -> Tensor:
        """The mean over the ranks; the same shape, detached."""
        if self.world == 1:
            return tensor.detach()
        total = tensor.detach().clone()
        dist.all_reduce(total)
        return total / self.world

    def any_rank(self, flag: bool) -> bool:
        """Whether the flag is set on any rank, so that all of them stop at the same step. Every rank must call it."""
        if self.world == 1:
            return flag
        flags = [False] * self.world
        dist.all_gather_object(flags, flag)
        return any(flags)

    def barrier(self) -> None:
        """Wait for all ranks."""
        if self.world > 1:
            dist.barrier()


def _prefix(rank: int) -> str:
    return "" if rank == 0 else f"rank{rank}/"


def _derived_seed(source: bytes, rank: int) -> int:
    """32 bits, because torch's generator on the CPU ignores the others."""
    return int.from_bytes(hashlib.sha256(source + f"/{rank}".encode()).digest()[:4], "big")


def _flatten(tensors: list[Tensor]) -> Tensor:
    return torch.cat([tensor.reshape(-1) for tensor in tensors])


def _unflatten(flat: Tensor, tensors: list[Tensor]) -> None:
    parts = flat.split([tensor.numel() for tensor in tensors])
    torch._foreach_copy_(tensors, [part.view(tensor.shape) for part, tensor in zip(parts, tensors, strict=True)])  # type: ignore[reportPrivateImportUsage]
