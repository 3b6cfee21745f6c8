"""The graphs of a bundle: torch modules, exported with examples of the right shapes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from mammoganesis.editing.masks import STYLE_SETS
from training.export.golden import Outputs
from training.export.graphs import AffineGraph, MappingGraph
from training.export.half_precision import HalfSynthesisGraph
from training.export.masked_graph import MaskedGraph
from training.export.onnx_files import Array, to_onnx
from training.export.synthesis_graph import PreviewGraph, SynthesisGraph
from training.networks import Generator


class Models:
    """mapping, affine and synthesis of a generator; preview, synthesis_fp16 and synthesis_masked where they are asked
    for."""

    def __init__(self, generator: Generator, outputs: Outputs, fp16: bool) -> None:
        self.config = generator.config
        layer, pixels = outputs.feature_layer, outputs.preview_resolution
        self.mapping, self.affine = MappingGraph(generator), AffineGraph(generator)
        self.synthesis = SynthesisGraph(generator, layer)
        self.preview = PreviewGraph(generator, layer, pixels, outputs.preview_match) if pixels else None
        self.half = HalfSynthesisGraph(generator, layer) if fp16 else None
        self.masked = MaskedGraph(generator) if outputs.masked else None
        self._emulated = HalfSynthesisGraph(generator, layer, emulated=True) if fp16 else None

    def export(self, report: Callable[[str], None]) -> dict[str, bytes]:
        """ONNX bytes by the name of the file, without its suffix."""
        config = self.config
        codes = {"z": [config.z_dim]} | ({"c": [config.c_dim]} if config.c_dim else {})
        contents = {}
        for name, module, inputs, outputs in (
            ("mapping", self.mapping, codes, ["w"]),
            ("affine", self.affine, {"ws": [config.num_ws, config.w_dim]}, ["styles"]),
            ("synthesis", *_synthesis(self.synthesis)),
            ("preview", *_synthesis(self.preview)),
            ("synthesis_fp16", *_synthesis(self.half)),
            ("synthesis_masked", *_masked(self.masked, config.resolution)),
        ):
            if module is not None:
                report(f"{name}.onnx")
                contents[name] = to_onnx(module, _examples(inputs), outputs)
        return contents

    @torch.no_grad()
    def emulated_half(self, styles: Array, noise: Array) -> Array:
        """[N, num_styles] and [N, num_noise] -> [N, C, R, R], each result rounded to float16."""
        assert self._emulated is not None
        return self._emulated(torch.from_numpy(styles), torch.from_numpy(noise))[0].numpy()


def _synthesis(graph: SynthesisGraph | None) -> tuple[nn.Module | None, dict[str, list[int]], list[str]]:
    inputs = {} if graph is None else {"styles": [graph.num_styles], "noise": [graph.num_noise]}
    return graph, inputs, ["image", "features"]


def _masked(graph: MaskedGraph | None, resolution: int) -> tuple[nn.Module | None, dict[str, list[int]], list[str]]:
    inputs: dict[str, list[int]] = {}
    if graph is not None:
        masks = [STYLE_SETS, resolution, resolution]
        inputs = {"styles": [STYLE_SETS, graph.num_styles], "masks": masks, "noise": [graph.num_noise]}
    return graph, inputs, ["image"]


def _examples(shapes: dict[str, list[int]]) -> dict[str, Tensor]:
    random = torch.Generator().manual_seed(0)
    return {name: torch.randn(2, *shape, generator=random) for name, shape in shapes.items()}
