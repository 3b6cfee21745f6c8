"""The training loop of StyleGAN2 with adaptive discriminator augmentation, the same on every device.

One step: generator, path lengths (every 4), discriminator, R1 (every 16), moving average, augmentation probability.
Shapes are static and nothing in a step reads a value back from the device, so the loop suits accelerators that compile
graphs. Statistics are read once per tick.

A step's batch is split twice: every process takes its rows of it, and takes them in parts of `batch_per_device` whose
gradients add up. So a phase is: draw the codes of all rows; per part, forward and backward; exchange the gradients;
one Adam step. What is random inside the networks (noise, augmentation) is drawn per part.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from training.accelerators import Device
from training.data.dataset import Dataset
from training.loop import losses
from training.loop.state import TrainingState

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

    def read(self, device: Device | None = None) -> dict[str, float]:
        """Means since the last reading, over all processes if a device is given; this waits for the device."""
        if not self.sums:
            return {}
        sums = torch.stack(list(self.sums.values()))
        values = (sums if device is None else device.reduce_mean(sums)).tolist()
        means = {name: value / self.counts[name] for name, value in zip(self.sums, values, strict=True)}
        self.sums, self.counts = {}, {}
        return means


def _precision(state: TrainingState) -> contextlib.AbstractContextManager[Any]:
    """Autocast for bfloat16; for float16 the networks know which of their blocks run in it."""
    return contextlib.nullcontext() if state.options.precision == "float16" else state.device.autocast()


def _parts(state: TrainingState, count: int) -> list[tuple[slice, float]]:
    """The rows of a batch that are in memory at once, and their share of it."""
    _, size = state.options.share(state.device.world)
    return [(slice(i, min(i + size, count)), (min(i + size, count) - i) / count) for i in range(0, count, size)]


def _codes(state: TrainingState, count: int, c: Tensor | None) -> losses.Codes:
    device = state.device
    codes = losses.draw_codes(state.generator, count, device.torch_device, state.options.style_mixing, c)
    return codes._replace(z=device.shard(codes.z), other=None if codes.other is None else device.shard(codes.other))


def _discriminate(state: TrainingState, images: Tensor, c: Tensor | None) -> Tensor:
    if state.options.ada_target is not None:
        images = state.augment(images)
    return state.discriminator(images, c)


def _update(state: TrainingState, module: torch.nn.Module, optimizer: torch.optim.Adam) -> None:
    """One Adam step on the mean gradient of all processes; what is not finite counts as 0 or as a large number."""
    state.device.reduce_gradients(module.parameters())
    for parameter in module.parameters():
        if parameter.grad is not None:
            torch.nan_to_num(parameter.grad, nan=0.0, posinf=GRADIENT_LIMIT, neginf=-GRADIENT_LIMIT, out=parameter.grad)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def _update_w_avg(state: TrainingState, mean: Tensor) -> None:
    state.generator.mapping.update_w_avg(state.device.reduce_mean(mean))


def _of(c: Tensor | None, rows: slice) -> Tensor | None:
    return None if c is None else c[rows]


def _generator_step(state: TrainingState, real: Tensor, c: Tensor | None, statistics: Statistics) -> None:
    codes, sums = _codes(state, len(real), c), _Sums()
    for rows, weight in _parts(state, len(real)):
        with _precision(state):
            ws, w_mean = losses.mixed_ws(state.generator, codes.rows(rows))
            fake_logits = _discriminate(state, state.generator.synthesis(ws, "random"), _of(c, rows))
            if state.options.loss == "rpgan":
                real_logits = _discriminate(state, real[rows], _of(c, rows))
                loss = losses.relativistic_loss(fake_logits, real_logits)
            else:
                loss = losses.generator_loss(fake_logits)
        (loss * weight).backward()
        sums.add(weight, w=w_mean, loss=loss)
    _update(state, state.generator, state.generator_optimizer)
    _update_w_avg(state, sums["w"])
    statistics.add("loss_g", sums["loss"])


def _path_length_step(state: TrainingState, c: Tensor | None, statistics: Statistics) -> None:
    """Every part is compared with a running mean that takes in the lengths of the batch so far."""
    options = state.options
    share, _ = options.share(state.device.world)
    count = max(1, share // options.pl_batch_shrink)
    codes, sums, seen, running = _codes(state, count, _of(c, slice(count))), _Sums(), 0.0, state.pl_mean
    for rows, weight in _parts(state, count):
        with _precision(state):
            ws, w_mean = losses.mixed_ws(state.generator, codes.rows(rows))
            images = state.generator.synthesis(ws, "random")
        lengths = losses.path_lengths(images, ws, losses.path_noise(images))
        sums.add(weight, w=w_mean, lengths=state.device.reduce_mean(lengths.mean()))
        seen += weight
        running = state.pl_mean.lerp(sums["lengths"] / seen, options.pl_decay)
        penalty = losses.path_length_penalty(lengths, running)
        (penalty * (options.pl_weight * options.pl_interval * weight)).backward()
    state.pl_mean.copy_(running)
    _update(state, state.generator, state.generator_optimizer)
    _update_w_avg(state, sums["w"])
    statistics.add("path_length", sums["lengths"])


def _discriminator_step(state: TrainingState, real: Tensor, c: Tensor | None, statistics: Statistics) -> None:
    codes, sums = _codes(state, len(real), c), _Sums()
    for rows, weight in _parts(state, len(real)):
        with torch.no_grad(), _precision(state):
            ws, w_mean = losses.mixed_ws(state.generator, codes.rows(rows))
            fake = state.generator.synthesis(ws, "random")
        backward = _relativistic_backward if state.options.loss == "rpgan" else _logistic_backward
        loss, sign = backward(state, fake, real[rows], _of(c, rows), weight)
        sums.add(weight, w=w_mean, loss=loss, sign=sign)
    _update(state, state.discriminator, state.discriminator_optimizer)
    _update_w_avg(state, sums["w"])
    sign = state.device.reduce_mean(sums["sign"])
    state.sign_sum.add_(sign)
    statistics.add("loss_d", sums["loss"])
    statistics.add("real_sign", sign)


def _logistic_backward(
    state: TrainingState, fake: Tensor, real: Tensor, c: Tensor | None, weight: float
) -> tuple[Tensor, Tensor]:
    """Fakes and reals one after the other: half the memory. Returns the loss and the sign statistic."""
    with _precision(state):
        loss_fake = losses.discriminator_loss_fake(_discriminate(state, fake, c))
    (loss_fake * weight).backward()
    with _precision(state):
        logits = _discriminate(state, real, c)
        loss_real = losses.discriminator_loss_real(logits)
    (loss_real * weight).backward()
    return loss_fake.detach() + loss_real.detach(), losses.real_sign(logits)


def _relativistic_backward(
    state: TrainingState, fake: Tensor, real: Tensor, c: Tensor | None, weight: float
) -> tuple[Tensor, Tensor]:
    """As `_logistic_backward`, in pairs."""
    with _precision(state):
        fake_logits, real_logits = _discriminate(state, fake, c), _discriminate(state, real, c)
        loss = losses.relativistic_loss(real_logits, fake_logits)
    (loss * weight).backward()
    return loss.detach(), losses.real_sign(real_logits, fake_logits)


def _gradient_penalty(state: TrainingState, images: Tensor, c: Tensor | None) -> Tensor:
    with _precision(state):
        return losses.gradient_penalty(lambda x: _discriminate(state, x, c), images)


def _gradient_penalty_step(state: TrainingState, real: Tensor, c: Tensor | None, statistics: Statistics) -> None:
    """R1 at reals; with the relativistic loss also R2 at new fakes, with the same weight and interval."""
    factor, sums = state.options.r1_gamma / 2 * state.options.r1_interval, _Sums()
    codes = _codes(state, len(real), c) if state.options.loss == "rpgan" else None
    for rows, weight in _parts(state, len(real)):
        r1 = _gradient_penalty(state, real[rows], _of(c, rows))
        (r1 * (factor * weight)).backward()
        sums.add(weight, r1=r1)
        if codes is not None:
            with torch.no_grad(), _precision(state):
                fake = state.generator.synthesis(losses.mixed_ws(state.generator, codes.rows(rows))[0], "random")
            r2 = _gradient_penalty(state, fake, _of(c, rows))
            (r2 * (factor * weight)).backward()
            sums.add(weight, r2=r2)
    _update(state, state.discriminator, state.discriminator_optimizer)
    for name, value in sums.items():
        statistics.add(name, value)


class _Sums(dict[str, Tensor]):
    """Weighted sums over the parts of a batch, on the device."""

    def add(self, weight: float, **values: Tensor) -> None:
        for name, value in values.items():
            value = value.detach() * weight
            self[name] = self[name] + value if name in self else value


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


def train_on(state: TrainingState, images: np.ndarray, labels: np.ndarray, statistics: Statistics) -> None:
    """One step; changes the state in place.

    Args:
        images: this process's rows of the batch, uint8 [N, C, H, W].
        labels: their labels, float32 [N, c_dim].
    """
    options, device = state.options, state.device
    real = device.images(images)
    c = device.shard(torch.from_numpy(labels).to(device.torch_device)) if options.generator.c_dim else None

    state.discriminator.requires_grad_(False)
    state.generator.requires_grad_(True)
    _generator_step(state, real, c, statistics)
    device.step_end()
    if options.pl_weight > 0 and state.step % options.pl_interval == 0:
        _path_length_step(state, c, statistics)
        device.step_end()

    state.generator.requires_grad_(False)
    state.discriminator.requires_grad_(True)
    _discriminator_step(state, real, c, statistics)
    device.step_end()
    if options.r1_gamma > 0 and state.step % options.r1_interval == 0:
        _gradient_penalty_step(state, real, c, statistics)
        device.step_end()

    state.step += 1
    state.images_seen += options.batch
    update_ema(state)
    device.step_end()
    if state.step % options.ada_interval == 0:
        adjust_augmentation(state)
        device.step_end()


def rows_of(state: TrainingState) -> tuple[int, int]:
    """The rows of the step to come that this process takes: number of the first image in the run, and how many."""
    share, _ = state.options.share(state.device.world)
    return state.images_seen + state.device.rank * share, share


def train_step(state: TrainingState, dataset: Dataset, statistics: Statistics) -> None:
    """One step on the images that are due."""
    first, count = rows_of(state)
    seed = state.options.seed
    train_on(state, dataset.batch(first, count, seed), dataset.labels(first, count, seed), statistics)


def steps(
    state: TrainingState, batches: Iterable[tuple[np.ndarray, np.ndarray]], statistics: Statistics
) -> Iterator[int]:
    """Train until `options.kimg`, yielding the number of images shown after every step.

    Args:
        batches: images and labels as `train_on` takes them, from the images that are due on.
    """
    source = iter(batches)
    while state.images_seen < state.options.kimg * 1000:
        images, labels = next(source)
        train_on(state, images, labels, statistics)
        yield state.images_seen
