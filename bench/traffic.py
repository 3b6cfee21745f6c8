"""What a training step asks of a GPU beside arithmetic: operations and bytes, counted without one.

The step runs on fake tensors, which have shapes and no numbers, in the precision of the configuration. Every operation
of ATen that is no view counts as one launch (some are several), and as the bytes of its operands, read once, and of its
results, written once; "beside convolutions" leaves those and matrix products out, whose traffic their arithmetic hides.

    python bench/traffic.py                       # paper512, 32 images at once, plain and with the kernels of Triton
    python bench/traffic.py --config mammo512
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import click
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from training import configs
from training.accelerators import Device
from training.accelerators.kernels import choice
from training.configs.options import TrainingOptions
from training.loop import phases
from training.networks.fir import SIZE
from training.run.metering import fake_state

PHASES = ("generator", "path length", "discriminator", "R1", "moving average")
UNLAUNCHED = ("empty", "detach", "sym_", "_unsafe_view")  # operations that start no kernel


@dataclass
class Count:
    """Of one phase."""

    launches: int = 0
    bytes: int = 0
    beside: int = 0  # bytes of what is no convolution and no matrix product


class Traffic(TorchDispatchMode):
    """Counts what runs while it is on."""

    def __init__(self) -> None:
        super().__init__()
        self.count = Count()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        name = func._overloadpacket.__name__
        if func.namespace == "prim" or func.is_view or name.startswith(UNLAUNCHED):
            return result
        size = sum(map(_bytes, tree_leaves((args, kwargs, result))))
        self.count.launches += 1
        self.count.bytes += size
        self.count.beside += 0 if func._overloadpacket in flop_registry and not _is_low_pass(args) else size
        return result


def _bytes(value: Any) -> int:
    """Of a tensor; one that is broadcast is read as often as it is stored."""
    if not isinstance(value, Tensor):
        return 0
    return min(value.numel() * value.element_size(), value.untyped_storage().nbytes())


def _is_low_pass(args: tuple[Any, ...]) -> bool:
    """Whether a convolution is the low-pass, which is all traffic and alone has filters of 4x4."""
    return len(args) > 1 and isinstance(args[1], Tensor) and args[1].shape[2:] == (SIZE, SIZE)


@dataclass(frozen=True)
class CountedDevice(Device):
    """Fake tensors on the CPU; the end of every phase of a step is noted."""

    traffic: Traffic = field(default_factory=Traffic)
    found: list[Count] = field(default_factory=list)

    def images(self, batch: Tensor) -> Tensor:
        return torch.empty(batch.shape)

    def step_end(self) -> None:
        self.found.append(self.traffic.count)
        self.traffic.count = Count()


@contextlib.contextmanager
def kernels(wanted: bool) -> Iterator[None]:
    """As on a GPU: the kernels compute, or plain torch."""
    with mock.patch.object(choice, "compute", return_value=wanted):
        yield


def count(options: TrainingOptions, wanted: bool) -> dict[str, Count]:
    """The phases of a step in which all of them take place.

    Args:
        options: what is trained.
        wanted: with the kernels; else the plain form.
    """
    config = options.generator
    with FakeTensorMode(allow_non_fake_inputs=True), kernels(wanted), Traffic() as traffic:
        device = CountedDevice(torch.device("cpu"), options.precision, traffic=traffic)
        state = fake_state(options, device)
        device.step_end()
        device.found.clear()
        images = torch.empty(options.batch, config.image_channels, config.resolution, config.resolution)
        phases.train_on(state, images, torch.zeros(options.batch, config.c_dim), phases.Statistics())
    return dict(zip(PHASES, device.found, strict=False))


def per_step(options: TrainingOptions, found: dict[str, Count]) -> Count:
    """The mean over a cycle of the lazy phases."""
    rates = {"path length": 1 / options.pl_interval, "R1": 1 / options.r1_interval}
    totals = [
        sum(getattr(c, name) * rates.get(phase, 1.0) for phase, c in found.items())
        for name in ("launches", "bytes", "beside")
    ]
    return Count(*map(round, totals))


@click.command(context_settings={"show_default": True})
@click.option("--config", "name", default="paper512", type=click.Choice(configs.NAMES))
@click.option("--batch", type=click.IntRange(1), help="Images at once.  [default: the configuration's]")
def main(name: str, batch: int | None) -> None:
    """Print launches and gigabytes per phase and per step, plain and with the kernels."""
    options = dataclasses.replace(configs.load(name), metrics=(), best_metric=None)
    options = dataclasses.replace(options, batch=batch or options.batch)
    plain, ours = count(options, False), count(options, True)
    plain["a step"], ours["a step"] = per_step(options, plain), per_step(options, ours)
    click.echo(f"{name}, {options.precision}, {options.batch} images at once: plain -> with kernels")
    click.echo(f"{'phase':<16}{'launches':>18}{'GB':>20}{'GB beside convolutions':>26}")
    for phase, before in plain.items():
        after = ours[phase]
        sizes = [
            f"{getattr(before, kind) / 1e9:.1f} -> {getattr(after, kind) / 1e9:.1f}" for kind in ("bytes", "beside")
        ]
        click.echo(f"{phase:<16}{f'{before.launches} -> {after.launches}':>18}{sizes[0]:>20}{sizes[1]:>26}")


if __name__ == "__main__":
    main()
