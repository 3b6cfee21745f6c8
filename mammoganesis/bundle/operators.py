"""The operators that a network of a bundle may use, and what sizes come out of each.

They are those that `training.export` writes. Whatever decides about sizes (axes, target shapes, pads, splits, weights)
is a constant of the file, and N, the number of images, is the first dimension of all that is computed; so every size is
known before anything runs. Sources: the operators' pages of ONNX, opset 18 to 20.

A shape is a tuple of sizes, N written as None. Every fault is a ValueError that says what was found and what is
allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from mammoganesis.bundle.nodes import FLOAT16, FLOAT32, MAX_DIMENSIONS, Node, Shape, counted, known, shown


@dataclass(frozen=True)
class Operator:
    """What an operator takes, and its sizes."""

    shapes: Callable[[Node], Sequence[Shape]]  # of the outputs
    attributes: Collection[str] = ()  # all that may be given
    inputs: int = 1  # at most; 0: any number
    work: Callable[[Node, int], int] = lambda node, count: count  # elements made -> multiplications for one image


def _same(node: Node) -> list[Shape]:
    return [node.input(0).shape]


def _clip(node: Node) -> list[Shape]:
    for bound in node.inputs[1:]:
        if bound is not None and bound.shape:
            raise ValueError(f"a bound has the shape {shown(bound.shape)}; expected single numbers")
    return _same(node)


def _cast(node: Node) -> list[Shape]:
    if node.integer("to", 0) not in (FLOAT32, FLOAT16):
        raise ValueError(f"to is {node.integer('to', 0)}; allowed: {FLOAT32} (float32), {FLOAT16} (float16)")
    return _same(node)


def _broadcast(node: Node) -> list[Shape]:
    first, second = node.input(0).shape, node.input(1).shape
    dimensions = max(len(first), len(second))
    rows = [(1,) * (dimensions - len(shape)) + shape for shape in (first, second)]
    result: list[int | None] = []
    for left, right in zip(*rows, strict=True):
        if left != right and 1 not in (left, right):
            raise ValueError(f"{shown(first)} and {shown(second)} do not go together")
        result.append(right if left == 1 else left)
    return [tuple(result)]


def _concat(node: Node) -> list[Shape]:
    shapes = [node.input(i).shape for i in range(len(node.inputs))]
    axis = counted(node.integer("axis", 0), len(shapes[0]), shapes[0])
    if any(shape[:axis] + shape[axis + 1 :] != shapes[0][:axis] + shapes[0][axis + 1 :] for shape in shapes):
        raise ValueError(f"the inputs differ beside axis {axis}")
    joined = sum(known(shape[axis]) for shape in shapes)
    return [(*shapes[0][:axis], joined, *shapes[0][axis + 1 :])]


def _gather(node: Node) -> list[Shape]:
    shape, indices = node.input(0).shape, node.input(1)
    axis = counted(node.integer("axis", 0), len(shape), shape)
    numbers, size = indices.integers("indices"), known(shape[axis])
    if not all(-size <= number < size for number in numbers):
        raise ValueError(f"indices go from {min(numbers)} to {max(numbers)}; allowed: {-size} to {size - 1}")
    return [shape[:axis] + indices.shape + shape[axis + 1 :]]


def _split(node: Node) -> list[Shape]:
    shape = node.input(0).shape
    axis = counted(node.integer("axis", 0), len(shape), shape)
    parts = node.input(1).integers("split")
    if len(parts) != node.outputs or min(parts, default=0) < 1 or sum(parts) != shape[axis]:
        raise ValueError(f"split makes {len(parts)} parts of {sum(parts)}; expected {node.outputs} of {shape[axis]}")
    return [(*shape[:axis], part, *shape[axis + 1 :]) for part in parts]


def _reshape(node: Node) -> list[Shape]:
    shape, target = node.input(0).shape, node.input(1).integers("shape")
    sizes = target[1:]
    if not shape or shape[0] is not None or not target or target[0] != -1 or min(sizes, default=1) < 1:
        raise ValueError(f"from {shown(shape)} to {target[:MAX_DIMENSIONS]}; expected N first, -1 for it, and sizes")
    if prod(sizes) != node.input(0).count:
        raise ValueError(f"{node.input(0).count} numbers to the shape {target[:MAX_DIMENSIONS]} of {prod(sizes)}")
    return [(None, *sizes)]


def _unsqueeze(node: Node) -> list[Shape]:
    result, axes = list(node.input(0).shape), node.input(1).integers("axes")
    dimensions = len(result) + len(axes)
    if dimensions > MAX_DIMENSIONS or not all(1 <= axis < dimensions for axis in axes) or len(set(axes)) != len(axes):
        raise ValueError(f"axes is {axes[:MAX_DIMENSIONS]}; allowed: distinct axes, 1 to {dimensions - 1}")
    for axis in sorted(axes):
        result.insert(axis, 1)
    return [tuple(result)]


def _reduce(node: Node) -> list[Shape]:
    result = list(node.input(0).shape)
    axes = node.input(1).integers("axes")
    if not axes or node.integer("keepdims", 1) != 1:
        raise ValueError("expected axes, and keepdims 1")
    for axis in axes:
        result[counted(axis, len(result), result)] = 1
    return [tuple(result)]


def _pad(node: Node) -> list[Shape]:
    shape, pads = node.input(0).shape, node.input(1).integers("pads")
    mode = node.attributes["mode"].s if "mode" in node.attributes else b"constant"
    low = pads[: len(shape)]
    if len(pads) != 2 * len(shape) or min(pads, default=0) < 0 or mode not in (b"edge", b"constant"):
        raise ValueError(f"pads is {pads[:16]}; expected {2 * len(shape)} integers from 0 up, mode edge or constant")
    added = [first + last for first, last in zip(low, pads[len(shape) :], strict=True)]
    if any(size is None and more for size, more in zip(shape, added, strict=True)):
        raise ValueError("pads adds images")
    return [tuple(size and size + more for size, more in zip(shape, added, strict=True))]


def _transpose(node: Node) -> list[Shape]:
    shape = node.input(0).shape
    order = list(node.attributes["perm"].ints) if "perm" in node.attributes else []
    if sorted(order) != list(range(len(shape))) or order[:1] != [0]:
        raise ValueError(f"perm is {order[:MAX_DIMENSIONS]} of {shown(shape)}; expected every axis once, N's first")
    return [tuple(shape[axis] for axis in order)]


def _matmul(node: Node) -> list[Shape]:
    """One product for each image."""
    first, second = node.input(0).shape, node.input(1).shape
    if len(first) != 3 or len(second) != 3 or first[0] is not None or second[0] is not None or first[2] != second[1]:
        raise ValueError(f"{shown(first)} times {shown(second)}; expected [N, a, b] times [N, b, c]")
    return [(None, known(first[1]), known(second[2]))]


def _matmul_work(node: Node, count: int) -> int:
    return count * known(node.input(0).shape[2])


@dataclass(frozen=True)
class _Window:
    """How a kernel moves over an image: rows, columns."""

    kernel: tuple[int, int]
    strides: list[int]
    padding: list[int]  # on both sides together
    reach: list[int]  # of the kernel with its dilations


def _window(node: Node) -> _Window:
    weight = node.input(1)
    if len(node.input(0).shape) != 4 or len(weight.shape) != 4 or weight.constant is None:
        raise ValueError("expected images [N, C, H, W] and a constant weight of four dimensions")
    if "auto_pad" in node.attributes and node.attributes["auto_pad"].s != b"NOTSET":
        raise ValueError("auto_pad is set; allowed: NOTSET")
    kernel = (known(weight.shape[2]), known(weight.shape[3]))
    if "kernel_shape" in node.attributes and tuple(node.attributes["kernel_shape"].ints) != kernel:
        raise ValueError(f"kernel_shape is not that of the weight, {kernel}")
    pads = node.integers("pads", 4, 0, low=0)
    dilations = node.integers("dilations", 2, 1)
    return _Window(
        kernel=kernel,
        strides=node.integers("strides", 2, 1),
        padding=[pads[0] + pads[2], pads[1] + pads[3]],
        reach=[step * (size - 1) + 1 for step, size in zip(dilations, kernel, strict=True)],
    )


def _conv(node: Node) -> list[Shape]:
    window = _window(node)
    images, channels, *sizes = node.input(0).shape
    out, inside = (known(size) for size in node.input(1).shape[:2])
    group = node.integer("group", 1)
    if group < 1 or inside * group != channels or out % group:
        raise ValueError(f"a weight {shown(node.input(1).shape)} in {group} groups for {channels} channels")
    _check_bias(node, out)
    result = [
        (known(size) + padding - reach) // stride + 1
        for size, padding, reach, stride in zip(sizes, window.padding, window.reach, window.strides, strict=True)
    ]
    return [(images, out, *_positive(result))]


def _conv_transpose(node: Node) -> list[Shape]:
    window = _window(node)
    images, channels, *sizes = node.input(0).shape
    inside, out = (known(size) for size in node.input(1).shape[:2])
    group = node.integer("group", 1)
    if group < 1 or inside != channels or inside % group:
        raise ValueError(f"a weight {shown(node.input(1).shape)} in {group} groups for {channels} channels")
    _check_bias(node, out * group)
    more = node.integers("output_padding", 2, 0, low=0)
    result = [
        stride * (known(size) - 1) + added + reach - padding
        for size, added, padding, reach, stride in zip(
            sizes, more, window.padding, window.reach, window.strides, strict=True
        )
    ]
    return [(images, out * group, *_positive(result))]


def _conv_work(node: Node, count: int) -> int:
    return count * prod(known(size) for size in node.input(1).shape[1:])


def _conv_transpose_work(node: Node, count: int) -> int:
    return count + node.input(0).count * prod(known(size) for size in node.input(1).shape[1:])


def _check_bias(node: Node, channels: int) -> None:
    bias = node.optional(2)
    if bias is not None and bias.shape != (channels,):
        raise ValueError(f"the bias has the shape {shown(bias.shape)}; expected [{channels}]")


def _positive(sizes: list[int]) -> list[int]:
    if min(sizes) < 1:
        raise ValueError(f"an image of {sizes} would come out")
    return sizes


_WINDOW = ("auto_pad", "dilations", "group", "kernel_shape", "pads", "strides")

OPERATORS: Mapping[str, Operator] = {
    "Abs": Operator(_same),
    "Add": Operator(_broadcast, inputs=2),
    "Cast": Operator(_cast, ("to",)),
    "Clip": Operator(_clip, inputs=3),
    "Concat": Operator(_concat, ("axis",), inputs=0),
    "Conv": Operator(_conv, _WINDOW, inputs=3, work=_conv_work),
    "ConvTranspose": Operator(_conv_transpose, (*_WINDOW, "output_padding"), inputs=3, work=_conv_transpose_work),
    "Div": Operator(_broadcast, inputs=2),
    "Gather": Operator(_gather, ("axis",), inputs=2),
    "LeakyRelu": Operator(_same, ("alpha",)),
    "MatMul": Operator(_matmul, inputs=2, work=_matmul_work),
    "Mul": Operator(_broadcast, inputs=2),
    "Pad": Operator(_pad, ("mode",), inputs=3),
    "Pow": Operator(_broadcast, inputs=2),
    "Reciprocal": Operator(_same),
    "ReduceMax": Operator(_reduce, ("keepdims", "noop_with_empty_axes"), inputs=2),
    "ReduceMean": Operator(_reduce, ("keepdims", "noop_with_empty_axes"), inputs=2),
    "Reshape": Operator(_reshape, ("allowzero",), inputs=2),
    "Split": Operator(_split, ("axis",), inputs=2),
    "Sqrt": Operator(_same),
    "Transpose": Operator(_transpose, ("perm",)),
    "Unsqueeze": Operator(_unsqueeze, inputs=2),
}
