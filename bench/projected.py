"""What a projected discriminator costs: the training loop with and without it, and the parts of its own cost.

All forms run the same steps in one process, in alternating rounds, so that all see the same machine.

    python bench/projected.py --threads 1
    python bench/projected.py --config mammo512 --size 256 --device cuda
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from statistics import median

import click
import torch
from torch import Tensor
from torch.nn import functional as F
from training_loop import Contender

from mammoganesis.terminal.progress import progress
from training import configs
from training.accelerators import select
from training.configs.options import HeadOptions, Precision, TrainingOptions
from training.networks import lite0

REPEATS = 3


def _seconds(run: Callable[[], object]) -> float:
    run()
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


class Padded(lite0.FrozenConvolution):
    """A strided convolution as TensorFlow does it: the input is padded, by one more at its end."""

    def forward(self, x: Tensor) -> Tensor:
        if self.stride == 2:
            x = F.pad(x, (self.padding - 1, self.padding) * 2)
            x = F.conv2d(x, self.weight[:, :, 1:, 1:], self.bias, 2, groups=self.groups)
            return F.relu6(x) if self.activation else x
        return super().forward(x)


def frozen(size: int, batch: int) -> str:
    """Processor milliseconds per image of the frozen network alone on the CPU, in its plain forms and in ours."""
    images = torch.randn(batch, 3, size, size)
    table = []
    for kind, layout in ((Padded, torch.contiguous_format), (Padded, torch.channels_last), (None, torch.channels_last)):
        network = lite0.Lite0(lite0.load_weights())
        for module in network.modules():
            if kind is not None and isinstance(module, lite0.FrozenConvolution):
                module.__class__ = kind
        network.to(memory_format=layout)  # type: ignore[call-overload]
        x = images.contiguous(memory_format=layout)

        def forward(network: lite0.Lite0 = network, x: Tensor = x) -> None:
            with torch.no_grad():
                network(x)

        def both(network: lite0.Lite0 = network, x: Tensor = x) -> None:
            torch.stack([y.sum() for y in network(x.detach().requires_grad_(True))]).sum().backward()

        table += [_seconds(forward) * 1e3 / batch, _seconds(both) * 1e3 / batch]
    return f"{size:<8}" + "".join(f"{value:>10.2f}" for value in table)


def compare(options: TrainingOptions, device: str, sizes: tuple[int, ...], rounds: int, steps: int) -> list[str]:
    """Lines of images/s and of the ratio to the loop without."""
    forms = {0: Contender(dataclasses.replace(options, projected="none"), device, channels_last=True, kernels=True)}
    for size in sizes:
        heads = HeadOptions(input_size=size)
        forms[size] = Contender(
            dataclasses.replace(options, projected="lite0", heads=heads), device, channels_last=True, kernels=True
        )
    rates: dict[int, list[float]] = {size: [] for size in forms}
    for form in forms.values():
        form.rate(1)
    with progress(rounds, "loop", "round") as bar:
        for _ in range(rounds):
            for size, form in forms.items():
                rates[size].append(form.rate(steps))
            bar.update()
    lines = [f"{'without':<8}{median(rates[0]):>10.2f}"]
    for size in sizes:
        ratio = median(b / a for a, b in zip(rates[0], rates[size], strict=True))
        lines.append(f"{size:<8}{median(rates[size]):>10.2f}{ratio:>8.2f}")
    return lines


@click.command(context_settings={"show_default": True})
@click.option("--config", "name", default="demo64", type=click.Choice(configs.NAMES))
@click.option("--device", default="cpu", help="cpu, cuda or cuda:N.")
@click.option("--precision", default="float32", type=click.Choice(["float32", "bfloat16", "float16"]))
@click.option("--size", "sizes", multiple=True, default=(64, 96, 128), help="Input of the frozen network; repeat.")
@click.option("--rounds", default=3, type=click.IntRange(1), help="Rounds of all forms; the median counts.")
@click.option("--steps", default=16, type=click.IntRange(1), help="Steps of a round.")
@click.option("--threads", default=1, help="CPU threads.")
def main(
    name: str, device: str, precision: Precision, sizes: tuple[int, ...], rounds: int, steps: int, threads: int
) -> None:
    """Print images/s of the loop without and with a projected discriminator, and the cost of the frozen network."""
    torch.set_num_threads(threads)
    if select(device, precision).torch_device.type == "cpu":
        click.echo("frozen network, ms of one processor per image: forward, and with the gradient of the image")
        click.echo(f"{'input':<8}{'padded, channels first':>20}{'padded, last':>20}{'ours':>20}")
        for size in sizes:
            click.echo(frozen(size, configs.load(name).batch))
    click.echo(f"{name}, {precision}, {threads} thread(s); images/s\n{'input':<8}{'loop':>10}{'ratio':>8}")
    options = dataclasses.replace(configs.load(name), precision=precision, ada_initial=0.3, ada_kimg=1e9)
    for line in compare(options, device, sizes, rounds, steps):
        click.echo(line)


if __name__ == "__main__":
    main()
