"""Fixtures of the training tests: NVIDIA's golden vectors, a tiny data set, tiny options."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.places import GOLDEN, MSYNTH
from tests.support.real_data import real_mammograms
from training import configs
from training.accelerators import Device, select
from training.configs.options import TrainingOptions
from training.data import pseudonyms
from training.data.prepare import PrepareOptions, prepare
from training.networks import Discriminator, DiscriminatorConfig, Generator, GeneratorConfig

if not torch.cuda.is_available():
    os.environ.setdefault("TRITON_INTERPRET", "1")  # before anything imports Triton; without a GPU it does nothing else


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture(scope="session", autouse=True)
def _key_of_pseudonyms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where no key is asked for, one of the tests' own and not that of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pseudonyms, "DEFAULT_FILE", str(tmp_path_factory.mktemp("key") / "pseudonym.key"))
        pseudonyms.key_of(None, Path("set"))  # there already, so that no test is the one that is told of it
        yield


@pytest.fixture(scope="session")
def golden() -> dict[str, Tensor]:
    """What NVIDIA's reference computes; see tests/data/golden."""
    with np.load(GOLDEN, allow_pickle=False) as file:
        return {name: torch.from_numpy(file[name]) for name in file.files}


def _part(golden: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in golden.items() if name.startswith(prefix)}


@pytest.fixture
def golden_generator(golden: dict[str, Tensor]) -> Generator:
    config = GeneratorConfig(z_dim=96, w_dim=96, num_mapping_layers=8, resolution=32, channel_base=1024, channel_max=48)
    generator = Generator(config)
    generator.load_state_dict(_part(golden, "G/"))
    return generator


@pytest.fixture
def golden_discriminator(golden: dict[str, Tensor]) -> Discriminator:
    discriminator = Discriminator(DiscriminatorConfig(resolution=32, channel_base=1024, channel_max=48))
    discriminator.load_state_dict(_part(golden, "D/"))
    return discriminator


@pytest.fixture(scope="session")
def tiny_options() -> TrainingOptions:
    """16x16, batch 4, every regularisation within four steps."""
    return dataclasses.replace(
        configs.load("tiny"), r1_interval=3, pl_interval=2, ada_interval=2, ada_initial=0.3, seed=5
    )


@pytest.fixture
def cpu() -> Device:
    return select("cpu", "float32")


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared set of the four simulated mammograms at 16x16."""
    out = tmp_path_factory.mktemp("tiny") / "data"
    prepare([MSYNTH], out, PrepareOptions(resolution=16, test_fraction=0.0))
    return out


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real mammograms, which are not in the repository."""
    return real_mammograms()
