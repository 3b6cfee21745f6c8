"""Ways to draw images with one generator, and how long they take: torch in its precisions and ONNX Runtime."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from mammoganesis.bundle.runtimes import CPU, CUDA
from mammoganesis.bundle.sessions import has_cuda, open_session
from training.export.graphs import noise_const
from training.export.onnx_files import to_onnx
from training.export.synthesis_graph import SynthesisGraph
from training.networks import Generator, GeneratorConfig

Draw = Callable[[], object]
BATCHES = 1, 8
PRECISIONS = ("float32", False, None), ("TF32", True, None), ("float16", True, torch.float16)
RUNS = 5


def ways(config: GeneratorConfig, device: torch.device) -> Iterator[tuple[str, int, Draw]]:
    """Name, images at once and a call that draws them, of each way: of a generator with random weights."""
    torch.manual_seed(0)
    generator = Generator(config).eval().requires_grad_(False)
    styles = torch.cat(generator.synthesis.styles(torch.randn(max(BATCHES), config.num_ws, config.w_dim)), dim=1)
    noise = noise_const(generator)
    example = {"styles": styles[:2], "noise": noise.expand(2, -1).contiguous()}
    graph = to_onnx(SynthesisGraph(generator), example, ["image", "features"])
    placed = generator.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    for batch in BATCHES:
        yield from _of_torch(placed, styles[:batch], device)
        yield from _of_onnxruntime(graph, styles[:batch], noise.expand(batch, -1))


def _of_torch(generator: Generator, styles: torch.Tensor, device: torch.device) -> Iterator[tuple[str, int, Draw]]:
    parts = [part.to(device) for part in styles.split([layer.dim for layer in generator.config.layers], dim=1)]
    for name, tf32, dtype in PRECISIONS:

        def draw(tf32: bool = tf32, dtype: torch.dtype | None = dtype) -> object:
            torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = tf32
            with torch.inference_mode(), torch.autocast(device.type, dtype=dtype, enabled=dtype is not None):
                return generator.synthesis.from_styles(parts, "const")

        yield f"torch eager {name}", len(styles), draw


def _of_onnxruntime(graph: bytes, styles: torch.Tensor, noise: torch.Tensor) -> Iterator[tuple[str, int, Draw]]:
    """On the GPU where ONNX Runtime knows one."""
    feeds = {"styles": styles.numpy(), "noise": noise.numpy()}
    provider = CUDA if has_cuda() else CPU
    session = open_session(graph, Path("synthesis.onnx"), provider=provider)
    if session.get_providers()[0] == provider:
        name = f"ONNX Runtime {provider.removesuffix('ExecutionProvider')}"
        yield name, len(styles), lambda: session.run(["image"], feeds)


def seconds_of(draw: Draw, device: torch.device) -> float:
    """Median wall time of a call, after a first one that is not counted; the work of the device included."""
    times = []
    for _ in range(1 + RUNS):
        begun = time.perf_counter()
        draw()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - begun)
    return float(np.median(times[1:]))
