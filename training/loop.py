"""The training loop of StyleGAN2 with adaptive discriminator augmentation, on one device.

One step: generator, path lengths (every 4), discriminator, R1 (every 16), moving average, augmentation probability.
Shapes are static and nothing in a step reads a value back from the device, so the same loop suits accelerators that
compile graphs. Statistics are read once per tick.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from training import losses
from training.data.dataset import Dataset
from training.state import TrainingState

GRADIENT_LIMIT = 1e5


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

    def read(self) -> dict[str, float]:
        """Means since the last reading; this waits for the device."""
        means = {name: float(total) / self.counts[name] for name, total in self.sums.items()}
        self.sums, self.counts = {}, {}
        return means


def _update(module: torch.nn.Module, optimizer: torch.optim.Adam) -> None:
    """One Adam step; gradients that are not finite count as 0 or as a large number."""
    for parameter in module.parameters():
        if parameter.grad is not None:
            torch.nan_to_num(parameter.grad, nan=0.0, posinf=GRADIENT_LIMIT, neginf=-GRADIENT_LIMIT, out=parameter.grad)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def _noise_codes(state: TrainingState, count: int) -> Tensor:
    return torch.randn(count, state.options.generator.z_dim, device=state.device.torch_device)


def _discriminate(state: TrainingState, images: Tensor) -> Tensor:
    if state.options.ada_target is not None:
        images = state.augment(images)
    return state.discriminator(images)


def _generator_step(state: TrainingState, statistics: Statistics) -> None:
    options = state.options
    with state.device.autocast():
        z = _noise_codes(state, options.batch)
        ws = losses.mixed_ws(state.generator, z, options.style_mixing, update_w_avg=True)
        images = state.generator.synthesis(ws, "random")
        loss = losses.generator_loss(_discriminate(state, images))
    loss.backward()
    _update(state.generator, state.generator_optimizer)
    statistics.add("loss_g", loss)


def _path_length_step(state: TrainingState, statistics: Statistics) -> None:
    options = state.options
    with state.device.autocast():
        z = _noise_codes(state, max(1, options.batch // options.pl_batch_shrink))
        ws = losses.mixed_ws(state.generator, z, options.style_mixing, update_w_avg=True)
        images = state.generator.synthesis(ws, "random")
    lengths = losses.path_lengths(images, ws, losses.path_noise(images))
    penalty, mean = losses.path_length_penalty(lengths, state.pl_mean, options.pl_decay)
    state.pl_mean.copy_(mean)
    (penalty * (options.pl_weight * options.pl_interval)).backward()
    _update(state.generator, state.generator_optimizer)
    statistics.add("path_length", lengths.mean())


def _discriminator_step(state: TrainingState, real: Tensor, statistics: Statistics) -> None:
    options = state.options
    with torch.no_grad(), state.device.autocast():
        z = _noise_codes(state, options.batch)
        ws = losses.mixed_ws(state.generator, z, options.style_mixing, update_w_avg=True)
        fake = state.generator.synthesis(ws, "random")
    with state.device.autocast():
        loss_fake = losses.discriminator_loss_fake(_discriminate(state, fake))
    loss_fake.backward()
    with state.device.autocast():
        logits = _discriminate(state, real)
        loss_real = losses.discriminator_loss_real(logits)
    loss_real.backward()
    _update(state.discriminator, state.discriminator_optimizer)
    sign = logits.detach().sign().mean()
    state.sign_sum.add_(sign)
    statistics.add("loss_d", loss_fake.detach() + loss_real.detach())
    statistics.add("real_sign", sign)


def _r1_step(state: TrainingState, real: Tensor, statistics: Statistics) -> None:
    options = state.options
    with state.device.autocast():
        penalty = losses.r1_penalty(lambda images: _discriminate(state, images), real)
    (penalty * (options.r1_gamma / 2 * options.r1_interval)).backward()
    _update(state.discriminator, state.discriminator_optimizer)
    statistics.add("r1", penalty)


@torch.no_grad()
def update_ema(state: TrainingState) -> None:
    """Move the averaged generator towards the current one; buffers are copied."""
    options = state.options
    half_life = min(options.ema_kimg * 1000, state.images_seen * options.ema_rampup)
    beta = 0.5 ** (options.batch / max(half_life, 1e-8))
    for average, value in zip(state.generator_ema.parameters(), state.generator.parameters(), strict=True):
        average.lerp_(value, 1.0 - beta)
    for average, value in zip(state.generator_ema.buffers(), state.generator.buffers(), strict=True):
        average.copy_(value)


@torch.no_grad()
def adjust_augmentation(state: TrainingState) -> None:
    """Raise p if the discriminator is too sure of real images, lower it otherwise (Karras et al. 2020a, section 3)."""
    options = state.options
    if options.ada_target is None:
        return
    direction = (state.sign_sum / options.ada_interval - options.ada_target).sign()
    amount = options.batch * options.ada_interval / (options.ada_kimg * 1000)
    state.augment.p.add_(direction * amount).clamp_(0.0, options.ada_maximum)
    state.sign_sum.zero_()


def train_step(state: TrainingState, dataset: Dataset, statistics: Statistics) -> None:
    """One step on `options.batch` real images; changes the state in place."""
    options = state.options
    real = state.device.images(dataset.batch(state.images_seen, options.batch, options.seed))

    if state.images_seen >= options.discriminator_warmup_kimg * 1000:
        state.discriminator.requires_grad_(False)
        state.generator.requires_grad_(True)
        _generator_step(state, statistics)
        if options.pl_weight > 0 and state.step % options.pl_interval == 0:
            _path_length_step(state, statistics)

    state.generator.requires_grad_(False)
    state.discriminator.requires_grad_(True)
    _discriminator_step(state, real, statistics)
    if options.r1_gamma > 0 and state.step % options.r1_interval == 0:
        _r1_step(state, real, statistics)

    state.step += 1
    state.images_seen += options.batch
    update_ema(state)
    if state.step % options.ada_interval == 0:
        adjust_augmentation(state)


def steps(state: TrainingState, dataset: Dataset, statistics: Statistics) -> Iterator[int]:
    """Train until `options.kimg`, yielding the number of images shown after every step."""
    while state.images_seen < state.options.kimg * 1000:
        train_step(state, dataset, statistics)
        yield state.images_seen
