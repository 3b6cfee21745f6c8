"""Bundles written by the commands, from a checkpoint of the demo's shape: 128 pixels, w_dim 128, 64 channels."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from google.protobuf.json_format import Parse
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest

from tests.training import exported_networks as networks
from training.cli import main
from training.errors import ConfigurationError, DataError
from training.export import BundleParts, BundleTexts, Training, write_bundle
from training.export.golden import golden_cases
from training.export.graphs import noise_const
from training.export.names import CuratedNames, NamedComponent, read_names
from training.export.onnx_files import run, session
from training.export.verification import ExportError, verify
from training.networks import Generator, GeneratorConfig

DEMO = GeneratorConfig(z_dim=128, w_dim=128, num_mapping_layers=4, resolution=128, channel_base=2048, channel_max=64)
SMALL = GeneratorConfig(z_dim=8, w_dim=8, num_mapping_layers=1, resolution=8, channel_base=64, channel_max=8)
FILES = {
    "MODEL_CARD.md",
    "affine.onnx",
    "components.npz",
    "golden.npz",
    "latent_stats.npz",
    "mapping.onnx",
    "noise_const.npz",
    "regions.npz",
    "synthesis.onnx",
}


def command(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    """Checkpoint, components, regions, names, card text."""
    folder = tmp_path_factory.mktemp("export")
    networks.write_checkpoint(networks.random_generator(DEMO), folder / "ckpt")
    for what, options in (
        ("components", ["--samples", 2000, "--components", 20]),
        ("regions", ["--samples", 6, "--regions", 4, "--restarts", 2]),
    ):
        result = command("discover", what, folder / "ckpt", *options, "--out", folder / f"{what}.npz")
        assert result.exit_code == 0, result.output
    names = {
        "components": [{"index": 1, "name": "breast-size", "layer_start": 0, "layer_end": 6}],
        "regions": ["background", "", "chest-wall", ""],
    }
    (folder / "names.json").write_text(json.dumps(names))
    (folder / "card.md").write_text("Shown 12 thousand **noise** images.\n")
    return folder


@pytest.fixture(scope="module")
def bundle(work) -> Path:
    out = work / "deep" / "demo"
    result = command(
        "export", work / "ckpt", "--out", out,
        "--components", work / "components.npz", "--regions", work / "regions.npz", "--names", work / "names.json",
        "--model-card", work / "card.md", "--name", "demo", "--version", "1.2.3", "--attribution", "Nobody et al.",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert (
        result.output.splitlines()[-1].split()[-1] == hashlib.sha256((out / "manifest.json").read_bytes()).hexdigest()
    )
    return out


@pytest.fixture(scope="module")
def manifest(bundle) -> BundleManifest:
    return Parse((bundle / "manifest.json").read_text(), BundleManifest())


def arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def test_the_manifest_lists_every_file_with_its_digest(bundle, manifest):
    found = {path.name for path in bundle.iterdir()}
    assert found == FILES | {"manifest.json"} == {file.name for file in manifest.files} | {"manifest.json"}
    for file in manifest.files:
        content = (bundle / file.name).read_bytes()
        assert (file.sha256, file.size) == (hashlib.sha256(content).hexdigest(), len(content)), file.name
    assert [path.name for path in bundle.parent.iterdir()] == ["demo"]  # no hidden leftovers


def test_the_manifest_describes_the_network(work, manifest):
    assert (manifest.format_major, manifest.format_minor) == (1, 0)
    assert (manifest.name, manifest.version, manifest.attribution) == ("demo", "1.2.3", "Nobody et al.")
    assert "not for diagnosis" in manifest.intended_use.lower()
    dimensions = manifest.dimensions
    assert (dimensions.z_dim, dimensions.w_dim, dimensions.num_ws) == (128, 128, 12)
    assert (dimensions.resolution, dimensions.channels) == (128, 1)
    # 4 to 32 pixels have 64 channels, 64 has 32, 128 has 16.
    dims = [64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 32, 32, 32, 16, 16]
    assert [layer.dim for layer in manifest.style_layers] == dims
    assert dimensions.num_styles == sum(dims)
    assert [layer.ws_index for layer in manifest.style_layers] == [0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9, 9, 10, 11]
    assert [manifest.style_layers[i].name for i in (0, 1, 2, 16)] == ["b4.conv1", "b4.torgb", "b8.conv0", "b128.torgb"]
    assert list(manifest.noise_sizes) == [4, 8, 8, 16, 16, 32, 32, 64, 64, 128, 128]
    weights = (work / "ckpt" / "generator_ema.safetensors").read_bytes()
    assert manifest.training_digest == hashlib.sha256(weights).hexdigest()
    assert manifest.training_kimg == 12.345


def test_regions_and_names_are_in_the_manifest(manifest):
    assert (manifest.regions.layer, manifest.regions.grid_size, manifest.regions.num_regions) == ("b8.conv0", 8, 4)
    assert list(manifest.regions.names) == ["background", "", "chest-wall", ""]
    [named] = manifest.named_components
    assert (named.index, named.name, named.layer_start, named.layer_end) == (1, "breast-size", 0, 6)


def test_the_card_has_the_text_and_the_facts(bundle):
    card = (bundle / "MODEL_CARD.md").read_text()
    for part in ("demo 1.2.3", "Not for diagnosis", "12 thousand **noise** images", "Nobody et al.", "128 x 128"):
        assert part in card


def test_seeds_give_the_images_of_the_checkpoint(bundle, manifest):
    """The whole way of the data in ONNX Runtime and NumPy, against the network in PyTorch."""
    generator = networks.random_generator(DEMO)
    z = np.random.RandomState(21).randn(1, 128).astype(np.float32)
    expected = generator(torch.from_numpy(z), psi=0.65).numpy()
    w_avg = arrays(bundle / "latent_stats.npz")["w_avg"]
    w = run(session((bundle / "mapping.onnx").read_bytes()), z=z)[0]
    ws = np.repeat((w_avg + 0.65 * (w - w_avg))[:, None], 12, axis=1).astype(np.float32)
    styles = run(session((bundle / "affine.onnx").read_bytes()), ws=ws)[0]
    noise = arrays(bundle / "noise_const.npz")["noise"][None]
    image, features = run(session((bundle / "synthesis.onnx").read_bytes()), styles=styles, noise=noise)
    np.testing.assert_allclose(image, expected, atol=1e-4)
    assert features.shape == (1, 64, 8, 8)


def test_golden_cases_are_crops_of_the_checkpoints_images(bundle, manifest):
    golden = arrays(bundle / "golden.npz")
    generator = networks.random_generator(DEMO)
    assert golden["seeds"].tolist() == [0, 1, 2, 3]
    assert golden["seeds"].dtype == np.int64
    assert (float(golden["truncation_psi"]), int(golden["crop_top"]), int(golden["crop_left"])) == (0.65, 32, 32)
    z = np.concatenate([np.random.RandomState(seed).randn(1, 128) for seed in range(4)]).astype(np.float32)
    w = generator.mapping(torch.from_numpy(z))
    np.testing.assert_allclose(golden["w"], w, atol=1e-5)
    expected = generator(torch.from_numpy(z), psi=0.65)[:, :, 32:96, 32:96]
    np.testing.assert_allclose(golden["image"], expected, atol=1e-4)
    assert 0 < manifest.golden_tolerance.latents <= 1e-3
    assert 0 < manifest.golden_tolerance.image <= 1e-2


def test_a_bundle_is_never_overwritten(work, bundle):
    before = (bundle / "manifest.json").read_bytes()
    result = command("export", work / "ckpt", "--out", bundle)
    assert result.exit_code == 1
    assert "exists already" in result.output
    assert (bundle / "manifest.json").read_bytes() == before


def test_without_components_and_regions(tmp_path):
    networks.write_checkpoint(networks.random_generator(SMALL), tmp_path / "ckpt")
    result = command("export", tmp_path / "ckpt", "--out", tmp_path / "plain")
    assert result.exit_code == 0, result.output
    assert {p.name for p in (tmp_path / "plain").iterdir()} == FILES - {"components.npz", "regions.npz"} | {
        "manifest.json"
    }
    manifest = Parse((tmp_path / "plain" / "manifest.json").read_text(), BundleManifest())
    assert not manifest.HasField("regions")
    assert arrays(tmp_path / "plain" / "golden.npz")["image"].shape == (4, 1, 8, 8)


@pytest.fixture(scope="module")
def small() -> Generator:
    return networks.random_generator(SMALL)


def export_small(small: Generator, out: Path, **parts: object) -> str:
    return write_bundle(small, out, BundleTexts(), Training("0" * 64, 0.0), BundleParts(**parts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--name", "Demo 1"], "name is 'Demo 1'"),
        (["--version", "1"], "version is '1'"),
        (["--components", "{work}/regions.npz"], "lacks components"),
        (["--regions", "{work}/card.md"], "cannot be read as npz"),
        (["--names", "{work}/card.md"], "not a file of curated names"),
        (["--names", "{work}/names.json"], "the bundle has 0 components"),
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
        ({"components": np.full((2, 8), 0.7, np.float32)}, "lengths off 1"),
        ({"deviations": np.array([1, 0], np.float32)}, "above 0"),
        ({"mean": np.full(8, np.nan, np.float32)}, "mean holds NaN"),
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
    with pytest.raises(DataError, match=message):
        export_small(small, tmp_path / "bundle", components=tmp_path / "c.npz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"contributions": np.full((2, 40), 0.4, np.float32)}, "sum to 1 within 0.2"),
        ({"contributions": np.full((2, 41), 0.5, np.float32)}, "contributions has the shape"),
        ({"layer": np.str_("b64.conv0")}, "layer is 'b64.conv0'"),
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
    with pytest.raises(DataError, match=message):
        export_small(small, tmp_path / "bundle", regions=tmp_path / "r.npz")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (CuratedNames((NamedComponent(5, "a", 0, 2),)), "index is 5"),
        (CuratedNames((NamedComponent(0, "a", 2, 2),)), "layers 2 to 2"),
        (CuratedNames((NamedComponent(0, "a", 0, 5),)), "layer_end <= 4"),
        (CuratedNames((NamedComponent(0, "Size", 0, 2),)), "'Size'"),
        (CuratedNames((NamedComponent(0, "a", 0, 2), NamedComponent(1, "a", 0, 2))), "used twice"),
        (CuratedNames(regions=("a",)), "1 names"),
    ],
)
def test_names_that_do_not_fit_are_refused(names, message):
    with pytest.raises(ConfigurationError, match=message):
        names.check(num_components=5, num_regions=3, num_ws=4)


def test_names_file(work, tmp_path):
    names = read_names(work / "names.json")
    assert names.components == (NamedComponent(1, "breast-size", 0, 6),)
    (tmp_path / "bad.json").write_text('{"components": [{"index": 1}]}')
    with pytest.raises(DataError, match="KeyError"):
        read_names(tmp_path / "bad.json")


def test_graphs_of_another_network_are_refused(bundle):
    """What would be written for one network is not accepted for another."""
    models = {name: (bundle / f"{name}.onnx").read_bytes() for name in ("mapping", "affine", "synthesis")}
    other = networks.random_generator(DEMO, seed=1)
    with pytest.raises(ExportError, match="w differs by"):
        verify(models, golden_cases(other), noise_const(other).numpy())


def test_the_committed_tiny_bundle_is_the_golden_network():
    """Its files fit its manifest, and its graphs give NVIDIA's images."""
    bundle = networks.TINY_BUNDLE
    manifest = Parse((bundle / "manifest.json").read_text(), BundleManifest())
    assert {path.name for path in bundle.iterdir()} == FILES | {"manifest.json"}
    for file in manifest.files:
        assert hashlib.sha256((bundle / file.name).read_bytes()).hexdigest() == file.sha256, file.name
    golden = networks.golden_values()
    styles = run(session((bundle / "affine.onnx").read_bytes()), ws=golden["ws_psi065"])[0]
    noise = np.repeat(arrays(bundle / "noise_const.npz")["noise"][None], 4, axis=0)
    image, _ = run(session((bundle / "synthesis.onnx").read_bytes()), styles=styles, noise=noise)
    np.testing.assert_allclose(image, golden["image_const"], atol=1e-4)
