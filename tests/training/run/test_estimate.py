"""The estimate of a run against the reference's counts, and against steps that really ran."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from training import configs
from training.accelerators import Device
from training.configs.options import TrainingOptions
from training.loop import phases as loop
from training.loop import state
from training.networks import GeneratorConfig
from training.run.estimate import GIB, Estimate, estimate

SMALL = TrainingOptions(
    generator=GeneratorConfig(z_dim=32, w_dim=32, num_mapping_layers=2, resolution=8, channel_base=256, channel_max=32),
    batch=8,
    kimg=100,
    precision="float32",
)
CPU = Device(torch.device("cpu"), "float32")


@pytest.fixture(scope="module")
def small() -> Estimate:
    return estimate(SMALL, CPU)


class SavedBytes(torch.autograd.graph.saved_tensors_hooks):
    """The most bytes that autograd holds for backward passes, every storage once, parameters left out."""

    def __init__(self, parameters: set[int]) -> None:
        super().__init__(self.pack, lambda held: held.tensor)
        self.parameters, self.held, self.now, self.peak = parameters, {}, 0, 0

    def pack(self, tensor: Tensor) -> Any:
        key = tensor.untyped_storage().data_ptr()
        if key not in self.parameters:
            self.held[key] = self.held.get(key, 0) + 1
            if self.held[key] == 1:
                self.now += tensor.untyped_storage().nbytes()
                self.peak = max(self.peak, self.now)
        return Held(tensor, key, self)


class Held:
    def __init__(self, tensor: Tensor, key: int, owner: SavedBytes) -> None:
        self.tensor, self.key, self.owner = tensor, key, owner

    def __del__(self) -> None:
        if self.key in self.owner.held:
            self.owner.held[self.key] -= 1
            if self.owner.held[self.key] == 0:
                del self.owner.held[self.key]
                self.owner.now -= self.tensor.untyped_storage().nbytes()


@dataclass(frozen=True)
class WatchedDevice(Device):
    saved: list[SavedBytes] = field(default_factory=list)
    phases: list[int] = field(default_factory=list)

    def step_end(self) -> None:
        saved = self.saved[0]
        self.phases.append(saved.peak)
        saved.peak = saved.now


def test_the_papers_networks_cost_what_the_reference_counted() -> None:
    """Counted by dispatch over another implementation: 120, 125; 610, 720, 867, 749; 1614 GFLOP per real image."""
    options = dataclasses.replace(configs.load("paper512"), batch=4, precision="float32", pl_batch_shrink=2)
    found = estimate(options, Device(torch.device("xla"), "float32"))
    assert found.generator_gflop == pytest.approx(120, rel=0.01)
    assert found.discriminator_gflop == pytest.approx(125, rel=0.01)
    assert [phase.gflop for phase in found.phases] == pytest.approx([610, 720, 867, 749], rel=0.01)
    assert found.gflop == pytest.approx(1614, rel=0.01)
    assert (found.generator_parameters, found.discriminator_parameters) == pytest.approx((30.27e6, 28.98e6), rel=1e-3)
    assert found.networks_gib == pytest.approx((2 * 30.27e6 + 28.98e6) * 4 / GIB, rel=0.05)  # and the noise maps
    assert found.optimizers_gib == pytest.approx((30.27e6 + 28.98e6) * 8 / GIB, rel=0.01)
    assert found.hours is None
    assert "not known" in str(found)


def test_a_real_step_computes_and_holds_what_was_estimated(small: Estimate) -> None:
    device = WatchedDevice(torch.device("cpu"), "float32")
    training = state.create(SMALL, device)
    networks = (training.generator, training.discriminator, training.generator_ema)
    saved = SavedBytes({p.untyped_storage().data_ptr() for network in networks for p in network.parameters()})
    device.saved.append(saved)
    arrays = torch.zeros(8, 1, 8, 8, dtype=torch.uint8), torch.zeros(8, 0)
    with saved:
        loop.train_on(training, *arrays, loop.Statistics())
    for phase, peak in zip(small.phases, device.phases, strict=False):
        # Beside what autograd holds there are gradients and the tensors in flight.
        assert peak / GIB <= phase.memory_gib <= 2.5 * peak / GIB, phase.name

    # torch's own counter does not get along with gradients of leaves, so without the lazy phases.
    training.options = dataclasses.replace(SMALL, pl_weight=0.0, r1_gamma=0.0)
    with FlopCounterMode(display=False) as counter:
        loop.train_on(training, *arrays, loop.Statistics())
    generator, _, discriminator, _ = small.phases
    assert counter.get_total_flops() / 8e9 == pytest.approx(generator.gflop + discriminator.gflop)

    stored = {t.untyped_storage().data_ptr(): t.nbytes for m in networks for t in m.state_dict().values()}
    assert small.networks_gib == pytest.approx(sum(stored.values()) / GIB, rel=0.01)
    moments = [
        value.nbytes
        for optimizer in (training.generator_optimizer, training.discriminator_optimizer)
        for values in optimizer.state.values()
        for value in values.values()
    ]
    assert small.optimizers_gib == pytest.approx(sum(moments) / GIB, rel=0.01)


def test_memory_follows_precision_and_accumulation(small: Estimate) -> None:
    half = estimate(dataclasses.replace(SMALL, precision="bfloat16"), Device(torch.device("cpu"), "bfloat16"))
    assert half.gflop == pytest.approx(small.gflop)
    assert half.phases[0].memory_gib < 0.75 * small.phases[0].memory_gib
    parts = estimate(dataclasses.replace(SMALL, batch=16, batch_per_device=4), CPU)
    assert parts.gflop == pytest.approx(small.gflop)
    assert parts.phases[0].memory_gib < 0.7 * small.phases[0].memory_gib
    assert (parts.share, parts.micro) == (16, 4)


def test_the_relativistic_loss_pays_for_pairs_and_for_r2(small: Estimate) -> None:
    pairs = estimate(dataclasses.replace(SMALL, loss="rpgan"), CPU)
    assert pairs.phases[-1].name == "R1 and R2"
    assert pairs.phases[-1].gflop > 2 * small.phases[-1].gflop  # two penalties and the fakes
    assert pairs.phases[0].gflop == pytest.approx(small.phases[0].gflop + small.discriminator_gflop, rel=0.01)


@pytest.mark.parametrize(("name", "expected"), [("NVIDIA A100-SXM4-80GB", 312e3 * 0.13), ("Unheard-of 9", None)])
def test_the_speed_of_a_gpu_is_a_share_of_its_peak(
    small: Estimate, monkeypatch: pytest.MonkeyPatch, name: str, expected: float | None
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: name)
    options = dataclasses.replace(SMALL, precision="bfloat16", pl_weight=0.0, r1_gamma=0.0)
    found = estimate(options, Device(torch.device("cuda"), "bfloat16"))
    assert [phase.name for phase in found.phases] == ["generator", "discriminator"]
    if expected is None:
        assert found.images_per_second is None
        assert "Unheard-of 9" in str(found)
    else:
        assert found.images_per_second == pytest.approx(expected / found.gflop)
        assert found.hours == pytest.approx(100_000 / (expected / found.gflop) / 3600)
        assert "an estimate: 13%" in str(found)


def test_speed_is_measured_when_asked_and_the_text_is_short(small: Estimate) -> None:
    measured = estimate(configs.load("tiny"), CPU, steps=1)
    assert measured.images_per_second is not None
    assert measured.images_per_second > 0
    assert "measured over 1 step(s)" in measured.describe()
    assert "1d 03h for 100 kimg" in dataclasses.replace(small, images_per_second=1.0).describe()
    assert "an estimate" in small.describe()
    assert 12 <= len(small.describe().splitlines()) <= 18
    assert max(map(len, small.describe().splitlines())) <= 120
