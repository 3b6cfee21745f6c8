"""Synthesis of one 512x512 config-F image: plain PyTorch eager against the exported graph on the runtimes of a CPU.

Same weights, same styles, same noise, batch 1, in one process, in alternating rounds so that all see the same machine:
ONNX Runtime in float32, and OpenVINO in float32 and, where the CPU has a unit for it, in bfloat16. Also the share of
the machine's matrix rate: products of 2048x2048 in the same rounds, in float32 by NumPy or PyTorch, whichever is
faster, and in bfloat16 by PyTorch (above 100 % where their libraries do not use the widest vectors of the CPU, as a
runtime does).

    python bench/synthesis.py --rounds 5
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import torch

from mammoganesis.bundle import openvino_networks
from mammoganesis.bundle.golden import decibels
from mammoganesis.bundle.runtimes import BFLOAT16, FLOAT32, OPENVINO, Runtime
from mammoganesis.bundle.sessions import Session
from mammoganesis.terminal.progress import progress
from services.rendering.choice import WITHOUT_BFLOAT16
from training.export.graphs import noise_const
from training.export.onnx_files import to_onnx
from training.export.synthesis_graph import SynthesisGraph
from training.networks import Generator, GeneratorConfig

MATRIX_SIZE = 2048
EAGER = f"PyTorch eager, {FLOAT32}"


def synthesis_flops(config: GeneratorConfig) -> float:
    """Floating-point operations (2 per multiply-add) of the convolutions of one image, filters left out."""
    total = 0.0
    for layer in config.layers:
        if layer.is_torgb:
            total += 2.0 * layer.dim * config.image_channels * layer.resolution**2
        else:
            up = layer.name.endswith("conv0")
            positions = (layer.resolution // 2) ** 2 if up else layer.resolution**2
            total += 2.0 * 9 * layer.dim * config.channels(layer.resolution) * positions
    return total


def seconds(call: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def runtimes(graph: bytes, feeds: dict[str, np.ndarray], threads: int) -> dict[str, Callable[[], np.ndarray]]:
    """One image of the exported graph, on each runtime and in each precision that this machine has."""
    inputs = {name: value.shape[1:] for name, value in feeds.items()}
    outputs = {"image": [None] * 3, "features": [None] * 3}
    found = {f"ONNX Runtime, {FLOAT32}": Runtime(threads=threads)}
    if openvino_networks.installed():
        for precision in (FLOAT32, BFLOAT16) if openvino_networks.bfloat16_unit() else (FLOAT32,):
            found[f"{OPENVINO}, {precision}"] = Runtime(OPENVINO, precision, threads)
    sessions = {name: Session(graph, Path("synthesis.onnx"), inputs, outputs, item) for name, item in found.items()}
    return {name: lambda session=session: session.run(feeds, ["image"])[0] for name, session in sessions.items()}


def matrix_products() -> dict[str, list[Callable[[], object]]]:
    """Products of two matrices, by precision; of one precision the fastest counts."""
    matrix = np.random.default_rng(0).standard_normal((MATRIX_SIZE, MATRIX_SIZE), dtype=np.float32)
    exact, short = torch.from_numpy(matrix), torch.from_numpy(matrix).bfloat16()
    products: dict[str, list[Callable[[], object]]] = {FLOAT32: [lambda: matrix @ matrix, lambda: exact @ exact]}
    if openvino_networks.bfloat16_unit():  # elsewhere it is emulated, and says nothing
        products[BFLOAT16] = [lambda: short @ short]
    return products


@click.command(context_settings={"show_default": True})
@click.option("--rounds", default=5, type=click.IntRange(1), help="Rounds of one call each; the median counts.")
@click.option("--resolution", default=512, help="Pixels; a power of two from 32 to 1024.")
@click.option("--threads", default=len(os.sched_getaffinity(0)), help="Threads of all.")
def main(rounds: int, resolution: int, threads: int) -> None:
    """Print seconds per image of each, the ratio to eager, and the share of the machine's matrix rate."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    config = GeneratorConfig(resolution=resolution)
    generator = Generator(config).eval().requires_grad_(False)
    click.echo(f"exporting an untrained {resolution}x{resolution} config-F network ...")
    noise = noise_const(generator)
    styles = torch.cat(generator.synthesis.styles(generator.broadcast(generator.mapping(torch.randn(2, 512)))), dim=1)
    graph = to_onnx(
        SynthesisGraph(generator), {"styles": styles, "noise": noise.expand(2, -1).contiguous()}, ["image", "features"]
    )
    feeds = {"styles": styles[:1].numpy(), "noise": noise[None].numpy()}
    style_list = list(styles[:1].split([layer.dim for layer in config.layers], dim=1))

    def eager() -> np.ndarray:
        with torch.no_grad():
            image = generator.synthesis.from_styles(style_list, "const")
        assert isinstance(image, torch.Tensor)
        return image.numpy()

    calls = {EAGER: eager, **runtimes(graph, feeds, threads)}
    click.echo("compiling and warming up ...")
    images = {name: call() for name, call in calls.items()}
    rates = matrix_products()
    times: dict[str, list[float]] = {name: [] for name in [*calls, *rates]}
    with progress(rounds, "measuring", "round") as bar:
        for _ in range(rounds):
            for name, call in calls.items():
                times[name].append(seconds(call))
            for name, products in rates.items():
                times[name].append(min(map(seconds, products)))
            bar.update()
    median = {name: float(np.median(values)) for name, values in times.items()}
    flops = synthesis_flops(config) / 1e9
    matrix = {name: 2 * MATRIX_SIZE**3 / median[name] / 1e9 for name in rates}
    click.echo(f"convolutions of one image: {flops:.0f} GFLOP")
    click.echo(f"{'':<30}{'s / image':>10}{'x eager':>9}{'GFLOP/s':>9}{'of matrix rate':>16}{'PSNR to eager':>15}")
    for name in calls:
        ratio = np.median(np.array(times[EAGER]) / np.array(times[name]))
        kind = BFLOAT16 if name.endswith(BFLOAT16) else FLOAT32
        share = f"{100 * flops / median[name] / matrix[kind]:.0f} %"
        near = f"{decibels(images[name], images[EAGER]):.1f} dB"
        click.echo(f"{name:<30}{median[name]:>10.3f}{ratio:>9.2f}{flops / median[name]:>9.0f}{share:>16}{near:>15}")
    for name in rates:
        click.echo(f"matrix rate, {name:<17}{median[name]:>10.3f}{'':>9}{matrix[name]:>9.0f}")
    if BFLOAT16 not in rates:
        click.echo(f"no bfloat16: {WITHOUT_BFLOAT16}")


if __name__ == "__main__":
    main()
