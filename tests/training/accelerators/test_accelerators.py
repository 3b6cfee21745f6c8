"""Choosing a device: what is there opens, what is not there says so; random streams survive a move."""

from __future__ import annotations

import importlib.util
import platform
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from mammoganesis.errors import ConfigurationError
from training.accelerators import Device, select, tpu
from training.accelerators.processes import Processes

without_torch_xla = pytest.mark.skipif(importlib.util.find_spec("torch_xla") is not None, reason="torch_xla is here")
without_torch_tpu = pytest.mark.skipif(importlib.util.find_spec("torch_tpu") is not None, reason="torch_tpu is here")
without_cuda = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")


def message(name: str, precision: str = "float32") -> str:
    with pytest.raises(ConfigurationError) as error:
        select(name, precision)
    return str(error.value)


@pytest.mark.parametrize("name", ["gpu", "", "cpu:0", "tpu:1", "xla:0", "cuda:", "cuda:-1", "cuda:first"])
def test_unknown_names_are_refused(name: str) -> None:
    assert message(name) == f"--device is {name!r}; allowed are auto, cpu, cuda, cuda:N, tpu and xla"


def test_an_unknown_precision_is_refused() -> None:
    assert message("cpu", "int8") == "--precision is 'int8'; allowed are float32, bfloat16, float16"


@without_cuda
@pytest.mark.parametrize("name", ["cuda", "cuda:0"])
def test_without_a_gpu_cuda_says_so(name: str) -> None:
    assert "sees no CUDA device" in message(name)


@without_torch_tpu
def test_without_torch_tpu_the_error_says_what_to_install() -> None:
    assert message("tpu") == "--device is 'tpu', but torch_tpu is not installed: pip install 'mammoganesis[tpu]'"


@without_torch_xla
def test_without_torch_xla_the_error_says_where_to_read() -> None:
    assert "torch_xla is not installed; it needs torch 2.9" in message("xla")


def test_tpus_know_no_float16() -> None:
    assert message("tpu", "float16") == "--precision is 'float16'; on a TPU allowed are float32 and bfloat16"


@pytest.mark.parametrize(("device", "found"), [("0x0027", True), ("0x0063", False)])
def test_a_tpu_that_torch_tpu_does_not_know_is_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, found: bool
) -> None:
    slot = tmp_path / "0000:00:04.0"
    slot.mkdir()
    (slot / "vendor").write_text("0x1ae0\n")
    (slot / "device").write_text(f"{device}\n")
    (tmp_path / "0000:00:05.0").mkdir()  # a device whose files cannot be read
    monkeypatch.setattr(tpu, "PCI_DEVICES", tmp_path)
    assert tpu.has_v2_or_v3() is found
    monkeypatch.setattr(tpu, "is_available", lambda: False)
    assert ("take --device xla" in message("tpu")) is found


@without_cuda
def test_auto_falls_back_to_the_cpu() -> None:
    device = select("auto", "float32")
    assert device.torch_device == torch.device("cpu")
    assert (device.rank, device.world, device.is_main) == (0, 1, True)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"WORLD_SIZE": "2"}, "RANK and LOCAL_RANK not"),
        ({"WORLD_SIZE": "2", "RANK": "2", "LOCAL_RANK": "0"}, "RANK is '2'; it must be 0 to 1"),
        ({"WORLD_SIZE": "many", "RANK": "0", "LOCAL_RANK": "0"}, "WORLD_SIZE is 'many'"),
    ],
)
def test_a_broken_launch_is_refused(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert expected in message("cpu")


def test_images_are_scaled_to_minus_one_and_one() -> None:
    device, pixels = select("cpu", "float32"), np.array([0, 255], dtype=np.uint8).reshape(1, 1, 1, 2)
    assert device.images(device.staged(pixels)).flatten().tolist() == [-1.0, 1.0]


@pytest.mark.parametrize(("precision", "dtype"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_autocast_is_for_the_chosen_precision(precision: str, dtype: torch.dtype) -> None:
    x = torch.ones(2, 2)
    with select("cpu", precision).autocast():
        assert (x @ x).dtype == dtype


def of_rank(rank: int) -> Device:
    return Device(torch.device("cpu"), "float32", Processes(rank, 4))


def test_every_rank_has_its_own_stream() -> None:
    drawn = set()
    for rank in range(4):
        of_rank(rank).seed(3)
        drawn.add(float(torch.rand(())))
    assert len(drawn) == 4
    torch.manual_seed(3)
    assert float(torch.rand(())) in drawn  # rank 0 draws what a single process draws


def test_random_states_come_back() -> None:
    device = select("cpu", "float32")
    device.seed(1)
    states = device.gather_random_states()
    expected = torch.rand(3)
    device.restore_random_state(states)
    assert torch.equal(torch.rand(3), expected)


def test_a_rank_that_was_not_there_gets_a_new_stream() -> None:
    """A run of one process goes on with two, or on another kind of device."""
    device = select("cpu", "float32")
    device.seed(1)
    states = device.gather_random_states()
    drawn = []
    for rank in (0, 1, 1, 2):
        of_rank(rank).restore_random_state(states)
        drawn.append(float(torch.rand(())))
    assert drawn[1] == drawn[2]
    assert len(set(drawn)) == 3


def _faults(keep: bool) -> int:
    """Pages that the system cleared while a process made and freed eight feature maps of 64 MiB."""
    program = f"""
import resource, torch
from training.accelerators import select
{"select('cpu', 'float32')" if keep else ""}
def step():
    return torch.ones(16, 1024, 1024).sum()
for _ in range(32):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(8):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    return int(run.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_a_cpu_keeps_the_memory_of_its_feature_maps() -> None:
    pages = 8 * 64 * 2**20 // resource.getpagesize()
    assert _faults(keep=False) > pages // 2
    assert _faults(keep=True) < pages // 20
