"""These tests need torch_xla, which needs a torch of its own: `make test-xla` builds that environment and runs them."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path

import pytest
import torch

from tests.places import ROOT
from training import configs
from training.accelerators import Device, select
from training.configs.options import TrainingOptions
from training.data.prepare import PrepareOptions, prepare
from training.networks import GeneratorConfig

if importlib.util.find_spec("torch_xla") is None:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def xla() -> Device:
    """One CPU device, or CPU_NUM_DEVICES of them as one."""
    return select("xla", "float32")


@pytest.fixture(scope="session")
def options() -> TrainingOptions:
    """8x8, eight channels, batch 8, every phase within six steps: little for the compiler to do."""
    generator = GeneratorConfig(z_dim=8, w_dim=8, num_mapping_layers=1, resolution=8, channel_base=64, channel_max=8)
    return dataclasses.replace(
        configs.load("tiny"),
        generator=generator,
        batch=8,
        r1_interval=3,
        pl_interval=2,
        ada_interval=2,
        ada_initial=0.3,
        precision="float32",
    )


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared set of the four simulated mammograms at 8x8."""
    out = tmp_path_factory.mktemp("xla") / "data"
    prepare([ROOT / "tests" / "data" / "msynth"], out, PrepareOptions(resolution=8, test_fraction=0.0))
    return out
