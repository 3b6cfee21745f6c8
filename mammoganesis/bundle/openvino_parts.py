"""A network that draws, cut in two: what stays in float32 when the rest is computed in bfloat16.

OpenVINO rounds to bfloat16 whatever it computes in a network opened in that precision. Rounded styles and
demodulations shift whole channels by up to 0.4 %, and what is rounded in the first blocks is seen in every pixel that
grows from them; together they cost little: one of a hundred multiplications at 512 pixels. So the first part is all
that does not come after a large matrix product or convolution:

- styles, demodulation and noise, and the masks averaged to every size;
- the blocks of up to `LARGEST_EXACT` pixels with their share of the image, but never the last block.

The sum of the image in the second part is computed in float32 by OpenVINO itself (the tail of a graph is).
"""

from __future__ import annotations

import math
from typing import Any

LARGEST_EXACT = 16
"""Pixels on a side of the largest block that stays in float32."""

_PRODUCTS = ("Convolution", "ConvolutionBackpropData", "MatMul")
"""What takes time where it is large; depthwise convolutions are another operator."""


def in_two(openvino: Any, model: Any) -> tuple[Any, Any]:
    """The first part and the second, which takes the last outputs of the first as its inputs, in their order.

    Args:
        openvino: the package, which its door has imported.
        model: an openvino.Model whose sizes are all known, with an output `image` [N, C, H, W]; it is taken apart.
    """
    side = model.output("image").shape[2]
    early = _early(model, min(LARGEST_EXACT, side // 2))
    cuts: dict[tuple[str, int], tuple[Any, Any]] = {}  # by what gives it: that, and the input that stands for it
    for node in model.get_ordered_ops():
        if node.get_type_name() == "Result" or node.get_name() in early:
            continue
        for port in node.inputs():
            given = port.get_source_output()
            key = (given.get_node().get_name(), given.get_index())
            if key[0] not in early:
                continue
            if key not in cuts:
                cuts[key] = (given, openvino.op.Parameter(given.get_element_type(), given.get_partial_shape()))
            port.replace_source_output(cuts[key][1].output(0))
    ends: dict[bool, list[Any]] = {True: [], False: []}
    for result in model.get_results():
        ends[_sources(result)[0] in early].append(result)
    ends[True] += [openvino.op.Result(given) for given, _ in cuts.values()]
    first = openvino.Model(ends[True], model.get_parameters(), "float32")
    return first, openvino.Model(ends[False], [taken for _, taken in cuts.values()], "bfloat16")


def multiplications(model: Any) -> int:
    """Of the convolutions and matrix products of an openvino.Model whose sizes are all known, in one run."""
    return sum(_work(node) for node in model.get_ordered_ops() if node.get_type_name() in _PRODUCTS)


def _work(node: Any) -> int:
    """Multiplications of one of `_PRODUCTS`. A transposed convolution multiplies every number that it reads, the others
    make each of theirs of so many."""
    kind, (read, weights) = node.get_type_name(), (port.get_shape() for port in node.inputs()[:2])
    if kind == "ConvolutionBackpropData":
        return math.prod(read) * math.prod(weights[1:])
    if kind == "MatMul":
        return math.prod(node.output(0).shape) * read[-2 if node.get_attributes()["transpose_a"] else -1]
    return math.prod(node.output(0).shape) * math.prod(weights[1:])


def _early(model: Any, largest: int) -> set[str]:
    """Unique names of what does not come after a product of more than `largest` pixels on a side, constants left
    out."""
    # A transposed convolution gives one pixel more, which the low-pass filter takes off again.
    most = (largest + 1) ** 2
    fixed: set[str] = set()
    early: set[str] = set()
    for node in model.get_ordered_ops():
        sources, kind = _sources(node), node.get_type_name()
        if kind != "Parameter" and fixed.issuperset(sources):
            fixed.add(node.get_name())
        elif kind == "Result" or not (early | fixed).issuperset(sources):
            continue
        elif kind not in _PRODUCTS or math.prod(node.output(0).shape[2:]) <= most:
            early.add(node.get_name())
    return early


def _sources(node: Any) -> list[str]:
    """Unique names of what gives the inputs of a node."""
    return [port.get_source_output().get_node().get_name() for port in node.inputs()]
