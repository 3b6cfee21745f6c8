"""The processes of one run, as torchrun or Ray Train start them: one per GPU or TPU chip, one in all without either."""

from __future__ import annotations

import atexit
import os
from dataclasses import dataclass
from datetime import timedelta

import torch.distributed as dist
import torch.distributed.nn  # noqa: F401  # before there is a group: its functions' defaults would keep that for good

from mammoganesis.errors import ConfigurationError

TIMEOUT = timedelta(hours=4)  # the others wait while the main process measures a checkpoint; torchrun sees who died


@dataclass(frozen=True)
class Processes:
    """This process's place in the run."""

    rank: int = 0  # of this process, 0 .. world - 1
    world: int = 1  # processes in the run
    local_rank: int = 0  # of this process on its machine: the number of its GPU


def _number(name: str, low: int, high: int) -> int:
    text = os.environ[name]
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ConfigurationError(f"the environment variable {name} is {text!r}; it must be {low} to {high} (torchrun)")
    return int(text)


def from_environment() -> Processes:
    """Read RANK, WORLD_SIZE and LOCAL_RANK, which torchrun and Ray Train set; without them there is one process."""
    if "WORLD_SIZE" not in os.environ:
        return Processes()
    missing = [name for name in ("RANK", "LOCAL_RANK") if name not in os.environ]
    if missing:
        raise ConfigurationError(f"WORLD_SIZE is set, but {' and '.join(missing)} not; start the processes by torchrun")
    world = _number("WORLD_SIZE", 1, 2**20)
    return Processes(_number("RANK", 0, world - 1), world, _number("LOCAL_RANK", 0, world - 1))


def connect(processes: Processes, backend: str) -> None:
    """Join the process group; nothing happens with one process, or where Ray Train has done it already.

    Args:
        backend: such as "gloo" or "cpu:gloo,cuda:nccl".
    """
    if processes.world == 1 or dist.is_initialized():
        return
    dist.init_process_group(backend, rank=processes.rank, world_size=processes.world, timeout=TIMEOUT)
    atexit.register(_disconnect)


def _disconnect() -> None:
    """Ends the group's threads: one that wanted Python's lock while Python ends would abort the process."""
    if dist.is_initialized():
        dist.destroy_process_group()
