"""`curate`: what the sheets show, and a session in the terminal that is interrupted and goes on."""

from __future__ import annotations

import hashlib
import io
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from google.protobuf.json_format import Parse
from PIL import Image, ImageFont

from mammoganesis.bundle import catalogue as catalogues
from mammoganesis.bundle.catalogue_file import as_dict, read_catalogue
from mammoganesis.bundle.files import read_manifest
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.bundle.v1.catalogue_pb2 import Catalogue
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from tests.places import TINY_BUNDLE
from tests.support import changed_json, stylegan2_numpy
from tests.support.serving import Copy
from training.cli import main
from training.curation.review import Review
from training.curation.sheets import component_sheet, region_sheet
from training.evaluation.network import BundleNetwork

PIXELS = 96  # of an image on a sheet: 16 or 32 pixels, enlarged


def curate(*arguments: object, answers: str | None = None) -> Result:
    """The command, on one thread. `answers` end with the input."""
    return CliRunner().invoke(main, ["--debug", "curate", *map(str, arguments)], input=answers)


def manifest_of(bundle: Path) -> BundleManifest:
    return Parse((bundle / "manifest.json").read_text(), BundleManifest())


@pytest.fixture(scope="module")
def network() -> BundleNetwork:
    return BundleNetwork(load_bundle(TINY_BUNDLE), threads=1)


def cells(sheet: bytes, rows: int, columns: int) -> np.ndarray:
    """The pictures of a sheet, below title and headings, right of labels like "seed 0": [rows, columns, 32, 32]."""
    with Image.open(io.BytesIO(sheet)) as image:
        pixels = np.asarray(image.convert("L"), dtype=float)
    top = len(pixels) - 12 - 2 * round(13 * 1.4) - 8 - rows * (PIXELS + 4)  # from below: a title may have several lines
    left = 12 + math.ceil(ImageFont.load_default(12).getlength("seed 0")) + 12
    found = np.empty((rows, columns, 32, 32))
    for row in range(rows):
        for column in range(columns):
            y, x = top + row * (PIXELS + 4), left + column * (PIXELS + 4)
            found[row, column] = pixels[y : y + PIXELS : 3, x : x + PIXELS : 3]
    return found


def grey(image: np.ndarray) -> np.ndarray:
    """[1, 32, 32], about -1 to 1 -> grey values 0 to 255."""
    return np.clip(np.rint((image[0] + 1) * 127.5), 0, 255)


def numpy_image(ws: np.ndarray) -> np.ndarray:
    """By the definition of StyleGAN2, in float64."""
    styles = stylegan2_numpy.styles_from_ws(ws)
    return stylegan2_numpy.image_from_styles(styles, stylegan2_numpy.const_noise())[0]


def test_a_component_sheet_shows_the_edits_it_says(network):
    """Against NumPy: truncate, add sigma * deviation * component to the chosen layers, synthesise."""
    sheet = component_sheet(network, 2, [0, 3], 0.65, (2, 5), sigmas=(-3.0, 0.0, 2.0))
    shown = cells(sheet, 2, 3)
    with np.load(TINY_BUNDLE / "components.npz") as file:
        step = file["deviations"][2].astype(float) * file["components"][2]
    with np.load(TINY_BUNDLE / "latent_stats.npz") as file:
        w_avg = file["w_avg"]
    with np.load(TINY_BUNDLE / "golden.npz") as file:
        codes = dict(zip(file["seeds"].tolist(), file["w"], strict=True))
    for row, seed in enumerate((0, 3)):
        for column, sigmas in enumerate((-3.0, 0.0, 2.0)):
            ws = np.repeat((w_avg + 0.65 * (codes[seed] - w_avg))[None], 8, axis=0)
            ws[2:5] += sigmas * step
            assert np.abs(shown[row, column] - grey(numpy_image(ws))).max() <= 1


def test_a_region_sheet_shows_target_reference_and_result(network):
    sheet = region_sheet(network, 1, [0, 1], 0.65)
    shown = cells(sheet, 2, 5)
    target, reference, result, difference = (shown[:, column] for column in (0, 2, 3, 4))
    np.testing.assert_array_equal(reference[0], target[1])
    np.testing.assert_array_equal(reference[1], target[0])
    assert np.abs(result - target).max() > 3
    np.testing.assert_allclose(difference, np.minimum(3 * np.abs(result - target), 255), atol=1)


def test_previews_are_drawn_unless_whole_images_are_asked_for(network):
    quick = BundleNetwork(load_bundle(TINY_BUNDLE), threads=1, preview=True)
    styles = np.ones((1, 496), np.float32)
    assert quick.render(styles)[0].shape == (1, 1, 16, 16)
    assert network.render(styles)[0].shape == (1, 1, 32, 32)
    np.testing.assert_array_equal(quick.render(styles)[1], network.render(styles)[1])


def test_sheets_and_a_catalogue_to_fill_in(tmp_path):
    result = curate("sheets", TINY_BUNDLE, "--out", tmp_path / "s", "--components", 2, "--seeds", "5,6", "--threads", 1)
    assert result.exit_code == 0, result.output
    names = {path.name for path in (tmp_path / "s").iterdir()}
    drawn = {"component_00.png", "component_01.png", *(f"region_0{i}.png" for i in range(4))}
    assert names == drawn | {"index.html", "catalogue.json"}
    page = (tmp_path / "s" / "index.html").read_text()
    assert all(f'src="{name}"' in page for name in drawn)
    assert "contrast: layers 0 to 3, -4 to 4 sigma" in page
    manifest, digest = read_manifest(TINY_BUNDLE)
    found = read_catalogue(tmp_path / "s" / "catalogue.json")
    assert found == catalogues.catalogue_of(manifest, digest)
    before = (tmp_path / "s" / "catalogue.json").read_bytes()
    again = curate("sheets", TINY_BUNDLE, "--out", tmp_path / "s")
    assert again.exit_code == 1
    assert "exists already" in again.output
    assert (tmp_path / "s" / "catalogue.json").read_bytes() == before


def test_apply_writes_a_new_bundle(tmp_path):
    manifest, digest = read_manifest(TINY_BUNDLE)
    content = as_dict(catalogues.catalogue_of(manifest, digest)) | {"directions": []}
    (tmp_path / "catalogue.json").write_text(json.dumps(content))
    arguments = ("apply", TINY_BUNDLE, tmp_path / "catalogue.json", "--out", tmp_path / "new")
    result = curate(*arguments, "--version", "2.0.0")
    assert result.exit_code == 0, result.output
    new = manifest_of(tmp_path / "new")
    assert (new.version, len(new.named_components)) == ("2.0.0", 0)
    assert hashlib.sha256((tmp_path / "new" / "manifest.json").read_bytes()).hexdigest() in result.output
    again = curate(*arguments, "--version", "2.0.0")
    assert (again.exit_code, "Traceback" in again.output) == (1, False)
    assert "never overwritten" in again.output


ANSWERS = [
    "n", "shade", "y", "1", "6", "-2", "2.5", "dark to bright",  # component 0, which was called contrast
    "r",  # component 1
    "a",  # component 2 stays coarseness
    "a",  # region 0 stays middle
    "n", "corner", "-",  # region 1
    "r",  # region 2
    "s",  # region 3
    "33", "",  # epsilons
    "y",
]  # fmt: skip
OPTIONS = ("--components", 3, "--seeds", "1", "--threads", 1)


def test_a_session_in_the_terminal(tmp_path):
    result = curate(TINY_BUNDLE, "--out", tmp_path / "new", *OPTIONS, answers="\n".join(ANSWERS) + "\n")
    assert result.exit_code == 0, result.output
    assert str(tmp_path / "new.curation" / "component_01.png") in result.output
    check_new(tmp_path / "new")


def check_new(bundle: Path) -> None:
    """What ANSWERS say."""
    manifest = manifest_of(bundle)
    assert manifest.version == "0.2.0"
    named = {entry.name: entry for entry in manifest.named_components}
    assert set(named) == {"shade", "coarseness"}
    shade = named["shade"]
    assert (shade.index, shade.reversed, shade.layer_start, shade.layer_end) == (0, True, 1, 6)
    assert (shade.sigmas_start, shade.sigmas_end, shade.note) == (-2.0, 2.5, "dark to bright")
    assert named["coarseness"].evidence.num_seeds == 50
    assert list(manifest.rejected_components) == [1, 6]
    assert list(manifest.regions.names) == ["middle", "corner", "rim", ""]
    assert list(manifest.regions.rejected) == [2, 3]
    assert (manifest.regions.default_epsilon, manifest.regions.low_resolution_epsilon) == (33.0, 4.0)


def test_a_combination_is_asked_about_by_its_name_and_outlives_its_first_component(tmp_path):
    copy = Copy(tmp_path / "bundle")
    further = [{"index": 3, "weight": -0.5, "layer_start": 4, "layer_end": 8}]
    effects = [{"attribute": "texture", "at_start": -1, "at_end": 1, "num_seeds": 100}]
    combined = {"index": 1, "name": "thickness", "layer_end": 4, "further": further, "side_effects": effects}
    copy.change_manifest(lambda manifest: manifest.update(combined_components=[combined]))
    answers = ["a", "r", "a", "n", "bulk", "-1", "2", "thin to thick", "a", "s", "a", "s", "", "", "y"]
    result = curate(copy.folder, "--out", tmp_path / "new", *OPTIONS, answers="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert "direction thickness" in result.output
    assert "with -0.5 of component 3" in result.output
    manifest = manifest_of(tmp_path / "new")
    [bulk] = manifest.combined_components
    assert (bulk.name, bulk.index, bulk.sigmas_start, bulk.sigmas_end) == ("bulk", 1, -1.0, 2.0)
    assert (bulk.note, bulk.further[0].index, len(bulk.side_effects)) == ("thin to thick", 3, 0)  # at other ends
    assert list(manifest.rejected_components) == [1, 6]


@pytest.mark.parametrize(
    ("answered", "again"),
    [
        (0, []),
        (3, ["n", "", ""]),  # within component 0: asked again, with the answers so far as defaults
        (8, []),
        (10, []),
        (13, ["n", ""]),  # within region 1
        (16, []),
    ],
)
def test_an_interrupted_session_goes_on_where_it_was(tmp_path, answered, again):
    """The input ends after some answers, as with Ctrl-D; what was answered is there the next time."""
    command = (TINY_BUNDLE, "--out", tmp_path / "new", *OPTIONS)
    first = curate(*command, answers="".join(f"{answer}\n" for answer in ANSWERS[:answered]))
    assert first.exit_code == 0, first.output
    assert "goes on from here" in first.output
    assert not (tmp_path / "new").exists()
    rest = [*again, *ANSWERS[answered:]]
    second = curate(*command, answers="".join(f"{answer}\n" for answer in rest))
    assert second.exit_code == 0, second.output
    check_new(tmp_path / "new")


def test_whatever_one_value_of_the_progress_is_there_is_an_answer(tmp_path: Path, network: BundleNetwork) -> None:
    """The session goes on, or says what is wrong."""
    stopped = curate(TINY_BUNDLE, "--out", tmp_path / "new", *OPTIONS, answers="".join(f"{a}\n" for a in ANSWERS[:3]))
    assert stopped.exit_code == 0, stopped.output
    folder = tmp_path / "new.curation"
    file, whole = folder / "progress.json", json.loads((folder / "progress.json").read_text())
    assert set(whole["drafts"]) == {"component 0"}
    said = changed_json.refused(whole | {"done": ["x"]}, file, lambda: Review(folder, network.bundle, Catalogue))
    assert len(said) > 50
    line = f"{file}: drafts.component 0.name is 1.5; expected a text; without this file the review begins again"
    assert ("drafts.component 0.name: 1.5", line) in said


def test_answers_that_are_not_allowed_are_asked_again(tmp_path):
    answers = ["n", "coarseness", "Shade!", "shade", "n", "9", "0", "4", "-99", "-1", "-2", "2", "", "q"]
    result = curate(TINY_BUNDLE, "--out", tmp_path / "new", *OPTIONS, answers="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    for message in (
        "directions: 'coarseness' is not allowed; allowed: each name once",
        "directions[1].name: 'Shade!' is not allowed; allowed: lower-case letters",
        "layer_end: 8 is not allowed; allowed: layer_start + 1, 10",
        "sigmas_start: -99.0 is not allowed; allowed: -20 to 20",
        "sigmas_end: -2.0 is not allowed; allowed: sigmas_start, -1, to 20",
    ):
        assert message in result.output, result.output
    found = read_catalogue(tmp_path / "new.curation" / "catalogue.json")
    assert [direction.name for direction in found.directions] == ["coarseness", "shade"]
    assert not (tmp_path / "new").exists()


def test_evidence_follows_what_is_answered(tmp_path):
    """Turned round, a measured direction has the opposite rho; on other layers nothing was measured."""
    for answers, expected in (
        (["s", "s", "n", "", "n", "", "", "", "", "", "q"], -0.75),
        (["s", "s", "n", "", "", "3", "", "", "", "", "q"], None),
    ):
        work = tmp_path / str(expected)
        result = curate(
            TINY_BUNDLE, "--out", tmp_path / "new", "--work", work, *OPTIONS, answers="\n".join(answers) + "\n"
        )
        assert result.exit_code == 0, result.output
        [direction] = [d for d in read_catalogue(work / "catalogue.json").directions if d.index == 2]
        assert (direction.evidence.spearman_rho if direction.HasField("evidence") else None) == expected


def test_measured_proposals_are_added_and_what_was_named_stays(tmp_path, monkeypatch):
    """Untrained images have no breast: whatever is proposed must fit, and the bundle's own names come first."""
    monkeypatch.setattr("training.evaluation.reference.REFERENCE_IMAGES", 24)
    result = curate(
        "sheets", TINY_BUNDLE, "--out", tmp_path / "s", "--components", 4, "--seeds", "0", "--threads", 1,
        "--measure", "--measure-seeds", 3, "--whole", "--combine", 0,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    manifest, _ = read_manifest(TINY_BUNDLE)
    found = read_catalogue(tmp_path / "s" / "catalogue.json")
    assert [direction.name for direction in found.directions[:2]] == ["contrast", "coarseness"]
    catalogues.check(found, manifest, 8)
    for direction in found.directions[2:]:
        assert direction.index in (1, 3)
        assert direction.HasField("evidence")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seeds", "1,x"], "--seeds is '1,x'; it must be 1 to 32 numbers"),
        (["--seeds", "-1"], "--seeds is '-1'"),
        (["--layers", "3:3"], "--layers is '3:3'; it must be START:END with 0 <= START < END <= 8"),
        (["--layers", "0:9"], "--layers is '0:9'"),
        (["--components", "0"], "0 is not in the range"),
    ],
)
def test_bad_options_are_one_line(tmp_path, arguments, message):
    for command in (["sheets", TINY_BUNDLE], [TINY_BUNDLE]):
        result = curate(*command, "--out", tmp_path / "new", *arguments)
        assert result.exit_code in (1, 2)
        assert message in result.output
        assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("version", "out"), [("0.1.0", "new"), ("2", "new"), ("1.0.0", "bundle/new")])
def test_what_cannot_be_written_is_refused_before_the_first_question(tmp_path, version, out):
    shutil.copytree(TINY_BUNDLE, tmp_path / "bundle")
    result = curate(tmp_path / "bundle", "--out", tmp_path / out, "--version", version, *OPTIONS)
    field = "version" if out == "new" else "out"
    assert (result.exit_code, f"--{field}: '" in result.output, "component 0" in result.output) == (1, True, False)
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    assert not (tmp_path / "bundle" / "new.curation").exists()


def test_what_cannot_be_curated_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    result = curate("sheets", tmp_path / "empty", "--out", tmp_path / "s")
    assert (result.exit_code, "manifest.json: the file is missing" in result.output) == (1, True)
    shutil.copytree(TINY_BUNDLE, tmp_path / "damaged")
    (tmp_path / "damaged" / "components.npz").write_bytes(b"PK")
    result = curate("sheets", tmp_path / "damaged", "--out", tmp_path / "s")
    assert (result.exit_code, "components.npz: 2 bytes; manifest.json says" in result.output) == (1, True)
    result = curate(TINY_BUNDLE, "--out", tmp_path / "damaged")
    assert (result.exit_code, "never overwritten" in result.output) == (1, True)
    work = tmp_path / "work"
    work.mkdir()
    (work / "catalogue.json").write_text(json.dumps({"bundle_digest": "0" * 64}))
    result = curate(TINY_BUNDLE, "--out", tmp_path / "new", "--work", work, "--threads", 1)
    assert (result.exit_code, "curates the bundle 000000000000..." in result.output) == (1, True)
