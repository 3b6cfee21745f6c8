"""One step does what it says; the averaged generator and the augmentation probability follow their formulas."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
import torch

from training import loop, state
from training.accelerators import select
from training.data.dataset import Dataset
from training.errors import ConfigurationError
from training.options import TrainingOptions
from training.state import TrainingState


def fresh(options: TrainingOptions, **changes: object) -> TrainingState:
    options = dataclasses.replace(options, **changes)
    return state.create(options, select("cpu", options.precision))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_steps_change_both_networks_and_stay_finite(
    tiny_options: TrainingOptions, tiny_data: Path, precision: str
) -> None:
    s, statistics = fresh(tiny_options, precision=precision), loop.Statistics()
    before = {k: v.clone() for k, v in s.generator.state_dict().items()}
    before_d = {k: v.clone() for k, v in s.discriminator.state_dict().items()}
    for _ in range(4):
        loop.train_step(s, Dataset(tiny_data), statistics)
    assert (s.step, s.images_seen) == (4, 16)
    means = statistics.read()
    assert means.keys() == {"loss_g", "loss_d", "real_sign", "path_length", "r1"}
    assert all(math.isfinite(v) for v in means.values())
    still = [k for k, v in s.generator.named_parameters() if torch.equal(before[k], v)]
    assert still == []
    assert [k for k, v in s.discriminator.named_parameters() if torch.equal(before_d[k], v)] == []
    assert all(v.dtype == torch.float32 for v in s.generator.parameters())
    assert not torch.equal(before["mapping.w_avg"], s.generator.mapping.w_avg)


def test_only_the_discriminator_learns_during_the_warmup(tiny_options: TrainingOptions, tiny_data: Path) -> None:
    s = fresh(tiny_options, discriminator_warmup_kimg=0.008)  # two batches of four
    name, counts = "synthesis.b8.conv0.weight", []
    for _ in range(3):
        before, before_d = s.generator.get_parameter(name).clone(), s.discriminator.b4.out.weight.clone()
        loop.train_step(s, Dataset(tiny_data), loop.Statistics())
        assert not torch.equal(before_d, s.discriminator.b4.out.weight)
        counts.append(torch.equal(before, s.generator.get_parameter(name)))
    assert counts == [True, True, False]


def test_lazy_regularisation_runs_at_its_intervals(tiny_options: TrainingOptions, tiny_data: Path) -> None:
    s, statistics = fresh(tiny_options, r1_interval=3, pl_interval=2), loop.Statistics()
    for _ in range(7):
        loop.train_step(s, Dataset(tiny_data), statistics)
    assert statistics.counts == {"loss_g": 7, "loss_d": 7, "real_sign": 7, "path_length": 4, "r1": 3}


def test_adam_is_corrected_for_lazy_regularisation(tiny_options: TrainingOptions) -> None:
    rates = {"generator_learning_rate": 0.001, "discriminator_learning_rate": 0.002}
    s = fresh(tiny_options, **rates, r1_interval=16, pl_interval=4)
    (group,) = s.discriminator_optimizer.param_groups
    assert math.isclose(group["lr"], 0.002 * 16 / 17)
    assert group["betas"] == (0.0, 0.99 ** (16 / 17))
    assert math.isclose(s.generator_optimizer.param_groups[0]["lr"], 0.001 * 4 / 5)


@pytest.mark.parametrize(("images_seen", "half_life"), [(10_000, 500.0), (10_000_000, 2000.0)])
def test_moving_average(tiny_options: TrainingOptions, images_seen: int, half_life: float) -> None:
    s = fresh(tiny_options, ema_kimg=2.0, ema_rampup=0.05)
    s.images_seen = images_seen
    name = "synthesis.b8.conv0.weight"
    old = s.generator_ema.get_parameter(name).clone()
    with torch.no_grad():
        s.generator.get_parameter(name).add_(1.0)
        s.generator.mapping.w_avg.fill_(3.0)
    loop.update_ema(s)
    moved = 1 - 0.5 ** (s.options.batch / half_life)
    torch.testing.assert_close(s.generator_ema.get_parameter(name), old + moved, rtol=0, atol=1e-5)
    assert torch.equal(s.generator_ema.mapping.w_avg, s.generator.mapping.w_avg)


def test_augmentation_probability_follows_the_signs(tiny_options: TrainingOptions) -> None:
    s = fresh(tiny_options, ada_initial=0.5, ada_interval=2, ada_kimg=1.0, batch=4, ada_target=0.6, ada_maximum=0.51)
    s.sign_sum.fill_(2 * 0.2)  # mean sign 0.2: too hard for the discriminator
    loop.adjust_augmentation(s)
    assert math.isclose(float(s.augment.p), 0.5 - 4 * 2 / 1000, rel_tol=1e-5)
    assert float(s.sign_sum) == 0
    for _ in range(9):
        s.sign_sum.fill_(2 * 0.9)
        loop.adjust_augmentation(s)
    assert math.isclose(float(s.augment.p), 0.51, rel_tol=1e-5)
    for _ in range(99):
        s.sign_sum.fill_(-2)
        loop.adjust_augmentation(s)
    assert float(s.augment.p) == 0


def test_without_a_target_nothing_is_augmented(tiny_options: TrainingOptions, tiny_data: Path) -> None:
    s = fresh(tiny_options, ada_target=None)
    for _ in range(4):
        loop.train_step(s, Dataset(tiny_data), loop.Statistics())
    assert float(s.augment.p) == 0


def test_gradients_that_are_not_finite_do_no_harm(tiny_options: TrainingOptions) -> None:
    s = fresh(tiny_options)
    for parameter in s.generator.parameters():
        parameter.grad = torch.full_like(parameter, math.nan)
    loop._update(s.generator, s.generator_optimizer)
    assert all(torch.isfinite(p).all() for p in s.generator.parameters())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("batch", 0),
        ("batch", 6),
        ("r1_gamma", -1.0),
        ("style_mixing", 1.5),
        ("ada_kimg", 0.0),
        ("precision", "float16"),
    ],
)
def test_impossible_options_are_refused(tiny_options: TrainingOptions, field: str, value: object) -> None:
    changes = {field: value, "mbstd_group": 4}
    with pytest.raises(ConfigurationError, match=f"{field} is "):
        dataclasses.replace(tiny_options, **changes)  # type: ignore[arg-type]


def test_options_survive_json(tiny_options: TrainingOptions) -> None:
    values = tiny_options.to_dict()
    assert TrainingOptions.from_dict(values) == tiny_options
    with pytest.raises(ConfigurationError, match="unknown training options: colour"):
        TrainingOptions.from_dict(values | {"colour": 1})
