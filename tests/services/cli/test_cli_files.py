"""Files that commands write: names, the mark, sheets, and what is refused before anything is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from mammoganesis.pictures.png import read_png
from services.cli.sheets import MOST_PICTURES
from tests.support.commands import LOCAL, Run
from tests.support.small_disk import small_disk

IMAGES = {
    "sample": (["sample", "--seeds", "3"], "seed00000003.png"),
    "edit": (["edit", "--seed", "7", "--direction", "contrast=2"], None),
    "sweep": (["sweep", "--seed", "7", "--direction", "contrast", "--steps", "2"], "seed7_contrast-4.0.png"),
    "component": (
        ["sweep", "--seed", "5", "--component", "3", "--sigmas-start", "-1.5", "--steps", "2"],
        "seed5_component3-1.5.png",
    ),
    "transfer": (["transfer", "--seed", "7", "--reference-seed", "12", "--region", "rim"], None),
    "mix": (["mix", "7", "12", "--layers", "4-6"], None),
    "interpolate": (["interpolate", "7", "12", "--steps", "3"], "seed7_to_seed12_0.5.png"),
    "redraw": (["redraw", "7", "--noise-seeds", "1"], "seed7_noise1.png"),
}


def made(run: Run, tmp_path: Path, name: str, edge: str, *options: str) -> bytes:
    """The named file of a command of IMAGES."""
    arguments, file = IMAGES[name]
    out = tmp_path / "".join(["out", *options])
    result = run(*arguments, *options, "--address", edge, "--out", out)
    assert result.code == 0, result.err
    return (out / file if file else out.with_name(f"{out.name}.png")).read_bytes()


@pytest.mark.parametrize("name", IMAGES)
def test_pictures_carry_the_mark_unless_it_is_taken_off(run: Run, edge: str, tmp_path: Path, name: str) -> None:
    marked, plain = (read_png(made(run, tmp_path, name, edge, *option)) for option in ([], ["--no-mark"]))
    assert (marked.image_format.burn_in_mark, plain.image_format.burn_in_mark) == (True, False)
    assert (marked.pixels != plain.pixels).sum() > 50
    assert marked.recipe == plain.recipe


def test_figures_carry_the_mark_unless_it_is_taken_off(run: Run, tmp_path: Path) -> None:
    figure = ["figure", "samples", "--images", "2", *LOCAL]
    assert run(*figure, "--out", tmp_path / "marked").code == 0
    assert run(*figure, "--no-mark", "--out", tmp_path / "plain").code == 0
    marked, plain = (read_png((tmp_path / f"{name}.png").read_bytes()) for name in ("marked", "plain"))
    assert (marked.image_format.burn_in_mark, plain.image_format.burn_in_mark) == (True, False)
    assert marked.pixels.shape[0] > plain.pixels.shape[0]


def test_raw_numbers_carry_no_mark_and_that_is_said(run: Run, edge: str, tmp_path: Path) -> None:
    raw = ["sample", "--seeds", "3", "--format", "raw", "--address", edge]
    result = run(*raw, "--out", tmp_path / "raw")
    assert (result.code, result.err) == (0, "raw numbers carry no mark\n")
    assert run(*raw, "--no-mark", "--out", tmp_path / "raw").err == ""
    asked = run(*raw, "--mark", "--out", tmp_path / "asked")
    assert (asked.code, "--mark goes with pictures" in asked.err, (tmp_path / "asked").exists()) == (2, True, False)


def test_a_sheet_shows_the_images_under_their_names(run: Run, edge: str, tmp_path: Path) -> None:
    for options in ([], ["--no-mark"]):
        result = run("sample", "--seeds", "0-9", *options, "--address", edge, "--out", tmp_path)
        assert result.out == f"10 images in {tmp_path}, together in {tmp_path / 'contact_sheet.png'}\n"
        sheet = read_png((tmp_path / "contact_sheet.png").read_bytes())
        assert sheet.image_format.burn_in_mark == (not options)
        cells = np.lib.stride_tricks.sliding_window_view(sheet.pixels, (96, 96))[:, :, ::48, ::48]
        for seed in (0, 9):
            image = np.kron(read_png((tmp_path / f"seed{seed:08d}.png").read_bytes()).pixels, np.ones((3, 3), np.uint8))
            likely = (cells == image[::48, ::48]).all(axis=(2, 3))
            windows = (sheet.pixels[y : y + 96, x : x + 96] for y, x in zip(*np.nonzero(likely), strict=True))
            assert any((window == image).all() for window in windows), seed


def test_a_sheet_of_many_images_holds_the_first(run: Run, edge: str, tmp_path: Path) -> None:
    command = ["sample", "--seeds", f"0:{MOST_PICTURES + 2}", "--resolution", "16", "--address", edge]
    assert run(*command, "--out", tmp_path).code == 0
    assert len(list(tmp_path.glob("seed*.png"))) == MOST_PICTURES + 2
    rows = -(-MOST_PICTURES // 8)
    with Pil.open(tmp_path / "contact_sheet.png") as sheet:
        assert rows * 100 < sheet.height < (rows + 1) * 130


@pytest.mark.parametrize("name", ["sample", "sweep", "interpolate", "redraw"])
def test_a_file_name_for_many_images_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    for file in ("x.png", "x.NPY", "x.jpg"):
        result = run(*IMAGES[name][0], "--out", tmp_path / file)
        assert (result.code, f"such as '{tmp_path / 'x'}'" in result.err) == (2, True), result.err
    assert list(tmp_path.iterdir()) == []


def test_a_missing_suffix_is_added(run: Run, edge: str, tmp_path: Path) -> None:
    edit = ["edit", "--seed", "7", "--edit", "0=1", "--address", edge, "--out", tmp_path / "edited"]
    assert run(*edit).out.startswith(f"{tmp_path / 'edited.png'}  lat_")
    assert run(*edit, "--format", "raw").out.startswith(f"{tmp_path / 'edited.npy'}  lat_")
    (tmp_path / "folder").mkdir()
    refused = run(*edit[:-1], tmp_path / "folder")
    assert (refused.code, "is a folder" in refused.err) == (2, True)


@pytest.mark.parametrize("name", ["sample", "sweep", "edit", "transfer"])
def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(
    run: Run, edge: str, tmp_path: Path, name: str
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        (disk / "filler").write_bytes(b"x" * (2**20 - 8192))
        out = disk / ("out" if name in ("sample", "sweep") else "out.png")
        many = {"sample": ["--seeds", "0-63"], "sweep": ["--steps", "64"]}.get(name, [])
        (disk / "more").write_bytes(b"x" * 8192 * (not many))
        result = run(*IMAGES[name][0], *many, "--address", edge, "--out", out)
        assert result.code == 1, result.err
        assert result.err.startswith(f"error: {disk}")
        assert "the disk is full; " in result.err
        assert "bytes were to be written" in result.err
        assert result.err.count("\n") == 1
        assert not [path for path in disk.rglob("*") if path.name.endswith(".part")]
        for path in disk.rglob("*.png"):
            read_png(path.read_bytes())


def test_a_folder_that_may_not_be_written_is_named_with_the_reason(run: Run, edge: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("edit", "--seed", "1", "--edit", "0=1", "--address", edge, "--out", tmp_path / "file" / "x.png")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert str(tmp_path / "file") in result.err
    assert "not a directory" in result.err
    assert "Errno" not in result.err
