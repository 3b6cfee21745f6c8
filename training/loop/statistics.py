"""Scalars of the training loop that stay on the device until a tick reads them."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from training.accelerators import Device


@dataclass
class Statistics:
    """Sums of scalars kept on the device between ticks."""

    sums: dict[str, Tensor] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, value: Tensor) -> None:
        """Add one scalar."""
        value = value.detach().float()
        self.sums[name] = self.sums[name] + value if name in self.sums else value
        self.counts[name] = self.counts.get(name, 0) + 1

    def read(self, device: Device | None = None) -> dict[str, float]:
        """Means since the last reading, over all processes if a device is given; this waits for the device."""
        if not self.sums:
            return {}
        sums = torch.stack(list(self.sums.values()))
        values = (sums if device is None else device.reduce_mean(sums)).tolist()
        means = {name: value / self.counts[name] for name, value in zip(self.sums, values, strict=True)}
        self.sums, self.counts = {}, {}
        return means


class Sums(dict[str, Tensor]):
    """Weighted sums over the parts of a batch, on the device."""

    def add(self, weight: float, **values: Tensor) -> None:
        for name, value in values.items():
            value = value.detach() * weight
            self[name] = self[name] + value if name in self else value
