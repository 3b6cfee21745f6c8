"""Feature extractors: files made here, the built-in one, and what is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from mammoganesis.errors import ConfigurationError
from training.metrics import extractors
from training.metrics.random_projection import RandomProjection

WEIGHT = np.random.default_rng(5).standard_normal((7, 3, 3, 3)).astype(np.float32)


class Network(nn.Module):
    """Logits by default, features when asked, as NVIDIA's Inception."""

    def __init__(self) -> None:
        super().__init__()
        self.weight: Tensor
        self.register_buffer("weight", torch.from_numpy(WEIGHT))

    def forward(self, x: Tensor, return_features: bool = False) -> Tensor:
        features = F.conv2d(x, self.weight).mean(dim=(2, 3))
        return features if return_features else torch.zeros(x.shape[0], 2)


@pytest.fixture(scope="module")
def torchscript(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("extractor") / "network.pt"
    torch.jit.script(Network()).save(str(path))  # type: ignore[union-attr]
    return path


def onnx_file(path: Path, shape: list, channels_last: bool = False) -> Path:
    """The same convolution without pooling."""
    nodes = [helper.make_node("Conv", ["nchw", "weight"], ["out"])]
    if channels_last:
        nodes.insert(0, helper.make_node("Transpose", ["image"], ["nchw"], perm=[0, 3, 1, 2]))
        nodes[1].output[0] = "conv"
        nodes.append(helper.make_node("Transpose", ["conv"], ["out"], perm=[0, 2, 3, 1]))
    else:
        nodes.insert(0, helper.make_node("Identity", ["image"], ["nchw"]))
    graph = helper.make_graph(
        nodes,
        "extractor",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(WEIGHT, "weight")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path


@pytest.fixture
def images() -> Tensor:
    return torch.randint(0, 256, (5, 1, 20, 20), generator=torch.Generator().manual_seed(1)).float()


def expected(images: Tensor, low: float, high: float) -> np.ndarray:
    x = images / 255 * (high - low) + low
    return F.conv2d(x.repeat(1, 3, 1, 1), torch.from_numpy(WEIGHT)).mean(dim=(2, 3)).numpy()


def test_torchscript_gets_three_channels_and_the_argument_that_gives_features(torchscript, images):
    network = extractors.load(torchscript, extractors.spec_of("inception"))
    assert network.digest == hashlib.sha256(torchscript.read_bytes()).hexdigest()
    assert network.name == "network.pt"
    assert "return_features=True" in network.description
    np.testing.assert_allclose(network(images).numpy(), expected(images, 0, 255), rtol=1e-4, atol=1e-2)
    plain = extractors.load(torchscript, extractors.spec_of("inception", arguments=()))
    assert plain(images).shape == (5, 2)


@pytest.mark.parametrize("shape", [[None, 3, None, None], ["n", 3, 20, 20], [1, 3, 20, 20]], ids=str)
def test_onnx_is_pooled_and_fed_as_its_shape_says(tmp_path, images, shape):
    path = onnx_file(tmp_path / "network.onnx", shape)
    network = extractors.load(path, extractors.spec_of("radimagenet", size=0))
    np.testing.assert_allclose(network(images).numpy(), expected(images, -1, 1), rtol=1e-4, atol=1e-4)


def test_onnx_with_channels_last_gives_the_same(tmp_path, images):
    path = onnx_file(tmp_path / "network.onnx", [None, 20, 20, 3], channels_last=True)
    network = extractors.load(path, extractors.spec_of("radimagenet"))
    assert "20x20, 3 channel(s), -1 to 1" in network.description
    np.testing.assert_allclose(network(images).numpy(), expected(images, -1, 1), rtol=1e-4, atol=1e-4)


def test_the_identity_of_features_depends_on_file_and_input(tmp_path, torchscript):
    specs = [extractors.spec_of("inception"), extractors.spec_of("inception", size=32)]
    other = onnx_file(tmp_path / "network.onnx", [None, 3, None, None])
    found = [extractors.load(torchscript, spec) for spec in specs] + [extractors.load(other, specs[0])]
    assert len({extractors.identity(network) for network in found}) == 3


def test_a_wrong_digest_is_refused_and_the_right_one_accepted(torchscript):
    digest = hashlib.sha256(torchscript.read_bytes()).hexdigest()
    spec = extractors.spec_of("inception")
    extractors.load(torchscript, spec, digest.upper())
    with pytest.raises(ConfigurationError, match=f"sha256 is {digest}"):
        extractors.load(torchscript, spec, "0" * 64)


def test_what_is_no_network_is_refused_in_one_line(tmp_path, images, torchscript):
    spec = extractors.spec_of("plain")
    with pytest.raises(ConfigurationError, match=r"missing.pt: cannot be read"):
        extractors.load(tmp_path / "missing.pt", spec)
    for name in ("bad.pt", "bad.onnx", "bad.pkl"):
        (tmp_path / name).write_bytes(b"no network")
        with pytest.raises(ConfigurationError, match=name):
            extractors.load(tmp_path / name, spec)
    with pytest.raises(ConfigurationError, match=r"network.pt: fails on input"):
        extractors.load(torchscript, spec)(images)  # one channel, three are needed
    flat = onnx_file(tmp_path / "flat.onnx", [None, 3, 20, 12])
    with pytest.raises(ConfigurationError, match="20x12; a square one"):
        extractors.load(flat, spec)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"size": 5000}, "size is 5000"),
        ({"channels": 2}, "channels is 2"),
        ({"value_range": (1.0, 0.0)}, "1 to 0"),
    ],
    ids=lambda v: str(v)[:20],
)
def test_input_values_outside_their_range_are_named(values, message):
    with pytest.raises(ConfigurationError, match=message):
        extractors.spec_of("plain", **values)
    with pytest.raises(ConfigurationError, match=r"'vgg'.*inception"):
        extractors.spec_of("vgg")


def test_images_are_resized_without_aliasing_and_channels_averaged():
    stripes = torch.zeros(1, 3, 32, 32)
    stripes[..., ::2] = 255.0
    stripes[:, 1:] = 0.0
    spec = extractors.InputSpec(8, 1, 0.0, 1.0)
    np.testing.assert_allclose(spec.prepare(stripes)[..., 2:-2].numpy(), 1 / 6, atol=0.02)


def test_the_random_projection_is_the_same_on_every_machine_and_in_every_batch(images):
    network = RandomProjection(16)
    assert network.digest == "c53a7090a01eee9c4194b131b42a86dfd18cf82e9086d412b402ecf43b3d3272"
    state = torch.get_rng_state()
    features = RandomProjection(16)(images)
    assert torch.equal(state, torch.get_rng_state())
    assert features.shape == (5, 128)
    np.testing.assert_allclose(features.numpy(), torch.cat([network(i[None]) for i in images]).numpy(), atol=1e-5)
    ramp = torch.arange(256.0).view(1, 1, 16, 16)
    np.testing.assert_allclose(network(ramp)[0, :4].numpy(), [-0.52356, -0.64687, -0.36699, 0.14038], atol=1e-4)
    assert RandomProjection(32).digest != network.digest


def test_the_random_projection_sees_texture_shape_and_place():
    """Each change moves the features by far more than noise of one grey value."""
    y, x = np.mgrid[:64, :64]
    base = np.where((x - 63) ** 2 + (y - 32) ** 2 < 900, 120.0, 0.0)
    random = np.random.default_rng(0)
    noise = random.standard_normal((64, 64)) * np.where(base > 0, 1.0, 0.0)
    variants = [base + noise, base + 20 * noise, np.roll(base, 12, axis=0), base * 0.5]
    stack = torch.from_numpy(np.clip(np.stack([base, *variants]), 0, 255)).float()[:, None]
    features = RandomProjection(64)(stack).numpy()
    faint, *others = np.linalg.norm(features[1:] - features[0], axis=1)
    assert min(others) > 2 * faint


def test_resolutions_that_the_random_projection_cannot_take_are_refused():
    for resolution in (8, 4096):
        with pytest.raises(ConfigurationError, match=f"resolution is {resolution}"):
            RandomProjection(resolution)
