"""The one door to OpenVINO: networks on a CPU, in float32 or in bfloat16.

A network is compiled for each number of images that it is asked for: where it knows all sizes beforehand, OpenVINO is
1.2 to 1.6 times as fast. What is compiled keeps its memory, so more than `MOST_AT_ONCE` go one part after the other.

What is opened in bfloat16 are two networks (`mammoganesis.bundle.openvino_parts`): the first, small part stays in
float32 and writes what the second reads.

The package is optional and takes a second to import: it is when a network is opened on it, not before.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
import threading
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.openvino_parts import in_two, multiplications
from mammoganesis.bundle.runtimes import BFLOAT16, FLOAT32, OPENVINO, Runtime, first_line
from mammoganesis.errors import BundleError
from mammoganesis.files import Location

_HINTS = {FLOAT32: "f32", BFLOAT16: "bf16"}
MOST_AT_ONCE = 8
"""Images of one run: the engine's own default."""
MOST_OF_ONE_THREAD = 20_000_000
"""Multiplications of a part that several threads do not get done sooner: they wait for each other after every small
operator, at the cost of a processor each."""
_CONVERTER = "openvino.tools.ovc"
_CPU_INFO = Path("/proc/cpuinfo")
_BFLOAT16_FLAGS = {"amx_bf16": "AMX", "avx512_bf16": "AVX512-BF16"}


def installed() -> bool:
    """Whether the package is there."""
    return importlib.util.find_spec("openvino") is not None


def bfloat16_unit(cpu_info: Path = _CPU_INFO) -> str:
    """What multiplies bfloat16 in this CPU: "AMX" or "AVX512-BF16", "" where nothing does.

    Args:
        cpu_info: as Linux writes it; anything else says that nothing does.
    """
    try:
        lines = cpu_info.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return next((name for flag, name in _BFLOAT16_FLAGS.items() if flag in flags), "")


class OpenVinoNetwork:
    """A network that OpenVINO has compiled for the CPU. `precision` is what it computes in, not what was asked for: a
    CPU without bfloat16 gets float32."""

    provider = OPENVINO

    def __init__(self, model: bytes, path: Location, runtime: Runtime) -> None:
        """Compile a network that has been judged, for one image.

        Args:
            model: the content of the .onnx file.
            path: where it came from, for messages only.
            runtime: its precision and threads.

        Raises:
            BundleError: OpenVINO refuses it.
        """
        self._openvino = _imported()
        self._asked, self._threads = runtime.precision, runtime.threads
        self._lock = threading.Lock()  # a request runs one set of inputs at a time
        try:
            self._model = _core().read_model(model)
            one = self._compiled(1)
        except Exception as error:  # OpenVINO's errors are RuntimeErrors of several kinds
            raise BundleError(path, f"OpenVINO refuses the network: {first_line(error)}") from error
        self.precision = one.precision
        self._by_count = {1: one}

    def run(self, outputs: Sequence[str], feeds: Mapping[str, ndarray]) -> list[ndarray]:
        """The named outputs; raises RuntimeError. The first run of so many images compiles for them."""
        count = len(next(iter(feeds.values())))
        with self._lock:
            if count <= MOST_AT_ONCE:
                return self._run(count, outputs, feeds)
            parts = [slice(first, first + MOST_AT_ONCE) for first in range(0, count, MOST_AT_ONCE)]
            runs = [{name: values[part] for name, values in feeds.items()} for part in parts]
            found = [self._run(len(next(iter(run.values()))), outputs, run) for run in runs]
            return [np.concatenate(values) for values in zip(*found, strict=True)]

    def _run(self, count: int, outputs: Sequence[str], feeds: Mapping[str, ndarray]) -> list[ndarray]:
        if count not in self._by_count:
            self._by_count[count] = self._compiled(count)
        return self._by_count[count].run(outputs, feeds)

    def _compiled(self, count: int) -> _Compiled:
        model = self._model.clone()
        model.reshape(
            {port: [count, *(size.get_length() for size in list(port.partial_shape)[1:])] for port in model.inputs}
        )
        return _Compiled(
            [
                _core().compile_model(part, "CPU", self._settings(precision, multiplications(part)))
                for part, precision in self._parts(model)
            ]
        )

    def _parts(self, model: Any) -> Sequence[tuple[Any, str]]:
        """What a model of known sizes is run as, each in its precision."""
        if self._asked != BFLOAT16:
            return [(model, self._asked)]
        first, second = in_two(self._openvino, model)
        return [(first, FLOAT32), (second, BFLOAT16)]

    def _settings(self, precision: str, work: int) -> dict[str, Any]:
        count = 1 if work <= MOST_OF_ONE_THREAD else self._threads
        threads = {"INFERENCE_NUM_THREADS": count} if count else {}
        return threads | {
            "INFERENCE_PRECISION_HINT": _HINTS[precision],
            "NUM_STREAMS": 1,  # all threads on one run: batches come one after the other
            "ENABLE_CPU_PINNING": False,  # the cores are shared with edge, replicas and Redis
        }


class _Compiled:
    """A network for one number of images: its parts, of which each but the first reads what the one before gives."""

    def __init__(self, parts: Sequence[Any]) -> None:
        self._requests = [part.create_infer_request() for part in parts]
        for (before, giving), (after, reading) in pairwise(zip(parts, self._requests, strict=True)):
            offset = len(before.outputs) - len(after.inputs)  # what is read comes last
            for index in range(len(after.inputs)):
                reading.set_input_tensor(index, giving.get_output_tensor(offset + index))
        self._inputs = {name: self._requests[0].get_tensor(port) for port in parts[0].inputs for name in port.names}
        self._outputs = {
            name: request.get_tensor(port)
            for part, request in zip(parts, self._requests, strict=True)
            for port in part.outputs
            for name in port.names
        }
        hint = parts[-1].get_property("INFERENCE_PRECISION_HINT").get_type_name()
        self.precision = next((name for name, short in _HINTS.items() if short == hint), hint)

    def run(self, outputs: Sequence[str], feeds: Mapping[str, ndarray]) -> list[ndarray]:
        for name, values in feeds.items():
            self._inputs[name].data[...] = values
        for request in self._requests:
            request.infer(share_outputs=True)  # what it returns, nobody reads: a copy of all outputs otherwise
        return [self._outputs[name].data.copy() for name in outputs]


@functools.cache
def _core() -> Any:
    """OpenVINO's state in this process, which stays to its end. Each gives its thread a stack for signals, and one that
    goes may leave that of another behind, freed: the next signal then ends the process (SIGSEGV)."""
    return _imported().Core()


def _imported() -> Any:
    """The package, without its converter: importing that would send a message to Intel and leave files in the user's
    home, and nobody here converts."""
    if "openvino" not in sys.modules:
        sys.modules[_CONVERTER] = None  # type: ignore[assignment]  # the package goes on without it
    try:
        import openvino
    finally:
        if sys.modules.get(_CONVERTER, ...) is None:
            del sys.modules[_CONVERTER]
    return openvino
