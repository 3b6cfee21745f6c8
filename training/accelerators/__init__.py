"""Where the arithmetic runs: the one place that knows about device types and about other processes."""

from training.accelerators.device import Device
from training.accelerators.selection import select

__all__ = ["Device", "select"]
