"""The training loop against its own plain form: eager, float32, channels first (NCHW).

On a GPU also against itself without the kernels of Triton. All run the same steps of the same configuration in one
process, in alternating rounds, so that all see the same machine: all phases with their intervals, augmentation, Adam,
the moving average, uploads. One round is a whole cycle of the lazy regularisation. Also the share of the machine's
matrix rate that the loop reaches.

    python bench/training_loop.py --threads 1                     # demo64 and demo (128x128) on the CPU
    python bench/training_loop.py --device cuda                   # paper512: 512x512 config-F on a GPU
    python bench/training_loop.py --device cuda --compile         # the loop's networks by torch.compile
"""

from __future__ import annotations

import dataclasses
import math
import os
import time
from statistics import median

import click
import numpy as np
import torch

from mammoganesis.terminal.progress import progress
from training import configs
from training.accelerators import Device, select
from training.accelerators.kernels import choice
from training.configs.options import TrainingOptions
from training.loop import phases
from training.loop.state import TrainingState, create
from training.run.estimate import estimate

MATRIX_SIZE = {"cpu": 2048, "cuda": 8192}


def _synchronise(device: Device) -> None:
    if device.torch_device.type == "cuda":
        torch.cuda.synchronize(device.torch_device)


class Contender:
    """One form of the loop, with its own networks."""

    def __init__(self, options: TrainingOptions, name: str, *, channels_last: bool, kernels: bool) -> None:
        self.options, self.device, self.kernels = options, select(name, options.precision), kernels
        self.state: TrainingState = create(options, self.device)
        if not channels_last:
            for module in (self.state.generator, self.state.generator_ema, self.state.discriminator):
                module.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        config = options.generator
        shape = (options.batch, config.image_channels, config.resolution, config.resolution)
        pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        self.images = self.device.staged(pixels)
        self.labels = torch.zeros(options.batch, config.c_dim)
        self.memory_gib = 0.0

    def rate(self, steps: int) -> float:
        """Images/s over some steps, and the memory that they took."""
        # All forms live in one process; each sets its own rules for float32 and kernels again.
        select(str(self.device.torch_device), self.options.precision)
        choice.choose(self.kernels and choice.are_wanted())
        if self.device.torch_device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self.device.torch_device)
        _synchronise(self.device)
        start, statistics = time.perf_counter(), phases.Statistics()
        for _ in range(steps):
            phases.train_on(self.state, self.images, self.labels, statistics)
        _synchronise(self.device)
        seconds = time.perf_counter() - start
        self.memory_gib = self.device.memory_gib()
        return steps * self.options.batch / seconds


def matrix_rate(device: Device) -> float:
    """FLOP/s of a square product in the loop's precision."""
    size = MATRIX_SIZE[device.torch_device.type]
    dtype = torch.float32 if device.precision == "float32" else getattr(torch, device.precision)
    a = torch.randn(size, size, device=device.torch_device).to(dtype)
    times = []
    for _ in range(4):
        _synchronise(device)
        start = time.perf_counter()
        torch.matmul(a, a)
        _synchronise(device)
        times.append(time.perf_counter() - start)
    return 2 * size**3 / min(times)


def header() -> str:
    """The heads of the columns of `compare`."""
    return (
        f"{'config':<10}{'size':<10}{'batch':>6}{'precision':>10}{'loop':>10}{'torch':>10}{'plain':>10}{'ratio':>8}{'GiB':>8}"
        f"{'plain':>8}{'of matmul':>10}"
    )


def compare(
    config: str, device: str, rounds: int, steps: int | None, batch: int | None = None, *, compiled: bool = False
) -> str:
    """One line of the table; `torch`: the loop without the kernels of Triton, and not compiled."""
    options = dataclasses.replace(configs.load(config), metrics=(), best_metric=None)
    if batch is not None:
        options = dataclasses.replace(options, batch=batch)
    if options.precision == "float32" and device != "cpu":
        options = dataclasses.replace(options, precision="bfloat16")
    # Augmentation at work, but at a probability that stays where it is.
    target = None if options.ada_target is None else 0.0
    options = dataclasses.replace(options, ada_target=target, ada_initial=0.3 if target == 0.0 else 0.0, ada_kimg=1e9)
    cycle = steps or math.lcm(options.r1_interval, options.pl_interval)
    loop = dataclasses.replace(options, compile=compiled)
    ours = Contender(loop, device, channels_last=True, kernels=True)
    plain = Contender(dataclasses.replace(options, precision="float32"), device, channels_last=False, kernels=False)
    contenders = {"ours": ours, "plain": plain}
    if device.startswith("cuda"):
        contenders["torch"] = Contender(options, device, channels_last=True, kernels=False)
    rates: dict[str, list[float]] = {"ours": [], "torch": [math.nan], "plain": [], "matrix": []}
    for contender in contenders.values():
        contender.rate(1)
    with progress(rounds, config, "round") as bar:
        for _ in range(rounds):
            for name, contender in contenders.items():
                rates[name].append(contender.rate(cycle))
            rates["matrix"].append(matrix_rate(ours.device))
            bar.update()
    without = median(rates["torch"][1:] or rates["torch"])
    ratio = median(a / b for a, b in zip(rates["ours"], rates["plain"], strict=True))
    share = estimate(options, ours.device).gflop * 1e9 * median(rates["ours"]) / median(rates["matrix"])
    size = f"{options.generator.resolution}x{options.generator.resolution}"
    return (
        f"{config:<10}{size:<10}{options.batch:>6}{options.precision:>10}{median(rates['ours']):>10.1f}"
        f"{'-' if math.isnan(without) else f'{without:.1f}':>10}{median(rates['plain']):>10.1f}{ratio:>8.2f}"
        f"{ours.memory_gib:>8.1f}{plain.memory_gib:>8.1f}{100 * share:>8.0f} %"
    )


@click.command(context_settings={"show_default": True})
@click.option("--device", default="auto", help="auto, cpu, cuda or cuda:N.")
@click.option("--config", "names", multiple=True, type=click.Choice(configs.NAMES), help="Once per configuration.")
@click.option("--rounds", default=3, type=click.IntRange(1), help="Rounds of both; the median counts.")
@click.option("--steps", type=click.IntRange(1), help="Steps of a round.  [default: a cycle of the regularisation]")
@click.option("--batch", type=click.IntRange(1), help="Images per step.  [default: the configuration's]")
@click.option("--compile", "compiled", is_flag=True, help="The loop's networks by torch.compile; minutes more.")
@click.option("--threads", default=len(os.sched_getaffinity(0)), help="CPU threads.")
def main(
    device: str,
    names: tuple[str, ...],
    rounds: int,
    steps: int | None,
    batch: int | None,
    compiled: bool,
    threads: int,
) -> None:
    """Print images/s of the loop and of its plain form, their ratio, memory, and the share of the matrix rate.

    Memory is the GPU's peak; on a CPU it is that of the whole process and says little.
    """
    torch.set_num_threads(threads)
    kind = select(device, "float32").torch_device.type
    click.echo(f"{kind}, {torch.cuda.get_device_name() if kind == 'cuda' else f'{threads} thread(s)'}; images/s")
    click.echo(header())
    for name in names or (("paper512",) if kind == "cuda" else ("demo64", "demo")):
        click.echo(compare(name, device if device != "auto" else kind, rounds, steps, batch, compiled=compiled))


if __name__ == "__main__":
    main()
