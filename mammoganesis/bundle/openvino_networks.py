"""The one door to OpenVINO: networks on a CPU, in float32 or in bfloat16.

The package is optional and takes a second to import: it is when a network is opened on it, not before.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.runtimes import BFLOAT16, FLOAT32, OPENVINO, Runtime, first_line
from mammoganesis.errors import BundleError
from mammoganesis.files import Location

_HINTS = {FLOAT32: "f32", BFLOAT16: "bf16"}
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
        """Compile a network that has been judged.

        Args:
            model: the content of the .onnx file.
            path: where it came from, for messages only.
            runtime: its precision and threads.

        Raises:
            BundleError: OpenVINO refuses it.
        """
        openvino = _imported()
        settings: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": _HINTS[runtime.precision],
            "NUM_STREAMS": 1,  # all threads on one run: batches come one after the other
            "ENABLE_CPU_PINNING": False,  # the cores are shared with edge, replicas and Redis
        }
        if runtime.threads:
            settings["INFERENCE_NUM_THREADS"] = runtime.threads
        try:
            core = openvino.Core()
            compiled = core.compile_model(core.read_model(model), "CPU", settings)
            self._request = compiled.create_infer_request()
            hint = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        except Exception as error:  # OpenVINO's errors are RuntimeErrors of several kinds
            raise BundleError(path, f"OpenVINO refuses the network: {first_line(error)}") from error
        self.precision = next((name for name, short in _HINTS.items() if short == hint), hint)
        self._lock = threading.Lock()  # a request runs one set of inputs at a time

    def run(self, outputs: Sequence[str], feeds: Mapping[str, ndarray]) -> list[ndarray]:
        """The named outputs; raises RuntimeError."""
        with self._lock:
            results = self._request.infer(dict(feeds), share_inputs=True)
            return [np.asarray(results[name]) for name in outputs]


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
