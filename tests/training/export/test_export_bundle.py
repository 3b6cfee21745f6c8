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
from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest, NamedComponent
from mammoganesis.errors import BundleError, ConfigurationError, InvalidArgument
from tests.support import exported_networks as networks
from tests.support.exported_networks import FILES, arrays, run, session
from training.cli import main
from training.export import BundleParts, BundleTexts, Training, export_bundle, models
from training.export.discovered import components_of, sizes_of
from training.export.golden import Outputs, golden_cases
from training.export.verification import ExportError, verify
from training.networks import Generator, GeneratorConfig

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
    assert (manifest.format_major, manifest.format_minor) == (1, 3)
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
    generator, lines = networks.labelled_generator(), []
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
    result = command("export", work / "ckpt", "--out", bundle)
    assert result.exit_code == 1
    assert "exists already" in result.output
    assert (bundle / "manifest.json").read_bytes() == before


def test_without_components_and_regions(work, graphs_of_the_bundle, tmp_path):
    """The default: a preview or a float16 graph come with larger images only."""
    result = command("export", work / "ckpt", "--out", tmp_path / "plain")
    assert result.exit_code == 0, result.output
    files = {path.name for path in (tmp_path / "plain").iterdir()}
    assert files == FILES - {"components.npz", "regions.npz", "preview.onnx"} | {"manifest.json"}
    manifest = Parse((tmp_path / "plain" / "manifest.json").read_text(), BundleManifest())
    assert not manifest.HasField("regions")
    assert not manifest.HasField("preview")
    assert manifest.golden_tolerance.image_float16 == 0
    assert "preview" not in arrays(tmp_path / "plain" / "golden.npz")
    assert arrays(tmp_path / "plain" / "golden.npz")["image"].shape == (4, 1, 16, 16)


@pytest.fixture(scope="module")
def small() -> Generator:
    return networks.random_generator(SMALL)


def export_small(small: Generator, out: Path, **parts: object) -> str:
    return export_bundle(small, out, BundleTexts(), Training("0" * 64, 0.0), BundleParts(**parts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--name", "Demo 1"], "--name is 'Demo 1'"),
        (["--version", "1"], "--version is '1'"),
        (["--intended-use", ""], "--intended-use is ''; allowed: a sentence"),
        (["--model-card", "{work}/components.npz"], "components.npz: no UTF-8 text"),
        (["--components", "{work}/regions.npz"], "no array components"),
        (["--regions", "{work}/card.md"], "no npz of plain arrays"),
        (["--catalogue", "{work}/card.md"], "card.md: catalogue: 'a text of 36 characters' is not allowed"),
        (["--catalogue", "{work}/catalogue.json"], "directions[0].index: 1 is not allowed; allowed: none"),
        (["--default-epsilon", "0"], "0<x<=512"),
        (
            ["--default-epsilon", "9"],
            "--default-epsilon: 9.0 is not allowed; allowed: nothing; the bundle has no regions",
        ),
        (["--preview-resolution", "48"], "--preview-resolution is 48; allowed: 0 (none) or a power of two from 8 to 8"),
        (["--preview-resolution", "16"], "--preview-resolution is 16"),
        (
            ["--preview-resolution", "8", "--preview-codes", "7"],
            "--preview-codes is 7; allowed: 0 (previews as they come) or 8 and more",
        ),
        (["--components", "{work}/missing.npz"], "does not exist"),
    ],
)
def test_bad_options_are_one_line_and_write_nothing(work, tmp_path, arguments, message):
    arguments = [argument.replace("{work}", str(work)) for argument in arguments]
    result = command("export", work / "ckpt", "--out", tmp_path / "bundle", *arguments)
    assert result.exit_code in (1, 2)
    assert message in result.output
    assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())


def test_what_is_no_checkpoint_is_refused(tmp_path):
    for arguments in (
        ["export", tmp_path, "--out", tmp_path / "bundle"],
        ["discover", "components", tmp_path, "--out", tmp_path / "c.npz"],
        ["discover", "regions", tmp_path, "--out", tmp_path / "r.npz"],
    ):
        result = command(*arguments)
        assert result.exit_code == 1
        assert "neither a checkpoint" in result.output
    result = command("discover", "regions", tmp_path, "--out", tmp_path / "regions.txt")
    assert result.exit_code == 2
    assert "must end in .npz" in result.output


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"components": np.zeros((2, 9), np.float32)}, "components has the shape"),
        ({"components": np.full((2, 8), 0.7, np.float32)}, r"components\[0\] has the length 1\.9"),
        ({"deviations": np.array([1, 0], np.float32)}, "above 0"),
        ({"mean": np.full(8, np.nan, np.float32)}, "mean holds 8 values not finite"),
        ({"generator_digest": np.str_("f" * 64)}, "made for the generator 'ffff"),
    ],
)
def test_components_that_do_not_fit_are_refused(small, tmp_path, change, message):
    good = {
        "components": np.eye(8, dtype=np.float32)[:2],
        "deviations": np.ones(2, np.float32),
        "mean": np.zeros(8, np.float32),
        "explained_variance_ratio": np.full(2, 0.5, np.float32),
    }
    np.savez(tmp_path / "c.npz", **(good | change))
    with pytest.raises(BundleError, match=message):
        export_small(small, tmp_path / "bundle", components=tmp_path / "c.npz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"contributions": np.full((2, 40), 0.4, np.float32)}, "add up to 0.8; expected 1 within 0.001"),
        ({"contributions": np.full((2, 41), 0.5, np.float32)}, "contributions has the shape"),
        ({"layer": np.str_("b64.conv0")}, "layer is 'b64.conv0'"),
        ({"grid_size": np.int64(4)}, "grid_size is 4; the output of b8.conv0 is 8 x 8"),
        ({"generator_digest": np.str_("f" * 64)}, "made for the generator 'ffff"),
    ],
)
def test_regions_that_do_not_fit_are_refused(small, tmp_path, change, message):
    good = {
        "centroids": np.eye(8, dtype=np.float32)[:2],
        "contributions": np.full((2, 40), 0.5, np.float32),
        "area_share": np.full(2, 0.5, np.float32),
        "layer": np.str_("b8.conv0"),
        "grid_size": np.int64(8),
    }
    np.savez(tmp_path / "r.npz", **(good | change))
    with pytest.raises(BundleError, match=message):
        export_small(small, tmp_path / "bundle", regions=tmp_path / "r.npz")


def test_components_of_unknown_origin_are_taken_with_a_warning(exported, small, tmp_path):
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
    components_of(tmp_path / "known.npz", sizes_of(small.config, "0" * 64), lines.append)
    assert lines == []


def test_a_catalogue_of_another_generator_is_refused(small, tmp_path):
    with pytest.raises(InvalidArgument, match="generator_digest: 'eeee"):
        export_small(small, tmp_path / "bundle", catalogue=Catalogue(generator_digest="e" * 64))
    with pytest.raises(InvalidArgument, match="the bundle has no components"):
        export_small(
            small, tmp_path / "bundle", catalogue=Catalogue(directions=[NamedComponent(name="a", layer_end=1)])
        )


def test_a_label_field_that_no_bundle_can_have_is_refused(tmp_path):
    generator = networks.random_generator(dataclasses.replace(SMALL, label_fields=(("View of it", ("CC", "MLO")),)))
    with pytest.raises(ConfigurationError, match=r"label_fields\[0\]\.name is 'View of it'"):
        export_small(generator, tmp_path / "bundle")


def test_graphs_of_another_network_are_refused(bundle):
    """What would be written for one network is not accepted for another."""
    models = {name: (bundle / f"{name}.onnx").read_bytes() for name in ("mapping", "affine", "synthesis")}
    other = networks.random_generator(DEMO, seed=1)
    with pytest.raises(ExportError, match="w differs by"):
        verify(models, [golden_cases(other, Outputs("b8.conv0", 0)).cases])
