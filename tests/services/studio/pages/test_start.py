"""The studio's start screen: seeds to choose from, by label and by measure; the introduction; the modes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import count, islice
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from mammoganesis.v1.latents_pb2 import Recipe
from services.client import Client, Sampling
from tests.support.browser import SCREENS, Opened, opened
from tests.support.served import served_edge
from tests.support.serving import TINY
from tests.support.site import Site
from tests.support.studio_server import running_studio

CONDITIONAL = TINY.with_name("tiny_conditional_bundle")
DRAWN = Sampling(labels_drawn=True)
SEARCHING = "**/mammoganesis.v1.SamplingService/FindSeeds"
KNOWS = "localStorage.setItem('mammoganesis.introduced', '1')"

pytestmark = pytest.mark.browser


class Start(Opened):
    """The start screen."""

    def seeds(self) -> list[int]:
        names = self.page.locator(".seeds .name").all_inner_texts()
        return [int(name.split(" · ")[0].removeprefix("seed ")) for name in names]

    def field(self, label: str) -> Locator:
        """The field of a form with this label."""
        return self.page.locator("main .field").get_by_label(label, exact=True)

    def state(self) -> dict[str, list[str]]:
        """What the address says of the page."""
        return parse_qs(urlsplit(self.page.url).fragment)

    def chosen(self, label: str) -> str:
        return self.field(label).evaluate("e => e.selectedOptions[0].textContent")

    def picture(self, position: int) -> np.ndarray:
        found = self.page.locator(f".seeds li:nth-child({position + 1})")
        found.scroll_into_view_if_needed()
        found.locator("img").wait_for()
        return self.pixels_of(found.locator("img"))[..., 0]

    def focused(self) -> str:
        """The seed of what has the focus."""
        return self.page.evaluate("document.activeElement.querySelector('.name').textContent").split(" · ")[0]

    def has_searched(self) -> None:
        expect(self.page.locator("progress")).to_have_count(0)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served_edge(CONDITIONAL) as edge, running_studio(edge) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client.local(CONDITIONAL) as client:
        yield client


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Start]:
    """The start screen of somebody who knows the introduction."""
    with opened(browser, Start, url) as page:
        page.page.add_init_script(KNOWS)
        page.page.goto(url)
        expect(page.page.locator(".seeds button")).to_have_count(24)
        page.page.locator(".seeds img").first.wait_for()
        assert page.page.locator("dialog[open]").count() == 0
        yield page


def test_seeds_are_shown_and_more_of_them(page: Start, client: Client) -> None:
    assert page.seeds() == list(range(24))
    np.testing.assert_array_equal(page.picture(3), client.sample([3], sampling=DRAWN)[0].pixels())
    page.press("More images")
    page.until(lambda: page.seeds() == list(range(48)))
    page.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.until(lambda: len(page.seeds()) >= 72)
    listed = page.seeds()
    assert listed == list(range(len(listed)))
    page.page.reload()
    page.until(lambda: len(page.seeds()) >= 72)

    first = page.field("Seeds from")
    first.fill("4294967290")
    page.until(lambda: page.seeds() == list(range(4294967290, 2**32)))
    expect(page.button("More images")).to_have_count(0)
    page.press("Other seeds")
    page.until(lambda: len(page.seeds()) == 24)
    assert page.seeds()[0] == int(first.input_value())


def test_the_keyboard_alone_chooses_an_image(page: Start) -> None:
    buttons = page.page.locator(".seeds button")
    buttons.first.focus()
    tops = buttons.evaluate_all("all => all.map(one => one.getBoundingClientRect().y)")
    columns = tops.count(tops[0])
    keys = page.page.keyboard
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    assert page.focused() == "seed 2"
    keys.press("ArrowDown")
    assert page.focused() == f"seed {2 + columns}"
    keys.press("End")
    assert page.focused() == "seed 23"
    assert page.page.locator(".seeds button[tabindex='0']").count() == 1
    keys.press("Enter")
    page.until(lambda: page.state().get("screen") == ["edit"])
    expect(page.page.locator(".seeds")).to_have_count(0)
    page.page.go_back()
    page.page.locator(".seeds").first.wait_for()
    page.until(lambda: "screen" not in page.state())


def test_a_seed_typed_opens_by_enter(page: Start, client: Client) -> None:
    first = page.field("Seeds from")
    first.fill("-3")
    first.press("Enter")
    expect(page.page.locator("main .field .error:not([hidden])")).to_have_count(1)
    assert "screen" not in page.state()
    first.fill("77")
    first.press("Enter")
    page.until(lambda: page.state().get("screen") == ["edit"])
    (text,) = page.state()["recipe"]
    typed = Recipe.FromString(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    expected = client.sample([77], sampling=DRAWN)[0].recipe
    assert (typed.seed, dict(typed.labels)) == (77, dict(expected.labels))


def test_images_by_label(page: Start, client: Client) -> None:
    assert page.field("View").locator("option").all_inner_texts() == ["any", "CC", "MLO"]
    page.field("View").select_option(label="MLO")
    page.field("Density class").select_option(label="B")
    labels = {"view": "MLO", "density": "B"}
    expected = client.sample([2], sampling=Sampling(labels=labels))[0].pixels()
    assert (expected != client.sample([2])[0].pixels()).any()
    page.until(lambda: np.array_equal(page.picture(2), expected))
    page.field("Density class").select_option(label="D")
    note = page.page.locator(".filters .note")
    assert note.count() == 0  # 1 of 40 training images
    page.field("View").select_option(label="CC")
    expect(note.first).to_contain_text("0 of 40")
    page.page.go_back()
    page.until(lambda: page.chosen("View") == "MLO")


def test_images_by_measure(page: Start, client: Client) -> None:
    measured = {one.seed: one.measures for one in client.find_seeds(range(64), {}, 64, sampling=DRAWN)}
    sample = [measured[seed]["mean_intensity"] for seed in range(48)]
    low = np.quantile(sample, 1 / 3)
    every = (
        one
        for first in count(0, 512)
        for one in client.find_seeds(range(first, first + 512), {"mean_intensity": (None, low)}, 64, sampling=DRAWN)
    )
    expected = [one.seed for one in islice(every, 24)]
    page.press("Expert")
    page.field("Brightness").select_option(label="low third")
    page.until(lambda: page.seeds()[:24] == expected)
    page.has_searched()
    said = page.page.locator(".search [role=status]").first
    expect(said).to_have_text(f"24 images found among {expected[-1] + 1} seeds from 0 on")
    np.testing.assert_array_equal(page.picture(1), client.sample([expected[1]], sampling=DRAWN)[0].pixels())
    value = measured[expected[0]]["mean_intensity"]
    assert page.page.locator(".seeds .measures").first.inner_text() == f"Brightness {value:.2f}"
    page.page.reload()
    page.until(lambda: page.seeds()[:24] == expected)


def test_a_search_that_finds_nothing_says_so_and_can_be_stopped(page: Start) -> None:
    page.press("Expert")
    page.page.route(SEARCHING, lambda route: None)  # a search that was over by itself could not be stopped
    for label in ("Size", "Density", "Scatter of density", "Brightness", "Pectoral muscle", "Texture"):
        page.field(label).select_option(label="high third")
    page.press("Stop")
    page.has_searched()
    page.page.unroute(SEARCHING)
    page.press("Go on")
    expect(page.page.locator(".search .note").first).to_contain_text("look further")
    page.has_searched()
    expect(page.page.locator(".search [role=status]").first).to_contain_text("of the 512 seeds from 0 on")
    page.is_fine()
    page.page.route(SEARCHING, lambda route: None)
    page.press("Look further")
    page.page.locator("progress").first.wait_for()
    page.until(lambda: "through=1024" in page.state()["start"][0])
    page.press("Stop")
    page.has_searched()


def test_the_introduction_comes_once_by_itself_and_always_when_asked(browser: Browser, url: str) -> None:
    with opened(browser, Start, url) as page:
        page.page.goto(url)
        dialog = page.page.locator("dialog[open]")
        examples = dialog.locator(".examples img")
        for width, height in [*SCREENS.items(), (1440, 900)]:
            page.page.set_viewport_size({"width": width, "height": height})
            page.until(lambda: examples.count() >= 6)
            page.is_fine()
        expect(examples).to_have_count(12)
        dialog.locator("path").first.wait_for()
        assert dialog.locator("h3").all_inner_texts() == ["Seed", "Truncation", "Direction", "Region"]
        assert dialog.evaluate("e => e.scrollHeight <= e.clientHeight")
        low, middle, high = map(page.pixels_of, dialog.locator(".topic:nth-of-type(2) img").all())
        assert (low != middle).any()
        assert (middle != high).any()
        page.page.keyboard.press("Escape")
        expect(page.page.locator("dialog .topic")).to_have_count(0)  # the page knows, and not only the browser
        page.page.reload()
        page.page.locator(".seeds img").first.wait_for()
        assert dialog.count() == 0
        page.press("Introduction")
        dialog.wait_for()
        dialog.get_by_role("button", name="Choose an image", exact=True).click()
        expect(dialog).to_have_count(0)


def test_who_comes_by_a_link_to_an_image_is_not_disturbed(browser: Browser, url: str) -> None:
    with opened(browser, Start, url) as page:
        page.page.goto(f"{url}#seed=5")
        page.page.locator("#controls").wait_for()
        assert page.page.locator("dialog[open]").count() == 0


def test_the_modes_and_the_start_screen_in_every_size(page: Start) -> None:
    filters = page.page.locator(".filters select")
    assert filters.count() == 4
    page.press("Expert")
    page.until(lambda: page.state().get("mode") == ["expert"])
    expect(filters).to_have_count(8)
    for helping in page.page.locator(".help-button").all():
        helping.click()
    for width, height in SCREENS.items():
        page.page.set_viewport_size({"width": width, "height": height})
        page.page.locator(".seeds img").first.wait_for()
        page.is_fine()
    page.press("Teacher")
    page.until(lambda: "mode" not in page.state())
    page.page.locator("select.language").first.select_option(label="Français")
    expect(page.page.locator("#start-title")).to_have_text("Choisissez une image pour commencer")
    page.is_fine()


def test_a_model_without_labels_has_no_choice_of_them(browser: Browser, site: Site) -> None:
    with opened(browser, Start, site.url) as page, Client.local(TINY) as client:
        page.page.goto(f"{site.url}#start=label.view%3DMLO")
        caption = page.page.locator("dialog[open] .topic:nth-of-type(3) figcaption").first
        page.until(lambda: caption.inner_text().startswith("contrast"))
        page.page.keyboard.press("Escape")
        page.until(lambda: page.page.locator(".seeds img").count() > 3)
        labels = page.page.locator(".filters .field label").all_inner_texts()
        assert labels == ["Seeds from", "Size", "Density"]
        np.testing.assert_array_equal(page.picture(2), client.sample([2])[0].pixels())
