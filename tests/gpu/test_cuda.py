"""What only a card can show: training and inference on CUDA against the CPU. `make gpu-check` runs these."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from mammoganesis.errors import ConfigurationError
from tests.places import DEMO_BUNDLE
from training.accelerators import Device, select
from training.accelerators.kernels import choice
from training.configs.options import Precision, TrainingOptions
from training.loop import phases, saving, state
from training.metrics import judges
from training.networks.generator_config import GeneratorConfig

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device on this machine")

CONFIG = GeneratorConfig(z_dim=64, w_dim=64, num_mapping_layers=2, resolution=64, channel_base=2048, channel_max=64)
BATCH = 8


def options(precision: Precision = "float32") -> TrainingOptions:
    return TrainingOptions(generator=CONFIG, batch=BATCH, precision=precision, r1_gamma=1.0, loss="rpgan")


def images() -> Tensor:
    return torch.from_numpy(np.random.default_rng(3).integers(0, 256, (BATCH, 1, 64, 64), dtype=np.uint8))


def moved(device: Device, precision: Precision) -> state.TrainingState:
    """The networks that the CPU makes of the seed, on a device."""
    source = state.create(options(), select("cpu", "float32"))
    training = state.create(options(precision), device)
    training.generator.load_state_dict(source.generator.state_dict())
    training.discriminator.load_state_dict(source.discriminator.state_dict())
    return training


def derivatives(training: state.TrainingState) -> dict[str, Tensor]:
    """Gradients of path lengths and of R1 in every weight, without anything random."""
    ws = torch.from_numpy(np.random.default_rng(4).standard_normal((BATCH, CONFIG.num_ws, 64), dtype=np.float32))
    ws = ws.to(training.device.torch_device).requires_grad_(True)
    with phases._precision(training):
        image = training.generator.synthesis(ws, "const")
    (gradient,) = torch.autograd.grad(image.sum() / 64, ws, create_graph=True)
    gradient.square().sum().backward()
    penalty = phases._gradient_penalty(dataclasses.replace(training, augment=_unchanged), image.detach(), None)
    penalty.backward()
    networks = {"G": training.generator.synthesis, "D": training.discriminator}
    return {
        f"{network}/{name}": parameter.grad.float().cpu()
        for network, module in networks.items()
        for name, parameter in module.named_parameters()
        if name.endswith("weight") and parameter.grad is not None and parameter.grad.any()
    }


def _unchanged(image: Tensor) -> Tensor:
    return image


@pytest.mark.parametrize(("precision", "limit"), [("float32", 1e-3), ("bfloat16", 0.25), ("float16", 0.1)])
def test_second_derivatives_are_those_of_the_cpu(precision: Precision, limit: float) -> None:
    exact = derivatives(moved(select("cpu", "float32"), "float32"))
    found = derivatives(moved(select("cuda", precision), precision))
    assert found.keys() == exact.keys()
    errors = {name: float((found[name] - value).norm() / value.norm()) for name, value in exact.items()}
    worst = max(errors, key=errors.__getitem__)
    assert errors[worst] < limit, (worst, errors[worst])


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_steps_stay_finite_and_change_every_parameter(precision: Precision) -> None:
    training, statistics = moved(select("cuda", precision), precision), phases.Statistics()
    before = [parameter.clone() for parameter in training.generator.parameters()]
    for _ in range(20):
        phases.train_on(training, images(), torch.zeros(BATCH, 0), statistics)
    assert all(np.isfinite(value) for value in statistics.read().values())
    assert not any(map(torch.equal, before, training.generator.parameters()))


def test_a_checkpoint_goes_on_with_the_same_moments_and_streams(tmp_path: Path) -> None:
    first = moved(select("cuda", "float32"), "float32")
    for _ in range(2):
        phases.train_on(first, images(), torch.zeros(BATCH, 0), phases.Statistics())
    folder = saving.save(first, tmp_path)
    second = state.create(options(), select("cuda", "float32"))
    assert saving.restore(second, folder) == []
    for one, other in zip(
        first.generator_optimizer.state.values(), second.generator_optimizer.state.values(), strict=True
    ):
        assert one["step"].device == other["step"].device
        assert torch.equal(one["exp_avg_sq"], other["exp_avg_sq"])
    assert torch.equal(torch.cuda.get_rng_state(), first.device.random_state()["cuda"])
    for training in (first, second):
        torch.manual_seed(5)
        phases.train_on(training, images(), torch.zeros(BATCH, 0), phases.Statistics())
    for one, other in zip(first.generator.parameters(), second.generator.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


def test_the_demo_bundles_golden_cases_hold_on_cuda() -> None:
    """Opening holds the networks against the golden cases."""
    from mammoganesis.bundle import sessions
    from mammoganesis.bundle.loading import load_bundle
    from mammoganesis.bundle.runtimes import CUDA
    from services.process.config import Config
    from services.rendering.choice import open_networks

    if not sessions.has_cuda():
        pytest.skip("this ONNX Runtime offers no CUDA")
    config = Config(bundle=DEMO_BUNDLE, execution_provider="cuda", synthesis_precision="float32")
    assert open_networks(load_bundle(DEMO_BUNDLE), config).synthesis.provider == CUDA


@pytest.mark.parametrize("name", judges.NAMES)
def test_the_built_in_extractors_see_on_the_card_what_they_see_on_the_cpu(name: str) -> None:
    card = select("cuda", "float32").torch_device
    pictures = torch.rand(4, 1, 64, 64, generator=torch.Generator().manual_seed(6)) * 255
    try:
        expected, found = (judges.open_judge(name, 64, device)(pictures) for device in ("cpu", card))
    except ConfigurationError as error:
        pytest.skip(str(error))
    assert found.device.type == "cpu"
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))


def test_batches_are_read_into_page_locked_memory() -> None:
    device = select("cuda", "float32")
    staged = [device.staged(np.full((BATCH, 1, 64, 64), value, np.uint8)) for value in range(8)]
    assert all(tensor.is_pinned() for tensor in staged)
    uploaded = []
    while staged:  # each goes as soon as its copy is queued; its memory must not be written to before
        uploaded.append(device.upload(staged.pop(0)))
        device.staged(np.full((BATCH, 1, 64, 64), 99, np.uint8))
    assert [int(tensor.unique()) for tensor in uploaded] == list(range(8))


def form(wanted: bool, precision: Precision) -> dict[str, Tensor]:
    """The derivatives on the card, with the kernels of Triton or in plain torch."""
    training = moved(select("cuda", precision), precision)
    choice.choose(wanted)
    try:
        return derivatives(training)
    finally:
        choice.choose(choice.are_wanted())


@pytest.mark.parametrize(("precision", "limit"), [("float32", 1e-3), ("bfloat16", 0.25), ("float16", 0.1)])
def test_kernels_have_the_second_derivatives_of_plain_torch(precision: Precision, limit: float) -> None:
    if not choice.are_wanted():
        pytest.skip(f"Triton is not installed, or {choice.VARIABLE} is off")
    plain, kernels = form(False, "float32"), form(True, precision)
    errors = {name: float((kernels[name] - value).norm() / value.norm()) for name, value in plain.items()}
    worst = max(errors, key=errors.__getitem__)
    assert errors[worst] < limit, (worst, errors[worst])
