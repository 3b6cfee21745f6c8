"""Pages draw labels that nobody asks for as often as the training images have them; old addresses keep theirs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from mammoganesis.v1.latents_pb2 import Recipe
from services.client import Client, Image, Sampling
from tests.support.serving import TINY
from tests.support.site import Site, running_site
from tests.support.studio_page import Studio, likeness, studio_at

CONDITIONAL = TINY.with_name("tiny_conditional_bundle")
DRAWN = Sampling(labels_drawn=True)
KNOWS = "location.protocol === 'http:' && localStorage.setItem('mammoganesis.introduced', '1')"
SHOWN = 24
FIELDS = ("view", "density")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(browser, tmp_path_factory.mktemp("conditional"), CONDITIONAL) as site:
        yield site


@pytest.fixture(scope="module")
def drawn() -> list[Image]:
    """Of the first seeds, as the bundle gives them without a server."""
    with Client.local(CONDITIONAL) as client:
        return client.sample(range(SHOWN), sampling=DRAWN)


@pytest.fixture
def studio(browser: Browser, site: Site) -> Iterator[Studio]:
    with studio_at(browser, site.url) as studio:
        studio.page.add_init_script(KNOWS)
        yield studio


def caption(image: Image, fields: tuple[str, ...] = FIELDS) -> str:
    labels = image.recipe.labels
    return " · ".join([f"seed {image.recipe.seed}", *(labels[name] for name in fields if labels[name])])


def tile(studio: Studio, seed: int) -> Locator:
    return studio.page.locator(f".seeds li:nth-child({seed + 1})")


def test_pictures_to_choose_from_say_the_labels_that_were_drawn(studio: Studio, drawn: list[Image]) -> None:
    studio.page.goto(studio.url)
    names = studio.page.locator(".seeds .name")
    expect(names).to_have_text([caption(image) for image in drawn])
    assert {image.recipe.labels["view"] for image in drawn} == {"CC", "MLO"}
    for seed in (0, 3):
        tile(studio, seed).locator("img").wait_for()
        np.testing.assert_array_equal(studio.pixels_of(tile(studio, seed).locator("img"))[..., 0], drawn[seed].pixels())
    studio.page.get_by_label("View", exact=True).select_option("MLO")
    with Client.local(CONDITIONAL) as client:
        oblique = client.sample(range(SHOWN), sampling=Sampling(labels={"view": "MLO"}, labels_drawn=True))
    expect(names).to_have_text([caption(image, ("density",)) for image in oblique])


def test_the_address_of_a_picture_keeps_what_was_drawn(studio: Studio, drawn: list[Image]) -> None:
    studio.page.goto(studio.url)
    expect(tile(studio, 3).locator(".name")).to_have_text("seed 3 · MLO · C")
    tile(studio, 3).click()
    assert dict(studio.recipe().labels) == dict(drawn[3].recipe.labels)
    view = studio.page.get_by_role("region", name="Image").get_by_label("View", exact=True)
    assert view.locator("option").all_inner_texts() == ["CC", "MLO"]
    assert view.input_value() == "MLO"
    assert likeness(studio.pixels(), drawn[3].pixels()) > 0.97
    studio.page.reload()
    assert (studio.recipe().seed, dict(studio.recipe().labels)) == (3, {"view": "MLO", "density": "C"})


@pytest.mark.parametrize("address", ["recipe=CAM", "screen=edit&seed=3"])
def test_an_old_address_shows_the_old_picture(studio: Studio, address: str) -> None:
    studio.open(f"screen=edit&{address}")
    assert studio.recipe() == Recipe(seed=3)
    with Client.local(CONDITIONAL) as client:
        old, new = client.sample([3])[0].pixels(), client.sample([3], sampling=DRAWN)[0].pixels()
    assert likeness(studio.pixels(), old) > likeness(studio.pixels(), new) + 0.02
    view = studio.page.get_by_role("region", name="Image").get_by_label("View", exact=True)
    assert view.locator("option").all_inner_texts() == ["not known", "CC", "MLO"]
    view.select_option("CC")
    studio.until(lambda: dict(studio.recipe().labels) == {"view": "CC"})
    expect(view.locator("option")).to_have_text(["CC", "MLO"])


def test_a_search_finds_and_shows_what_is_drawn(studio: Studio, drawn: list[Image]) -> None:
    studio.page.goto(f"{studio.url}#mode=expert&start=texture%3Dhigh")
    names = studio.page.locator(".seeds .name")
    studio.until(lambda: names.count() > 3)
    captions = {caption(image) for image in drawn}
    found = [name for name in names.all_inner_texts() if int(name.split(" ")[1]) < SHOWN]
    assert found
    assert set(found) <= captions


def test_the_introduction_shows_what_the_start_screen_shows(browser: Browser, site: Site, drawn: list[Image]) -> None:
    with studio_at(browser, site.url) as studio:
        studio.page.goto(site.url)
        first = studio.page.locator("dialog[open] .topic").first
        expect(first.locator("figcaption")).to_have_text([caption(image) for image in drawn[5:8]])
        middle = first.locator("figure").nth(1).locator("img")  # figures have their image one after the other
        middle.wait_for()
        np.testing.assert_array_equal(studio.pixels_of(middle)[..., 0], drawn[6].pixels())


def test_a_case_of_one_image_has_the_view_that_was_drawn(site: Site) -> None:
    with site.opened() as page:
        page.page.add_init_script("crypto.getRandomValues = (into) => into.fill(3);")
        page.page.goto(f"{site.url}cases")
        page.page.get_by_role("button", name="One image").click()
        expect(page.page.get_by_label("View", exact=True)).to_have_value("MLO")


@pytest.mark.parametrize(("address", "name"), [("cases", "One image"), ("", "Open seed 0")])
def test_nothing_is_begun_before_it_is_known_what_the_model_draws(site: Site, address: str, name: str) -> None:
    with site.opened(address) as page:
        held: list[Route] = []
        page.page.route("**/*ModelService/GetModel", lambda route: held.append(route))
        page.page.reload()
        button = page.page.get_by_role("button", name=name)
        expect(button).to_be_disabled()
        page.until(lambda: len(held) > 0)
        for route in held:
            route.continue_()
        expect(button).to_be_enabled()


def test_sheets_of_the_curation_are_of_drawn_labels(site: Site, drawn: list[Image]) -> None:
    with site.opened("curate") as page:
        page.page.locator(".card img").nth(10).wait_for()
        middle = page.page.locator(".card").first.locator("img").nth(3)
        names = page.page.locator(".card").first.locator(".line:has(.cells) > span")
        expect(names).to_have_text([caption(image) for image in drawn[:3]])
        expected = drawn[0].pixels()
        page.until(lambda: np.array_equal(page.pixels_of(middle)[..., 0], expected))
