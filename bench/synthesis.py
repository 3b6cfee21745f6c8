"""Synthesis of one 512x512 config-F image: plain PyTorch eager against the exported graph in ONNX Runtime.

Same weights, same styles, same noise, float32, batch 1, in one process, in alternating rounds so that both see the same
machine. Also the share of the machine's matrix rate: sgemm on 2048x2048 in the same rounds, by NumPy or PyTorch,
whichever is faster (above 100 % where their libraries do not use the widest vectors of the CPU, as ONNX Runtime does).

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

from mammoganesis.bundle.sessions import open_session
from mammoganesis.terminal.progress import progress
from training.export.graphs import noise_const
from training.export.onnx_files import to_onnx
from training.export.synthesis_graph import SynthesisGraph
from training.networks import Generator, GeneratorConfig

SGEMM_SIZE = 2048


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


@click.command(context_settings={"show_default": True})
@click.option("--rounds", default=5, type=click.IntRange(1), help="Rounds of one call each; the median counts.")
@click.option("--resolution", default=512, help="Pixels; a power of two from 32 to 1024.")
@click.option("--threads", default=len(os.sched_getaffinity(0)), help="Threads of both runtimes.")
def main(rounds: int, resolution: int, threads: int) -> None:
    """Print seconds per image of both, their ratio, and the share of the sgemm rate."""
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
    runner = open_session(graph, Path("synthesis.onnx"), threads=threads)
    one_styles, one_noise = styles[:1].numpy(), noise[None].numpy()
    style_list = list(styles[:1].split([layer.dim for layer in config.layers], dim=1))
    matrix = np.random.default_rng(0).standard_normal((SGEMM_SIZE, SGEMM_SIZE), dtype=np.float32)

    def eager() -> np.ndarray:
        with torch.no_grad():
            image = generator.synthesis.from_styles(style_list, "const")
        assert isinstance(image, torch.Tensor)
        return image.numpy()

    def exported() -> np.ndarray:
        return np.asarray(runner.run(["image"], {"styles": one_styles, "noise": one_noise})[0])

    difference = float(np.abs(eager() - exported()).max())
    torch_matrix = torch.from_numpy(matrix)
    times: dict[str, list[float]] = {"eager": [], "onnx": [], "sgemm": []}
    with progress(rounds, "measuring", "round") as bar:
        for _ in range(rounds):
            times["eager"].append(seconds(eager))
            times["onnx"].append(seconds(exported))
            times["sgemm"].append(min(seconds(lambda: matrix @ matrix), seconds(lambda: torch_matrix @ torch_matrix)))
            bar.update()
    median = {name: float(np.median(values)) for name, values in times.items()}
    rate = synthesis_flops(config) / median["onnx"] / 1e9
    sgemm = 2 * SGEMM_SIZE**3 / median["sgemm"] / 1e9
    ratio = np.median(np.array(times["eager"]) / np.array(times["onnx"]))
    click.echo(f"largest difference of the images   {difference:.1e}")
    click.echo(f"PyTorch eager, float32             {median['eager']:.3f} s per image")
    click.echo(f"ONNX Runtime, float32              {median['onnx']:.3f} s per image")
    click.echo(f"ratio (median over rounds)         {ratio:.2f}")
    click.echo(f"convolutions of one image          {synthesis_flops(config) / 1e9:.0f} GFLOP")
    click.echo(f"rate of ONNX Runtime               {rate:.0f} GFLOP/s")
    click.echo(f"rate of sgemm                      {sgemm:.0f} GFLOP/s; share {100 * rate / sgemm:.0f} %")


if __name__ == "__main__":
    main()
