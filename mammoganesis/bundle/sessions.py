"""The one door to ONNX Runtime: networks from bytes, checked, with names and shapes known beforehand.

A network is refused when it refers to data outside its own file, uses operators outside ONNX's own domain, or does not
have exactly the inputs and outputs asked for. Sessions are safe to call from several threads.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy import ndarray

from mammoganesis.errors import BundleError, FailedPrecondition

logger = logging.getLogger(__name__)

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
# TF32 keeps 10 bits of mantissa: far outside the golden tolerance. The heuristic search saves the seconds that the
# exhaustive one takes for every new batch size.
_CUDA_OPTIONS = {
    "use_tf32": "0",
    "cudnn_conv_algo_search": "HEURISTIC",
    "arena_extend_strategy": "kSameAsRequested",
}

# Field numbers of onnx.proto that lead to tensors and nodes: message -> field -> message.
_CHILDREN: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_NODE_DOMAIN, _TENSOR_EXTERNAL_DATA, _TENSOR_DATA_LOCATION = 7, 13, 14
_MAX_DEPTH = 64


def choose_provider(execution_provider: str) -> str:
    """The provider for "auto" (CUDA where ONNX Runtime offers it), "cpu" or "cuda".

    Raises FailedPrecondition when "cuda" is asked for and this ONNX Runtime has none.
    """
    offered = onnxruntime.get_available_providers()
    if execution_provider == "cpu" or (execution_provider == "auto" and CUDA not in offered):
        return CPU
    if CUDA not in offered:
        raise FailedPrecondition("execution provider cuda: this ONNX Runtime has none; install mammoganesis[gpu]")
    return CUDA


class Session:
    """One network of a bundle. Every input and output is float32 with a free first dimension N."""

    def __init__(
        self,
        model: bytes,
        path: Path,
        inputs: Mapping[str, Sequence[int]],
        outputs: Mapping[str, Sequence[int | None]],
        provider: str = CPU,
        threads: int = 1,
    ) -> None:
        """Open the network `model`.

        Args:
            model: the content of the .onnx file.
            path: where it came from, for messages only.
            inputs: name -> shape without N.
            outputs: name -> shape without N; None for a size that is not known beforehand.
            provider: `CPU` or `CUDA`.
            threads: for one operator; 0: the runtime decides.

        Raises:
            BundleError: not an ONNX network, not self-contained, or with other inputs or outputs.
        """
        self.path, self.inputs, self.outputs = path, inputs, outputs
        check_self_contained(model, path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that wait in a loop for the next operator take the time of the other processes on these cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        providers = [(CUDA, _CUDA_OPTIONS), CPU] if provider == CUDA else [CPU]
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=providers)
        except Exception as error:  # ONNX Runtime's errors share no base class
            raise BundleError(path, f"ONNX Runtime refuses the network: {_first_line(error)}") from error
        self.provider = self._session.get_providers()[0]
        if self.provider != provider:
            logger.warning("%s: %s could not be used; running on %s", path.name, provider, self.provider)
        _check_tensors(path, "input", self._session.get_inputs(), inputs)
        _check_tensors(path, "output", self._session.get_outputs(), outputs)

    def run(self, feeds: Mapping[str, ndarray], outputs: Sequence[str]) -> list[ndarray]:
        """The named outputs, each [N, ...] float32. Blocks; other threads go on meanwhile.

        Raises RuntimeError when ONNX Runtime fails or an output has another shape than expected.
        """
        count = len(next(iter(feeds.values())))
        try:
            results = [np.asarray(value) for value in self._session.run(list(outputs), dict(feeds))]
        except Exception as error:
            raise RuntimeError(f"{self.path.name} with N = {count}: {_first_line(error)}") from error
        for name, value in zip(outputs, results, strict=True):
            expected = (count, *self.outputs[name])
            if len(value.shape) != len(expected) or any(
                e is not None and e != f for e, f in zip(expected, value.shape, strict=True)
            ):
                raise RuntimeError(f"{self.path.name}: output {name} is {value.shape}, expected {expected}")
        return results


def check_self_contained(model: bytes, path: Path) -> None:
    """Raises BundleError when the network refers to files beside it or to operators outside ONNX's own domain.

    Reads the protobuf wire format itself: the onnx package is not part of the serving side.
    """
    pending = [("model", memoryview(model), 0)]
    try:
        while pending:
            kind, data, depth = pending.pop()
            if depth > _MAX_DEPTH:
                raise BundleError(path, f"the network is nested more than {_MAX_DEPTH} messages deep")
            for field, value in _wire_fields(data):
                if kind == "tensor" and (field == _TENSOR_EXTERNAL_DATA or (field == _TENSOR_DATA_LOCATION and value)):
                    raise BundleError(path, "a tensor lies outside the file (external data); expected all data inside")
                if kind == "node" and field == _NODE_DOMAIN and _bytes(value) not in (b"", b"ai.onnx"):
                    domain = ascii(bytes(_bytes(value)[:80]).decode("utf-8", "replace"))
                    raise BundleError(path, f"operator of the domain {domain}; expected only ONNX's own operators")
                if field in _CHILDREN[kind]:
                    pending.append((_CHILDREN[kind][field], memoryview(_bytes(value)), depth + 1))
    except (ValueError, IndexError) as error:
        raise BundleError(path, "not an ONNX file (its protobuf cannot be read)") from error


def _bytes(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ValueError("a message was expected, a number was found")
    return value


def _wire_fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Field number and value (number or bytes) of every field of a protobuf message."""
    position, end = 0, len(data)

    def varint() -> int:
        nonlocal position
        result = shift = 0
        while True:
            byte = data[position]
            position += 1
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result
            shift += 7
            if shift > 63:
                raise ValueError("a varint of more than 10 bytes")

    while position < end:
        key = varint()
        field, wire_type = key >> 3, key & 7
        if wire_type == 0:
            yield field, varint()
            continue
        size = {1: 8, 5: 4}.get(wire_type)
        if wire_type == 2:
            size = varint()
        if size is None or position + size > end:
            raise ValueError(f"wire type {wire_type} or size {size} cannot be")
        yield field, data[position : position + size]
        position += size


def _check_tensors(path: Path, kind: str, found: Sequence, expected: Mapping[str, Sequence[int | None]]) -> None:
    """Names, element types and shapes; the first dimension must be free and the known ones equal."""
    names = [tensor.name for tensor in found]
    if sorted(names) != sorted(expected):
        raise BundleError(path, f"{kind}s {names}; expected {sorted(expected)}")
    for tensor in found:
        shape = list(tensor.shape)
        sizes = expected[tensor.name]
        wanted = ["N", *("any" if size is None else size for size in sizes)]
        free = bool(shape) and not isinstance(shape[0], int)
        equal = len(shape) == len(wanted) and all(
            size is None or got == size or (kind == "output" and not isinstance(got, int))
            for got, size in zip(shape[1:], sizes, strict=True)
        )
        if tensor.type != "tensor(float)" or not free or not equal:
            raise BundleError(
                path, f"{kind} {tensor.name} is {tensor.type} {shape}; expected tensor(float) {wanted} with N free"
            )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
