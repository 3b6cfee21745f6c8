"""Bundles written by the commands, from a checkpoint of 16x16; test_export_paper_network.py has one of 512x512."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from google.protobuf.json_format import Parse
from torch import nn

from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from tests.support import exported_networks as networks
from tests.support.exported_networks import FILES, arrays, run, session
from training.cli import main
from training.export import BundleParts, BundleTexts, Training, export_bundle, models
from training.export.discovered import components_of, sizes_of
from training.export.golden import Outputs, golden_cases
from training.export.verification import ExportError, verify
from training.networks import GeneratorConfig

DEMO = GeneratorConfig(z_dim=32, w_dim=32, num_mapping_layers=2, resolution=16, channel_base=512, channel_max=64)
SMALL = GeneratorConfig(z_dim=8, w_dim=8, num_mapping_layers=1, resolution=8, channel_base=64, channel_max=8)


def command(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["--debug", *map(str, arguments)])


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    """Checkpoint, components that do not say of which, regions that do, catalogue, card text."""
    folder = tmp_path_factory.mktemp("export")
    networks.write_checkpoint(networks.random_generator(DEMO), folder / "ckpt")
    for what, options in (
        ("components", ["--samples", 2000, "--components", 20]),
        ("regions", ["--samples", 6, "--regions", 4, "--restarts", 2]),
    ):
        result = command("discover", what, folder / "ckpt", *options, "--out", folder / f"{what}.npz")
        assert result.exit_code == 0, result.output
    unknown: dict[str, Any] = arrays(folder / "components.npz")
    del unknown["generator_digest"]
    np.savez(folder / "components.npz", **unknown)
    catalogue = {
        "directions": [{"index": 1, "name": "breast-size", "layer_start": 0, "layer_end": 5, "reversed": True}],
        "regions": [{"index": 0, "name": "background", "rejected": True}, {"index": 2, "name": "chest-wall"}],
        "default_epsilon": 60,
        "low_resolution_epsilon": 3,
    }
    (folder / "catalogue.json").write_text(json.dumps(catalogue))
    (folder / "card.md").write_text("Shown 12 thousand **noise** images.\n")
    return folder


@pytest.fixture(scope="module")
def exported(work) -> tuple[Path, list[str]]:
    """The bundle, and the lines that the command wrote."""
    out = work / "deep" / "demo"
    result = command(
        "export", work / "ckpt", "--out", out,
        "--components", work / "components.npz", "--regions", work / "regions.npz",
        "--catalogue", work / "catalogue.json", "--default-epsilon", 25, "--fp16",
        "--random-codes", 1, "--preview-resolution", 8, "--preview-codes", 8,
        "--model-card", work / "card.md", "--name", "demo", "--version", "1.2.3", "--attribution", "Nobody et al.",
        "--licence", "CC-BY-4.0",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert (
        result.output.splitlines()[-1].split()[-1] == hashlib.sha256((out / "manifest.json").read_bytes()).hexdigest()
    )
    return out, result.output.splitlines()


@pytest.fixture(scope="module")
def bundle(exported) -> Path:
    return exported[0]


@pytest.fixture
def graphs_of_the_bundle(bundle, monkeypatch) -> None:
    """The same network gives the same graphs: not exported once more, but checked against the network as ever."""

    def to_onnx(module: nn.Module, inputs: object, outputs: object) -> bytes:
        names = {
            models.MappingGraph: "mapping",
            models.AffineGraph: "affine",
            models.SynthesisGraph: "synthesis",
            models.MaskedGraph: "synthesis_masked",
        }
        return (bundle / f"{names[type(module)]}.onnx").read_bytes()

    monkeypatch.setattr(models, "to_onnx", to_onnx)


@pytest.fixture(scope="module")
def manifest(bundle) -> BundleManifest:
    return Parse((bundle / "manifest.json").read_text(), BundleManifest())


def test_the_manifest_lists_every_file_with_its_digest(bundle, manifest):
    found = {path.name for path in bundle.iterdir()}
    assert (
        found
        == FILES | {"synthesis_fp16.onnx", "manifest.json"}
        == {file.name for file in manifest.files} | {"manifest.json"}
    )
    for file in manifest.files:
        content = (bundle / file.name).read_bytes()
        assert (file.sha256, file.size) == (hashlib.sha256(content).hexdigest(), len(content)), file.name
    assert [path.name for path in bundle.parent.iterdir()] == ["demo"]  # no hidden leftovers


def test_the_manifest_describes_the_network(work, manifest):
    assert (manifest.format_major, manifest.format_minor) == (1, 5)
    assert (manifest.name, manifest.version, manifest.attribution) == ("demo", "1.2.3", "Nobody et al.")
    assert "not for diagnosis" in manifest.intended_use.lower()
    dimensions = manifest.dimensions
    assert (dimensions.z_dim, dimensions.w_dim, dimensions.num_ws) == (32, 32, 6)
    assert (dimensions.resolution, dimensions.channels) == (16, 1)
    # 4 and 8 pixels have 64 channels, 16 has 32.
    dims = [64, 64, 64, 64, 64, 64, 32, 32]
    assert [layer.dim for layer in manifest.style_layers] == dims
    assert dimensions.num_styles == sum(dims)
    assert [layer.ws_index for layer in manifest.style_layers] == [0, 1, 1, 2, 3, 3, 4, 5]
    assert [manifest.style_layers[i].name for i in (0, 1, 2, 7)] == ["b4.conv1", "b4.torgb", "b8.conv0", "b16.torgb"]
    assert list(manifest.noise_sizes) == [4, 8, 8, 16, 16]
    weights = (work / "ckpt" / "generator_ema.safetensors").read_bytes()
    assert manifest.training_digest == hashlib.sha256(weights).hexdigest()
    assert manifest.training_kimg == 12.345
    # The blocks 4 and 8 have 5 style layers of 64 channels and 3 noise maps.
    assert (manifest.preview.resolution, manifest.preview.num_styles) == (8, 5 * 64)
    assert manifest.preview.num_noise == 16 + 2 * 64
    assert not manifest.label_fields


def test_regions_and_names_are_in_the_manifest(manifest):
    assert (manifest.regions.layer, manifest.regions.grid_size, manifest.regions.num_regions) == ("b8.conv0", 8, 4)
    assert list(manifest.regions.names) == ["background", "", "chest-wall", ""]
    [named] = manifest.named_components
    assert (named.index, named.name, named.layer_start, named.layer_end) == (1, "breast-size", 0, 5)
    assert (named.reversed, named.sigmas_start, named.sigmas_end) == (True, -3.0, 3.0)
    assert list(manifest.regions.rejected) == [0]
    # An option is stronger than the catalogue.
    assert (manifest.regions.default_epsilon, manifest.regions.low_resolution_epsilon) == (25.0, 3.0)


def test_the_card_has_the_text_and_the_facts(bundle):
    card = (bundle / "MODEL_CARD.md").read_text()
    for part in (
        "demo 1.2.3",
        "Not for diagnosis",
        "12 thousand **noise** images",
        "Nobody et al.",
        "16 x 16",
        "| breast-size | 1, reversed |",
    ):
        assert part in card


def test_seeds_give_the_images_of_the_checkpoint(bundle, manifest):
    """The whole way of the data in ONNX Runtime and NumPy, against the network in PyTorch."""
    generator = networks.random_generator(DEMO)
    z = np.random.RandomState(21).randn(1, 32).astype(np.float32)
    expected = generator(torch.from_numpy(z), psi=0.65).numpy()
    w_avg = arrays(bundle / "latent_stats.npz")["w_avg"]
    w = run(session((bundle / "mapping.onnx").read_bytes()), z=z)[0]
    ws = np.repeat((w_avg + 0.65 * (w - w_avg))[:, None], 6, axis=1).astype(np.float32)
    styles = run(session((bundle / "affine.onnx").read_bytes()), ws=ws)[0]
    noise = arrays(bundle / "noise_const.npz")["noise"][None]
    image, features = run(session((bundle / "synthesis.onnx").read_bytes()), styles=styles, noise=noise)
    np.testing.assert_allclose(image, expected, atol=1e-4)
    assert features.shape == (1, 64, 8, 8)


def test_golden_cases_are_images_of_the_checkpoint(bundle, manifest):
    golden = arrays(bundle / "golden.npz")
    generator = networks.random_generator(DEMO)
    assert golden["seeds"].tolist() == [0, 1, 2, 3]
    assert golden["seeds"].dtype == np.int64
    assert (float(golden["truncation_psi"]), int(golden["crop_top"]), int(golden["crop_left"])) == (0.65, 0, 0)
    z = np.concatenate([np.random.RandomState(seed).randn(1, 32) for seed in range(4)]).astype(np.float32)
    w = generator.mapping(torch.from_numpy(z))
    np.testing.assert_allclose(golden["w"], w, atol=1e-5)
    expected = generator(torch.from_numpy(z), psi=0.65)
    np.testing.assert_allclose(golden["image"], expected, atol=1e-4)
    assert golden["preview"].shape == (4, 1, 8, 8)
    assert 0 < manifest.golden_tolerance.latents <= 1e-3
    assert 0 < manifest.golden_tolerance.image <= 1e-2
    assert manifest.golden_tolerance.image < manifest.golden_tolerance.image_float16 <= 0.5


def test_a_bundle_carries_the_labels_of_its_training_images(tmp_path):
    generator, lines = networks.labelled_generator(resolution=8), []
    training = Training("0" * 64, 1.0, label_dropout=0.1)
    export_bundle(
        generator, tmp_path / "out", BundleTexts(), training, BundleParts(random_codes=2), report=lines.append
    )
    bundle = load_bundle(tmp_path / "out")
    assert bundle.label_mixture.counts == generator.config.label_mixture
    assert bundle.manifest.label_mixture.withheld == 0.1
    labels = "of the training images view: CC 80%, MLO 20%; density: A 30%, B 20%, C 0%, not known 50%"
    card = (tmp_path / "out" / "MODEL_CARD.md").read_text()
    assert f"| Labels | {labels}; in training withheld from 10% of them, field by field |" in card
    golden = bundle.golden
    z = np.concatenate([np.random.RandomState(seed).randn(1, 16) for seed in range(7)]).astype(np.float32)
    c = np.array([[0, 0, 0, 0, 0]] * 4 + [[1, 0, 1, 0, 0], [0, 1, 0, 1, 0], [1, 0, 0, 0, 1]], np.float32)
    assert golden.c.tolist() == c.tolist()
    expected = generator(torch.from_numpy(z), psi=0.65, c=torch.from_numpy(c))
    np.testing.assert_allclose(golden.image, expected, atol=1e-4)


def test_golden_cases_of_large_images_are_their_middle():
    generator = networks.random_generator(dataclasses.replace(SMALL, resolution=128, channel_base=256))
    found = golden_cases(generator, Outputs("b8.conv0", 32)).in_bundle()
    z = np.random.RandomState(3).randn(1, 8).astype(np.float32)
    expected = generator(torch.from_numpy(z), psi=0.65)[:, :, 32:96, 32:96]
    assert (found.crop_top, found.crop_left) == (32, 32)
    np.testing.assert_allclose(found.image[3:], expected, atol=1e-4)
    assert found.preview is not None
    assert found.preview.shape == (4, 1, 32, 32)


def test_the_float16_tolerance_holds_for_other_codes(bundle, manifest):
    """Codes that the exporter has not seen, without truncation."""
    noise = np.repeat(arrays(bundle / "noise_const.npz")["noise"][None], 3, axis=0)
    ws = np.random.RandomState(99).randn(3, 1, 32).repeat(6, axis=1).astype(np.float32)
    styles = run(session((bundle / "affine.onnx").read_bytes()), ws=ws)[0]
    exact, half = (
        run(session((bundle / f"{name}.onnx").read_bytes()), styles=styles, noise=noise)[0]
        for name in ("synthesis", "synthesis_fp16")
    )
    assert 0 < np.abs(exact - half).max() < manifest.golden_tolerance.image_float16


def test_a_bundle_is_never_overwritten(work, bundle):
    before = (bundle / "manifest.json").read_bytes()
    result = command("export", work / "ckpt", "--out", bundle, "--no-licence")
    assert result.exit_code == 1
    assert "exists already" in result.output
    assert (bundle / "manifest.json").read_bytes() == before


def test_without_components_and_regions(work, graphs_of_the_bundle, tmp_path):
    """The default: a preview or a float16 graph come with larger images only."""
    result = command("export", work / "ckpt", "--out", tmp_path / "plain", "--no-licence")
    assert result.exit_code == 0, result.output
    files = {path.name for path in (tmp_path / "plain").iterdir()}
    assert files == FILES - {"components.npz", "regions.npz", "preview.onnx"} | {"manifest.json"}
    manifest = Parse((tmp_path / "plain" / "manifest.json").read_text(), BundleManifest())
    assert not manifest.HasField("regions")
    assert not manifest.HasField("preview")
    assert manifest.golden_tolerance.image_float16 == 0
    assert "preview" not in arrays(tmp_path / "plain" / "golden.npz")
    assert arrays(tmp_path / "plain" / "golden.npz")["image"].shape == (4, 1, 16, 16)


def test_components_of_unknown_origin_are_taken_with_a_warning(exported, tmp_path):
    """The regions of the bundle are of a known origin."""
    [warning] = [line for line in exported[1] if "warning" in line]
    assert "components.npz does not say which generator" in warning
    known = {
        "components": np.eye(8, dtype=np.float32)[:2],
        "deviations": np.ones(2, np.float32),
        "mean": np.zeros(8, np.float32),
        "explained_variance_ratio": np.full(2, 0.5, np.float32),
        "generator_digest": np.str_("0" * 64),
    }
    np.savez(tmp_path / "known.npz", **known)
    lines: list[str] = []
    components_of(tmp_path / "known.npz", sizes_of(SMALL, "0" * 64), lines.append)
    assert lines == []


def test_graphs_of_another_network_are_refused(bundle):
    """What would be written for one network is not accepted for another."""
    models = {name: (bundle / f"{name}.onnx").read_bytes() for name in ("mapping", "affine", "synthesis")}
    other = networks.random_generator(DEMO, seed=1)
    with pytest.raises(ExportError, match="w differs by"):
        verify(models, [golden_cases(other, Outputs("b8.conv0", 0)).cases])
