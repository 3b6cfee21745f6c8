"""Choosing a device by its name."""

from __future__ import annotations

import torch

from mammoganesis.errors import ConfigurationError
from training.accelerators import cpu, cuda, tpu, xla
from training.accelerators.device import DTYPES, Device
from training.accelerators.processes import from_environment

NAMES = "auto, cpu, cuda, cuda:N, tpu and xla"


def select(name: str, precision: str) -> Device:
    """Choose a device, and join the other processes of the run where torchrun or Ray Train has started several.

    Args:
        name: "auto" (a GPU where torch sees one, else a TPU where torch_tpu sees one, else the CPU), "cpu", "cuda"
            (with several processes: one GPU each), "cuda:N", "tpu" (v4 and later, by torch_tpu) or "xla" (TPU v2 and
            v3 and tests on the CPU, by torch_xla).
        precision: of the convolutions: "float32", "bfloat16" or "float16" (not on TPUs).

    Raises:
        ConfigurationError: the name or the precision is not one of these, or there is no such device.
    """
    if precision not in DTYPES:
        raise ConfigurationError(f"--precision is {precision!r}; allowed are {', '.join(DTYPES)}")
    kind, separator, number = name.partition(":")
    if separator and (kind != "cuda" or not number.isdecimal()):
        raise ConfigurationError(f"--device is {name!r}; allowed are {NAMES}")
    processes = from_environment()
    if kind == "auto":
        kind = "cuda" if torch.cuda.is_available() else "tpu" if tpu.is_available() else "cpu"
    match kind:
        case "cpu":
            return cpu.open_cpu(precision, processes)
        case "cuda":
            return cuda.open_cuda(int(number) if separator else None, precision, processes)
        case "tpu":
            return tpu.open_tpu(precision, processes)
        case "xla":
            return xla.open_xla(precision, processes)
    raise ConfigurationError(f"--device is {name!r}; allowed are {NAMES}")
