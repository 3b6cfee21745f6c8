"""mix, interpolate, redraw, segment, describe and the listings; every command of the editor gives the same bytes from a
server and in its own process."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoganesis.pictures.png import read_png
from mammoganesis.recipe.canonical import to_json
from services.client import Client
from services.figures.transfers import ORANGE
from tests.support.commands import LOCAL, Run
from tests.support.served import served_edge
from tests.support.serving import TINY, Copy

FORMS = {
    "sample": ["sample", "--seeds", "3-4", "--resolution", "16"],
    "mix": ["mix", "7", "12", "--layers", "4-6", "--noise-mode", "random", "--noise-seed", "2"],
    "interpolate": ["interpolate", "7", "12", "--space", "styles", "--steps", "3"],
    "redraw": ["redraw", "7", "--noise-seeds", "1,2,3", "--format", "png16"],
    "edit": ["edit", "--seed", "7", "--mode", "absolute", "--direction", "coarseness=1.5", "--edit", "0=-1@0:3"],
    "sweep": ["sweep", "--seed", "7", "--component", "contrast", "--mode", "absolute", "--steps", "2"],
    "transfer": ["transfer", "--seed", "7", "--reference-seed", "12", "--region", "rim", "--resolution", "16"],
}


@pytest.mark.parametrize("name", FORMS)
def test_a_server_and_this_process_write_the_same_bytes(run: Run, edge: str, tmp_path: Path, name: str) -> None:
    one_file = name in ("mix", "edit", "transfer")
    for place, where in (("remote", ["--address", edge]), ("local", LOCAL)):
        (tmp_path / place).mkdir()
        result = run(*FORMS[name], *where, "--out", tmp_path / place / ("out.png" if one_file else "."))
        assert result.code == 0, result.err
    files = {path.name: path.read_bytes() for path in (tmp_path / "remote").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "local").iterdir()}
    sheet = files.pop("contact_sheet.png", None)
    assert (sheet is not None) == (name in ("sample", "interpolate", "sweep"))
    assert len(files) == {"sample": 2, "interpolate": 3, "redraw": 3, "sweep": 2}.get(name, 1)
    preview = "--resolution" in FORMS[name]
    assert {read_png(data).pixels.shape for data in files.values()} == {(16, 16) if preview else (32, 32)}


def test_regions_have_the_name_of_their_place_in_the_view(run: Run, tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle", TINY.with_name("tiny_conditional_bundle"))
    names = [
        {"index": index, "field": "view", "value": "MLO", "name": f"{place}-tail"}
        for index, place in enumerate(("axillary", "lower", "upper"))
    ]
    copy.change_manifest(lambda manifest: manifest["regions"].update(labelled_names=names))
    at = ["--local", "--bundle", copy.folder]
    assert "axillary-tail where the view is MLO" in run("regions", *at).out
    for value, expected in (("MLO", True), ("CC", False)):
        told = run("segment", 7, "--labels", f"view={value}", *at, "--out", tmp_path / "map.png").out
        assert ("-tail" in told) == expected
    moved = run(
        "transfer",
        "--seed",
        7,
        "--reference-seed",
        8,
        "--region",
        "Axillary-Tail",
        *at,
        "--out",
        tmp_path / "moved.png",
    )
    assert moved.code == 0, moved


def test_the_regions_of_an_image_are_told_and_drawn(run: Run, edge: str, tmp_path: Path) -> None:
    outs = [tmp_path / "remote.png", tmp_path / "local.png"]
    told = [run("segment", 7, *at, "--out", out) for at, out in zip((["--address", edge], LOCAL), outs, strict=True)]
    assert [result.code for result in told] == [0, 0], told
    assert outs[0].read_bytes() == outs[1].read_bytes()
    cells = read_png(outs[0].read_bytes()).pixels
    assert cells.shape == (32, 32)
    shares = {int(line[7:11]): line.split()[-1] for line in told[0].out.splitlines()[:-1]}
    assert shares == {region: f"{(cells == region).mean():.2%}" for region in np.unique(cells).tolist()}
    assert "middle" in told[0].out
    assert told[0].out.splitlines()[-1].startswith(f"{outs[0]}  lat_")
    assert run("segment", 7, *LOCAL, "--out", tmp_path / "x.jpg").code == 2
    sheet = tmp_path / "sheet.png"
    assert run("segment", 7, *LOCAL, "--out", outs[1], "--sheet", sheet).out.splitlines()[-1] == str(sheet)
    page = read_png(sheet.read_bytes())
    orange = (page.pixels == ORANGE).all(axis=-1)
    rows, columns = orange.any(axis=1), orange.any(axis=0)
    assert rows.sum() > 96 * 0.9, "regions cover the image, so their outlines reach over a picture's height"
    assert columns.sum() > 96
    assert page.is_marked


def test_a_coloured_label_map_has_the_same_indices(run: Run, tmp_path: Path) -> None:
    grey, coloured, sheet = tmp_path / "grey.png", tmp_path / "coloured.png", tmp_path / "sheet.png"
    plain = run("segment", 7, *LOCAL, "--out", grey)
    told = run("segment", 7, *LOCAL, "--colours", "--out", coloured, "--sheet", sheet)
    assert (plain.code, told.code) == (0, 0), told.err
    with Image.open(coloured) as opened:
        assert (opened.mode, opened.text["Synthetic"]) == ("P", "yes; not for diagnosis")  # type: ignore[attr-defined]
        indices, seen = np.asarray(opened), np.asarray(opened.convert("RGB"))
    assert coloured.read_bytes()[24:26] == bytes((8, 3)), "8 bits, palette"
    np.testing.assert_array_equal(indices, read_png(grey.read_bytes()).pixels)
    page = read_png(sheet.read_bytes()).pixels
    lines = told.out.splitlines()[:-2]
    for before, line in zip(plain.out.splitlines()[:-1], lines, strict=True):
        assert line.startswith(before)
        code, *name = line.removeprefix(before).split()
        rgb = np.array(list(bytes.fromhex(code.removeprefix("#"))))
        assert (seen[indices == int(line[7:11])] == rgb).all()
        assert name
        assert (page == rgb).all(axis=-1).sum() > 20, "its outline on the sheet"
    assert len({line.split()[4] for line in lines}) == len(lines)


def test_latents_come_by_seed_file_recipe_and_id(run: Run, edge: str, tmp_path: Path) -> None:
    at = ["--address", edge]
    mixed = tmp_path / "mixed.png"
    assert run("mix", 7, 12, "--layers", "2:5", *at, "--truncation-psi", "0.8", "--out", mixed).code == 0
    content = read_png(mixed.read_bytes())
    assert content.recipe is not None
    mixing = content.recipe.mixing
    assert (mixing.base.seed, mixing.style.seed, mixing.layer_start, mixing.layer_end) == (7, 12, 2, 5)
    assert mixing.base.truncation.psi == mixing.style.truncation.psi == 0.8
    recipe = tmp_path / "recipe.json"
    recipe.write_text(to_json(content.recipe))
    said = {run("describe", source, *at).out for source in (mixed, recipe, content.latent_id)}
    assert len(said) == 1
    assert "A mixture: [seed 7" in said.pop()
    way = run("interpolate", mixed, content.latent_id, "--steps", 2, *at, "--out", tmp_path / "way")
    assert way.code == 0
    ends = [read_png(Path(line.split()[0]).read_bytes()).pixels for line in way.out.splitlines()[:2]]
    np.testing.assert_array_equal(ends[0], ends[1])
    assert run("redraw", mixed, "--noise-seeds", "4", *at, "--out", tmp_path / "again").code == 0
    (path,) = (tmp_path / "again").iterdir()
    assert path.name.startswith("seed7_")
    assert path.name.endswith("_noise4.png")
    redrawn = read_png(path.read_bytes())
    assert redrawn.recipe is not None
    assert redrawn.recipe.noise.seed == 4


def test_describe_a_seed_with_its_options(run: Run, edge: str) -> None:
    shown = run("describe", 7, "--truncation-psi", "1.5", "--noise-mode", "none", "--address", edge)
    french = run(
        "describe", 7, "--language", "fr", "--truncation-psi", "1.5", "--noise-mode", "none", "--address", edge
    )
    assert french.out.splitlines()[-1] == "Rendu sans bruit."
    refused = run("describe", 7, "--language", "xx", "--address", edge)
    assert refused.code == 1
    assert "--language: 'xx' is not allowed; allowed: en, fr, or nothing for en" in refused.err
    assert shown.out.splitlines() == [
        "Seed 7, pushed away from the average image (psi 1.5).",
        "Rendered without noise.",
    ]


def test_labels_reach_the_recipe(run: Run, tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.to_conditional()
    at = ["--local", "--bundle", copy.folder]
    assert run("sample", "--seeds", 1, "--labels", "view=MLO,density=B", *at, "--out", tmp_path).code == 0
    recipe = read_png((tmp_path / "seed00000001.png").read_bytes()).recipe
    assert recipe is not None
    assert dict(recipe.labels) == {"view": "MLO", "density": "B"}
    assert "Seed 1 with view MLO," in run("describe", 1, "--labels", "view=MLO", *at).out
    refused = run("sample", "--seeds", 1, "--labels", "view=LAT", *at, "--out", tmp_path)
    assert (refused.code, refused.err) == (1, "error: labels.view: 'LAT' is not allowed; allowed: CC, MLO\n")
    assert "view: CC, MLO; density: A, B, C" in run("model", *at).out


def test_labels_are_drawn_alike_by_a_server_and_in_this_process(run: Run, tmp_path: Path) -> None:
    conditional = TINY.with_name("tiny_conditional_bundle")
    with served_edge(conditional) as address:
        for place, at in (("remote", ["--address", address]), ("local", ["--local", "--bundle", conditional])):
            out, drawn = tmp_path / place, ["--labels-drawn", *at]
            assert run("sample", "--seeds", "3-8", *drawn, "--out", out / "any").code == 0
            assert run("sample", "--seeds", "3-8", "--labels", "view=mlo", *drawn, "--out", out / "oblique").code == 0
            assert run("edit", "--seed", 3, "--edit", "0=1", *drawn, "--out", out / "edited.png").code == 0
            assert "Seed 3 with density C, view MLO," in run("describe", 3, *drawn).out
            refused = run("sample", "--seeds", 1, "--labels", "view=LAT", *drawn, "--out", out / "none")
            assert (refused.code, refused.err) == (1, "error: labels.view: 'LAT' is not allowed; allowed: CC, MLO\n")
            refused = run("describe", out / "edited.png", *drawn)
            assert (refused.code, "--labels-drawn goes with a seed" in refused.err) == (2, True)
    remote = {path.relative_to(tmp_path / "remote"): path.read_bytes() for path in (tmp_path / "remote").rglob("*.png")}
    assert remote == {
        path.relative_to(tmp_path / "local"): path.read_bytes() for path in (tmp_path / "local").rglob("*.png")
    }
    labels = {}
    for path, data in remote.items():
        if path.name != "contact_sheet.png":
            recipe = read_png(data).recipe
            assert recipe is not None
            labels[str(path)] = dict(recipe.labels)
    assert {labels[f"any/seed{seed:08d}.png"]["view"] for seed in range(3, 9)} == {"CC", "MLO"}
    assert {labels[f"oblique/seed{seed:08d}.png"]["view"] for seed in range(3, 9)} == {"MLO"}
    assert labels["edited.png"] == labels["any/seed00000003.png"] == {"view": "MLO", "density": "C"}


def test_a_direction_along_several_components_by_its_name(run: Run, tmp_path: Path) -> None:
    """Listed with its parts and its row of the matrix; edited, told and reproduced like any other."""
    copy = Copy(tmp_path / "bundle")
    further = [{"index": 1, "weight": -0.7, "layer_start": 4, "layer_end": 8}]
    effects = [
        {"attribute": "texture", "at_start": -0.25, "at_end": 1.5, "num_seeds": 100},
        {"attribute": "breast_area", "at_start": 0.0, "at_end": 0.1, "num_seeds": 100},
    ]
    thickness = {"index": 3, "name": "thickness", "layer_start": 2, "layer_end": 6, "further": further}
    copy.change_manifest(lambda manifest: manifest.update(combined_components=[{**thickness, "side_effects": effects}]))
    at = ("--local", "--bundle", copy.folder)
    lines = [line.split() for line in run("directions", *at).out.splitlines()]
    assert ["thickness", "3", "2:6", "-3", "to", "3"] in lines
    assert ["-0.70", "of", "1", "4:8"] in lines
    assert ["direction", "texture", "breast_area"] in lines
    assert ["thickness", "-0.2", "+1.5", "+0.0", "+0.1"] in lines
    out = tmp_path / "edited.png"
    assert run("edit", "--seed", 7, "--direction", "thickness=2", "--out", out, *at).code == 0
    assert 'Moved by +2 standard deviations along "thickness"' in run("describe", out, *at).out
    parts = ("--edit", "3=2@2:6", "--edit", f"1={2 * -0.7}@4:8")
    assert run("edit", "--seed", 7, *parts, "--out", tmp_path / "parts.png", *at).code == 0
    assert (tmp_path / "parts.png").read_bytes() == out.read_bytes()
    assert run("reproduce", out, "--out", tmp_path / "again.png", *at).code == 0
    assert (tmp_path / "again.png").read_bytes() == out.read_bytes()
    with Client.local(copy.folder) as client:
        assert client.side_effects() == {"thickness": {"texture": (-0.25, 1.5), "breast_area": (0.0, 0.1)}}


def test_listings_show_useful_ranges(run: Run, edge: str, tmp_path: Path) -> None:
    shown = run("directions", "--address", edge).out
    assert shown == run("directions", *LOCAL).out
    contrast, coarseness = (line.split() for line in shown.splitlines()[1:3])
    assert contrast[:6] == ["contrast", "0", "0:4", "-4", "to", "4"]
    assert coarseness[:6] == ["coarseness", "-2", "2:8", "-2", "to", "3.5"]
    assert "mean_intensity: Spearman's rho +0.75, 50 seeds" in shown
    assert "nothing useful was seen along the components 6" in shown
    regions = run("regions", "--address", edge).out
    assert "the largest cluster" in regions
    assert "default 20; layers of 4x4 and 8x8 at most 4" in regions
    assert "b4.conv1, b4.torgb, b8.conv0" in regions
    copy = Copy(tmp_path / "bundle")
    copy.to_first_format()
    assert "no curated directions" in run("directions", "--local", "--bundle", copy.folder).out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["sample", "--seeds", "1", "--noise-seed", "3"],
            2,
            "--noise-seed goes with --noise-mode random, not with own",
        ),
        (["mix", "1", "2", "--layers", "1:3", "--noise-mode", "none", "--noise-seed", "3"], 2, "not with none"),
        (["edit", "--seed", "1", "--edit", "0=1", "--noise-seed", "0"], 2, "--noise-seed goes with"),
        (["sample", "--seeds", "1", "--labels", "view"], 2, "FIELD=VALUE, such as view=MLO"),
        (["sample", "--seeds", "1", "--labels", "view=CC,view=MLO"], 2, "'view' is there twice"),
        (["sample", "--seeds", "1", "--labels", "view=CC"], 1, "allowed: none: this model has no labels"),
        (["sample", "--seeds", "1", "--resolution", "8"], 1, "format.resolution: 8"),
        (["sample", "--seeds", "1", "--resolution", "-1"], 2, "--resolution"),
        (["mix", "1", "2"], 2, "--layers"),
        (["mix", "1", "2", "--layers", "4"], 2, "0-7 (7 included)"),
        (["mix", "1", "2", "--layers", "4-8"], 1, "layer_end: 9 is not allowed; allowed: layer_start + 1 to num_ws"),
        (["mix", "1", "absent.png", "--layers", "1:2"], 2, "absent.png"),
        (["mix", "1", "4294967296", "--layers", "1:2"], 2, "4294967295"),
        (["interpolate", "1", "2", "--space", "z"], 2, "--space"),
        (["interpolate", "1", "lat_" + "0" * 32], 1, "end.latent_id"),
        (["redraw", "1", "--noise-seeds", "0-64"], 1, "noise_seeds: 65 is not allowed; allowed: 1 to 64"),
        (["edit", "--seed", "1"], 2, "at least one of --edit, --direction"),
        (["edit", "--seed", "1", "--direction", "0=1"], 2, "--edit takes components by number"),
        (["edit", "--seed", "1", "--direction", "size=1"], 1, "coarseness, contrast; or a component index"),
        (["edit", "--seed", "1", "--edit", "0=1", "--mode", "fast"], 2, "--mode"),
        (["redraw", "lat_" + "0" * 32, "--noise-seeds", "1", "--truncation-psi", "1"], 2, "goes with a seed"),
    ],
)
def test_bad_input_is_one_line(
    run: Run, edge: str, tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    out = tmp_path / "out.png" if arguments[0] in ("mix", "edit") else tmp_path / "out"
    result = run(*arguments, "--address", edge, "--out", out)
    assert (result.code, message in result.err) == (code, True), result.err
    assert not list(tmp_path.glob("**/*.png"))


FOREIGN = {
    "edit": ["edit", "--recipe", "FILE", "--edit", "0=1"],
    "sweep": ["sweep", "--recipe", "FILE", "--component", "0", "--steps", "2"],
    "transfer": ["transfer", "--seed", "7", "--reference-recipe", "FILE", "--region", "rim"],
    "mix": ["mix", "7", "FILE", "--layers", "4-6"],
    "interpolate": ["interpolate", "FILE", "7", "--steps", "2"],
    "redraw": ["redraw", "FILE", "--noise-seeds", "1"],
    "segment": ["segment", "FILE"],
    "bulk": ["bulk", "--seeds", "0:2", "--recipe", "FILE"],
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_recipe_of_another_bundle_is_refused_by_name(run: Run, edge: str, tmp_path: Path, name: str) -> None:
    file, out = tmp_path / "recipe.json", tmp_path / "out"
    file.write_text(json.dumps({"seed": 3, "bundle_digest": "1" * 64, "bundle_name": "clinic 3.0.0"}))
    command = [str(file) if word == "FILE" else word for word in FOREIGN[name]]
    for where in [["--bundle", TINY]] if name == "bulk" else [["--address", edge], LOCAL]:
        result = run(*command, *where, "--out", out)
        assert (result.code, result.out) == (1, "")
        (line,) = result.err.splitlines()
        assert line.startswith("error: ")
        assert "recipe.bundle_digest" in line
        assert "clinic 3.0.0" in line
        assert sorted(tmp_path.iterdir()) == [file]
