"""A refused value is named as a person gives it: every command says the option, the value and what is allowed."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.places import MSYNTH, TINY_BUNDLE
from tests.support import exported_networks as networks
from training.cli import main
from training.networks import GeneratorConfig

SMALL = GeneratorConfig(z_dim=8, w_dim=8, num_mapping_layers=1, resolution=16, channel_base=64, channel_max=8)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Path:
    """ckpt, data, regions that were found on a layer of no network here, and files that are no network."""
    folder = tmp_path_factory.mktemp("options")
    networks.write_checkpoint(networks.random_generator(SMALL), folder / "ckpt")
    shutil.copytree(tiny_data, folder / "data")
    with np.load(TINY_BUNDLE / "regions.npz") as stored:
        np.savez(folder / "elsewhere.npz", **{**stored, "layer": np.str_("b512.conv9")})  # type: ignore[arg-type]
    (folder / "network.txt").write_text("none")
    (folder / "network.pt").write_text("none")
    return folder


DISCOVER = {
    "components": ("discover", "components", "{work}/ckpt", "--out", "{out}/x.npz"),
    "regions": ("discover", "regions", "{work}/ckpt", "--out", "{out}/x.npz", "--samples", "1"),
}
LOCALITY = ("evaluate", "locality", TINY_BUNDLE, "--out", "{out}/x", "--regions", TINY_BUNDLE / "regions.npz")
DIRECTIONS = ("evaluate", "directions", TINY_BUNDLE, "--out", "{out}/x", "--components", TINY_BUNDLE / "components.npz")
METRICS = ("evaluate", "metrics", "{work}/ckpt", "--data", "{work}/data")
EXTRACTOR = (*METRICS, "--extractor", "{work}/network.pt")
EXPORT = ("export", "{work}/ckpt", "--out", "{out}/x", "--no-licence")
TRAIN = ("train", "--config", "tiny", "--data", "{work}/data", "--out", "{out}/x")
CURATE = ("curate", TINY_BUNDLE, "--out", "{out}/x")
LABELLED = ("curate", "sheets", TINY_BUNDLE.with_name("tiny_conditional_bundle"), "--out", "{out}/x")
SHEETS = ("curate", "sheets", TINY_BUNDLE, "--out", "{out}/x")
PREPARE = ("prepare", MSYNTH, "--out", "{out}/x")

REFUSED = [
    (DISCOVER["components"], "--samples", "8", "8; it must be more than w_dim, which is 8"),
    (DISCOVER["components"], "--samples", "1", "1 is not in the range x>=2"),
    (DISCOVER["components"], "--components", "0", "0 is not in the range x>=1"),
    (DISCOVER["components"], "--seed", "-1", "-1 is not in the range 0<=x<=4294967295"),
    (DISCOVER["regions"], "--samples", "0", "0 is not in the range x>=1"),
    (DISCOVER["regions"], "--regions", "65", "65; it must lie between 1 and the number of rows, 64"),
    (DISCOVER["regions"], "--restarts", "0", "0 is not in the range x>=1"),
    (DISCOVER["regions"], "--truncation-psi", "2.5", "2.5 is not in the range 0<=x<=2"),
    (DISCOVER["regions"], "--seed", "-1", "-1 is not in the range 0<=x<=4294967295"),
    (DISCOVER["regions"], "--layer", "b8.torgb", "'b8.torgb'; allowed are b4.conv1, b8.conv0, b8.conv1, b16.conv0"),
    (LOCALITY, "--pairs", "0", "0 is not in the range x>=1"),
    (LOCALITY, "--seed", "4294967295", "4294967295; with 200 pairs it must be at most"),
    (LOCALITY, "--epsilon", "600", "600 is not between 0 and 512"),
    (LOCALITY, "--low-resolution-epsilon", "x", "'x' is not a list of numbers"),
    (LOCALITY, "--regions", "{work}/elsewhere.npz", "were found on b512.conv9"),
    (LOCALITY, "--psi", "3", "3.0 is not in the range 0<=x<=2"),
    (("evaluate", "locality", "{work}/ckpt", *LOCALITY[3:]), "--regions", "{work}/elsewhere.npz", "which {work}/ckpt"),
    (("evaluate", "locality", "{work}/ckpt", *LOCALITY[3:]), "--device", "nowhere", "'nowhere'; it cannot be used"),
    (DIRECTIONS, "--layers", "3:9", "3:9; it must be START:END with 0 <= START < END <= 8"),
    (DIRECTIONS, "--sigmas", "0", "0; at least two values beside 0"),
    (DIRECTIONS, "--sigmas", "-30,3", "-30 is not between -20 and 20"),
    (DIRECTIONS, "--top", "0", "0 is not in the range x>=1"),
    (DIRECTIONS, "--seeds", "0", "0 is not in the range x>=1"),
    (METRICS, "--device", "gpu", "'gpu'; allowed are auto, cpu, cuda, cuda:N, tpu and xla"),
    (METRICS, "--metric", "kidd", "'kidd' is not one of"),
    (METRICS, "--samples", "1", "1 is not in the range x>=2"),
    (("evaluate", "metrics", MSYNTH, *METRICS[3:]), "--metric", "ppl", "ppl needs a checkpoint or a run"),
    (METRICS, "--extractor", "{work}/network.txt", "/network.txt: ends in '.txt'; allowed are"),
    (EXTRACTOR, "--extractor-digest", "0", "0"),
    (EXTRACTOR, "--extractor-argument", "x=1", "'x=1'; NAME=true, NAME=false or NAME=none is needed"),
    (EXTRACTOR, "--input-channels", "2", "2; allowed are 1 and 3"),
    (EXTRACTOR, "--input-size", "4000", "4000 is not in the range 0<=x<=2048"),
    (EXTRACTOR, "--input-range", ("1", "0"), "1 to 0; it must rise"),
    (EXPORT, "--name", "Demo 1", "'Demo 1'; allowed: "),
    (EXPORT, "--version", "1", "'1'; allowed: "),
    (EXPORT, "--intended-use", " ", "' '; allowed: a sentence or two for users"),
    (EXPORT, "--preview-resolution", "48", "48; allowed: 0 (none) or a power of two from 8 to 8"),
    (EXPORT, "--preview-codes", "7", "7; allowed: 0 (previews as they come) or 8 and more"),
    (EXPORT, "--default-epsilon", "9", "9.0 is not allowed; allowed: nothing; the bundle has no regions"),
    (EXPORT, "--low-resolution-epsilon", "9", "9.0 is not allowed; allowed: nothing; the bundle has no regions"),
    (TRAIN, "--device", "gpu", "'gpu'; allowed are auto, cpu, cuda, cuda:N, tpu and xla"),
    (TRAIN, "--device", "cuda:900", "'cuda"),
    (TRAIN, "--precision", "int8", "'int8' is not one of"),
    (TRAIN, "--batch", "1", "1; it must be 2 or more"),
    (TRAIN, "--batch-per-device", "3", "3; it must be a multiple of 2"),
    (TRAIN, "--metrics", "kid,kidd", "'kidd'; allowed are fid, kid"),
    (TRAIN, "--best-metric", "kid", "'kid', but --metrics names none"),
    ((*TRAIN, "--metrics", "kid"), "--best-metric", "frd", "'frd'; the measured metrics give kid"),
    (TRAIN, "--metric-samples", "1", "1 is not in the range x>=2"),
    (TRAIN, "--labels", "mood", "'mood' is not in {work}/data; it has none"),
    (TRAIN, "--label-dropout", "2", "2.0 is not in the range 0<=x<=1"),
    (TRAIN, "--kimg", "1e9", "1000000000.0; it must lie between 0 and 10000000"),
    (TRAIN, "--gamma", "1e9", "1000000000.0; it must lie between 0 and 1000000.0"),
    (LABELLED, "--labels", "view=XX", " view: 'XX' is not allowed; allowed: CC, MLO"),
    (LABELLED, "--labels", "viev=CC", "'viev' is not allowed; allowed: density, view; did you mean 'view'?"),
    (LABELLED, "--labels", "CC", "'CC' is not allowed; allowed: FIELD=VALUE, such as view=MLO"),
    (SHEETS, "--labels", "view=CC", "'view' is not allowed; allowed: none: this model has no labels"),
    (LOCALITY, "--labels", "view=CC", "'view' is not allowed; allowed: none: this model has no labels"),
    (DIRECTIONS, "--labels", "view=CC", "'view' is not allowed; allowed: none: this model has no labels"),
    (CURATE, "--seeds", "1,x", "'1,x'; it must be 1 to 32 numbers from 0 to 4294967295"),
    (SHEETS, "--seeds", "-1", "'-1'; it must be 1 to 32 numbers from 0 to 4294967295"),
    (SHEETS, "--layers", "3:3", "'3:3'; it must be START:END with 0 <= START < END <= 8"),
    (CURATE, "--version", "2", "'2' is not allowed; allowed: "),
    (("curate", TINY_BUNDLE), "--out", str(TINY_BUNDLE / "new"), "allowed: a folder outside the bundle"),
    ((*PREPARE, "--csv", "a.csv"), "--csv", "b.csv", "2 times for 1 source folders; give one for each, or none"),
    (PREPARE, "--label", "density", "'density' needs a CSV with a column of that name"),
    (PREPARE, "--resolution", "100", "'100' is not one of"),
    (PREPARE, "--test-fraction", "1.5", "1.5 is not in the range 0<=x<=1"),
    (("import", "{work}/network.pt", "--out", "{out}/x"), "--digest", "0" * 64, "0" * 64),
    (("import", "{work}/network.pt", "--out", "{out}/x"), "--digest", "0", "must be a SHA-256 digest"),
]


@pytest.mark.parametrize(("command", "option", "value", "said"), REFUSED)
def test_the_option_is_named_with_its_value_and_what_is_allowed(
    work: Path, tmp_path: Path, command: tuple[object, ...], option: str, value: str | tuple[str, ...], said: str
) -> None:
    values = (value,) if isinstance(value, str) else value
    arguments = [str(part).format(work=work, out=tmp_path) for part in (*command, option, *values)]
    result = CliRunner().invoke(main, ["--debug", *arguments])
    assert (result.exit_code in (1, 2), isinstance(result.exception, SystemExit)) == (True, True), result.output
    (line,) = [line for line in result.output.splitlines() if line.startswith("error: ")]
    assert option in line
    assert said.format(work=work) in line.split(option, 1)[1]
    assert not list(tmp_path.iterdir())
