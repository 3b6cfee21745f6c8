"""Our networks compute what NVIDIA's reference computes, and their parts keep their promises."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from mammoganesis.errors import ConfigurationError
from training.loop import losses
from training.networks import Discriminator, Generator, GeneratorConfig
from training.networks.discriminator import minibatch_stddev
from training.networks.synthesis import demodulation


def assert_close(actual: Tensor, expected: Tensor, relative: float = 1e-4) -> None:
    """Largest difference relative to the largest expected value."""
    assert actual.shape == expected.shape
    error = (actual.detach() - expected).abs().max() / expected.abs().max()
    assert float(error) < relative


def test_mapping_and_truncation_equal_the_reference(golden: dict[str, Tensor], golden_generator: Generator) -> None:
    w = golden_generator.mapping(golden["z"])
    assert_close(w, golden["w_psi1"])
    assert_close(golden_generator.truncate(w, 0.65), golden["ws_psi065"])


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("mode", ["const", "none"])
def test_synthesis_equals_the_reference(
    golden: dict[str, Tensor], golden_generator: Generator, mode: str, channels_last: bool
) -> None:
    if channels_last:
        golden_generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    image = golden_generator.synthesis(golden["ws_psi065"], mode)
    assert_close(image, golden[f"image_{mode}"])


def test_discriminator_and_r1_equal_the_reference(
    golden: dict[str, Tensor], golden_discriminator: Discriminator
) -> None:
    assert_close(golden_discriminator(golden["image_const"]), golden["logits"])
    penalty = losses.gradient_penalty(golden_discriminator, golden["image_const"])
    assert_close(penalty, golden["r1"].mean())
    (gradient,) = torch.autograd.grad(penalty, golden_discriminator.get_parameter("b8.conv0.weight"))
    assert_close(gradient, golden["d_r1_mean__D_b8_conv0_weight"], 1e-3)


def test_path_lengths_equal_the_reference(golden: dict[str, Tensor], golden_generator: Generator) -> None:
    ws = golden["ws_psi065"].clone().requires_grad_()
    lengths = losses.path_lengths(golden_generator.synthesis(ws), ws, golden["pl_noise"])
    assert_close(lengths, golden["pl_lengths"])
    weight = golden_generator.get_parameter("synthesis.b16.conv0.weight")
    (gradient,) = torch.autograd.grad(lengths.mean(), weight)
    assert_close(gradient, golden["d_pl_mean__G_b16_conv0_weight"], 1e-3)


def test_styles_and_explicit_noise_give_the_same_image(golden: dict[str, Tensor], golden_generator: Generator) -> None:
    synthesis = golden_generator.synthesis
    styles = synthesis.styles(golden["ws_psi065"])
    layers = golden_generator.config.layers
    assert [s.shape[1] for s in styles] == [layer.dim for layer in layers]
    maps = [
        synthesis.get_submodule(layer.name).noise_const[None, None].expand(4, 1, -1, -1)
        for layer in golden_generator.config.noise_layers
    ]
    assert torch.equal(synthesis.from_styles(styles, maps), synthesis.from_styles(styles, "const"))
    assert not torch.equal(synthesis.from_styles(styles, maps), synthesis.from_styles(styles, "none"))


def test_an_image_hardly_depends_on_its_batch(golden: dict[str, Tensor], golden_generator: Generator) -> None:
    together = golden_generator.synthesis(golden["ws_psi065"])
    alone = golden_generator.synthesis(golden["ws_psi065"][2:3])
    torch.testing.assert_close(together[2:3], alone, rtol=0, atol=1e-5)


def test_features_are_what_enters_and_leaves_a_layer(golden: dict[str, Tensor], golden_generator: Generator) -> None:
    synthesis = golden_generator.synthesis
    styles = synthesis.styles(golden["ws_psi065"])
    wanted = ["b8.conv0.output", "b8.conv1.input", "b8.torgb.input", "b8.conv1.output"]
    image, features = synthesis.from_styles(styles, "const", return_features=wanted)
    assert torch.equal(image, synthesis.from_styles(styles, "const"))
    assert set(features) == set(wanted)
    assert features["b8.conv0.output"].shape == (4, 48, 8, 8)
    assert torch.equal(features["b8.conv0.output"], features["b8.conv1.input"])
    assert torch.equal(features["b8.conv1.output"], features["b8.torgb.input"])
    with pytest.raises(ValueError, match=r"b9\.conv0\.input"):
        synthesis.from_styles(styles, "const", return_features=["b9.conv0.input"])


def test_style_layers_at_512_are_the_papers() -> None:
    config = GeneratorConfig()
    assert config.num_ws == 16
    assert len(config.layers) == 23
    assert sum(layer.dim for layer in config.layers) == 8960
    assert [(layer.name, layer.dim, layer.ws_index) for layer in config.layers[:5]] == [
        ("b4.conv1", 512, 0),
        ("b4.torgb", 512, 1),
        ("b8.conv0", 512, 1),
        ("b8.conv1", 512, 2),
        ("b8.torgb", 512, 3),
    ]
    assert (config.layers[-1].name, config.layers[-1].dim, config.layers[-1].ws_index) == ("b512.torgb", 64, 15)
    assert len(config.noise_layers) == 15


def test_modulated_convolution_equals_per_sample_weights() -> None:
    weight, style, x = torch.randn(5, 3, 3, 3), torch.randn(2, 3), torch.randn(2, 3, 6, 6)
    ours = demodulation(weight, style)[:, :, None, None] * F.conv2d(x * style[:, :, None, None], weight, padding=1)
    for n in range(2):
        modulated = weight * style[n].view(1, 3, 1, 1)
        modulated = modulated / (modulated.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
        torch.testing.assert_close(ours[n : n + 1], F.conv2d(x[n : n + 1], modulated, padding=1))


def test_minibatch_stddev_written_out() -> None:
    x = torch.randn(4, 3, 2, 2)
    y = minibatch_stddev(x, 2)
    assert torch.equal(y[:, :3], x)
    for i in range(4):  # groups are images 0, 2 and images 1, 3
        group = x[[i % 2, i % 2 + 2]]
        expected = (group.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
        torch.testing.assert_close(y[i, 3], expected.expand(2, 2))
    with pytest.raises(ValueError, match="batch of 5"):
        minibatch_stddev(torch.randn(5, 3, 2, 2), 2)


def test_truncation_cutoff_leaves_later_codes(golden: dict[str, Tensor], golden_generator: Generator) -> None:
    w = golden["w_psi1"]
    ws = golden_generator.truncate(w, 0.5, cutoff=3)
    assert_close(ws[:, :3], golden_generator.truncate(w, 0.5)[:, :3], 1e-6)
    assert torch.equal(ws[:, 3:], w[:, None].expand(-1, 5, -1))


def test_w_avg_moves_only_when_asked(golden: dict[str, Tensor], golden_generator: Generator) -> None:
    mapping = golden_generator.mapping
    before = mapping.w_avg.clone()
    w = mapping(golden["z"])
    assert torch.equal(mapping.w_avg, before)
    mapping.update_w_avg(w.mean(dim=0))
    torch.testing.assert_close(mapping.w_avg, 0.995 * before + 0.005 * w.mean(dim=0))


@pytest.mark.parametrize(
    ("field", "value"), [("resolution", 100), ("resolution", 4), ("z_dim", 0), ("channel_base", 64)]
)
def test_impossible_sizes_are_refused(field: str, value: int) -> None:
    with pytest.raises(ConfigurationError, match=f"{field} is {value}"):
        GeneratorConfig(**{field: value})
