"""What no bundle is made of: options, files and networks that are refused in one line, with nothing written."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue
from mammoganesis.bundle.v1.manifest_pb2 import NamedComponent
from mammoganesis.errors import BundleError, ConfigurationError, InvalidArgument
from tests.support import exported_networks as networks
from training.cli import main
from training.export import BundleParts, BundleTexts, Training, export_bundle
from training.networks import Generator, GeneratorConfig

SMALL = GeneratorConfig(z_dim=8, w_dim=8, num_mapping_layers=1, resolution=8, channel_base=64, channel_max=8)
COMPONENTS = {
    "components": np.eye(8, dtype=np.float32)[:2],
    "deviations": np.ones(2, np.float32),
    "mean": np.zeros(8, np.float32),
    "explained_variance_ratio": np.full(2, 0.5, np.float32),
}
REGIONS = {
    "centroids": np.eye(8, dtype=np.float32)[:2],
    "contributions": np.full((2, 40), 0.5, np.float32),
    "area_share": np.full(2, 0.5, np.float32),
    "layer": np.str_("b8.conv0"),
    "grid_size": np.int64(8),
}


def command(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["--debug", *map(str, arguments)])


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    """Checkpoint, components, regions, catalogue and card text of a small network."""
    folder = tmp_path_factory.mktemp("refusals")
    networks.write_checkpoint(networks.random_generator(dataclasses.replace(SMALL, resolution=16)), folder / "ckpt")
    np.savez(folder / "components.npz", **COMPONENTS)
    np.savez(folder / "regions.npz", **REGIONS)
    direction = {"index": 1, "name": "breast-size", "layer_start": 0, "layer_end": 5}
    (folder / "catalogue.json").write_text(json.dumps({"directions": [direction]}))
    (folder / "card.md").write_text("Shown 12 thousand **noise** images.\n")
    return folder


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
    result = command("export", work / "ckpt", "--out", tmp_path / "bundle", "--no-licence", *arguments)
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
    np.savez(tmp_path / "c.npz", **(COMPONENTS | change))
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
    np.savez(tmp_path / "r.npz", **(REGIONS | change))
    with pytest.raises(BundleError, match=message):
        export_small(small, tmp_path / "bundle", regions=tmp_path / "r.npz")


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
