"""The studio's image on the stage: address, history, seeds, previews, screens and languages."""

from __future__ import annotations

import io
import re
import zipfile

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from mammoganesis.v1.latents_pb2 import Recipe
from services.client import Client, Sampling
from services.studio.app import PAGES
from tests.support.browser import SCREENS
from tests.support.studio_page import LIKE, Studio, likeness, studio_at

MOST_SCRIPT = 1_500_000  # bytes before the viewer is needed

pytestmark = pytest.mark.browser


@pytest.fixture
def studio(studio: Studio) -> Studio:
    """The edit screen with the image of seed 7."""
    return studio.open("screen=edit&seed=7")


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
    studio.until(lambda: "viewer" in studio.state())
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


@pytest.mark.parametrize("width", SCREENS)
def test_it_fits_every_screen_and_everybody(browser: Browser, url: str, width: int) -> None:
    with studio_at(browser, url, width=width) as studio:
        studio.open("screen=edit&seed=7")
        studio.slider("contrast").fill("3")
        studio.shown()
        for key in ("", "p", "s", "d"):
            if key:
                studio.page.locator(".viewer-stage").press(key)
            studio.shown()
            studio.is_fine()


@pytest.mark.parametrize("more", ["", "&strip=name:coarseness"])
def test_at_twice_its_size_the_image_is_seen_whole_at_once(browser: Browser, url: str, more: str) -> None:
    """A window of 1280 x 800 at 200 %."""
    with studio_at(browser, url, viewport={"width": 640, "height": 400}) as studio:
        studio.open(f"screen=edit&seed=7{more}")
        studio.shown()
        box = studio.page.locator(".pane").bounding_box()
        assert box
        assert box["y"] + box["height"] <= 400
        assert box["height"] >= 200
        studio.is_fine()


def test_other_languages_are_whole(browser: Browser, url: str) -> None:
    with studio_at(browser, url, locale="fr-FR") as studio:
        studio.open("screen=edit&seed=7")
        assert studio.page.locator("html").get_attribute("lang") == "fr"
        expect(studio.slider("Troncature ψ")).to_be_visible()
        expect(studio.page.locator(".sentences li").first).to_have_text(re.compile("^Graine 7, avec rapprochement"))
        assert studio.axe() == []
        _, slides = studio.download("Support (PPTX)")
        assert "Recette" in "".join(
            zipfile.ZipFile(io.BytesIO(slides)).read(f"ppt/slides/slide{n}.xml").decode() for n in (1, 2)
        )
        studio.page.get_by_label("Langue").select_option("en")
        expect(studio.slider("Truncation ψ")).to_be_visible()
        expect(studio.page.locator(".sentences li").first).to_have_text(re.compile("^Seed 7, pulled"))


def test_the_first_picture_waits_for_no_viewer(browser: Browser, url: str, client: Client) -> None:
    """Its pixels are drawn although nothing of the viewer ever comes."""
    with studio_at(browser, url, expected="Failed to load resource") as studio:
        studio.page.route(re.compile(r"/(viewer-library|Viewer)-[^/]*\.js"), lambda route: route.abort())
        studio.page.goto(f"{url}#screen=edit&seed=7")
        picture = studio.page.locator(".still canvas")
        expect(picture).to_have_attribute("aria-label", "seed 7")
        studio.until(lambda: studio.page.locator("[data-wanted]").first.get_attribute("data-quality") == "full")
        expect(studio.page.get_by_role("alert").filter(has_text="viewer")).to_be_visible()
        drawn = studio.settled().pixels_of(picture)[..., 0]
    np.testing.assert_allclose(drawn, client.sample([7])[0].pixels().astype(int), atol=1)  # of 16 bits the upper 8


def test_the_script_before_the_viewer_is_small(studio: Studio) -> None:
    asked = studio.page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    scripts = {name.rpartition("/")[2] for name in asked if name.endswith(".js")}
    before = [name for name in scripts if not re.match("(viewer-library|Viewer)-", name)]
    assert len(scripts) > len(before) > 0
    assert sum((PAGES / "assets" / name).stat().st_size for name in before) <= MOST_SCRIPT
