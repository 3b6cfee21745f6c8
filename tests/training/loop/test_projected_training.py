"""The loop with a projected discriminator beside the own one."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest
import torch

from mammoganesis.errors import CheckpointError, ConfigurationError
from training.accelerators import Device, select
from training.checkpoints import checkpoint
from training.configs.names import Frozen
from training.configs.options import HeadOptions, TrainingOptions
from training.data.dataset import Dataset
from training.loop import beginning, phases, saving, state
from training.networks import lite0
from training.run.estimate import estimate
from training.run.options import resumed_options
from training.run.start import Beginning, start

HEADS = HeadOptions(input_size=32, width=4)
NEW = {"loss_g_projected", "loss_d_projected", "real_sign_projected"}


@pytest.fixture(scope="module")
def options(tiny_options: TrainingOptions) -> TrainingOptions:
    return dataclasses.replace(tiny_options, projected="lite0", heads=HEADS)


def fresh(options: TrainingOptions) -> state.TrainingState:
    return state.create(options, select("cpu", options.precision))


def heads_of(s: state.TrainingState) -> dict[str, torch.Tensor]:
    assert s.projected is not None
    return {name: value.clone() for name, value in s.projected.discriminator.state_dict().items()}


@pytest.mark.parametrize(
    ("loss", "precision"), [("logistic", "float32"), ("rpgan", "bfloat16"), ("logistic", "float16")]
)
def test_steps_train_the_heads_and_leave_the_frozen_network(
    options: TrainingOptions, tiny_data: Path, loss: str, precision: str
) -> None:
    s = fresh(dataclasses.replace(options, loss=loss, precision=precision, batch_per_device=2))  # type: ignore[arg-type]
    assert s.projected is not None
    before, frozen = heads_of(s), [buffer.clone() for buffer in s.projected.discriminator.network.buffers()]
    statistics = phases.Statistics()
    phases.train_step(s, Dataset(tiny_data), statistics)
    means = statistics.read()
    assert means.keys() >= NEW | {"loss_g", "loss_d", "real_sign"}
    assert all(math.isfinite(value) for value in means.values())
    same = {name for name, value in heads_of(s).items() if torch.equal(before[name], value)}
    trained = {name for name, _ in s.projected.discriminator.named_parameters() if not name.endswith("out.bias")}
    assert not same & trained  # the two halves of the hinge may cancel in that bias
    assert {name for name in before if name.startswith("mixing")} <= same
    assert all(torch.equal(a, b) for a, b in zip(frozen, s.projected.discriminator.network.buffers(), strict=True))


def test_its_gradient_is_added_to_the_generators(options: TrainingOptions, tiny_data: Path) -> None:
    """Gradients for weight 0, 1 and 2 lie on a line."""
    found = []
    for weight in (0.0, 1.0, 2.0):
        s = fresh(dataclasses.replace(options, heads=dataclasses.replace(HEADS, weight=weight)))
        real = s.device.images(torch.from_numpy(Dataset(tiny_data).batch(0, 4, 0)))
        s.discriminator.requires_grad_(False)
        kept: list[torch.Tensor] = []

        def keep(s: state.TrainingState, module: torch.nn.Module, optimizer: object, kept: list = kept) -> None:
            kept.extend(p.grad for p in module.parameters() if p.grad is not None)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(phases, "_update", keep)
            torch.manual_seed(3)
            phases._generator_step(s, real, None, phases.Statistics())
        found.append(torch.cat([gradient.flatten() for gradient in kept]))
    assert not torch.allclose(found[0], found[1], rtol=0.1)
    torch.testing.assert_close(found[2] - found[1], found[1] - found[0], rtol=1e-3, atol=1e-5)


def test_it_joins_after_its_warm_up(options: TrainingOptions, tiny_data: Path) -> None:
    s = fresh(dataclasses.replace(options, projected_start=0.008))
    before, data, statistics = heads_of(s), Dataset(tiny_data), phases.Statistics()
    for _ in range(2):
        phases.train_step(s, data, statistics)
    assert all(torch.equal(value, heads_of(s)[name]) for name, value in before.items())
    assert not statistics.counts.keys() & NEW
    phases.train_step(s, data, statistics)
    assert [statistics.counts[name] for name in sorted(NEW)] == [1, 1, 1]
    assert any(not torch.equal(value, heads_of(s)[name]) for name, value in before.items())


@pytest.mark.parametrize("frozen", ["none", "lite0"])
def test_the_generator_waits_while_its_discriminators_learn(
    options: TrainingOptions, tiny_data: Path, frozen: Frozen
) -> None:
    s = fresh(dataclasses.replace(options, projected=frozen, generator_start=0.008))
    data, statistics = Dataset(tiny_data), phases.Statistics()

    def copied(module: torch.nn.Module) -> list[torch.Tensor]:
        return [value.detach().clone() for value in module.parameters()]

    def same(module: torch.nn.Module, before: list[torch.Tensor]) -> bool:
        return all(torch.equal(a, b) for a, b in zip(module.parameters(), before, strict=True))

    generator, average, discriminator = copied(s.generator), copied(s.generator_ema), copied(s.discriminator)
    heads = heads_of(s) if s.projected is not None else {}
    for _ in range(2):
        phases.train_step(s, data, statistics)
    assert same(s.generator, generator)
    assert same(s.generator_ema, average)
    assert not same(s.discriminator, discriminator)
    assert all(not torch.equal(value, heads_of(s)[name]) for name, value in heads.items() if name.endswith("weight"))
    assert not statistics.counts.keys() & {"loss_g", "loss_g_projected", "path_length"}
    phases.train_step(s, data, statistics)
    assert not same(s.generator, generator)
    assert statistics.counts["loss_g"] == 1


def test_a_run_resumes_exactly_and_its_checkpoints_do_not_hold_the_frozen_network(
    options: TrainingOptions, tiny_data: Path, tmp_path: Path
) -> None:
    options = dataclasses.replace(options, kimg=0.024, kimg_per_tick=0.012, snapshot_ticks=1, projected_start=0.004)
    place = select("cpu", "float32")
    start(options, tiny_data, tmp_path / "straight", place, report=lambda line: None)
    half = dataclasses.replace(options, kimg=0.012)
    start(half, tiny_data, tmp_path / "parts", place, report=lambda line: None)
    newest = checkpoint.resolve(tmp_path / "parts")
    resumed = resumed_options(newest, {"kimg": 0.024})
    assert resumed == options
    start(resumed, tiny_data, tmp_path / "parts", place, Beginning(resume=newest), report=lambda line: None)
    finished, straight = checkpoint.resolve(tmp_path / "parts"), checkpoint.resolve(tmp_path / "straight")
    for name in ("generator", "generator_ema", "discriminator", "projected", "optimizers", "random"):
        ours, theirs = checkpoint.read_tensors(finished, name), checkpoint.read_tensors(straight, name)
        assert ours.keys() == theirs.keys()
        assert [key for key in ours if not torch.equal(ours[key], theirs[key])] == [], name
    assert [k for k in checkpoint.read_tensors(finished, "projected") if not k.startswith(("heads.", "mixing."))] == []
    assert any(key.startswith("projected/heads.4.") for key in checkpoint.read_tensors(finished, "optimizers"))
    records = [json.loads(line) for line in (tmp_path / "parts" / "log.jsonl").read_text().splitlines()]
    assert records[-1].keys() >= NEW

    # Another run starts from its heads, or from fresh ones where there are none.
    other, trained = fresh(options), checkpoint.read_tensors(finished, "projected")
    assert f"{len(trained)} of {len(trained)} tensors of the heads" in beginning.initialize_from(other, finished)
    assert all(torch.equal(value, trained[name]) for name, value in heads_of(other).items())
    plain = saving.save(fresh(dataclasses.replace(options, projected="none", projected_start=0.0)), tmp_path / "plain")
    assert "fresh heads" in beginning.initialize_from(fresh(options), plain)
    with pytest.raises(CheckpointError, match="projected"):
        saving.restore(fresh(options), plain)


def test_checkpoints_from_before_it_can_be_read(options: TrainingOptions) -> None:
    values = dataclasses.replace(options, projected="none").to_dict()
    for name in ("projected", "projected_start", "heads"):
        del values[name]
    assert TrainingOptions.from_dict(values) == dataclasses.replace(options, projected="none", heads=HeadOptions())


def test_the_estimate_includes_it_whenever_it_joins(options: TrainingOptions) -> None:
    device = Device(torch.device("cpu"), "float32")
    options = dataclasses.replace(options, pl_weight=0.0, r1_gamma=0.0)
    alone = estimate(dataclasses.replace(options, projected="none"), device)
    both = estimate(dataclasses.replace(options, projected_start=0.5), device)
    by_name = {phase.name: phase.gflop for phase in alone.phases}
    more = {phase.name: phase.gflop - by_name[phase.name] for phase in both.phases}
    assert more["generator"] > 0
    assert more["discriminator"] > 0
    frozen = sum(buffer.nbytes for buffer in lite0.Lite0(lite0.load_weights()).buffers())
    assert (both.networks_gib - alone.networks_gib) * 2**30 > frozen
    assert both.optimizers_gib > alone.optimizers_gib
    assert "projected        heads" in str(both)
    assert "projected" not in str(alone)
    low = estimate(dataclasses.replace(options, precision="bfloat16"), Device(torch.device("cpu"), "bfloat16"))
    assert [phase.gflop for phase in low.phases] == [phase.gflop for phase in both.phases]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"projected": "lite9"}, "--projected is 'lite9'; allowed are none, lite0"),
        ({"projected": "none", "projected_start": 3.0}, "--projected-start is 3, but --projected is none"),
        ({"projected_start": -1.0}, "--projected-start is -1.0; it must lie between 0 and"),
    ],
)
def test_impossible_options_are_refused(options: TrainingOptions, changes: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        dataclasses.replace(options, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value"), [("input_size", 100), ("width", 0), ("blur", -0.5), ("weight", -1.0), ("learning_rate", 2)]
)
def test_impossible_heads_are_refused(field: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=f"heads.{field} is {value}"):
        HeadOptions(**{field: value})  # type: ignore[arg-type]
