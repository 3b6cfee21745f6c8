"""The curation page's sheets of images, its search, its keys, and what it measures of side effects."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from services.client import Client
from tests.support.browser import SCREENS
from tests.support.curation_page import Curation, curation_at
from tests.support.serving import TINY

KEPT = f"mammoganesis:curation:{hashlib.sha256((TINY / 'manifest.json').read_bytes()).hexdigest()}"

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Curation]:
    """The page as it is for somebody who has not been there."""
    with curation_at(browser, url) as page:
        yield page.open()


def test_sheets_hold_the_services_images_and_wait_until_they_are_near(page: Curation, client: Client) -> None:
    shown = page.drawn_sheet("component-0", 3 * 7)
    assert not page.pictures("region-3"), "far below the screen"
    for row, seed in enumerate((0, 1, 2)):
        for column, step in enumerate(client.sweep(seed, 0, layers=(0, 4))):
            np.testing.assert_array_equal(page.pixels_of(shown[7 * row + column])[..., 0], step.image.pixels())
    target, reference, result = (page.pixels_of(one)[..., 0] for one in page.drawn_sheet("region-0", 3 * 3)[:3])
    np.testing.assert_array_equal(target, client.sample([0])[0].pixels())
    np.testing.assert_array_equal(reference, client.sample([3])[0].pixels())
    np.testing.assert_array_equal(result, client.transfer(0, 3, [0]).image.pixels())
    expected = set((client.segment(0).label_map == 0).ravel().tolist())
    paths = page["region-0"].locator(".cells").first.locator("path")
    assert {"outside" not in (path.get_attribute("class") or "") for path in paths.all()} == expected


def test_other_layers_signs_and_settings_draw_other_sheets(page: Curation, client: Client) -> None:
    page.drawn_sheet("component-0", 3 * 7)

    def first() -> np.ndarray:
        """The first picture of component 0, once it is there."""
        return page.pixels_of(page["component-0"].locator(".cells").first.locator("i:first-child img"))[..., 0]

    def places() -> tuple[float, float]:
        cells = page["component-0"].locator(".cells").first.locator("i")
        left, right = (cells.nth(i).evaluate("e => e.getBoundingClientRect().x") for i in (0, 6))
        return left, right

    page.field("component-0", "layer_end").fill("8")
    expected = next(client.sweep(0, 0, layers=(0, 8))).image.pixels()
    page.until(lambda: page.pictures("component-0") and np.array_equal(first(), expected))
    left, right = places()
    assert left < right
    page.field("component-0", "reversed").click()
    left, right = places()
    assert left > right, "the rows are turned round"
    page["quality"].select_option("quick")
    page.until(lambda: page.pictures("component-0") and first().shape == (16, 16))


def test_the_list_is_searched_and_filtered_and_the_address_keeps_it(page: Curation) -> None:
    components, regions = [f"component-{i}" for i in range(8)], ["region-1", "region-0", "region-2", "region-3"]
    assert page.cards() == components + regions, "a region without a decision comes first"
    page["find"].fill("Faint pattern")
    page.until(lambda: page.cards() == ["component-0"])
    page["find"].fill("mean intensity")
    page.until(lambda: page.cards() == ["component-2"])
    page.page.wait_for_url("**find=mean+intensity**")
    page.page.reload()
    page.until(lambda: page.cards() == ["component-2"])
    page["find"].fill("")
    page["show"].select_option("undecided")
    page.until(lambda: page.cards() == [*(f"component-{i}" for i in (1, 3, 4, 5, 7)), "region-1"])
    page.choose("component-1", "keep")
    expect(page["components-count"]).to_have_text("3 useful, 1 set aside, 4 not decided")
    assert page.cards()[0] == "component-1", "a card stays where it is while it is filled in"
    page["jump"].fill("6")
    page["jump"].press("Enter")
    page.until(lambda: page.active() == "component-6")
    assert page.cards() == components + regions, "what a jump leads to is listed"
    page["jump"].fill("77")
    page["jump"].press("Enter")
    expect(page["controls"]).to_contain_text("numbers 0 to 7, regions r0 to r3")


def test_everything_can_be_done_by_keys(page: Curation) -> None:
    page.keys("j")
    assert page.active() == "component-0"
    page.keys("j", "j", "k")
    assert page.active() == "component-1"
    page.keys("x")
    page.until(lambda: page.decision("component-1") == "reject")
    page.keys("u")
    page.until(lambda: page.decision("component-1") == "keep")
    page.keys("n")
    page.page.keyboard.type("jump x")
    assert page.value("component-1", "name") == "jump x", "letters in a field are letters"
    page.keys("Escape")
    assert page.active() == "component-1"
    page.keys("g")
    page.page.keyboard.type("r2")
    page.keys("Enter")
    page.until(lambda: page.active() == "region-2")
    page.keys("/")
    assert page.active() == "find"
    page["component-3"].press("?")
    dialog = page.page.locator("dialog[open]")
    dialog.wait_for()
    keys = dialog.locator("kbd").locator("visible=true").all_inner_texts()
    assert keys == ["j", "k", "u", "x", "o", "n", "e", "g", "/", "?", "Esc"]
    dialog.locator("input[type=checkbox]").first.click()
    page.keys("Escape")
    expect(dialog).to_have_count(0)
    page["component-3"].press("u")
    assert page.decision("component-3") == "undecided", "letters are switched off"


def test_controls_have_names_and_work_from_the_keyboard(page: Curation) -> None:
    unnamed = page.page.evaluate(
        "[...document.querySelectorAll(':is(main, .finish) :is(input, select, textarea, button):not([hidden])')]"
        ".filter((c) => !c.labels?.length && !c.textContent.trim() && !c.getAttribute('aria-label')).length"
    )
    assert unnamed == 0
    page["component-1"].locator("[value=undecided]").press("ArrowRight")
    assert page.decision("component-1") == "keep"
    page.keys("Tab")
    page.page.keyboard.type("from-the-keyboard")
    assert page.value("component-1", "name") == "from-the-keyboard"


def kept_direction(page: Curation) -> dict[str, Any]:
    """The first one, as the browser keeps it."""
    return json.loads(page.page.evaluate("key => localStorage.getItem(key)", KEPT))["components"][0]["directions"][0]


def test_side_effects_are_measured_shown_and_kept_until_the_range_is_another(page: Curation) -> None:
    effects = page["component-0"].locator(".effects").first
    effects.locator("button").first.click()
    effects.locator("table").wait_for()
    assert "mean of 16 seeds" in effects.inner_text()
    rows = effects.locator("tbody tr")
    shown = {row.locator("th").inner_text(): row.inner_text() for row in rows.all()}
    said = kept_direction(page)["side_effects"]
    assert len(shown) == len(said) == 6
    mean = next(effect for effect in said if effect["attribute"] == "mean_intensity")
    assert f"{abs(mean['at_end']):.2f}" in shown["mean intensity"]
    page.reload()
    table: Locator = page["component-0"].locator(".effects table")
    expect(table).to_have_count(1)
    page.field("component-0", "sigmas_end").fill("2")
    expect(table).to_have_count(0)
    assert kept_direction(page)["side_effects"] == []


@pytest.mark.parametrize("width", [390, 320])
def test_it_fits_a_phone(browser: Browser, url: str, width: int) -> None:
    look = {"width": 390, "viewport": {"width": width, "height": SCREENS[390]}}
    with curation_at(browser, url, **look) as page:
        page.open()
        page.until(lambda: page.pictures("component-0"))
        page.fits()
        cells = page["component-0"].locator(".cells").first.bounding_box()
        assert cells
        assert cells["width"] > 0.8 * width
        page["write"].scroll_into_view_if_needed()
        button = page["write"].bounding_box()
        assert button
        assert button["height"] >= 38


@pytest.mark.parametrize("width", SCREENS)
def test_axe_has_nothing_to_say(browser: Browser, url: str, width: int) -> None:
    with curation_at(browser, url, width=width) as page:
        page.open()
        page.until(lambda: page.pictures("component-0"))
        page.field("component-1", "name").fill("50 %")
        page["write"].click()
        expect(page["problems"]).to_be_visible()
        page.is_fine()
        page["start-over"].click()
        expect(page["forget"]).to_be_visible()
        page.is_fine()
