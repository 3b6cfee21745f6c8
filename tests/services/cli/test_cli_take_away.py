"""Animations and handouts of commands, each read by something that has not written it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

from mammoganesis.pictures.png import read_png
from mammoganesis.recipe.canonical import from_json
from mammoganesis.recipe.identity import without_bundle
from tests.support.commands import Run
from tests.support.slides import Parts


def frames(path: Path) -> list[np.ndarray]:
    with Image.open(path) as image:
        return [np.asarray(part.convert("L")) for part in ImageSequence.Iterator(image)]


def test_sweep_and_interpolate_animate_what_they_write(run: Run, edge: str, tmp_path: Path) -> None:
    at = ["--address", edge, "--steps", 3, "--animation"]
    for out, *command in (
        (tmp_path / "strip", "sweep", "--seed", 5, "--component", 1),
        (tmp_path / "way", "interpolate", 1, 2),
    ):
        done = run(*command, *at, "--out", out)
        assert done.code == 0, done.err
        *steps, sheet, animation = done.out.splitlines()
        assert (sheet, animation) == (str(out / "contact_sheet.png"), str(out / "animation.gif"))
        written = [read_png(Path(line.split()[0]).read_bytes()).pixels for line in steps]
        np.testing.assert_array_equal(frames(out / "animation.gif"), [*written, written[1]])
        assert run(*command, *at[:-1], "--out", out / "without").code == 0
        assert not (out / "without" / "animation.gif").exists()


def test_raw_numbers_are_animated_as_pictures(run: Run, edge: str, tmp_path: Path) -> None:
    done = run(
        "interpolate", 1, 2, "--address", edge, "--steps", 2, "--animation", "--format", "raw", "--out", tmp_path
    )
    assert done.code == 0, done.err
    values = np.load(sorted(tmp_path.glob("*.npy"))[0])[0]
    shown = np.rint(np.clip(values * 127.5 + 127.5, 0, 255))
    assert min(np.abs(frame.astype(float) - shown).max() for frame in frames(tmp_path / "animation.gif")) <= 1


def test_a_handout_of_seeds_and_files(run: Run, edge: str, edited: Path, tmp_path: Path) -> None:
    out = tmp_path / "lesson"
    done = run(
        "handout", 7, edited, "--truncation-psi", 0.5, "--title", "Gr\u00f6\u00dfe", "--address", edge, "--out", out
    )
    assert (done.code, done.out) == (0, f"{out}.pptx\n"), done.err
    slides = Parts((tmp_path / "lesson.pptx").read_bytes()).slides()
    recipes = [from_json("".join(slide.notes)) for slide in slides[:2]]
    assert (recipes[0].seed, recipes[0].truncation.psi) == (7, 0.5)
    assert without_bundle(recipes[1]) == read_png(edited.read_bytes()).recipe
    assert read_png(slides[1].pictures[0]).image_format.burn_in_mark
    described = run("describe", edited, "--address", edge).out.splitlines()
    assert set(described) < set(slides[1].texts)
    assert any("Gr\u00f6\u00dfe" in text for text in slides[0].texts)


def test_what_is_no_handout(run: Run, edge: str, edited: Path, tmp_path: Path) -> None:
    at = ["--address", edge, "--out", tmp_path / "x.pptx"]
    for arguments, words in (
        ([*at], "Missing argument 'IMAGE_OR_SEED...'"),
        ([1, "--address", edge, "--out", tmp_path / "x.png"], "allowed: '.pptx', as it is a PPTX file"),
        ([edited, "--truncation-psi", 1, *at], "--truncation-psi goes with a seed"),
        ([1, "--title", "x" * 201, *at], "title: "),
        ([*range(65), *at], "65"),
    ):
        done = run("handout", *arguments)
        assert done.code in (1, 2)
        assert words in done.err
        assert "Traceback" not in done.err
    assert not (tmp_path / "x.pptx").exists()
