"""TPU v2 and v3 through torch_xla 2.9, in an environment of its own; on a CPU, the same programs for tests.

One process drives all chips of its machine: tensors are spread over a mesh, and the compiler inserts the exchange.
torch_xla collects operations until `step_end`; each phase then is one compiled program. Nothing here has run on a TPU.
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mammoganesis.errors import ConfigurationError
from training.accelerators.device import Device, RandomState
from training.accelerators.processes import Processes


@dataclass(frozen=True)
class XlaDevice(Device):
    """All chips of this machine as one device."""

    mesh: Any = None  # torch_xla.distributed.spmd.Mesh with the axis "data"; None with one chip

    def shard(self, tensor: Tensor) -> Tensor:
        if self.mesh is not None:
            spmd = importlib.import_module("torch_xla.distributed.spmd")
            spmd.mark_sharding(tensor, self.mesh, ("data", *[None] * (tensor.dim() - 1)))
        return tensor

    def step_end(self) -> None:
        importlib.import_module("torch_xla").sync()

    def _seed_generators(self, seed: int) -> None:
        super()._seed_generators(seed)
        importlib.import_module("torch_xla").manual_seed(seed)

    def random_state(self) -> RandomState:
        state = importlib.import_module("torch_xla.core.xla_model").get_rng_state()
        return {**super().random_state(), "xla": torch.tensor(list(state.to_bytes(8, "little")), dtype=torch.uint8)}

    def _restore_generators(self, states: RandomState) -> None:
        super()._restore_generators(states)
        state = int.from_bytes(bytes(states["xla"].tolist()), "little")
        importlib.import_module("torch_xla.core.xla_model").set_rng_state(state)


def open_xla(precision: str, processes: Processes) -> Device:
    """All chips of this machine, or the CPU where PJRT_DEVICE=CPU is set (CPU_NUM_DEVICES: virtual devices)."""
    if importlib.util.find_spec("torch_xla") is None:
        raise ConfigurationError(
            "--device is 'xla', but torch_xla is not installed; it needs torch 2.9 and so an environment of its own "
            "(deploy/tpu/README.md)"
        )
    if precision == "float16":
        raise ConfigurationError("--precision is 'float16'; with torch_xla allowed are float32 and bfloat16")
    if processes.world > 1:
        raise ConfigurationError(
            f"--device is 'xla' in {processes.world} processes; one process drives all chips of a machine"
        )
    torch_xla = importlib.import_module("torch_xla")
    runtime = importlib.import_module("torch_xla.runtime")
    count = runtime.global_runtime_device_count()
    if count == 1:
        return XlaDevice(torch_xla.device(), precision, processes)
    runtime.use_spmd()
    spmd = importlib.import_module("torch_xla.distributed.spmd")
    mesh = spmd.Mesh(list(range(count)), (count,), ("data",))
    return XlaDevice(torch_xla.device(), precision, processes, mesh)
