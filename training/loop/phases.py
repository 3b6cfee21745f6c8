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
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from training.data.dataset import Dataset
from training.loop import compiled, following, losses
from training.loop.projected import Projected, generator_loss, heads_loss
from training.loop.state import TrainingState
from training.loop.statistics import Statistics, Sums
from training.networks.projected import Features

GRADIENT_LIMIT = 1e5


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


def _augmented(state: TrainingState, images: Tensor) -> Tensor:
    return images if state.options.ada_target is None else state.augment(images)


def _discriminate(state: TrainingState, images: Tensor, c: Tensor | None) -> Tensor:
    return state.discriminator(_augmented(state, images), c)


def _joined(state: TrainingState) -> Projected | None:
    """The projected discriminator, from the time when it takes part."""
    return state.projected if state.images_seen >= state.options.projected_start * 1000 else None


def _generator_waits(state: TrainingState) -> bool:
    """Whether the discriminators learn alone, so that one that begins anew cannot spoil a generator that does not."""
    return state.images_seen < state.options.generator_start * 1000


def _update(state: TrainingState, module: torch.nn.Module, optimizer: torch.optim.Adam) -> None:
    """One Adam step on the mean gradient of all processes; what is not finite counts as 0 or as a large number."""
    state.device.reduce_gradients(module.parameters(), GRADIENT_LIMIT)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def _update_w_avg(state: TrainingState, mean: Tensor) -> None:
    state.generator.mapping.update_w_avg(state.device.reduce_mean(mean))


def _of(c: Tensor | None, rows: slice) -> Tensor | None:
    return None if c is None else c[rows]


def _generator_step(state: TrainingState, real: Tensor, c: Tensor | None, statistics: Statistics) -> list[Features]:
    """Returns what the projected discriminator saw of the fakes, per part; empty where there is none."""
    codes, sums, projected = _codes(state, len(real), c), Sums(), _joined(state)
    seen: list[Features] = []
    for rows, weight in _parts(state, len(real)):
        with _precision(state):
            ws, w_mean = losses.mixed_ws(state.generator, codes.rows(rows))
            fake = _augmented(state, state.generator.synthesis(ws, "random"))
            fake_logits = state.discriminator(fake, _of(c, rows))
            if state.options.loss == "rpgan":
                real_logits = _discriminate(state, real[rows], _of(c, rows))
                loss = losses.relativistic_loss(fake_logits, real_logits)
            else:
                loss = losses.generator_loss(fake_logits)
            sums.add(weight, w=w_mean, loss_g=loss)
            if projected is not None:
                second, features = generator_loss(projected, fake, _of(c, rows))
                loss = loss + state.options.heads.weight * second
                sums.add(weight, loss_g_projected=second)
                seen.append(features)
        (loss * weight).backward()
    _update(state, state.generator, state.generator_optimizer)
    _update_w_avg(state, sums.pop("w"))
    for name, value in sums.items():
        statistics.add(name, value)
    return seen


def _path_length_step(state: TrainingState, c: Tensor | None, statistics: Statistics) -> None:
    """Every part is compared with a running mean that takes in the lengths of the batch so far."""
    options = state.options
    share, _ = options.share(state.device.world)
    count = max(1, share // options.pl_batch_shrink)
    codes, sums, seen, running = _codes(state, count, _of(c, slice(count))), Sums(), 0.0, state.pl_mean
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


def _discriminator_step(
    state: TrainingState, real: Tensor, c: Tensor | None, statistics: Statistics, seen: Sequence[Features] = ()
) -> None:
    """Both discriminators; the projected one takes the same augmented reals, and the fakes of the generator's step
    where there was one."""
    codes, sums, projected = _codes(state, len(real), c), Sums(), _joined(state)
    for part, (rows, weight) in enumerate(_parts(state, len(real))):
        with torch.no_grad(), _precision(state):
            ws, w_mean = losses.mixed_ws(state.generator, codes.rows(rows))
            fake = _augmented(state, state.generator.synthesis(ws, "random"))
            shown = _augmented(state, real[rows])
        backward = _relativistic_backward if state.options.loss == "rpgan" else _logistic_backward
        loss, sign = backward(state, fake, shown, _of(c, rows), weight)
        sums.add(weight, w=w_mean, loss=loss, sign=sign)
        if projected is not None:
            with torch.no_grad(), _precision(state):
                features = seen[part] if seen else projected.discriminator.features(fake)
            with _precision(state):
                loss, sign = heads_loss(projected, shown, features, _of(c, rows))
            (loss * weight).backward()
            sums.add(weight, loss_d_projected=loss, sign_projected=sign)
    _update(state, state.discriminator, state.discriminator_optimizer)
    if projected is not None:
        _update(state, projected.discriminator, projected.optimizer)
        statistics.add("loss_d_projected", sums["loss_d_projected"])
        statistics.add("real_sign_projected", state.device.reduce_mean(sums["sign_projected"]))
    _update_w_avg(state, sums["w"])
    sign = state.device.reduce_mean(sums["sign"])
    state.sign_sum.add_(sign)
    statistics.add("loss_d", sums["loss"])
    statistics.add("real_sign", sign)


def _logistic_backward(
    state: TrainingState, fake: Tensor, real: Tensor, c: Tensor | None, weight: float
) -> tuple[Tensor, Tensor]:
    """Fakes and reals, augmented, one after the other: half the memory. Returns the loss and the sign statistic."""
    with _precision(state):
        loss_fake = losses.discriminator_loss_fake(state.discriminator(fake, c))
    (loss_fake * weight).backward()
    with _precision(state):
        logits = state.discriminator(real, c)
        loss_real = losses.discriminator_loss_real(logits)
    (loss_real * weight).backward()
    return loss_fake.detach() + loss_real.detach(), losses.real_sign(logits)


def _relativistic_backward(
    state: TrainingState, fake: Tensor, real: Tensor, c: Tensor | None, weight: float
) -> tuple[Tensor, Tensor]:
    """As `_logistic_backward`, in pairs."""
    with _precision(state):
        fake_logits, real_logits = state.discriminator(fake, c), state.discriminator(real, c)
        loss = losses.relativistic_loss(real_logits, fake_logits)
    (loss * weight).backward()
    return loss.detach(), losses.real_sign(real_logits, fake_logits)


def _gradient_penalty(state: TrainingState, images: Tensor, c: Tensor | None) -> Tensor:
    def discriminate(x: Tensor) -> Tensor:
        with _precision(state):
            return _discriminate(state, x, c)

    return losses.gradient_penalty(discriminate, images)


def _gradient_penalty_step(state: TrainingState, real: Tensor, c: Tensor | None, statistics: Statistics) -> None:
    """R1 at reals; with the relativistic loss also R2 at new fakes, with the same weight and interval."""
    factor, sums = state.options.r1_gamma / 2 * state.options.r1_interval, Sums()
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


def _train_generator(state: TrainingState, generator: bool) -> None:
    """Whether gradients go to the generator or to the discriminators."""
    state.generator.requires_grad_(generator)
    state.discriminator.requires_grad_(not generator)
    if state.projected is not None:
        state.projected.discriminator.requires_grad_(not generator)


def _generator_phases(state: TrainingState, real: Tensor, c: Tensor | None, statistics: Statistics) -> list[Features]:
    """The generator's step and, when it is due, that of path lengths; returns what `_generator_step` does."""
    options, device = state.options, state.device
    _train_generator(state, True)
    seen = _generator_step(state, real, c, statistics)
    device.step_end()
    if options.pl_weight > 0 and state.step % options.pl_interval == 0:
        with compiled.eager(options.compile):
            _path_length_step(state, c, statistics)
        device.step_end()
    return seen


def train_on(state: TrainingState, images: Tensor, labels: Tensor, statistics: Statistics) -> None:
    """One step; changes the state in place.

    Args:
        images: this process's rows of the batch, uint8 [N, C, H, W], on the host.
        labels: their labels, float32 [N, c_dim], on the host.
    """
    options, device = state.options, state.device
    real = device.images(images)
    c = device.upload(labels) if options.generator.c_dim else None

    seen = [] if _generator_waits(state) else _generator_phases(state, real, c, statistics)

    _train_generator(state, False)
    _discriminator_step(state, real, c, statistics, seen)
    device.step_end()
    if options.r1_gamma > 0 and state.step % options.r1_interval == 0:
        with compiled.eager(options.compile):
            _gradient_penalty_step(state, real, c, statistics)
        device.step_end()

    state.step += 1
    state.images_seen += options.batch
    following.update_ema(state)
    device.step_end()
    if state.step % options.ada_interval == 0:
        following.adjust_augmentation(state)
        device.step_end()


def rows_of(state: TrainingState) -> tuple[int, int]:
    """The rows of the step to come that this process takes: number of the first image in the run, and how many."""
    share, _ = state.options.share(state.device.world)
    return state.images_seen + state.device.rank * share, share


def train_step(state: TrainingState, dataset: Dataset, statistics: Statistics) -> None:
    """One step on the images that are due."""
    first, count = rows_of(state)
    seed, staged = state.options.seed, state.device.staged
    images, labels = dataset.batch(first, count, seed), dataset.labels(first, count, seed)
    train_on(state, staged(images), staged(labels), statistics)


def steps(state: TrainingState, batches: Iterable[tuple[Tensor, Tensor]], statistics: Statistics) -> Iterator[int]:
    """Train until `options.kimg`, yielding the number of images shown after every step.

    Args:
        batches: images and labels as `train_on` takes them, from the images that are due on.
    """
    source = iter(batches)
    while state.images_seen < state.options.kimg * 1000:
        images, labels = next(source)
        train_on(state, images, labels, statistics)
        yield state.images_seen
