"""Files that the studio gives and takes: pictures, recipes, several images in one."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence
from playwright.sync_api import Browser, expect

from mammoganesis.pictures.pixels import burn_in_mark
from mammoganesis.pictures.png import read_png
from mammoganesis.recipe.canonical import to_json
from mammoganesis.v1.latents_pb2 import NoiseMode, Recipe
from services.client import Client
from services.client.provenance import Verdict, verify
from tests.support.browser import LOST
from tests.support.serving import TINY
from tests.support.studio_page import LIKE, Studio, likeness, studio_at

DIGEST = hashlib.sha256((TINY / "manifest.json").read_bytes()).hexdigest()

pytestmark = pytest.mark.browser


@pytest.fixture
def studio(studio: Studio) -> Studio:
    """The edit screen with the image of seed 7."""
    return studio.open("screen=edit&seed=7")


def test_downloads_say_what_they_are_and_carry_recipe_and_mark(studio: Studio, client: Client) -> None:
    studio.slider("contrast").fill("-1.5")
    studio.shown()
    name, png = studio.download("PNG")
    recipe_name, recipe_text = studio.download("Recipe")
    assert (name, recipe_name) == ("seed7_contrast-1.5.png", "seed7_contrast-1.5.json")
    recipe = json.loads(recipe_text)
    assert (recipe["bundle_digest"], recipe["bundle_name"]) == (DIGEST, "tiny 0.1.0")
    content = read_png(png)
    assert content.recipe is not None
    assert (content.recipe.seed, content.recipe.component_edits[0].sigmas, recipe["seed"]) == (7, -1.5, 7)
    studio.page.get_by_text("Show the recipe").click()
    assert content.latent_id in studio.page.locator(".facts").inner_text()
    assert json.loads(studio.page.locator("pre").inner_text()) == recipe
    studio.page.get_by_label("without the mark in the picture").check()
    bare = read_png(studio.download("PNG")[1])
    assert (content.image_format.burn_in_mark, bare.image_format.burn_in_mark) == (True, False)
    np.testing.assert_array_equal(burn_in_mark(bare.pixels), content.pixels)
    np.testing.assert_array_equal(client.edit(7, [("contrast", -1.5)]).pixels(), bare.pixels)
    assert verify(client, png).verdict is Verdict.UNCHANGED
    name, fine = studio.download("PNG, 16 bits")
    assert name == "seed7_contrast-1.5_16bit.png"
    assert read_png(fine).pixels.dtype == np.uint16


def test_what_is_on_show_is_what_is_taken_away(studio: Studio, client: Client) -> None:
    studio.slider("contrast").fill("3")
    studio.shown()
    studio.page.get_by_label("without the mark in the picture").check()
    studio.page.locator(".viewer-stage").press("]")
    studio.until(lambda: "shown=1" in studio.state().get("viewer", ""))
    plain = client.sample([7])[0].pixels()
    assert likeness(studio.pixels(), plain) > LIKE
    name, png = studio.download("PNG")
    assert name == "seed7.png"
    np.testing.assert_array_equal(read_png(png).pixels, plain)
    studio.page.locator(".viewer-stage").press("[")
    assert studio.download("PNG")[0] == "seed7_contrast+3.0.png"


def slides(handout: bytes) -> int:
    return sum(
        re.fullmatch(r"ppt/slides/slide\d+\.xml", name) is not None
        for name in zipfile.ZipFile(io.BytesIO(handout)).namelist()
    )


# A page each: the browser holds back a second file that comes long after the press.
@pytest.mark.parametrize(
    ("button", "suffix", "images"),
    [
        ("Sheet (PNG)", ".png", lambda content: Image.open(io.BytesIO(content)).width // 96),
        ("Animation (GIF)", ".gif", lambda content: len(list(ImageSequence.Iterator(Image.open(io.BytesIO(content)))))),
        ("Handout (PPTX)", ".pptx", slides),
    ],
)
def test_several_images_make_one_file(studio: Studio, button: str, suffix: str, images: Callable[[bytes], int]) -> None:
    studio.slider("contrast").fill("3")
    studio.shown()
    name, content = studio.download(button)
    assert name.startswith("seed7")
    assert name.endswith(suffix)
    assert images(content) >= 2


def test_a_strip_is_taken_away_whole(studio: Studio, client: Client) -> None:
    studio.open("screen=edit&seed=7&strip=name:coarseness")
    expect(studio.page.locator(".strip img")).to_have_count(7)
    _, animation = studio.download("Animation (GIF)")
    frames = list(ImageSequence.Iterator(Image.open(io.BytesIO(animation))))
    assert len(frames) == 2 * 7 - 2  # forth and back
    assert studio.page.get_by_label("Several images in one file", exact=True).input_value() == "strip"


def test_a_picture_and_a_recipe_are_taken_up_again(studio: Studio, tmp_path: Path) -> None:
    studio.slider("Truncation ψ").fill("1.2")
    studio.slider("coarseness").fill("2")
    recipe, pixels = studio.recipe(), studio.pixels()
    _, png = studio.download("PNG")
    _, text = studio.download("Recipe")
    for name, content in (("some.png", png), ("some.json", text)):
        studio.field("Seed").fill("9")
        studio.page.keyboard.press("Enter")
        studio.until(lambda: studio.recipe().seed == 9)
        studio.choose(tmp_path, name, content)
        studio.until(lambda: studio.recipe().seed == 7)
        np.testing.assert_array_equal(studio.pixels(), pixels)
        assert [(edit.name, edit.sigmas) for edit in studio.recipe().component_edits] == [("coarseness", 2)]
        assert studio.slider("coarseness").input_value() == "2"
        assert studio.recipe().truncation.psi == recipe.truncation.psi
        assert not studio.recipe().HasField("noise")  # its own, which follows the seed
    chosen = studio.recipe()
    chosen.noise.mode, chosen.noise.seed = NoiseMode.NOISE_MODE_RANDOM, 3
    studio.choose(tmp_path, "chosen.json", json.loads(to_json(chosen)))
    studio.until(lambda: studio.recipe().noise.seed == 3)
    studio.field("Seed").fill("9")
    studio.page.keyboard.press("Enter")
    studio.until(lambda: studio.recipe().seed == 9)
    assert studio.recipe().noise.seed == 3


def test_what_is_no_recipe_of_this_model_draws_nothing(browser: Browser, url: str, tmp_path: Path) -> None:
    with studio_at(browser, url, expected=LOST) as studio:
        studio.open("screen=edit&seed=7")
        for name, content in (
            ("some.json", b"no recipe"),
            ("list.json", [1]),
            ("seed.json", {"seed": "x"}),
            ("empty.png", b""),
        ):
            studio.choose(tmp_path, name, content)
            dialog = studio.page.get_by_role("dialog")
            expect(dialog).to_contain_text(f"{name}: no recipe in it")
            dialog.get_by_role("button", name="Close").click()
            assert studio.recipe() == Recipe(seed=7)
        for recipe, words in (
            ({"seed": -1}, "seed: -1 is not allowed"),
            ({"seed": 7, "bundle_digest": "0" * 64, "bundle_name": "other 1.2.3"}, "other 1.2.3"),
        ):
            studio.choose(tmp_path, "other.json", recipe)
            expect(studio.page.locator(".pane-words.failed").first).to_contain_text(words)
            studio.button("Undo").click()
            assert studio.recipe() == Recipe(seed=7)
