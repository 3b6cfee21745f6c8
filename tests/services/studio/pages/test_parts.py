"""Regions that are parts of the breast (skin, pectoral muscle, axillary tail) on the page that edits them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Route, expect

from mammoganesis.pictures.png import read_png
from mammoganesis.v1.latents_pb2 import Locality, Recipe
from mammoganesis.v1.style_transfer_pb2 import SegmentRegionsRequest
from services.client import Client
from tests.places import DEMO_BUNDLE
from tests.support.served import served_edge
from tests.support.studio_page import Studio, studio_at
from tests.support.studio_server import running_studio

pytestmark = pytest.mark.browser

SEEN = {"CC": ["skin"], "MLO": ["skin", "pectoral muscle", "axillary tail"]}
SEED = 3
PLACE = {"CC": "posterior, medial", "MLO": "posterior, inferior"}  # of the same region, in each view


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served_edge(DEMO_BUNDLE) as address, running_studio(address) as port:
        yield f"http://127.0.0.1:{port}/"


def legend(page: Studio) -> dict[str, tuple[str, bool]]:
    """Colour of each entry of the legend, and whether its line is broken."""
    entries = page.page.locator(".viewer-legend label")
    look = "all => all.map((e) => [e.textContent, getComputedStyle(e.querySelector('i')), e.querySelector('i')])"
    said = entries.evaluate_all(
        f"all => ({look})(all).map(([text, style, i]) => "
        "[text, style.getPropertyValue('--colour') || style.backgroundColor, i.classList.contains('dashed')])"
    )
    return {text: (colour, broken) for text, colour, broken in said}


@pytest.mark.parametrize("view", SEEN)
def test_a_part_is_chosen_by_its_name_and_shown_in_the_legend(browser: Browser, url: str, view: str) -> None:
    with Client.local(DEMO_BUNDLE) as client:
        label_map = read_png(client.segment(Recipe(seed=SEED, labels={"view": view})).label_map_png).pixels
        index = {region.part: region.index for region in client.list_regions().regions if region.part}
    part = SEEN[view][-1]
    chosen = index[part.replace(" ", "-")]
    with studio_at(browser, url) as page:
        page.open(f"screen=edit&seed={SEED}&view={view}&tab=region")
        page.field("Reference seed").fill("8")
        expect(page.page.locator(".viewer-legend").get_by_text(PLACE[view], exact=True)).to_be_visible()
        page.until(lambda: [name for name in SEEN["MLO"] if name in legend(page)] == SEEN[view])
        shown = legend(page)
        assert len(set(shown.values())) == len(shown), "two things have one colour"
        page.button(part).click()
        page.until(lambda: len(page.recipe().style_transfers) == 1)
        (transfer,) = page.recipe().style_transfers
        assert (transfer.locality, [one.index for one in transfer.regions]) == (Locality.LOCALITY_MASKED, [chosen])
        mask = np.frombuffer(zlib.decompress(transfer.mask.deflated), np.uint8).reshape(transfer.mask.size, -1)
        shape = mask[:: len(mask) // len(label_map), :: len(mask) // len(label_map)] > 127
        assert ((label_map == chosen) == shape).mean() > 0.98
        expect(page.page.locator(".viewer-legend").get_by_text("area that changes")).to_be_visible()
        shown = legend(page)
        assert len(set(shown.values())) == len(shown)
        assert page.page.locator(".history button").last.inner_text().endswith(f"{part} of seed 8 · {view}")
        page.page.get_by_label("What changes", exact=True).select_option(label="what belongs to the region, everywhere")
        page.until(lambda: page.recipe().style_transfers[0].locality != Locality.LOCALITY_MASKED)
        assert [one.index for one in page.recipe().style_transfers[0].regions] == [chosen]
        expect(page.button(part)).to_have_attribute("aria-pressed", "true")
        page.is_fine()


def test_a_part_that_the_image_does_not_show_is_said_by_its_name(browser: Browser, url: str) -> None:
    with studio_at(browser, url) as page:
        page.open(f"screen=edit&seed={SEED}&view=CC&tab=region")
        expect(page.page.locator(".viewer-legend").get_by_text("skin", exact=True)).to_be_visible()
        page.button("pectoral muscle").click()
        expect(page.page.get_by_text("This image does not show: pectoral muscle.")).to_be_visible()
        assert not page.recipe().style_transfers
        page.button("skin").click()
        page.until(lambda: len(page.recipe().style_transfers) == 1)
        expect(page.page.get_by_text("This image does not show: pectoral muscle.")).to_be_hidden()


def test_a_part_pressed_before_the_page_knows_what_the_image_shows_is_not_asked_for(browser: Browser, url: str) -> None:
    held: list[Route] = []
    asked: list[str] = []
    with studio_at(browser, url) as page:
        page.page.route("**/SegmentRegions", lambda route: held.append(route), times=1)
        page.page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
        page.open(f"screen=edit&seed={SEED}&view=CC&tab=region")
        page.button("pectoral muscle").click()
        page.button("skin").click()
        expect(page.page.get_by_text("The area is being found")).to_be_visible()
        page.settled()
        assert (len(held), "TransferStyle" in asked) == (1, False)
        held[0].continue_()
        expect(page.page.get_by_text("This image does not show: pectoral muscle.")).to_be_visible()
        page.until(lambda: len(page.recipe().style_transfers) == 1)
        expect(page.button("skin")).to_have_attribute("aria-pressed", "true")
        expect(page.button("pectoral muscle")).to_have_attribute("aria-pressed", "false")
        assert asked.count("TransferStyle") == 1


def test_what_an_address_names_is_all_that_is_asked_for(browser: Browser, url: str) -> None:
    """The labels in it are known with the model, and not a moment later."""
    asked: list[bytes] = []
    with studio_at(browser, url) as page:
        page.page.on("request", lambda one: "SegmentRegions" in one.url and asked.append(one.post_data_buffer or b""))
        page.open(f"screen=edit&seed={SEED}&view=CC&tab=region")
        expect(page.page.locator(".viewer-legend").get_by_text("skin", exact=True)).to_be_visible()
    assert [SegmentRegionsRequest.FromString(one).latent.recipe.labels for one in asked] == [{"view": "CC"}]


def test_what_is_painted_has_a_colour_of_its_own(browser: Browser, url: str) -> None:
    with studio_at(browser, url) as page:
        page.open(f"screen=edit&seed={SEED}&view=MLO&tab=region")
        page.field("Reference seed").fill("8")
        expect(page.page.locator(".viewer-legend").get_by_text("skin", exact=True)).to_be_visible()
        page.press("Brush")
        page.drag((0.6, 0.5), (0.68, 0.58))
        page.until(lambda: len(page.recipe().style_transfers) == 1)
        shown = legend(page)
        assert "painted area" in shown
        assert len(set(shown.values())) == len(shown)
