"""Mapping networks that want time or memory. Each one ends in `w` and begins with the tiny bundle's own mapping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.places import TINY_BUNDLE


class Mapping:
    """The tiny bundle's mapping up to `code`, which is its w [N, 96], and what is put behind it."""

    def __init__(self) -> None:
        self.model = onnx.load(TINY_BUNDLE / "mapping.onnx")
        self.graph = self.model.graph
        for node in self.graph.node:
            node.output[:] = ["code" if name == "w" else name for name in node.output]

    def constant(self, name: str, value: Any, kind: Any = np.int64) -> str:
        self.graph.initializer.append(numpy_helper.from_array(np.array(value, kind), name))
        return name

    def node(self, operator: str, inputs: list[str], outputs: list[str], **attributes: Any) -> str:
        self.graph.node.append(helper.make_node(operator, inputs, outputs, **attributes))
        return outputs[0]

    def bytes(self) -> bytes:
        return self.model.SerializeToString()

    def pixels(self) -> str:
        """[N, 1, 8, 12]"""
        return self.node("Reshape", ["code", self.constant("target", [-1, 1, 8, 12])], ["pixels"])

    def ending(self, large: str, axes: list[int] | None = None) -> bytes:
        """w is the code and the largest number of `large`, so that nothing of it can be left out."""
        self.node("ReduceMax", [large, self.constant("axes", axes or [1])], ["most"], keepdims=1)
        self.node("Reshape", ["most", self.constant("flat", [-1, 1])], ["column"])
        self.node("Add", ["code", "column"], ["w"])
        return self.bytes()


def loop() -> bytes:
    """2^60 turns."""
    network = Mapping()
    copies = [helper.make_node("Identity", [f"{name}_in"], [f"{name}_out"]) for name in ("going", "value")]
    values = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("value_in", "value_out")}
    truths = {name: helper.make_tensor_value_info(name, TensorProto.BOOL, []) for name in ("going_in", "going_out")}
    turn = helper.make_tensor_value_info("turn", TensorProto.INT64, [])
    body = helper.make_graph(
        copies,
        "body",
        [turn, truths["going_in"], values["value_in"]],
        [truths["going_out"], values["value_out"]],
    )
    inputs = [network.constant("turns", 2**60), network.constant("going", True, np.bool_), "code"]
    network.node("Loop", inputs, ["w"], body=body)
    return network.bytes()


def branch() -> bytes:
    network = Mapping()
    bodies = {
        name: helper.make_graph(
            [helper.make_node("Identity", ["code"], [name])],
            name,
            [],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None)],
        )
        for name in ("then_branch", "else_branch")
    }
    network.node("If", [network.constant("truth", True, np.bool_)], ["w"], **bodies)
    return network.bytes()


def constant_of_shape() -> bytes:
    """8 GiB of zeros while it is opened."""
    network = Mapping()
    network.node("ConstantOfShape", [network.constant("shape", [2**31])], ["zeros"])
    network.node("Gather", ["zeros", network.constant("first", [0])], ["zero"])
    network.node("Add", ["code", "zero"], ["w"])
    return network.bytes()


def expand() -> bytes:
    network = Mapping()
    network.node("Expand", ["code", network.constant("shape", [2**30, 1, 96])], ["large"])
    return network.ending("large", [0, 1])


def tile() -> bytes:
    network = Mapping()
    network.node("Tile", ["code", network.constant("repeats", [1, 2**30])], ["large"])
    return network.ending("large")


def number_range() -> bytes:
    network = Mapping()
    numbers = [network.constant(name, value, np.float32) for name, value in (("a", 0), ("b", 2.0**40), ("c", 1))]
    network.node("Range", numbers, ["large"])
    network.node("Add", ["code", "large"], ["w"])
    return network.bytes()


def resizes() -> bytes:
    """2,000 times twice as large."""
    network = Mapping()
    last, scales = network.pixels(), network.constant("scales", [1, 1, 2, 2], np.float32)
    for i in range(2000):
        last = network.node("Resize", [last, "", scales], [f"twice_{i}"])
    return network.ending(last, [1, 2, 3])


def joined() -> bytes:
    """2^40 times as wide, by joining a value with itself."""
    network, last = Mapping(), "code"
    for i in range(40):
        last = network.node("Concat", [last, last], [f"joined_{i}"], axis=1)
    return network.ending(last)


def transposed() -> bytes:
    """Images that grow by a factor of four with every node."""
    network = Mapping()
    last, weight = network.pixels(), network.constant("weight", np.ones((1, 1, 2, 2)), np.float32)
    for i in range(30):
        last = network.node("ConvTranspose", [last, weight], [f"grown_{i}"], strides=[2, 2])
    return network.ending(last, [1, 2, 3])


def strides() -> bytes:
    network = Mapping()
    weight = network.constant("weight", np.ones((1, 1, 2, 2)), np.float32)
    network.node("ConvTranspose", [network.pixels(), weight], ["large"], strides=[2**31 - 1, 2**31 - 1])
    return network.ending("large", [1, 2, 3])


def pads() -> bytes:
    network = Mapping()
    network.node("Pad", ["code", network.constant("pads", [0, 0, 0, 2**40])], ["large"], mode="edge")
    return network.ending("large")


def conv_pads() -> bytes:
    network = Mapping()
    weight = network.constant("weight", np.ones((1, 1, 1, 1)), np.float32)
    network.node("Conv", [network.pixels(), weight], ["large"], pads=[0, 0, 2**30, 2**30])
    return network.ending("large", [1, 2, 3])


def outer_products() -> bytes:
    """[N, 96, 1, 1] by [N, 1, 96, 1] by [N, 1, 1, 96]: 96 times as much with each."""
    network, last = Mapping(), "code"
    for axes, name in (([2, 3, 4], "first"), ([1, 3, 4], "second"), ([1, 2, 4], "third"), ([1, 2, 3], "fourth")):
        other = network.node("Unsqueeze", ["code", network.constant(f"axes_{name}", axes)], [name])
        last = other if last == "code" else network.node("Mul", [last, other], [f"by_{name}"])
    return network.ending(last, [1, 2, 3, 4])


def gathered() -> bytes:
    """Each of 10,000 indices takes 10,000 numbers."""
    network, indices = Mapping(), [0] * 10_000
    wide = network.node("Gather", ["code", network.constant("indices", indices)], ["wide"], axis=1)
    row = network.node("Reshape", [wide, network.constant("row", [-1, 1, 10_000])], ["row_of_many"])
    network.node("Gather", [row, "indices"], ["large"], axis=1)
    return network.ending("large", [1, 2])


def work() -> bytes:
    """Small values, 2^40 multiplications: a kernel as large as its image, thousands of times."""
    network = Mapping()
    weight = network.constant("weight", np.ones((48, 48, 63, 63)), np.float32)
    last = network.node("Reshape", ["code", network.constant("target", [-1, 48, 1, 2])], ["image"])
    for i in range(4000):
        last = network.node("Conv", [last, weight], [f"blurred_{i}"], pads=[31, 31, 31, 31])
    return network.ending(last, [1, 2, 3])


def folded() -> bytes:
    """Made of constants alone, so that it is computed while the network is opened, and kept."""
    network = Mapping()
    last = network.constant("seed", np.ones((1, 1024)), np.float32)
    for i in range(24):
        last = network.node("Concat", [last, last], [f"folded_{i}"], axis=1)
    network.node("Gather", [last, network.constant("first", [0])], ["one"], axis=1)
    network.node("Add", ["code", "one"], ["w"])
    return network.bytes()


def huge_dims() -> bytes:
    """A constant of four bytes that is said to be of 2^60 numbers."""
    network = Mapping()
    network.constant("large", [0.0], np.float32)
    network.graph.initializer[-1].dims[:] = [2**30, 2**30]
    network.node("Add", ["code", "large"], ["w"])
    return network.bytes()


def short_dims() -> bytes:
    """A constant whose bytes are more than its shape says."""
    network = Mapping()
    network.constant("bias", [0.0, 1.0, 2.0], np.float32)
    network.graph.initializer[-1].dims[:] = [1]
    network.node("Add", ["code", "bias"], ["w"])
    return network.bytes()


def negative_dims() -> bytes:
    network = Mapping()
    network.constant("bias", [0.0], np.float32)
    network.graph.initializer[-1].dims[:] = [-1, -1]
    network.node("Add", ["code", "bias"], ["w"])
    return network.bytes()


def cycle() -> bytes:
    network = Mapping()
    network.node("Add", ["code", "second"], ["first"])
    network.node("Add", ["first", "code"], ["second"])
    network.node("Add", ["second", "code"], ["w"])
    return network.bytes()


def deep() -> bytes:
    network, last = Mapping(), "code"
    for i in range(20_000):
        last = network.node("Abs", [last], [f"a{i}"])
    network.node("Abs", [last], ["w"])
    return network.bytes()


def functions() -> bytes:
    """Functions that call each other, each the next one twice."""
    network = Mapping()
    opset = [helper.make_opsetid("", 20), helper.make_opsetid("bomb", 1)]
    for i in range(60):
        calls = [
            helper.make_node(f"f{i + 1}", [name], [other], domain="bomb") for name, other in (("x", "y"), ("y", "z"))
        ]
        network.model.functions.append(helper.make_function("bomb", f"f{i}", ["x"], ["z"], calls, opset))
    leaf = [helper.make_node("Abs", ["x"], ["z"])]
    network.model.functions.append(helper.make_function("bomb", "f60", ["x"], ["z"], leaf, opset))
    network.model.opset_import.append(helper.make_opsetid("bomb", 1))
    network.node("f0", ["code"], ["w"], domain="bomb")
    return network.bytes()


def own_functions() -> bytes:
    """A function under the name of an operator that is allowed."""
    network = Mapping()
    body = [helper.make_node("ConstantOfShape", ["X"], ["Y"])]
    network.model.functions.append(helper.make_function("", "Abs", ["X"], ["Y"], body, [helper.make_opsetid("", 20)]))
    network.node("Abs", ["code"], ["w"])
    return network.bytes()


def claimed_shapes() -> bytes:
    """What it says of a value in between is not what comes out."""
    network = Mapping()
    network.graph.value_info.append(helper.make_tensor_value_info("code", TensorProto.FLOAT, ["N", 2**40]))
    network.node("Abs", ["code"], ["w"])
    return network.bytes()


def old_operators() -> bytes:
    """Another version of the operators, where inputs and attributes mean other things."""
    network = Mapping()
    network.model.opset_import[0].version = 9
    network.node("Abs", ["code"], ["w"])
    return network.bytes()


def empty_nodes() -> bytes:
    """32 MiB of nothing, which would be gigabytes once it is read."""
    return Mapping().bytes() + onnx_graph(b"\x0a\x00" * 2**24)


def empty_attributes() -> bytes:
    node = b"\x2a\x00" * 2**23
    return Mapping().bytes() + onnx_graph(b"\x0a" + _varint(len(node)) + node)


def onnx_graph(content: bytes) -> bytes:
    """More of a model's graph; protobuf puts it together with what is there."""
    return b"\x3a" + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    head = b""
    while number > 0x7F:
        head, number = head + bytes([number & 0x7F | 0x80]), number >> 7
    return head + bytes([number])


# network -> what the refusal says, after the file
HOSTILE: dict[Callable[[], bytes], str] = {
    loop: "node 26, Loop 'w': the operator is not allowed",
    branch: "node 26, If 'w': the operator is not allowed",
    constant_of_shape: "node 26, ConstantOfShape 'zeros': the operator is not allowed",
    expand: "node 26, Expand 'large': the operator is not allowed",
    tile: "node 26, Tile 'large': the operator is not allowed",
    number_range: "node 26, Range 'large': the operator is not allowed",
    resizes: "node 27, Resize 'twice_0': the operator is not allowed",
    joined: "Concat 'joined_16': an image would take 72 MiB at once; allowed: 64 MiB",
    transposed: "ConvTranspose 'grown_8': an image would take ",
    strides: "ConvTranspose 'large': an image would take ",
    pads: "Pad 'large': an image would take ",
    conv_pads: "Conv 'large': an image would take ",
    outer_products: "Mul 'by_fourth': an image would take ",
    gathered: "Gather 'large': an image would take ",
    work: "multiplications; allowed: 8.59e+09",
    folded: "Concat 'folded_13': an image would take ",
    huge_dims: "of the shape [1073741824, 1073741824] would be 4611686018427387904 bytes; the file has 4",
    short_dims: "constant 'bias' of the shape [1] would be 4 bytes; the file has 12",
    negative_dims: "constant 'bias' has the shape [-1, -1]; allowed: at most 8 sizes from 1 up",
    cycle: "node 26, Add 'first': takes 'second', which no node before it makes",
    deep: "20027 nodes; allowed: 4096",
    functions: "is of the domain 'bomb'",
    own_functions: "it holds functions",
    claimed_shapes: "it says what shapes values in between have",
    old_operators: "operators of version [9]; expected one of 18 to 20",
    empty_nodes: "beside its constants; allowed: ",
    empty_attributes: "beside its constants; allowed: ",
}
