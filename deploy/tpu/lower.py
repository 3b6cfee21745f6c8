"""Lower the step programs of a training run to StableHLO, without running them.

    PJRT_DEVICE=CPU .venv-xla/bin/python deploy/tpu/lower.py --out out/tpu/bfloat16 --precision bfloat16

One training step runs on a device that writes down what torch_xla has collected at the end of each phase instead of
computing it: generator, path lengths, discriminator, R1, and the moving average, each with its Adam update. The files
are what `compile.py` compiles for TPUs. Needs torch_xla 2.9 (tests/xla/environment.sh) and no accelerator.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
from pathlib import Path

import numpy as np
import torch
import torch_xla
import torch_xla.core.xla_model as xm
from torch import Tensor

from training import configs
from training.accelerators import select
from training.accelerators.xla import XlaDevice
from training.configs.options import TrainingOptions
from training.loop import phases
from training.loop.state import TrainingState, create

PHASES = ("Gmain", "PL", "Dmain", "R1", "EMA")  # in the order of a step in which all are due


def _tensors() -> list[Tensor]:
    return [item for item in gc.get_objects() if type(item) in (Tensor, torch.nn.Parameter) and item.is_xla]


def _is_collected(tensor: Tensor) -> bool:
    """Whether operations wait for this tensor, rather than that its values are there."""
    return "XLAData: None" in torch_xla._XLAC._get_xla_tensor_debug_info(tensor)


@dataclasses.dataclass(frozen=True)
class Recorder(XlaDevice):
    """A device that keeps each phase's program and goes on with zeros."""

    programs: list[bytes] = dataclasses.field(default_factory=list)

    def step_end(self) -> None:
        waiting = [tensor for tensor in _tensors() if _is_collected(tensor)]
        self.programs.append(xm.get_stablehlo_bytecode(waiting))
        for tensor in waiting:
            tensor.data = torch.zeros(tensor.shape, dtype=tensor.dtype).to(self.torch_device)


def _with_moments(state: TrainingState) -> None:
    """Give Adam its moments, which it otherwise makes in the first step."""
    for optimizer in (state.generator_optimizer, state.discriminator_optimizer):
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                moments = {name: torch.zeros_like(parameter) for name in ("exp_avg", "exp_avg_sq")}
                optimizer.state[parameter] = {"step": torch.tensor(16.0), **moments}


def lower(options: TrainingOptions) -> dict[str, bytes]:
    """The step's programs by phase, as portable StableHLO."""
    recorder = Recorder(
        **{f.name: getattr(select("xla", options.precision), f.name) for f in dataclasses.fields(XlaDevice)}
    )
    state = create(options, recorder)
    _with_moments(state)
    torch_xla.sync()
    state.step, state.images_seen = 0, 16 * options.batch
    generator = options.generator
    images = np.zeros((options.batch, generator.image_channels, generator.resolution, generator.resolution), np.uint8)
    labels = np.zeros((options.batch, generator.c_dim), np.float32)
    phases.train_on(state, recorder.staged(images), recorder.staged(labels), phases.Statistics())
    return dict(zip(PHASES, recorder.programs, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for one .stablehlo file per phase")
    parser.add_argument("--config", default="paper512", choices=configs.NAMES, help="default: %(default)s")
    parser.add_argument("--resolution", type=int, help="pixels; default: the configuration's")
    parser.add_argument("--batch", type=int, default=4, help="images per core; default: %(default)s")
    parser.add_argument("--precision", default="bfloat16", choices=["float32", "bfloat16"], help="default: %(default)s")
    arguments = parser.parse_args()
    options = configs.load(arguments.config)
    generator = dataclasses.replace(options.generator, resolution=arguments.resolution or options.generator.resolution)
    options = dataclasses.replace(
        options, generator=generator, batch=arguments.batch, precision=arguments.precision, ada_target=None
    )
    arguments.out.mkdir(parents=True, exist_ok=True)
    what = {"config": arguments.config, "resolution": generator.resolution, "batch": options.batch}
    what |= {"precision": options.precision}
    (arguments.out / "step.json").write_text(json.dumps(what) + "\n", encoding="utf-8")
    for phase, program in lower(options).items():
        path = arguments.out / f"{phase}.stablehlo"
        path.write_bytes(program)
        print(f"{path}: {len(program) / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
