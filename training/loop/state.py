"""What a training run is made of, and how it starts."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from training.accelerators import Device
from training.augment import Augment
from training.configs.options import TrainingOptions
from training.loop import compiled
from training.loop.projected import Projected, create_projected
from training.networks import Discriminator, Generator, half

ADAM_EPSILON = 1e-8
FUSED = ("cpu", "cuda")  # devices that have Adam as one kernel


@dataclass
class TrainingState:
    """Everything that changes during training."""

    options: TrainingOptions
    device: Device
    generator: Generator
    generator_ema: Generator
    discriminator: Discriminator
    generator_optimizer: torch.optim.Adam
    discriminator_optimizer: torch.optim.Adam
    augment: Augment
    pl_mean: Tensor  # scalar, running mean path length
    sign_sum: Tensor  # scalar, sum of the signs of the logits of real images since p was adjusted
    projected: Projected | None = None  # a second discriminator, on a frozen network
    teachers: frozenset[str] = frozenset()  # frozen networks behind it, and behind what the run began from
    step: int = 0  # steps done
    images_seen: int = 0  # real images shown
    dataset_digest: str = ""  # of the training set; empty where it is not known
    data: dict[str, Any] = field(default_factory=dict)  # facts of the training set; see training.data.index.facts_of
    ancestors: tuple[dict[str, Any], ...] = ()  # what it began from, the oldest first; see training.checkpoints.origin


def adam(module: torch.nn.Module, learning_rate: float, interval: int) -> torch.optim.Adam:
    """Adam, corrected for the extra regularisation step every `interval` steps (Karras et al. 2020, appendix B)."""
    ratio = interval / (interval + 1)
    parameters = list(module.parameters())
    fused = parameters[0].device.type in FUSED
    return torch.optim.Adam(
        parameters,
        lr=learning_rate * ratio,
        betas=(0.0, 0.99**ratio),
        eps=ADAM_EPSILON,
        fused=fused,
        foreach=not fused,
    )


def create(options: TrainingOptions, device: Device) -> TrainingState:
    """A fresh state; a function of `options.seed`."""
    options.share(device.world)  # an impossible split is refused before anything is built
    device.seed(options.seed)
    target = device.torch_device

    def place(module: torch.nn.Module) -> Any:
        return module.to(target, memory_format=torch.channels_last)  # type: ignore[call-overload]

    generator: Generator = place(Generator(options.generator))
    discriminator: Discriminator = place(Discriminator(options.discriminator))
    second = create_projected(options, place)
    for module in (generator, discriminator, *([] if second is None else [second.discriminator])):
        device.broadcast(module)
    augment = Augment(options.augment).to(target)
    augment.p.fill_(options.ada_initial if options.ada_target is not None else 0.0)
    generator_ema = copy.deepcopy(generator).eval().requires_grad_(False)
    if options.precision == "float16":
        half.check_float16(target)
        half.use_float16(generator)
        half.use_float16(discriminator)
    if options.compile:
        compiled.check(target)
        compiled.compile_networks((generator.mapping, generator.synthesis, discriminator, augment))
    return TrainingState(
        options=options,
        device=device,
        generator=generator,
        generator_ema=generator_ema,
        discriminator=discriminator,
        generator_optimizer=adam(generator, options.generator_learning_rate, options.pl_interval),
        discriminator_optimizer=adam(discriminator, options.discriminator_learning_rate, options.r1_interval),
        augment=augment,
        pl_mean=torch.zeros((), device=target),
        sign_sum=torch.zeros((), device=target),
        projected=second,
        teachers=frozenset({options.projected} - {"none"}),
    )


def trained(state: TrainingState) -> dict[str, tuple[torch.nn.Module, torch.optim.Adam]]:
    """What has an optimiser, by its name in a checkpoint."""
    pairs: dict[str, tuple[torch.nn.Module, torch.optim.Adam]] = {
        "generator": (state.generator, state.generator_optimizer),
        "discriminator": (state.discriminator, state.discriminator_optimizer),
    }
    if state.projected is not None:
        pairs["projected"] = state.projected.discriminator, state.projected.optimizer
    return pairs
