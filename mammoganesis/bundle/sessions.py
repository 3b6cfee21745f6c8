"""The one door to ONNX Runtime: networks from bytes, checked before they are opened.

A network of a bundle is opened only after `mammoganesis.bundle.graphs` has judged it. Sessions are safe to call from
several threads.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy import ndarray

from mammoganesis.bundle.graphs import Shapes, check_graph
from mammoganesis.errors import BundleError, FailedPrecondition
from mammoganesis.files import Location

logger = logging.getLogger(__name__)

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
# TF32 keeps 10 bits of mantissa: far outside the golden tolerance. The heuristic search saves the seconds that the
# exhaustive one takes for every new batch size.
_CUDA_OPTIONS = {
    "use_tf32": "0",
    "cudnn_conv_algo_search": "HEURISTIC",
    "arena_extend_strategy": "kSameAsRequested",
}


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
    """A network that is open. Every input and output is float32 with a free first dimension N."""

    def __init__(
        self,
        model: bytes,
        path: Location,
        inputs: Mapping[str, Sequence[int]],
        outputs: Shapes,
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
            BundleError: not a network that a bundle may hold, or one with other inputs or outputs.
        """
        self.path, self.inputs, self.outputs = path, inputs, outputs
        check_graph(model, path, inputs, outputs)
        self._session = open_session(model, path, provider, threads)
        self.provider = self._session.get_providers()[0]
        if self.provider != provider:
            logger.warning("%s: %s could not be used; running on %s", path.name, provider, self.provider)

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
        raise BundleError(path, f"ONNX Runtime refuses the network: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
