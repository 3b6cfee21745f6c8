"""Looking at a training step without doing it: fake tensors have shapes and no numbers, every operation is counted."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from training.accelerators import Device
from training.augment import Augment
from training.configs.options import TrainingOptions
from training.loop import state
from training.loop.projected import create_projected
from training.networks import Discriminator, Generator, half


class Meter(TorchDispatchMode):
    """Counts floating-point operations (2 per multiply-add) and the bytes of tensors that are alive.

    An allocator's rounding, workspaces of libraries and the runtime itself come on top of those bytes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0
        self.live = 0  # bytes
        self.peak = 0  # most bytes since it was last set
        self._known: weakref.WeakSet[Any] = weakref.WeakSet()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        formula = flop_registry.get(func._overloadpacket)
        if formula is not None:
            self.flops += formula(*args, **kwargs, out_val=result)
        for tensor in tree_leaves(result):
            if isinstance(tensor, Tensor):
                self._see(tensor.untyped_storage())
        return result

    def _see(self, storage: Any) -> None:
        if storage not in self._known:
            self._known.add(storage)
            size = storage.nbytes()
            self.live += size
            self.peak = max(self.peak, self.live)
            weakref.finalize(storage, self._free, size)

    def _free(self, size: int) -> None:
        self.live -= size


@dataclass(frozen=True)
class MeteredDevice(Device):
    """Fake tensors on the CPU; the end of every phase of a step is noted."""

    meter: Meter = field(default_factory=Meter)
    phases: list[tuple[int, int]] = field(default_factory=list)  # operations, bytes beyond those at the phase's start
    start: list[int] = field(default_factory=lambda: [0])  # bytes alive at the phase's start

    def images(self, batch: Tensor) -> Tensor:
        return torch.empty(batch.shape)

    def begin(self) -> None:
        self.meter.flops, self.meter.peak, self.start[0] = 0, self.meter.live, self.meter.live

    def step_end(self) -> None:
        self.phases.append((self.meter.flops, self.meter.peak - self.start[0]))
        self.begin()


def _channels_last(module: Any) -> Any:
    for parameter in module.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.to(memory_format=torch.channels_last)
    return module


def fake_state(options: TrainingOptions, device: Device) -> state.TrainingState:
    """As `state.create`; modules of fake tensors cannot be moved, so they are made where they stay."""
    generator: Generator = _channels_last(Generator(options.generator))
    discriminator: Discriminator = _channels_last(Discriminator(options.discriminator))
    average: Generator = _channels_last(Generator(options.generator)).eval().requires_grad_(False)
    if options.precision == "float16":
        half.use_float16(generator)
        half.use_float16(discriminator)
    return state.TrainingState(
        options=options,
        device=device,
        generator=generator,
        generator_ema=average,
        discriminator=discriminator,
        generator_optimizer=state.adam(generator, options.generator_learning_rate, options.pl_interval),
        discriminator_optimizer=state.adam(discriminator, options.discriminator_learning_rate, options.r1_interval),
        augment=Augment(options.augment),
        pl_mean=torch.zeros(()),
        sign_sum=torch.zeros(()),
        projected=create_projected(options, _channels_last),
    )
