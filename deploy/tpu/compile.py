"""Compile lowered step programs for TPUs that are not here, and read off memory and cost.

    .venv-tpu/bin/python deploy/tpu/compile.py out/tpu/bfloat16 --target v5e:2x2 --target v6e:2x2

libtpu compiles for a topology by its name, on any Linux machine. Each program is compiled for one core, without the
exchange of gradients. The figures are the compiler's: estimates, not measurements.

  temp     memory for activations and intermediate results, GiB per core
  held     memory of the program's inputs: parameters, Adam's moments, images, GiB
  TFLOP    operations of the program
  traffic  GiB that its operations read and write, most of it in the chip's memory
  ms       the longer of TFLOP at the core's peak and traffic at its bandwidth: a floor of this program's time
  XLA ms   the sum of the compiler's estimates per operation; those it has no estimate for count as nothing

Estimates are kept in estimates.jsonl beside the programs, and those that are there are not made again; a program takes
minutes. The last lines give images/s of a step with its lazy regularisation: Gmain + Dmain + EMA + PL/4 + R1/16.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.update(JAX_PLATFORMS="cpu", TPU_SKIP_MDS_QUERY="1")

import numpy as np
from jax._src import compiler
from jax._src.interpreters import mlir
from jax._src.lib import xla_client
from jax.experimental import topologies
from jaxlib.mlir.dialects import stablehlo

SHARES = {"Gmain": 1.0, "PL": 1 / 4, "Dmain": 1.0, "R1": 1 / 16, "EMA": 1.0}  # how often a program runs per step
# Google Cloud's documentation of system architectures: dense bfloat16 TFLOP/s, GB/s and GiB of a core.
CORES = {"v3": (61.5, 450.0, 16), "v4": (275.0, 1228.0, 32), "v5e": (197.0, 819.0, 16), "v6e": (918.0, 1640.0, 32)}


@dataclass(frozen=True)
class Estimate:
    """What the compiler says of one program on one core."""

    target: str  # such as v5e:2x2
    phase: str
    temp_gib: float
    held_gib: float
    tflop: float
    traffic_gib: float
    floor_ms: float
    xla_ms: float  # sum over the operations that have an estimate
    unknown: int  # operations without one
    compile_s: float


def estimate(path: Path, target: str) -> Estimate:
    """Compile one .stablehlo file for one core of a topology."""
    device = topologies.get_topology_desc(platform="tpu", topology_name=target).devices[0]
    context = mlir.make_ir_context()
    with context:
        module = stablehlo.deserialize_portable_artifact(context, path.read_bytes())
    options = compiler.get_compile_options(1, 1, device_assignment=np.array([[device.id]]))
    start = time.monotonic()
    executable = device.client.compile(module, xla_client._xla.DeviceList((device,)), options)
    seconds = time.monotonic() - start
    memory, cost = executable.get_compiled_memory_stats(), executable.cost_analysis()
    peak, bandwidth, _ = CORES[target.partition(":")[0]]
    # An operation without an estimate counts as -1 s in the sum.
    unknown = max(0, math.ceil(-cost["optimal_seconds"]))
    return Estimate(
        target,
        path.stem,
        memory.temp_size_in_bytes / 2**30,
        memory.argument_size_in_bytes / 2**30,
        cost["flops"] / 1e12,
        cost["bytes accessed"] / 2**30,
        1000 * max(cost["flops"] / (peak * 1e12), cost["bytes accessed"] / (bandwidth * 1e9)),
        1000 * (cost["optimal_seconds"] + unknown),
        unknown,
        seconds,
    )


COLUMNS = (("target", 10), ("phase", 7), ("temp", 7), ("held", 7), ("TFLOP", 8), ("traffic", 9), ("ms", 8))
COLUMNS += (("XLA ms", 9), ("unknown", 9), ("compile s", 11))


def _row(e: Estimate) -> str:
    return (
        f"{e.target:<10}{e.phase:<7}{e.temp_gib:>7.2f}{e.held_gib:>7.2f}{e.tflop:>8.3f}{e.traffic_gib:>9.1f}"
        f"{e.floor_ms:>8.1f}{e.xla_ms:>9.1f}{e.unknown:>9}{e.compile_s:>11.0f}"
    )


def summary(estimates: list[Estimate], batch: int) -> list[str]:
    """Images/s per core of each target whose programs are all there."""
    lines = []
    for target in dict.fromkeys(e.target for e in estimates):
        of_target = {e.phase: e for e in estimates if e.target == target}
        if of_target.keys() < SHARES.keys():
            continue
        floor = sum(share * of_target[phase].floor_ms for phase, share in SHARES.items())
        xla = sum(share * of_target[phase].xla_ms for phase, share in SHARES.items())
        memory = max(e.temp_gib + e.held_gib for e in of_target.values())
        lines.append(
            f"{target}: {batch * 1000 / floor:.1f} images/s per core by the floor, {batch * 1000 / xla:.1f} by XLA's "
            f"sum; most memory {memory:.1f} of {CORES[target.partition(':')[0]][2]} GiB"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="written by lower.py")
    parser.add_argument("--target", action="append", help="topology; default: v3:2x2, v5e:2x2 and v6e:2x2")
    parser.add_argument("--phase", action="append", choices=list(SHARES), help="default: all")
    arguments = parser.parse_args()
    targets = arguments.target or ["v3:2x2", "v5e:2x2", "v6e:2x2"]
    for target in targets:
        if target.partition(":")[0] not in CORES:
            sys.exit(f"target is {target!r}; the generation must be one of {', '.join(CORES)}")
    step = json.loads((arguments.folder / "step.json").read_text(encoding="utf-8"))
    print("programs of", ", ".join(f"{name} {value}" for name, value in step.items()), "(batch: images per core)")
    record = arguments.folder / "estimates.jsonl"
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    known = {(e.target, e.phase): e for e in (Estimate(**json.loads(line)) for line in lines)}
    print("".join(f"{name:<{width}}" if i < 2 else f"{name:>{width}}" for i, (name, width) in enumerate(COLUMNS)))
    wanted = [(target, phase) for target in targets for phase in arguments.phase or SHARES]
    for target, phase in wanted:
        if (target, phase) not in known:
            known[target, phase] = estimate(arguments.folder / f"{phase}.stablehlo", target)
            with record.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(known[target, phase])) + "\n")
        print(_row(known[target, phase]), flush=True)
    print(*summary([known[pair] for pair in wanted], step["batch"]), sep="\n")


if __name__ == "__main__":
    main()
