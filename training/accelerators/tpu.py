"""TPU v4 and later through torch_tpu: one process per chip, gradients by the backend tpu_dist.

Nothing here has run on a TPU.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import torch
from torch.utils.checkpoint import get_device_states, set_device_states

from mammoganesis.errors import ConfigurationError
from training.accelerators.device import Device, RandomState
from training.accelerators.processes import Processes, connect

PCI_DEVICES = Path("/sys/bus/pci/devices")
GOOGLE, TPU_V2_V3 = "0x1ae0", "0x0027"


class TpuDevice(Device):
    """One chip of a TPU; every process sees its own as number 0."""

    # torch_tpu lets only the torch package itself read the state of its generator: hence torch's own functions.
    def random_state(self) -> RandomState:
        _, states = get_device_states(torch.empty(0, device=self.torch_device))
        return {**super().random_state(), "tpu": states[0].cpu()}

    def _restore_generators(self, state: RandomState) -> None:
        super()._restore_generators(state)
        set_device_states([0], [state["tpu"]], device_type="tpu")


def is_available() -> bool:
    """Whether torch_tpu is installed and sees a TPU."""
    if importlib.util.find_spec("torch_tpu") is None:
        return False
    importlib.import_module("torch_tpu")
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    return accelerator is not None and accelerator.type == "tpu"


def has_v2_or_v3() -> bool:
    """Whether this machine has a TPU of one of the two generations that torch_tpu does not know."""
    for device in PCI_DEVICES.glob("*"):
        try:
            ids = (device / "vendor").read_text().strip(), (device / "device").read_text().strip()
        except OSError:
            continue
        if ids == (GOOGLE, TPU_V2_V3):
            return True
    return False


def open_tpu(precision: str, processes: Processes) -> Device:
    """This process's chip."""
    if precision == "float16":
        raise ConfigurationError("--precision is 'float16'; on a TPU allowed are float32 and bfloat16")
    if not is_available():
        if has_v2_or_v3():
            raise ConfigurationError(
                "--device is 'tpu', but this machine's TPU is a v2 or v3, which torch_tpu does not know; take "
                "--device xla in an environment with torch_xla 2.9 (deploy/tpu/README.md)"
            )
        installed = importlib.util.find_spec("torch_tpu") is not None
        raise ConfigurationError(
            "--device is 'tpu', and torch_tpu is installed, but it sees no TPU on this machine"
            if installed
            else "--device is 'tpu', but torch_tpu is not installed: pip install 'mammoganesis[tpu]'"
        )
    connect(processes, "cpu:gloo,tpu:tpu_dist")
    return TpuDevice(torch.device("tpu"), precision, processes)
