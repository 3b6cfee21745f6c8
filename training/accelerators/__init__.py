"""Where the arithmetic runs: the one place that knows about device types."""

from training.accelerators.device import Device, select

__all__ = ["Device", "select"]
