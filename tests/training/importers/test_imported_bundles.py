"""Bundles of this project back into checkpoints: the network that was exported, weight by weight."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from click.testing import CliRunner, Result
from google.protobuf import json_format

from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from tests.places import DEMO_BUNDLE, DEMO_CHECKPOINT
from tests.support import exported_networks as networks
from tests.support.serving import Copy
from training import configs
from training.accelerators import select
from training.checkpoints import checkpoint, origin
from training.cli import main
from training.configs.options import TrainingOptions
from training.export.bundle import BundleTexts
from training.export.terms import with_terms
from training.loop import beginning, state
from training.networks import Generator, GeneratorConfig

BARE = GeneratorConfig(z_dim=12, w_dim=16, num_mapping_layers=3, resolution=16, channel_base=128, channel_max=12)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def exported(generator: Generator, folder: Path) -> Path:
    networks.write_checkpoint(generator, folder / "trained")
    arguments = ["--no-masked", "--preview-resolution", 0, "--random-codes", 0, "--no-licence"]
    result = run("export", folder / "trained", "--name", "small", *arguments, "--out", folder / "bundle")
    assert result.exit_code == 0, result.output
    return folder / "bundle"


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(networks.labelled_generator(), tmp_path_factory.mktemp("labelled"))


def same_weights(imported: Path, trained: Generator) -> None:
    generator, _ = checkpoint.load_generator_ema(imported)
    assert generator.config == trained.config
    assert generator.config.label_mixture == trained.config.label_mixture
    found = generator.state_dict()
    for name, value in trained.state_dict().items():
        if name != "mapping.w_avg":  # of the label mixture
            torch.testing.assert_close(found[name], value, rtol=1e-6, atol=1e-7, msg=name)


def test_a_bundle_gives_back_the_network_that_was_exported(labelled: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256((labelled / "manifest.json").read_bytes()).hexdigest()
    result = run("import", labelled, "--out", tmp_path / "out", "--digest", digest, "--grid", tmp_path / "grid.png")
    assert result.exit_code == 0, result.output
    assert digest in result.output
    assert "discriminator anew" in result.output
    assert (tmp_path / "grid.png").is_file()
    same_weights(tmp_path / "out", networks.labelled_generator())
    said = checkpoint.read_content(tmp_path / "out")["imported"]
    assert said["sha256"] == digest
    assert "licence" not in said  # its card says that nobody has stated one


def test_what_adds_nothing_is_left_out_by_the_exporter_and_comes_back_as_zeros(tmp_path: Path) -> None:
    torch.manual_seed(0)
    fresh = Generator(BARE).eval().requires_grad_(False)  # biases and noise strengths are zero, many constants equal
    assert run("import", exported(fresh, tmp_path), "--out", tmp_path / "out").exit_code == 0
    same_weights(tmp_path / "out", fresh)


def test_a_network_that_pads_images_with_their_edge_comes_back_as_one(tmp_path: Path) -> None:
    edge = networks.random_generator(dataclasses.replace(BARE, edge_padding=True))
    assert run("import", exported(edge, tmp_path), "--out", tmp_path / "out").exit_code == 0
    same_weights(tmp_path / "out", edge)


def test_training_starts_from_a_bundle_and_lets_its_discriminator_learn_first(labelled: Path, tmp_path: Path) -> None:
    assert run("import", labelled, "--out", tmp_path / "out").exit_code == 0
    options = TrainingOptions(generator=networks.LABELLED, batch=4, generator_start=0.1)
    begun = state.create(options, select("cpu", "float32"))
    assert "0 of " in beginning.initialize_from(begun, tmp_path / "out").split("generator tensors")[1]
    expected = networks.labelled_generator().state_dict()
    for name, value in begun.generator.named_parameters():
        torch.testing.assert_close(value.detach(), expected[name], rtol=1e-6, atol=1e-7)
    assert begun.ancestors[-1]["imported"].startswith("bundle small 0.1.0, SHA-256")


def test_the_demo_is_imported(tmp_path: Path) -> None:
    """Its golden cases are computed by PyTorch and compared, also its labels'."""
    result = run("import", DEMO_BUNDLE, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    generator, content = checkpoint.load_generator_ema(tmp_path / "out")
    assert dict(generator.config.label_fields) == {"view": ("CC", "MLO")}
    said = BundleManifest()
    json_format.Parse((DEMO_BUNDLE / "manifest.json").read_text(), said)
    assert said.licence == "CC-BY-4.0"
    training = origin.training_of(content, "0" * 64)
    texts = with_terms(BundleTexts(name="again", licence=""), training, without=False)
    assert (texts.licence, texts.attribution) == (said.licence, said.attribution)
    assert said.attribution in origin.ancestors_with(content, "0" * 64)[-1]["imported"]


def test_what_is_published_of_the_demo_is_the_demo_with_discriminators_that_fit(tmp_path: Path) -> None:
    assert run("import", DEMO_BUNDLE, "--out", tmp_path / "out").exit_code == 0
    ours, theirs = checkpoint.load_generator_ema(DEMO_CHECKPOINT)[0], checkpoint.load_generator_ema(tmp_path / "out")[0]
    for name, value in ours.state_dict().items():
        if name != "mapping.w_avg":  # a mean of codes, which follows from the weights
            torch.testing.assert_close(value, theirs.state_dict()[name], rtol=2**-10, atol=1e-4, msg=name)
    known = configs.load("demo256")
    same = {"label_fields": ours.config.label_fields, "edge_padding": ours.config.edge_padding}
    generator = dataclasses.replace(known.generator, **same)
    begun = state.create(dataclasses.replace(known, generator=generator, projected="lite0"), select("cpu", "bfloat16"))
    line = beginning.initialize_from(begun, DEMO_CHECKPOINT)
    counts = re.findall(r"(\d+) of (\d+)", line)
    assert len(counts) == 3, line  # generator, discriminator, heads
    assert all(copied == all_of_them for copied, all_of_them in counts), line
    said = json_format.Parse((DEMO_BUNDLE / "manifest.json").read_text(), BundleManifest())
    data = checkpoint.read_content(DEMO_CHECKPOINT)["data"]
    assert (data["licence"], data["attribution"]) == (said.licence, said.attribution)


def changed(bundle: Path, folder: Path, name: str, constant: str) -> Copy:
    """A copy in which one constant of a network is half as large."""
    copy = Copy(folder, bundle)
    model = onnx.load(copy.folder / name)
    tensor = next(x for x in model.graph.initializer if x.name == constant)
    tensor.raw_data = (np.frombuffer(tensor.raw_data, "<f4") / 2).tobytes()
    copy.write(name, model.SerializeToString())
    return copy


@pytest.mark.parametrize(
    ("name", "constant", "words"),
    [
        ("synthesis.onnx", "steps.3.bias", ["image of its golden cases", "allowed is"]),
        ("synthesis.onnx", "steps.2.rows", ["is not this project's"]),
        ("affine.onnx", "rows.1.weight", ["affine.onnx", "styles"]),
        ("mapping.onnx", "layers.1.weight", ["mapping.onnx", "w"]),
    ],
)
def test_a_network_that_computes_something_else_is_refused(
    labelled: Path, tmp_path: Path, name: str, constant: str, words: list[str]
) -> None:
    copy = changed(labelled, tmp_path / "copy", name, constant)
    result = run("import", copy.folder, "--out", tmp_path / "out")
    assert result.exit_code != 0
    assert all(word in result.output for word in words), result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_a_graph_of_another_form_is_refused(labelled: Path, tmp_path: Path) -> None:
    copy = Copy(tmp_path / "copy", labelled)
    model = onnx.load(copy.folder / "synthesis.onnx")
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.ones((1, 1, 1, 1), np.float32), "more"))
    model.graph.node.insert(0, onnx.helper.make_node("Mul", ["more", "more"], ["unused"]))
    copy.write("synthesis.onnx", model.SerializeToString())
    result = run("import", copy.folder, "--out", tmp_path / "out")
    assert result.exit_code != 0
    assert "synthesis.onnx" in result.output, result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--from", "nvidia"], "is a folder; --from says nvidia"), (["--digest", "0" * 64], "--digest is 000")],
)
def test_what_is_insisted_on(labelled: Path, tmp_path: Path, arguments: list[str], words: str) -> None:
    result = run("import", labelled, "--out", tmp_path / "out", *arguments)
    assert result.exit_code != 0
    assert words in result.output


def test_a_folder_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    result = run("import", tmp_path, "--out", tmp_path / "out")
    assert result.exit_code != 0
    assert "manifest.json" in result.output
    assert "Traceback" not in result.output
