"""Folders of images as fakes: equal images give equal figures in whatever depth and format they are stored."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from mammoganesis.errors import DataError
from services.cli import group
from tests.places import ROOT, TINY_BUNDLE
from training.metrics import samples
from training.metrics.commands import metrics

SIZE, COUNT = 16, 12
CASE = ROOT.parent / "shared" / "cases" / "metrics-16-bit-fakes"


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    """[COUNT, SIZE, SIZE] in 0 to 1, of narrow ranges: a stretched copy would differ. Every 8-bit boundary is there."""
    random = np.random.default_rng(0)
    images = random.uniform(0.2, 0.6, (COUNT, SIZE, SIZE))
    images[0].flat[:] = (np.arange(SIZE * SIZE) + 0.5) / 255 + random.uniform(-1e-5, 1e-5, SIZE * SIZE)
    return images.clip(0, 1)


def stored(folder: Path, images: np.ndarray, bits: int, suffix: str) -> Path:
    folder.mkdir()
    for i, image in enumerate(images):
        pixels = np.rint(image * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)
        Image.fromarray(pixels).save(folder / f"{i:02d}{suffix}")
    return folder


def pixels_of(folder: Path) -> np.ndarray:
    return np.concatenate(list(samples.ImageFolder(folder, SIZE, 1).batches()))


@pytest.mark.parametrize(("bits", "suffix"), [(8, ".png"), (16, ".png"), (8, ".tif"), (16, ".tiff")])
def test_depth_and_format_change_no_pixel(drawn: np.ndarray, tmp_path: Path, bits: int, suffix: str) -> None:
    expected = np.rint(drawn * 255).astype(np.uint8)[:, None]
    np.testing.assert_array_equal(pixels_of(stored(tmp_path / "images", drawn, bits, suffix)), expected)


def test_what_systems_leave_in_folders_is_no_image(drawn: np.ndarray, tmp_path: Path) -> None:
    folder = stored(tmp_path / "images", drawn, 8, ".png")
    expected = pixels_of(folder)
    (folder / "__MACOSX").mkdir()
    for name in ("._00.png", ".DS_Store", "__MACOSX/00.png", "__MACOSX/._00.png"):
        (folder / name).write_bytes(b"\0\5\x16\7")
    np.testing.assert_array_equal(pixels_of(folder), expected)


def test_a_folder_of_samples_is_measured_without_its_sheet_and_not_with_the_mark(tmp_path: Path) -> None:
    """What `mammoganesis sample` writes."""
    command = ["sample", "--local", "--bundle", str(TINY_BUNDLE), "--seeds", "0-2", "--out"]
    for name, options in (("plain", ["--no-mark"]), ("marked", [])):
        run = CliRunner().invoke(group, [*command, str(tmp_path / name), *options])
        assert run.exit_code == 0, run.output
    assert (tmp_path / "plain" / "contact_sheet.png").is_file()
    plain = samples.ImageFolder(tmp_path / "plain", 32, 1)
    assert len(np.concatenate(list(plain.batches()))) == 3
    with pytest.raises(DataError, match=r"seed00000000.png: has the mark in its pixels; .* --no-mark"):
        list(samples.ImageFolder(tmp_path / "marked", 32, 1).batches())


def test_values_without_a_fixed_range_are_refused(tmp_path: Path) -> None:
    for i in range(2):
        Image.fromarray(np.full((SIZE, SIZE), 0.5, np.float32)).save(tmp_path / f"{i}.tif")
    with pytest.raises(DataError, match=r"0.tif: holds 32-bit values; 8 or 16 bits are needed"):
        pixels_of(tmp_path)


@pytest.mark.skipif(not CASE.is_dir(), reason=f"no {CASE}: not needed, but worth having")
def test_samples_in_8_and_16_bits_have_the_same_figures(tmp_path: Path) -> None:
    """What `sample --format png` and `--format png16` wrote of the same seeds."""
    out = tmp_path / "metrics.json"
    options = ["--metric", "kid", "--metric", "fid", "--samples", "40", "--bootstrap", "0", "--floor", "none"]
    arguments = [CASE / "png", CASE / "png16", "--data", CASE / "data", "--out", out, *options]
    result = CliRunner().invoke(metrics, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    one, other = (
        {entry["name"]: entry["value"] for entry in evaluation["results"]}
        for evaluation in json.loads(out.read_text())["evaluations"]
    )
    assert one == other
