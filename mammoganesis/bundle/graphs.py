"""What a network of a bundle may be, judged from its file alone, before ONNX Runtime sees any of it.

One graph without graphs inside, all data within the file, no operators but `mammoganesis.bundle.operators`, every value
made before it is used, the inputs and outputs asked for, and sizes and work that follow from the operators within
`Allowed`. So what opening and running it take is known beforehand. Every fault is a BundleError that names the file and
the node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from mammoganesis import errors
from mammoganesis.bundle.nodes import FLOAT32, ITEM_BYTES, MAX_DIMENSIONS, Node, Value, shown
from mammoganesis.bundle.onnx_file import OWN_DOMAINS, read_onnx
from mammoganesis.bundle.operators import OPERATORS
from mammoganesis.bundle.v1.onnx_model_pb2 import OnnxGraph, OnnxNode, OnnxValueInfo
from mammoganesis.errors import BundleError
from mammoganesis.files import Location

Shapes = Mapping[str, Sequence[int | None]]  # name -> shape without N; None for a size that is not known beforehand

MAX_NODES = 4096  # a network of 1024 pixels in half precision has 700
MAX_CONSTANTS = 4096
OPERATOR_SETS = range(18, 21)
# onnx.TensorProto.DataType
_KINDS = (
    *("undefined", "float", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16"),
    *("double", "uint32", "uint64"),
)


@dataclass(frozen=True)
class Allowed:
    """What a network may take for one image."""

    live_bytes: int  # of all that is computed and still needed, at any moment
    multiplications: int

    @classmethod
    def of(cls, inputs: Shapes, outputs: Shapes) -> Allowed:
        """In proportion to the largest input or output: several times what the paper's largest configuration of that
        resolution takes."""
        largest = max(prod(size or 1 for size in shape) for shape in [*inputs.values(), *outputs.values()])
        return cls(
            live_bytes=min(max(2**12 * largest, 2**26), 2**33),
            multiplications=min(max(2**23 * largest, 2**33), 2**40),
        )


def check_graph(model: bytes, path: Location, inputs: Shapes, outputs: Shapes) -> None:
    """Judge a network.

    Args:
        model: the content of the .onnx file.
        path: where it came from, for messages only.
        inputs, outputs: what it must have, float32 with a free first dimension.

    Raises:
        BundleError: it is not one that a bundle may hold.
    """
    whole = read_onnx(model, path)
    versions = [entry.version for entry in whole.opset_import if entry.domain in OWN_DOMAINS]
    if len(versions) != 1 or versions[0] not in OPERATOR_SETS:
        allowed = f"one of {OPERATOR_SETS.start} to {OPERATOR_SETS.stop - 1}"
        raise BundleError(path, f"operators of version {versions[:4]}; expected {allowed}")
    values_of(whole.graph, path, inputs, outputs)


def values_of(graph: OnnxGraph, path: Location, inputs: Shapes, outputs: Shapes) -> dict[str, Value]:
    """Every value of a graph by name: constants, inputs and what its nodes make.

    Args:
        graph: of a network that `read_onnx` has read.
        path, inputs, outputs: as for `check_graph`.

    Raises:
        BundleError: as there.
    """
    if graph.value_info:
        raise BundleError(
            path, "it says what shapes values in between have; expected only inputs and outputs to say so"
        )
    _check_nodes(graph, path)
    _check_values(path, "input", {info.name: _declared(info) for info in graph.input}, inputs)
    values = _constants(graph, path)
    for name, sizes in inputs.items():
        if name in values:
            raise BundleError(path, f"{name} is an input and a constant")
        values[name] = Value((None, *sizes), FLOAT32)
    values = _Walk(graph, path, Allowed.of(inputs, outputs), values).run()
    _check_values(path, "output", {info.name: values.get(info.name) for info in graph.output}, outputs)
    return values


def _check_nodes(graph: OnnxGraph, path: Location) -> None:
    """How many there are, and of which operators."""
    for what, found, most in (
        ("nodes", len(graph.node), MAX_NODES),
        ("constants", len(graph.initializer), MAX_CONSTANTS),
    ):
        if found > most:
            raise BundleError(path, f"{found} {what}; allowed: {most}")
    for index, node in enumerate(graph.node):
        if node.op_type not in OPERATORS:
            allowed = ", ".join(OPERATORS)
            raise BundleError(path, f"{_named(index, node)}: the operator is not allowed; allowed: {allowed}")


def _named(index: int, node: OnnxNode) -> str:
    """A node for people, with what it makes: few have a name of their own."""
    made = f" {errors.shown(node.output[0])}" if node.output else ""
    return f"node {index}, {errors.shown(node.op_type)[1:-1]}{made}"


def _constants(graph: OnnxGraph, path: Location) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for tensor in graph.initializer:
        where, dims = f"constant {errors.shown(tensor.name)}", list(tensor.dims)
        if not tensor.name or tensor.name in values:
            raise BundleError(path, f"{where}: expected a name, and no name twice")
        if tensor.data_type not in ITEM_BYTES:
            allowed = ", ".join(map(_kind, ITEM_BYTES))
            raise BundleError(path, f"{where} is of type {_kind(tensor.data_type)}; allowed: {allowed}")
        if len(dims) > MAX_DIMENSIONS or min(dims, default=1) < 1:
            allowed = f"at most {MAX_DIMENSIONS} sizes from 1 up"
            raise BundleError(path, f"{where} has the shape {dims[: MAX_DIMENSIONS + 1]}; allowed: {allowed}")
        value = Value(tuple(dims), tensor.data_type, tensor)
        if value.size != len(tensor.raw_data):
            stated = f"of the shape {dims} would be {value.size} bytes"
            raise BundleError(path, f"{where} {stated}; the file has {len(tensor.raw_data)}")
        values[tensor.name] = value
    return values


class _Walk:
    """The nodes in their order, each with the sizes that come out of it."""

    def __init__(self, graph: OnnxGraph, path: Location, allowed: Allowed, values: dict[str, Value]) -> None:
        self._graph, self._path, self._allowed, self._values = graph, path, allowed, values
        self._last_use = {name: i for i, node in enumerate(graph.node) for name in node.input}
        self._last_use |= {info.name: len(graph.node) for info in graph.output}
        self._made: set[str] = set()
        self._live = self._work = 0

    def run(self) -> dict[str, Value]:
        """Every value of the graph by name, constants and inputs included."""
        for index, node in enumerate(self._graph.node):
            try:
                self._step(index, node)
            except ValueError as error:
                raise BundleError(self._path, f"{_named(index, node)}: {error}") from error
        return self._values

    def _step(self, index: int, node: OnnxNode) -> None:
        operator = OPERATORS[node.op_type]
        given = self._node(node)
        if not 1 <= len(given.inputs) <= (operator.inputs or MAX_NODES):
            raise ValueError(f"{len(given.inputs)} inputs; allowed: 1 to {operator.inputs or MAX_NODES}")
        if unknown := sorted(set(given.attributes) - set(operator.attributes)):
            raise ValueError(
                f"attribute {errors.shown(unknown[0])}; allowed: {', '.join(operator.attributes) or 'none'}"
            )
        shapes = operator.shapes(given)
        if len(shapes) != given.outputs:
            raise ValueError(f"{given.outputs} outputs; expected {len(shapes)}")
        kind = given.integer("to", given.input(0).kind)
        for name, shape in zip(node.output, shapes, strict=True):
            if not name or name in self._values:
                raise ValueError(f"makes {errors.shown(name)}; expected a name, and no name twice")
            if len(shape) > MAX_DIMENSIONS or None in shape[1:]:
                raise ValueError(f"makes {shown(shape)}; expected N first, and at most {MAX_DIMENSIONS} dimensions")
            value = self._values[name] = Value(shape, kind)
            self._made.add(name)
            self._live += value.size
            self._work += operator.work(given, value.count)
        self._check_budget()
        self._forget(index, node)

    def _node(self, node: OnnxNode) -> Node:
        for name in node.input:
            if name and name not in self._values:
                raise ValueError(f"takes {errors.shown(name)}, which no node before it makes")
        return Node(
            inputs=[self._values[name] if name else None for name in node.input],
            outputs=len(node.output),
            attributes={attribute.name: attribute for attribute in node.attribute},
        )

    def _check_budget(self) -> None:
        live, work = self._allowed.live_bytes, self._allowed.multiplications
        if self._live > live:
            raise ValueError(f"an image would take {_mebibytes(self._live)} at once; allowed: {_mebibytes(live)}")
        if self._work > work:
            raise ValueError(f"an image would take {self._work:.3g} multiplications; allowed: {work:.3g}")

    def _forget(self, index: int, node: OnnxNode) -> None:
        """What nobody takes after this node is free again; but what is made of constants alone stays."""
        for name in {*node.input, *node.output} & self._made:
            value = self._values[name]
            if value.shape[:1] == (None,) and self._last_use.get(name, index) == index:
                self._live -= value.size


def _declared(info: OnnxValueInfo) -> Value | None:
    """What the file says of an input; None for what is no tensor."""
    if not info.type.HasField("tensor_type"):
        return None
    tensor = info.type.tensor_type
    sizes = (dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim)
    return Value(tuple(sizes), tensor.elem_type)


def _check_values(path: Location, what: str, found: Mapping[str, Value | None], expected: Shapes) -> None:
    """Names, element types and shapes; the first dimension must be free and the known ones equal."""
    if sorted(found) != sorted(expected):
        raise BundleError(path, f"{what}s {errors.shown(list(found))}; expected {sorted(expected)}")
    for name, value in found.items():
        sizes = expected[name]
        wanted = f"tensor(float) {['N', *('any' if size is None else size for size in sizes)]} with N free"
        if value is None:
            raise BundleError(path, f"{what} {name} is no tensor, or no node makes it; expected {wanted}")
        equal = value.shape[:1] == (None,) and len(value.shape) == 1 + len(sizes)
        if value.kind != FLOAT32 or not equal or not all(map(_fits, value.shape[1:], sizes)):
            was = f"tensor({_kind(value.kind)}) {shown(value.shape)}"
            raise BundleError(path, f"{what} {name} is {was}; expected {wanted}")


def _fits(size: int | None, wanted: int | None) -> bool:
    return wanted is None or size == wanted


def _kind(number: int) -> str:
    return _KINDS[number] if 0 <= number < len(_KINDS) else str(number)


def _mebibytes(count: int) -> str:
    return f"{count / 2**20:.4g} MiB"
