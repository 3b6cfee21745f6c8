"""Files that are not what a command takes are named, with what they are and what to give instead."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from mammoganesis.errors import shown
from mammoganesis.pictures.pixels import burn_in_mark
from tests.places import ROOT
from tests.support.commands import LOCAL, Run

OURS = "allowed: a PNG or DICOM file made by MammoGANesis, with its recipe; "
INSTEAD = "; an image is also named by its seed, its recipe (a JSON file) or its latent id"


def edit(run: Run, tmp_path: Path, *latent: object) -> str:
    result = run("edit", *latent, "--edit", "0=1", "--out", tmp_path / "edited.png", *LOCAL)
    assert (result.code, result.out) == (1, "")
    assert not (tmp_path / "edited.png").exists()
    return result.err


@pytest.fixture
def jpeg(tmp_path: Path) -> Path:
    path = tmp_path / "some.jpg"
    Pil.new("L", (8, 8)).save(path)
    return path


def test_an_image_that_is_none_of_ours_is_named(run: Run, jpeg: Path, tmp_path: Path) -> None:
    kind = f"this is a JPEG file of {jpeg.stat().st_size} bytes"
    said = f"error: image: {shown(jpeg)} is not allowed; {OURS}{kind}{INSTEAD}\n"
    assert edit(run, tmp_path, "--image", jpeg).endswith(said)
    assert run("describe", jpeg, *LOCAL).err == said
    assert run("reproduce", jpeg, "--out", tmp_path / "again.png", *LOCAL).err == said
    words = tmp_path / "words"
    words.write_text("hello!")
    told = "no PNG and no other picture that is known here, 6 bytes that begin with b'hello!'"
    assert f"{shown(words)} is not allowed; {OURS}this is {told}{INSTEAD}" in edit(run, tmp_path, "--image", words)
    plain = tmp_path / "plain.png"
    Pil.new("L", (8, 8)).save(plain)
    assert f"{shown(plain)} is not allowed; {OURS}this one holds no recipe (any more){INSTEAD}" in edit(
        run, tmp_path, "--image", plain
    )
    plain.write_bytes(plain.read_bytes()[:50])
    assert f"error: {plain}: image: the file is damaged or cut off" in edit(run, tmp_path, "--image", plain)


def test_a_recipe_that_is_none_is_named(run: Run, jpeg: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "nope.json"
    recipe.write_text('{"seed": nope}')
    assert edit(run, tmp_path, "--recipe", recipe).startswith(f"error: {recipe}: recipe: ")
    assert "this is not JSON at line 1, column 10" in run("describe", recipe, *LOCAL).err
    recipe.write_text('{"seed": "x"}')
    assert edit(run, tmp_path, "--recipe", recipe).startswith(f"error: {recipe}: recipe.seed: ")
    said = edit(run, tmp_path, "--recipe", jpeg)
    assert f"error: recipe: {shown(jpeg)} is not allowed; allowed: a recipe as JSON" in said
    assert "for a PNG file of ours there is --image" in said


def test_a_file_that_is_not_there_is_told_with_what_would_do(run: Run) -> None:
    result = run("describe", "nope.json", *LOCAL)
    assert result.code == 2
    assert result.err.endswith(
        "error: Invalid value for 'IMAGE_OR_SEED': 'nope.json' is no file that is there; allowed: a seed, 0 to "
        "4294967295; the name of a PNG or DICOM file of ours or of a recipe (.json); or a latent id\n"
    )


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"hello!", "no PNG and no other picture that is known here, 6 bytes that begin with b'hello!'"),
        (b"", "an empty file"),
        (b"{}", "a JSON file of 2 bytes"),
    ],
)
def test_verify_says_what_a_file_is_not(run: Run, tmp_path: Path, data: bytes, what: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    result = run("verify", path)
    assert (result.code, result.out) == (
        4,
        f"{path}: cannot be told ({what}; a recipe travels in PNG and DICOM files only)\n",
    )


def test_verify_says_what_can_be_tried_where_every_text_is_gone(run: Run, tmp_path: Path) -> None:
    tried = "its name may tell a seed, and a recipe may have been kept (describe --json, manifest.jsonl of bulk)"
    air = np.random.RandomState(0).randint(0, 9, (128, 128)).astype(np.uint8)
    for pixels, code, said in (
        (air, 4, "not ours (no recipe of MammoGANesis in it; if a program has dropped it: "),
        (burn_in_mark(air), 9, "the recipe is lost (the mark stands in its pixels, but it holds no text of ours; "),
    ):
        path = tmp_path / f"{code}.png"
        Pil.fromarray(pixels).save(path)
        result = run("verify", path)
        assert result.code == code
        assert said + tried in result.out


@pytest.mark.parametrize("arguments", [("swep",), ("sweep", "--sed", "5"), ("verify",), ("verify", "/nowhere")])
def test_every_error_begins_alike(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert [line[:7] for line in result.err.splitlines() if "rror" in line[:7]] == ["error: "]


def test_a_sweep_is_written_whole_whoever_reads_its_lines(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from services.cli import main; main()",
        "sweep",
        "--seed",
        "5",
        "--component",
        "0",
    ]
    script = '"$@" 2>"$0" | head -1; exit "${PIPESTATUS[0]}"'
    arguments = [*command, "--steps", "4", "--out", str(tmp_path / "strip"), *LOCAL]
    done = subprocess.run(["bash", "-c", script, tmp_path / "err", *arguments], cwd=ROOT, capture_output=True)
    assert (done.returncode, (tmp_path / "err").read_text()) == (0, "")
    assert len(done.stdout.splitlines()) == 1
    assert len(list((tmp_path / "strip").glob("seed5_*.png"))) == 4
    assert (tmp_path / "strip" / "contact_sheet.png").exists()
