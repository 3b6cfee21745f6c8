"""One step does what it says; the averaged generator and the augmentation probability follow their formulas."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mammoganesis.errors import ConfigurationError
from training.accelerators import select
from training.configs.options import TrainingOptions
from training.data.dataset import Dataset
from training.loop import following, losses, phases, state
from training.loop.state import TrainingState


def fresh(options: TrainingOptions, **changes: object) -> TrainingState:
    options = dataclasses.replace(options, **changes)
    return state.create(options, select("cpu", options.precision))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_steps_change_both_networks_and_stay_finite(
    tiny_options: TrainingOptions, tiny_data: Path, precision: str
) -> None:
    s, statistics = fresh(tiny_options, precision=precision), phases.Statistics()
    before = {k: v.clone() for k, v in s.generator.state_dict().items()}
    before_d = {k: v.clone() for k, v in s.discriminator.state_dict().items()}
    for _ in range(4):
        phases.train_step(s, Dataset(tiny_data), statistics)
    assert (s.step, s.images_seen) == (4, 16)
    means = statistics.read()
    assert means.keys() == {"loss_g", "loss_d", "real_sign", "path_length", "r1"}
    assert all(math.isfinite(v) for v in means.values())
    still = [k for k, v in s.generator.named_parameters() if torch.equal(before[k], v)]
    assert still == []
    assert [k for k, v in s.discriminator.named_parameters() if torch.equal(before_d[k], v)] == []
    assert all(v.dtype == torch.float32 for v in s.generator.parameters())
    assert not torch.equal(before["mapping.w_avg"], s.generator.mapping.w_avg)


def test_lazy_regularisation_runs_at_its_intervals(tiny_options: TrainingOptions, tiny_data: Path) -> None:
    s, statistics = fresh(tiny_options, r1_interval=3, pl_interval=2), phases.Statistics()
    for _ in range(7):
        phases.train_step(s, Dataset(tiny_data), statistics)
    assert statistics.counts == {"loss_g": 7, "loss_d": 7, "real_sign": 7, "path_length": 4, "r1": 3}


def test_adam_is_corrected_for_lazy_regularisation(tiny_options: TrainingOptions) -> None:
    rates = {"generator_learning_rate": 0.001, "discriminator_learning_rate": 0.002}
    s = fresh(tiny_options, **rates, r1_interval=16, pl_interval=4)
    (group,) = s.discriminator_optimizer.param_groups
    assert math.isclose(group["lr"], 0.002 * 16 / 17)
    assert group["betas"] == (0.0, 0.99 ** (16 / 17))
    assert math.isclose(s.generator_optimizer.param_groups[0]["lr"], 0.001 * 4 / 5)


@pytest.mark.parametrize(
    ("images_seen", "rampup", "half_life"),
    [(10_000, 0.05, 500.0), (10_000_000, 0.05, 2000.0), (0, 0.0, 2000.0), (10_000, 0.0, 2000.0)],
)
def test_moving_average(tiny_options: TrainingOptions, images_seen: int, rampup: float, half_life: float) -> None:
    s = fresh(tiny_options, ema_kimg=2.0, ema_rampup=rampup)
    s.images_seen = images_seen
    name = "synthesis.b8.conv0.weight"
    old = s.generator_ema.get_parameter(name).clone()
    with torch.no_grad():
        s.generator.get_parameter(name).add_(1.0)
        s.generator.mapping.w_avg.fill_(3.0)
    following.update_ema(s)
    moved = 1 - 0.5 ** (s.options.batch / half_life)
    torch.testing.assert_close(s.generator_ema.get_parameter(name), old + moved, rtol=0, atol=1e-5)
    assert torch.equal(s.generator_ema.mapping.w_avg, s.generator.mapping.w_avg)


def test_augmentation_probability_follows_the_signs(tiny_options: TrainingOptions) -> None:
    s = fresh(tiny_options, ada_initial=0.5, ada_interval=2, ada_kimg=1.0, batch=4, ada_target=0.6, ada_maximum=0.51)
    s.sign_sum.fill_(2 * 0.2)  # mean sign 0.2: too hard for the discriminator
    following.adjust_augmentation(s)
    assert math.isclose(float(s.augment.p), 0.5 - 4 * 2 / 1000, rel_tol=1e-5)
    assert float(s.sign_sum) == 0
    for _ in range(9):
        s.sign_sum.fill_(2 * 0.9)
        following.adjust_augmentation(s)
    assert math.isclose(float(s.augment.p), 0.51, rel_tol=1e-5)
    for _ in range(99):
        s.sign_sum.fill_(-2)
        following.adjust_augmentation(s)
    assert float(s.augment.p) == 0


def test_without_a_target_nothing_is_augmented(tiny_options: TrainingOptions, tiny_data: Path) -> None:
    s = fresh(tiny_options, ada_target=None)
    for _ in range(4):
        phases.train_step(s, Dataset(tiny_data), phases.Statistics())
    assert float(s.augment.p) == 0


def test_gradients_that_are_not_finite_do_no_harm(tiny_options: TrainingOptions) -> None:
    s = fresh(tiny_options)
    for parameter in s.generator.parameters():
        parameter.grad = torch.full_like(parameter, math.nan)
    phases._update(s, s.generator, s.generator_optimizer)
    assert all(torch.isfinite(p).all() for p in s.generator.parameters())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("batch", 0),
        ("batch", 6),
        ("--gamma", -1.0),
        ("style_mixing", 1.5),
        ("ada_kimg", 0.0),
        ("precision", "float8"),
        ("loss", "wasserstein"),
        ("--batch-per-device", 8),
        ("--best-metric", "kid"),
    ],
)
def test_impossible_options_are_refused(tiny_options: TrainingOptions, field: str, value: object) -> None:
    name = {"--gamma": "r1_gamma"}.get(field, field.lstrip("-").replace("-", "_"))
    changes = {name: value, "mbstd_group": 4}
    with pytest.raises(ConfigurationError, match=f"{field} is "):
        dataclasses.replace(tiny_options, **changes)  # type: ignore[arg-type]


def test_options_survive_json(tiny_options: TrainingOptions) -> None:
    values = tiny_options.to_dict()
    assert TrainingOptions.from_dict(values) == tiny_options
    with pytest.raises(ConfigurationError, match="unknown training options: colour"):
        TrainingOptions.from_dict(values | {"colour": 1})


def _gradients_of(
    monkeypatch: pytest.MonkeyPatch, s: TrainingState, phase: Callable[[], None], module: torch.nn.Module
) -> dict[str, Tensor]:
    """What a phase hands to Adam; the parameters stay as they are."""
    found: dict[str, Tensor] = {}

    def keep(state: TrainingState, updated: torch.nn.Module, optimizer: torch.optim.Adam) -> None:
        assert updated is module
        found.update({name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None})
        module.zero_grad(set_to_none=True)

    torch.manual_seed(7)
    with monkeypatch.context() as patch:
        patch.setattr(phases, "_update", keep)
        phase()
    # The gradient of a noise strength depends on the noise, which is drawn per part.
    return {name: value for name, value in found.items() if "noise_strength" not in name}


@pytest.mark.parametrize("loss", ["logistic", "rpgan"])
def test_gradients_add_up_to_those_of_the_whole_batch(
    tiny_options: TrainingOptions, tiny_data: Path, monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    """Groups of one image: larger ones are other groups when a batch is split. Without augmentation: it is random."""
    options = {"batch": 8, "mbstd_group": 1, "ada_target": None, "pl_decay": 0.0, "pl_batch_shrink": 1, "loss": loss}
    whole, parts = fresh(tiny_options, **options), fresh(tiny_options, **options, batch_per_device=2)
    monkeypatch.setattr(losses, "path_noise", lambda images: torch.full_like(images, 1 / 16))
    real = whole.device.images(torch.from_numpy(Dataset(tiny_data).batch(0, 8, 0)))
    for name, phase in {
        "generator": lambda s: phases._generator_step(s, real, None, phases.Statistics()),
        "generator, path lengths": lambda s: phases._path_length_step(s, None, phases.Statistics()),
        "discriminator": lambda s: phases._discriminator_step(s, real, None, phases.Statistics()),
        "discriminator, penalties": lambda s: phases._gradient_penalty_step(s, real, None, phases.Statistics()),
    }.items():
        expected, actual = (
            _gradients_of(monkeypatch, s, partial(phase, s), getattr(s, name.partition(",")[0])) for s in (whole, parts)
        )
        assert expected.keys() == actual.keys()
        assert len(expected) > 10
        for key, value in expected.items():
            limit = 1e-4 * float(value.abs().max()) + 1e-7
            assert float((actual[key] - value).abs().max()) <= limit, (name, key)
    torch.testing.assert_close(parts.generator.mapping.w_avg, whole.generator.mapping.w_avg)
    torch.testing.assert_close(parts.sign_sum, whole.sign_sum)


def test_running_mean_path_length(tiny_options: TrainingOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    """It moves towards the mean length of the whole batch, however that is split."""
    lengths = torch.tensor([1.0, 2.0, 3.0, 6.0])
    for size in (0, 2):
        s = fresh(tiny_options, batch=4, batch_per_device=size, pl_batch_shrink=1, pl_decay=0.01)
        s.pl_mean.fill_(2.0)
        rest = iter(lengths.split(size or 4))
        monkeypatch.setattr(
            losses, "path_lengths", lambda images, ws, noise, rest=rest: next(rest) + 0 * images.sum(dim=(1, 2, 3))
        )
        statistics = phases.Statistics()
        phases._path_length_step(s, None, statistics)
        assert math.isclose(float(s.pl_mean), 2.0 + 0.01 * (3.0 - 2.0), rel_tol=1e-6)
        assert math.isclose(statistics.read()["path_length"], 3.0, rel_tol=1e-6)


@pytest.mark.parametrize(("world", "per_device", "expected"), [(1, 0, (16, 16)), (2, 0, (8, 8)), (4, 8, (4, 4))])
def test_shares(tiny_options: TrainingOptions, world: int, per_device: int, expected: tuple[int, int]) -> None:
    options = dataclasses.replace(tiny_options, batch=16, batch_per_device=per_device)
    assert options.share(world) == expected


def test_impossible_shares_are_refused(tiny_options: TrainingOptions) -> None:
    options = dataclasses.replace(tiny_options, batch=16, mbstd_group=4)
    with pytest.raises(ConfigurationError, match=r"batch is 16; split over 3 process\(es\)"):
        options.share(3)
    with pytest.raises(ConfigurationError, match="--batch-per-device is 12; it must divide the 16 images"):
        dataclasses.replace(options, batch_per_device=12).share(1)


def test_relativistic_training(tiny_options: TrainingOptions, tiny_data: Path) -> None:
    s, statistics = fresh(tiny_options, loss="rpgan"), phases.Statistics()
    for _ in range(4):
        phases.train_step(s, Dataset(tiny_data), statistics)
    counts = dict(statistics.counts)
    assert counts == {"loss_g": 4, "loss_d": 4, "real_sign": 4, "path_length": 2, "r1": 2, "r2": 2}
    means = statistics.read()
    assert all(math.isfinite(v) for v in means.values())
    assert -1 <= means["real_sign"] <= 1


def test_unknown_options_are_named(tiny_options: TrainingOptions) -> None:
    values = tiny_options.to_dict()
    assert TrainingOptions.from_dict(values) == tiny_options
    with pytest.raises(ConfigurationError, match="learning_speed"):
        TrainingOptions.from_dict(values | {"learning_speed": 2.0})
