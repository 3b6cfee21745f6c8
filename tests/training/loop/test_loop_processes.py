"""Two processes that exchange gradients do what one does with the whole batch, and resume exactly."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tests.places import ROOT
from training.accelerators import Device, select
from training.checkpoints import checkpoint
from training.configs.options import HeadOptions, TrainingOptions
from training.data.dataset import Dataset
from training.loop import losses, phases, saving, state
from training.networks import Generator
from training.run.start import Beginning, start


def one_step(options: TrainingOptions, data: Path, device: Device) -> dict[str, Tensor]:
    """What reaches Adam in the first step, if the codes of the whole batch are the same however it is split."""
    found: dict[str, Tensor] = {}
    phase = 0

    def draw(generator: Generator, count: int, *arguments: object) -> losses.Codes:
        nonlocal phase
        phase += 1
        z = torch.randn(count * device.world, generator.config.z_dim, generator=torch.Generator().manual_seed(phase))
        return losses.Codes(z[device.rank * count : (device.rank + 1) * count], None, None, None)

    def keep(s: state.TrainingState, module: torch.nn.Module, optimizer: torch.optim.Adam) -> None:
        device.reduce_gradients(module.parameters())
        gradients = {n: p.grad.clone() for n, p in module.named_parameters() if p.grad is not None}
        found.update({f"{phase}/{n}": value for n, value in gradients.items() if "noise_strength" not in n})
        module.zero_grad(set_to_none=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(losses, "draw_codes", draw)
        patch.setattr(losses, "path_noise", lambda images: torch.full_like(images, 1 / 16))
        patch.setattr(phases, "_update", keep)
        s = state.create(options, device)
        phases.train_step(s, Dataset(data), phases.Statistics())
    return found | {"w_avg": s.generator.mapping.w_avg, "pl_mean": s.pl_mean, "sign_sum": s.sign_sum}


def plain(options: TrainingOptions) -> TrainingOptions:
    """Without what would differ: groups across parts, augmentation, shifts."""
    return dataclasses.replace(options, batch=8, mbstd_group=1, ada_target=None, pl_batch_shrink=2, projected="none")


def child() -> None:
    """What each of the two processes does."""
    torch.set_num_threads(1)
    data, out, values = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    options = TrainingOptions.from_dict(values)
    device = select("cpu", "float32")
    found = one_step(plain(options), data, device)
    parameters = [0.0]
    for name, kimg in (("straight", 0.048), ("resumed", 0.024), ("resumed", 0.048)):
        place = out / name
        found_checkpoints = checkpoint.checkpoints_of(place)
        resume = found_checkpoints[-1] if found_checkpoints else None
        longer = dataclasses.replace(options, kimg=kimg)
        s = start(longer, data, place, device, Beginning(resume), report=lambda line: None)
        assert s.projected is not None
        values = [*s.generator.parameters(), *s.projected.discriminator.state_dict().values()]
        parameters += [float(value.detach().double().sum()) for value in values]
    means = device.reduce_mean(torch.tensor(parameters, dtype=torch.float64))
    assert means.tolist() == parameters  # the same networks on both
    if device.is_main:
        save_file({name: value.detach().contiguous() for name, value in found.items()}, out / "step.safetensors")


def test_two_processes(tiny_options: TrainingOptions, tiny_data: Path, tmp_path: Path) -> None:
    options = dataclasses.replace(
        tiny_options,
        batch=8,
        kimg_per_tick=0.024,
        snapshot_ticks=1,
        projected="lite0",
        heads=HeadOptions(input_size=32, width=4),
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = "from tests.training.loop.test_loop_processes import child; child()"
    command = [sys.executable, "-c", code, str(tiny_data), str(tmp_path), json.dumps(options.to_dict())]
    common = os.environ | {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    children = [
        subprocess.Popen(
            command, cwd=ROOT, env=common | {"RANK": rank, "LOCAL_RANK": rank}, stderr=subprocess.PIPE, text=True
        )
        for rank in ("0", "1")
    ]
    errors = [process.communicate(timeout=250)[1] for process in children]
    assert [process.returncode for process in children] == [0, 0], errors

    expected = one_step(plain(options), tiny_data, select("cpu", "float32"))
    actual = load_file(tmp_path / "step.safetensors")
    assert actual.keys() == expected.keys()
    assert {name.partition("/")[0] for name in actual} >= {"1", "2", "3"}  # generator, path lengths, discriminator
    for name, value in expected.items():
        limit = 1e-4 * float(value.detach().abs().max()) + 1e-7
        assert float((actual[name] - value).detach().abs().max()) <= limit, name

    straight, resumed = (checkpoint.resolve(tmp_path / name) for name in ("straight", "resumed"))
    assert checkpoint.read_content(straight) == checkpoint.read_content(resumed)
    for name in ("generator", "generator_ema", "discriminator", "projected", "optimizers", "random"):
        ours, theirs = checkpoint.read_tensors(straight, name), checkpoint.read_tensors(resumed, name)
        assert [key for key in ours if not torch.equal(ours[key], theirs[key])] == []
    assert checkpoint.read_tensors(straight, "random").keys() == {"cpu", "rank1/cpu"}
    alone = state.create(options, select("cpu", "float32"))
    assert "that of 2 process(es), now there are 1" in saving.restore(alone, straight)[0]
