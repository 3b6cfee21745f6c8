"""The one door to ONNX Runtime, and networks from bytes, checked before they are opened on any runtime.

A network of a bundle is opened only after `mammoganesis.bundle.graphs` has judged it. Sessions are safe to call from
several threads.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.graphs import Shapes, check_graph
from mammoganesis.bundle.openvino_networks import OpenVinoNetwork
from mammoganesis.bundle.runtimes import CPU, CUDA, ONE_THREAD, OPENVINO, Runtime, first_line
from mammoganesis.errors import BundleError
from mammoganesis.files import Location

if TYPE_CHECKING:
    import onnxruntime

logger = logging.getLogger(__name__)

# TF32 keeps 10 bits of mantissa: far outside the golden tolerance. The heuristic search saves the seconds that the
# exhaustive one takes for every new batch size.
_CUDA_OPTIONS = {
    "use_tf32": "0",
    "cudnn_conv_algo_search": "HEURISTIC",
    "arena_extend_strategy": "kSameAsRequested",
}


def has_cuda() -> bool:
    """Whether this ONNX Runtime offers CUDA; that it can be loaded shows when a network is opened."""
    return CUDA in _imported().get_available_providers()


class _Network(Protocol):
    """A network on one runtime."""

    @property
    def provider(self) -> str: ...

    @property
    def precision(self) -> str: ...

    def run(self, outputs: Sequence[str], feeds: Mapping[str, ndarray]) -> list[ndarray]: ...


class _OnnxRuntimeNetwork:
    """One on ONNX Runtime."""

    def __init__(self, model: bytes, path: Location, runtime: Runtime) -> None:
        self._session = open_session(model, path, runtime.provider, runtime.threads)
        self.provider, self.precision = self._session.get_providers()[0], runtime.precision
        if self.provider != runtime.provider:
            logger.warning("%s: %s could not be used; running on %s", path.name, runtime.provider, self.provider)

    def run(self, outputs: Sequence[str], feeds: Mapping[str, ndarray]) -> list[ndarray]:
        return [np.asarray(value) for value in self._session.run(list(outputs), dict(feeds))]


class Session:
    """A network that is open. Every input and output is float32 with a free first dimension N.

    Attributes:
        provider, precision: what computes it, which may be less than what was asked for.
    """

    def __init__(
        self,
        model: bytes,
        path: Location,
        inputs: Mapping[str, Sequence[int]],
        outputs: Shapes,
        runtime: Runtime = ONE_THREAD,
    ) -> None:
        """Open the network `model`.

        Args:
            model: the content of the .onnx file.
            path: where it came from, for messages only.
            inputs: name -> shape without N.
            outputs: name -> shape without N; None for a size that is not known beforehand.
            runtime: what to run it on.

        Raises:
            BundleError: not a network that a bundle may hold, or one with other inputs or outputs.
        """
        self.path, self.inputs, self.outputs = path, inputs, outputs
        check_graph(model, path, inputs, outputs)
        open_network = OpenVinoNetwork if runtime.provider == OPENVINO else _OnnxRuntimeNetwork
        self._network: _Network = open_network(model, path, runtime)
        self.provider, self.precision = self._network.provider, self._network.precision

    def run(self, feeds: Mapping[str, ndarray], outputs: Sequence[str]) -> list[ndarray]:
        """The named outputs, each [N, ...] float32. Blocks; other threads go on meanwhile.

        Raises RuntimeError when the runtime fails or an output has another shape than expected.
        """
        count = len(next(iter(feeds.values())))
        try:
            results = self._network.run(outputs, feeds)
        except Exception as error:
            raise RuntimeError(f"{self.path.name} with N = {count}: {first_line(error)}") from error
        for name, value in zip(outputs, results, strict=True):
            expected = (count, *self.outputs[name])
            if len(value.shape) != len(expected) or any(
                e is not None and e != f for e, f in zip(expected, value.shape, strict=True)
            ):
                raise RuntimeError(f"{self.path.name}: output {name} is {value.shape}, expected {expected}")
        return results


def open_session(
    model: bytes | Path, path: Location, provider: str = CPU, threads: int = 0
) -> onnxruntime.InferenceSession:
    """A network as ONNX Runtime has it, whatever its inputs, outputs and operators: for files of the user's own.

    Args:
        model: the content of the .onnx file, or where it lies beside its data.
        path: where it came from, for messages only.
        provider: `CPU` or `CUDA`.
        threads: for one operator; 0: the runtime decides.

    Raises:
        BundleError: ONNX Runtime refuses it.
    """
    onnxruntime = _imported()
    if provider == CUDA and hasattr(onnxruntime, "preload_dlls"):
        onnxruntime.preload_dlls()  # CUDA's libraries where pip has put them, out of the loader's sight
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait in a loop for the next operator take the time of the other processes on these cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    providers = [(CUDA, _CUDA_OPTIONS), CPU] if provider == CUDA else [CPU]
    source = model if isinstance(model, bytes) else str(model)
    try:
        return onnxruntime.InferenceSession(source, options, providers=providers)
    except Exception as error:  # ONNX Runtime's errors share no base class
        raise BundleError(path, f"ONNX Runtime refuses the network: {first_line(error)}") from error


def _imported() -> Any:
    """ONNX Runtime, which from its import on would keep an identity below the user's home and tell Microsoft what is
    run; whoever wants that has set the variable to 0."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime
