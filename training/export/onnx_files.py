"""Torch modules to ONNX bytes. The one door to onnx; `mammoganesis.bundle.sessions` runs them."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mammoganesis.bundle.graphs import check_graph

Array = NDArray[np.float32]
BATCH = "batch"  # name of the free dimension of every input and output


def to_onnx(module: nn.Module, inputs: Mapping[str, Tensor], outputs: Sequence[str]) -> bytes:
    """Export with a free batch dimension; equal weights give equal bytes.

    Args:
        module: takes the inputs by position, in their order here.
        inputs: example values by graph input name; two rows or more, because one row would be taken as fixed.
        outputs: names of the graph's outputs.

    Returns:
        a checked ONNX model, float32, without external data and without traces of this machine.

    Raises:
        BundleError: no reader of bundles would take it.
    """
    if any(value.shape[0] < 2 for value in inputs.values()):
        raise ValueError("the example inputs must have two rows or more")
    batch = torch.export.Dim(BATCH)
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=tuple({0: batch} for _ in inputs),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    _strip(model)
    onnx.checker.check_model(model, full_check=True)
    content = model.SerializeToString(deterministic=True)
    check_graph(content, Path("network.onnx"), _sizes(model.graph.input), _sizes(model.graph.output))
    return content


def _sizes(values: Iterable[onnx.ValueInfoProto]) -> dict[str, list[int | None]]:
    """Shapes by name, without the batch dimension; None for a size that torch does not know."""
    shapes = {value.name: list(value.type.tensor_type.shape.dim)[1:] for value in values}
    return {name: [dim.dim_value or None for dim in shape] for name, shape in shapes.items()}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter prints progress and warns about its own internals."""
    level = logging.getLogger("torch.onnx").level
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.getLogger("torch.onnx").setLevel(level)


def _strip(model: onnx.ModelProto) -> None:
    """Remove stack traces, paths and inferred shapes; they differ between machines and say nothing to a reader."""
    model.doc_string = ""
    del model.metadata_props[:]
    graph = model.graph
    graph.name, graph.doc_string = "graph", ""
    del graph.metadata_props[:]
    del graph.value_info[:]
    for node in graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in [*graph.input, *graph.output]:
        value.doc_string = ""
        del value.metadata_props[:]
    for tensor in graph.initializer:
        tensor.doc_string = ""
        del tensor.metadata_props[:]
