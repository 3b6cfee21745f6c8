"""Processes started by torchrun exchange what `Device` says, over gloo. The loop on two: test_loop_processes.py."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from tests.places import ROOT
from training.accelerators import Device, select
from training.loop import losses
from training.networks import Discriminator, DiscriminatorConfig

WORLD, BATCH = 2, 8


def network(seed: int) -> Discriminator:
    torch.manual_seed(seed)
    config = DiscriminatorConfig(resolution=8, channel_base=64, channel_max=8, mbstd_group=1)
    return Discriminator(config).to(memory_format=torch.channels_last)


def backward(discriminator: nn.Module, device: Device) -> None:
    """Loss and R1 on this rank's rows of a batch that all ranks know."""
    images = torch.randn(BATCH, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    real = images.chunk(device.world)[device.rank]
    penalty = losses.gradient_penalty(discriminator, real)
    (losses.discriminator_loss_real(discriminator(real)) + penalty).backward()


def note_threads(file: Path) -> None:
    """Names of this process' threads, as the kernel has them."""
    file.write_text("\n".join(one.joinpath("comm").read_text().strip() for one in Path("/proc/self/task").iterdir()))


def child() -> None:
    """What each of the processes does; the main one writes what it found."""
    torch.set_num_threads(1)
    atexit.register(note_threads, Path(f"{sys.argv[1]}.threads{os.environ['RANK']}"))  # after all that comes later
    device = select("cpu", "float32")
    assert (device.world, device.is_main) == (WORLD, device.rank == 0)
    discriminator = network(seed=device.rank)
    device.broadcast(discriminator)
    backward(discriminator, device)
    device.reduce_gradients(discriminator.parameters())
    torch.optim.Adam(discriminator.parameters())  # whose imports hold a group that is there
    assert device.any_rank(device.rank == 1)
    assert not device.any_rank(False)
    mean = device.reduce_mean(torch.tensor(float(device.rank)))
    device.seed(7)
    states = device.gather_random_states()
    drawn = torch.rand(4)
    device.restore_random_state(states)
    assert torch.equal(torch.rand(4), drawn)
    device.barrier()
    found = {name: p.grad.contiguous() for name, p in discriminator.named_parameters() if p.grad is not None}
    other = device.reduce_mean(drawn) * WORLD - drawn
    if device.is_main:
        save_file(found | states | {"mean": mean, "drawn": drawn, "drawn by the other": other}, sys.argv[1])


def test_two_processes_of_torchrun(tmp_path: Path) -> None:
    out = tmp_path / "found.safetensors"
    script = tmp_path / "child.py"
    script.write_text("from tests.training.run.test_distributed import child\n\nchild()\n")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(WORLD)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    result = subprocess.run(
        [*command, str(script), str(out)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=250
    )
    assert result.returncode == 0, result.stderr
    found = load_file(out)
    for rank in range(WORLD):  # a thread that outlives its group may abort a process that ends
        assert "gloo" not in Path(f"{out}.threads{rank}").read_text()

    alone = network(seed=0)  # the values of rank 0
    backward(alone, select("cpu", "float32"))
    for name, parameter in alone.named_parameters():
        assert parameter.grad is not None
        torch.testing.assert_close(found[name], parameter.grad, rtol=1e-4, atol=1e-6, msg=name)
    assert found["mean"] == 0.5
    assert {"cpu", "rank1/cpu"} <= found.keys()
    torch.manual_seed(7)
    assert torch.equal(found["drawn"], torch.rand(4))
    assert not torch.allclose(found["drawn by the other"], found["drawn"])
