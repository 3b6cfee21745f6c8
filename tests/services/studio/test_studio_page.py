"""The studio's page in Chromium, before a real edge: stage, address, history, files, servers that come and go."""

from __future__ import annotations

import hashlib
import io
import json
import re
import socket
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence
from playwright.sync_api import Browser, expect, sync_playwright

from mammoganesis.pictures.pixels import burn_in_mark
from mammoganesis.pictures.png import read_png
from mammoganesis.recipe.canonical import to_json
from mammoganesis.v1.latents_pb2 import NoiseMode, Recipe
from services.client import Client, Sampling
from services.client.provenance import Verdict, verify
from services.studio.app import PAGES, Place
from tests.services.studio.test_studio import running_studio
from tests.support.http_servers import ReverseProxy
from tests.support.served import served_edge
from tests.support.serving import TINY, Copy
from tests.support.studio_page import Studio, studio_at
from tests.support.viewer_page import axe, chromium

DIGEST = hashlib.sha256((TINY / "manifest.json").read_bytes()).hexdigest()
CATALOGUES = ("regions", "named_components", "rejected_components")
SCREENS = ((1440, 900), (1280, 800), (390, 844))
LIKE = 0.97  # least correlation of what is drawn with its image: it is drawn larger, and smoothly
MOST_SCRIPT = 1_500_000  # bytes before the viewer is needed

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield (browser := chromium(playwright, "--disable-3d-apis"))
        browser.close()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served_edge() as edge, running_studio(edge) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def studio(browser: Browser, url: str) -> Iterator[Studio]:
    """The page with the image of seed 7."""
    with studio_at(browser, url) as studio:
        yield studio.open("screen=edit&seed=7")


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client.local(TINY) as client:
        yield client


def likeness(drawn: np.ndarray, expected: np.ndarray) -> float:
    """Correlation of what is drawn with an image, brought to its size: the image fits into the canvas' height."""
    height, width = drawn.shape
    left = (width - height) // 2
    square = Image.fromarray(drawn[:, left : left + height] if width > height else drawn)
    small = np.asarray(square.resize(expected.shape[::-1], Image.Resampling.BOX), np.float64)
    return float(np.corrcoef(small.ravel(), expected.astype(np.float64).ravel())[0, 1])


def test_seed_and_psi_make_the_services_image(studio: Studio, client: Client) -> None:
    seven, eight = (client.sample([seed])[0].pixels() for seed in (7, 8))
    assert likeness(studio.pixels(), seven) > LIKE > likeness(studio.pixels(), eight)
    studio.slider("Truncation ψ").fill("1.2")
    assert studio.recipe() == Recipe(seed=7, truncation={"psi": 1.2})
    wide = client.sample([7], sampling=Sampling(psi=1.2))[0].pixels()
    assert likeness(studio.pixels(), wide) > LIKE
    assert "not for diagnosis" in studio.page.locator(".mark").inner_text()
    studio.button("Random").first.click()
    studio.until(lambda: studio.shown().recipe().seed != 7)
    assert studio.field("Seed").input_value() == str(studio.recipe().seed)


def test_the_address_is_the_state(studio: Studio, browser: Browser, client: Client) -> None:
    studio.slider("contrast").fill("-1.5")
    edited = studio.recipe()
    assert [(edit.name, edit.sigmas) for edit in edited.component_edits] == [("contrast", -1.5)]
    studio.page.keyboard.press("Tab")
    studio.page.locator(".viewer-stage").press("i")
    address = studio.page.url
    image = client.edit(7, [("contrast", -1.5)]).pixels()
    studio.page.reload()
    assert likeness(studio.pixels(), 255 - image) > LIKE
    with studio_at(browser, studio.url) as second:
        second.page.goto(address)
        assert second.recipe() == edited
        assert likeness(second.pixels(), 255 - image) > LIKE
    studio.button("Undo").click()
    assert studio.recipe() == Recipe(seed=7)
    studio.button("Redo").click()
    assert studio.recipe() == edited
    studio.page.go_back()
    assert studio.recipe() == Recipe(seed=7)


def test_what_cannot_be_read_of_an_address_is_said(browser: Browser, url: str) -> None:
    with studio_at(browser, url) as studio:
        studio.page.goto(f"{url}#screen=edit&recipe=nonsense")
        expect(studio.page.get_by_role("alert").first).to_contain_text("recipe")
        expect(studio.field("Seed")).to_have_value("0")
        expect(studio.page.locator("[data-wanted]")).to_have_attribute("data-quality", "full")


def test_history_goes_back_and_forth(studio: Studio) -> None:
    for name, sigmas in (("contrast", "1"), ("coarseness", "2")):
        studio.slider(name).fill(sigmas)
        studio.shown()
    studio.field("Seed").fill("9")
    studio.page.keyboard.press("Enter")
    steps = studio.page.locator(".history button")
    studio.until(lambda: steps.count() == 4)
    assert [text.split("\n")[-1] for text in steps.all_inner_texts()][1:] == [
        "contrast +1.0 SD",
        "coarseness +2.0 SD",
        "seed 9",
    ]
    steps.nth(1).click()
    assert [edit.name for edit in studio.recipe().component_edits] == ["contrast"]
    assert steps.nth(1).get_attribute("aria-current") == "step"
    studio.page.keyboard.press("Control+y")
    assert len(studio.recipe().component_edits) == 2
    studio.page.keyboard.press("Control+Shift+Z")
    assert studio.recipe().seed == 9
    for _ in range(5):
        studio.page.keyboard.press("Control+z")
    assert studio.recipe() == Recipe(seed=7)


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
    with studio_at(browser, url, complains=True) as studio:  # the browser logs every answer that is not 200
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


def test_a_wrong_seed_is_said_in_place(studio: Studio) -> None:
    studio.field("Seed").fill("4294967296")
    expect(studio.page.get_by_text("A whole number from 0 to 4294967295.")).to_be_visible()
    assert studio.recipe() == Recipe(seed=7)
    studio.field("Seed").fill("8")
    studio.page.keyboard.press("Enter")
    studio.until(lambda: studio.recipe().seed == 8)
    expect(studio.page.get_by_text("A whole number from 0 to 4294967295.")).to_be_hidden()


def test_a_moving_slider_shows_previews_and_then_the_image(studio: Studio, client: Client) -> None:
    studio.page.evaluate(
        """() => {
            window.seen = [];
            const stage = document.querySelector('[data-wanted]');
            new MutationObserver(() => seen.push(stage.dataset.quality)).observe(stage, { attributes: true });
            const sliders = [...document.querySelectorAll('input[type=range]')];
            const slider = sliders.find((one) => one.labels[0].textContent === 'contrast');
            for (const value of [0.5, 1, 1.5]) {
                slider.value = value;
                slider.dispatchEvent(new Event('input', { bubbles: true }));
            }
        }"""
    )
    studio.until(
        lambda: (
            studio.page.locator("[data-wanted]").get_attribute("data-quality") == "full"
            and "preview" in studio.page.evaluate("seen")
        )
    )
    studio.slider("contrast").dispatch_event("change")
    assert [(edit.name, edit.sigmas) for edit in studio.recipe().component_edits] == [("contrast", 1.5)]
    assert likeness(studio.pixels(), client.edit(7, [("contrast", 1.5)]).pixels()) > LIKE


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_it_fits_every_screen_and_everybody(browser: Browser, url: str, width: int, height: int) -> None:
    with studio_at(browser, url, viewport={"width": width, "height": height}) as studio:
        studio.open("screen=edit&seed=7")
        studio.slider("contrast").fill("3")
        studio.shown()
        for key in ("", "p", "s", "d"):
            if key:
                studio.page.locator(".viewer-stage").press(key)
            studio.shown()
            assert studio.page.evaluate("document.documentElement.scrollWidth") <= width
            assert axe(studio.page) == []


def test_other_languages_are_whole(browser: Browser, url: str) -> None:
    with studio_at(browser, url, locale="fr-FR") as studio:
        studio.open("screen=edit&seed=7")
        assert studio.page.locator("html").get_attribute("lang") == "fr"
        expect(studio.slider("Troncature ψ")).to_be_visible()
        assert axe(studio.page) == []
        studio.page.get_by_label("Langue").select_option("en")
        expect(studio.slider("Truncation ψ")).to_be_visible()


def test_the_script_before_the_viewer_is_small(studio: Studio) -> None:
    asked = studio.page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    scripts = {name.rpartition("/")[2] for name in asked if name.endswith(".js")}
    before = [name for name in scripts if not re.match("(viewer-library|Viewer)-", name)]
    assert len(scripts) > len(before) > 0
    assert sum((PAGES / "assets" / name).stat().st_size for name in before) <= MOST_SCRIPT


def test_a_server_that_comes_later_is_found(browser: Browser) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        edge_port = free.getsockname()[1]
    with (
        running_studio(f"127.0.0.1:{edge_port}") as port,
        studio_at(browser, f"http://127.0.0.1:{port}/", complains=True) as studio,
    ):
        studio.page.goto(f"{studio.url}#screen=edit&seed=7")
        status = studio.page.locator(".server")
        expect(status).to_have_text("The image server is starting", timeout=20_000)
        with served_edge(edge_port=edge_port):
            studio.shown()
            expect(status).to_have_text("tiny 0.1.0, 32 pixels")
            assert studio.recipe() == Recipe(seed=7)
        studio.field("Seed").fill("8")
        studio.page.keyboard.press("Enter")
        expect(status).to_have_text("The image server does not answer; trying again", timeout=20_000)
        with served_edge(edge_port=edge_port):
            studio.until(lambda: studio.recipe().seed == 8)
            expect(status).to_have_text("tiny 0.1.0, 32 pixels")
            expect(studio.page.get_by_text("does not answer")).to_have_count(0)


@pytest.mark.parametrize(("strips", "base"), [(True, ""), (False, "/some/path")])
def test_behind_a_reverse_proxy_with_a_path(browser: Browser, client: Client, strips: bool, base: str) -> None:
    place = Place(base, ("studio.example.org",))
    with served_edge() as edge, running_studio(edge, place=place, bundle=TINY, curated_bundles=TINY.parent) as behind:
        proxy = ReverseProxy(behind, "/some/path", strips, host="studio.example.org")
        with proxy.running() as port, studio_at(browser, f"http://127.0.0.1:{port}/some/path/") as studio:
            studio.open("screen=edit&seed=7")
            assert likeness(studio.pixels(), client.sample([7])[0].pixels()) > LIKE
            studio.page.get_by_role("link", name="Curate").click()
            expect(studio.page.locator("#component-0 img").first).to_be_visible(timeout=20_000)
            studio.page.get_by_role("link", name="Studio").click()
            studio.until(lambda: studio.page.url.startswith(f"http://127.0.0.1:{port}/some/path/"))
            expect(studio.page.get_by_role("heading", name="Choose an image")).to_be_visible()
            studio.page.goto("about:blank")  # before its server goes
    assert {path.rpartition("/")[2] for _, path in proxy.answers} >= {"GetModel", "Sample", "curation"}
    assert [answer for answer in proxy.answers if answer[0] not in (200, 304)] == []


def test_a_bundle_that_only_samples_says_so(browser: Browser, tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    for name in ("components.npz", "regions.npz"):
        copy.remove(name)
    copy.change_manifest(lambda manifest: [manifest.pop(key, None) for key in CATALOGUES])
    with (
        served_edge(copy.folder) as edge,
        running_studio(edge) as port,
        studio_at(browser, f"http://127.0.0.1:{port}/") as studio,
    ):
        studio.open("screen=edit&seed=7")
        expect(studio.page.get_by_role("tabpanel")).to_contain_text("no directions")
        studio.page.get_by_role("tab", name="Region").click()
        expect(studio.page.get_by_role("tabpanel")).to_contain_text("no regions")
        assert studio.download("PNG")[0] == "seed7.png"


def test_foreign_scripts_do_not_run(browser: Browser, url: str) -> None:
    with studio_at(browser, url, complains=True) as studio:
        studio.open("screen=edit&seed=7")
        script = (
            "() => { const s = document.createElement('script'); s.textContent = 'window.injected = 1';"
            "document.body.append(s); }"
        )
        studio.page.evaluate(script)
        assert studio.page.evaluate("window.injected === undefined")
        studio.until(lambda: any("Content Security Policy" in complaint for complaint in studio.complaints))


def test_a_frame_has_no_chrome(browser: Browser, url: str) -> None:
    with studio_at(browser, url) as studio:
        studio.open("screen=edit&seed=7&frame=1")
        assert studio.page.get_by_role("banner").count() == 0
        assert "not for diagnosis" in studio.page.locator(".mark").inner_text()
