"""What a network runs on: names, and how its faults are told."""

from __future__ import annotations

from dataclasses import dataclass

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
"""ONNX Runtime's, by its own names."""
OPENVINO = "OpenVINO"
FLOAT32, BFLOAT16, FLOAT16 = "float32", "bfloat16", "float16"


@dataclass(frozen=True)
class Runtime:
    """What a network is asked to run on; what it then does is for its session to say.

    Attributes:
        provider: `CPU`, `CUDA` or `OPENVINO`.
        precision: `FLOAT32`; `BFLOAT16`, of OPENVINO; `FLOAT16`, of a network that holds such numbers.
        threads: for one operator; 0: the runtime decides.
    """

    provider: str = CPU
    precision: str = FLOAT32
    threads: int = 0


REFERENCE = Runtime()
"""ONNX Runtime on the CPU in float32: what a network is exported and verified with."""
ONE_THREAD = Runtime(threads=1)
"""The same on one thread, for networks that are small."""


def first_line(error: Exception) -> str:
    """What a runtime says of a fault: the first line of it, 300 characters at most."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
