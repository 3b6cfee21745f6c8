"""With the kernels a step launches less and moves less; the phases go through with what the kernels say of shapes."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from tests.places import ROOT
from training.configs.options import TrainingOptions
from training.networks.generator_config import GeneratorConfig

SMALL = GeneratorConfig(z_dim=8, w_dim=8, num_mapping_layers=1, resolution=8, channel_base=256, channel_max=32)


@pytest.fixture
def traffic(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "bench")
    return importlib.import_module("traffic")


def test_kernels_take_away_launches_and_bytes_of_every_phase(traffic: ModuleType) -> None:
    # Images are many, so that the maps outweigh the filters, as in a large network.
    options = TrainingOptions(generator=SMALL, batch=256, precision="bfloat16", ada_target=None)
    plain, ours = traffic.count(options, False), traffic.count(options, True)
    assert list(plain) == list(ours) == list(traffic.PHASES)
    for phase in traffic.PHASES[:-1]:
        assert ours[phase].launches < 0.9 * plain[phase].launches, phase
        assert ours[phase].beside < 0.8 * plain[phase].beside, phase
        # Convolutions are the same ones.
        assert ours[phase].bytes - ours[phase].beside == plain[phase].bytes - plain[phase].beside, phase
    step = traffic.per_step(options, plain)
    assert step.launches == pytest.approx(
        sum(plain[phase].launches * rate for phase, rate in zip(traffic.PHASES, (1, 1 / 4, 1, 1 / 16, 1), strict=True)),
        abs=1,
    )
