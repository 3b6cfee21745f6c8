"""The CPU: one process, or several that exchange gradients by gloo."""

from __future__ import annotations

import torch

from training.accelerators import memory
from training.accelerators.device import Device
from training.accelerators.processes import Processes, connect


def open_cpu(precision: str, processes: Processes) -> Device:
    """The CPU of this machine; `--threads` decides how many of its cores."""
    connect(processes, "gloo")
    memory.keep_freed_memory()
    return Device(torch.device("cpu"), precision, processes)
