"""Compiled networks: whole graphs, none made anew after the first steps, and the numbers of the eager loop."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch._dynamo.utils import counters

from mammoganesis.errors import ConfigurationError
from training.accelerators import select
from training.configs.options import Loss, TrainingOptions
from training.loop import compiled, phases, state
from training.networks.generator_config import GeneratorConfig

CONFIG = GeneratorConfig(z_dim=8, w_dim=8, num_mapping_layers=1, resolution=8, channel_base=64, channel_max=8)
OPTIONS = TrainingOptions(generator=CONFIG, batch=4, precision="float32", ada_initial=0.3, pl_interval=2, r1_interval=3)


def trained(options: TrainingOptions, steps: int) -> tuple[dict[str, torch.Tensor], list[int]]:
    """The parameters at the end, and the graphs that there were after each step."""
    training, graphs = state.create(options, select("cpu", options.precision)), []
    images = torch.randint(0, 256, (4, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    for _ in range(steps):
        phases.train_on(training, images, torch.zeros(4, 0), phases.Statistics())
        graphs.append(counters["stats"]["unique_graphs"])
    networks = {"G": training.generator, "D": training.discriminator}
    return {f"{n}/{name}": value for n, m in networks.items() for name, value in m.state_dict().items()}, graphs


@pytest.mark.parametrize(
    ("backend", "loss", "least"),
    [("eager", "logistic", 6), pytest.param("aot_eager", "rpgan", 9, marks=pytest.mark.slow)],
)
def test_steps_are_whole_graphs_made_once_with_the_bits_of_eager_steps(
    backend: str, loss: Loss, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All four phases take place in step 0; a graph that broke would raise, a new one is counted.

    Mapping, synthesis and augmentation are called with gradients and without, the discriminator by the generator's
    phase (rpgan: for fakes and reals) and by its own. aot_eager also traces the backward pass.
    """
    options = dataclasses.replace(OPTIONS, loss=loss, ada_target=0.6 if backend == "aot_eager" else None)
    monkeypatch.setattr(compiled, "BACKEND", backend)
    torch._dynamo.reset()
    counters.clear()
    found, graphs = trained(dataclasses.replace(options, compile=True), 5)
    assert counters["graph_break"] == {}
    assert graphs[0] >= least
    assert graphs == [graphs[0]] * 5
    expected, _ = trained(options, 5)
    assert [name for name, value in expected.items() if not torch.equal(value, found[name])] == []


def test_devices_that_compile_by_themselves_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="--compile is for cpu and cuda; xla compiles every step itself"):
        compiled.check(torch.device("xla"))
