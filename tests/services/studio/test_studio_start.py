"""The studio's start screen in Chromium: seeds to choose from, by label and by measure; the introduction; the modes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, islice
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from services.client import Client, Sampling
from tests.services.studio.test_studio import running_studio
from tests.support.browser import Page, pixels_of
from tests.support.served import served_edge
from tests.support.serving import TINY

CONDITIONAL = TINY.with_name("tiny_conditional_bundle")
SIZES = ((1440, 900), (1280, 800), (390, 844))

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served_edge(CONDITIONAL) as edge, running_studio(edge) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client.local(CONDITIONAL) as client:
        yield client


@pytest.fixture
def page(open_page: Callable[..., Page], url: str) -> Page:
    """The start screen of somebody who knows the introduction."""
    page = open_page(url)
    page.script("localStorage.setItem('mammoganesis.introduced', '1'); location.hash = ''; location.reload()")
    page.until(lambda: len(page.all(".seeds button")) == 24 and page.all(".seeds img"))
    page.until(lambda: not page.all("dialog[open]"))
    return page


def seeds(page: Page) -> list[int]:
    return [int(name.text.removeprefix("seed ")) for name in page.all(".seeds .name")]


def field(page: Page, label: str) -> WebElement:
    """The field of a form with this label."""
    (found,) = [one for one in page.all("main .field label") if one.text == label]
    return page[found.get_attribute("for") or ""]


def button(page: Page, text: str) -> WebElement:
    (found,) = [one for one in page.all("button") if one.text == text and one.is_displayed()]
    return found


def choose(page: Page, label: str, option: str) -> None:
    Select(field(page, label)).select_by_visible_text(option)


def state(page: Page) -> dict[str, list[str]]:
    """What the address says of the page."""
    return parse_qs(urlsplit(page.driver.current_url).fragment)


def picture(page: Page, position: int) -> np.ndarray:
    page.script("arguments[0].scrollIntoView()", page.all(".seeds button")[position])
    page.until(lambda: page.all(f".seeds li:nth-child({position + 1}) img"))
    return pixels_of(page, page.all(f".seeds li:nth-child({position + 1}) img")[0])


def test_seeds_are_shown_and_more_of_them(page: Page, client: Client) -> None:
    assert seeds(page) == list(range(24))
    np.testing.assert_array_equal(picture(page, 3), client.sample([3])[0].pixels())
    button(page, "More images").click()
    page.until(lambda: seeds(page) == list(range(48)))
    page.script("scrollTo(0, document.documentElement.scrollHeight)")
    page.until(lambda: len(seeds(page)) >= 72)
    assert seeds(page) == list(range(len(seeds(page))))
    page.driver.refresh()
    page.until(lambda: len(seeds(page)) >= 72)

    first = field(page, "Seeds from")
    first.send_keys(Keys.CONTROL, "a")
    first.send_keys("4294967290")
    page.until(lambda: seeds(page) == list(range(4294967290, 2**32)))
    assert not [one for one in page.all("button") if one.text == "More images"]
    button(page, "Other seeds").click()
    page.until(lambda: len(seeds(page)) == 24)
    assert seeds(page)[0] == int(field(page, "Seeds from").get_attribute("value") or "")


def test_the_keyboard_alone_chooses_an_image(page: Page) -> None:
    page.script("arguments[0].focus()", page.all(".seeds button")[0])
    keys = page.driver.switch_to.active_element.send_keys

    def focused() -> str:
        return page.driver.switch_to.active_element.find_element("css selector", ".name").text

    tops = [one.location["y"] for one in page.all(".seeds button")]
    columns = tops.count(tops[0])
    keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert focused() == "seed 2"
    page.driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    assert focused() == f"seed {2 + columns}"
    page.driver.switch_to.active_element.send_keys(Keys.END)
    assert focused() == "seed 23"
    assert len(page.all(".seeds button[tabindex='0']")) == 1
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.until(lambda: state(page).get("screen") == ["edit"])
    page.until(lambda: not page.all(".seeds"))
    page.driver.back()
    page.until(lambda: page.all(".seeds"))
    assert "screen" not in state(page)


def test_a_seed_typed_opens_by_enter(page: Page) -> None:
    first = field(page, "Seeds from")
    first.send_keys(Keys.CONTROL, "a")
    first.send_keys("-3", Keys.ENTER)
    assert page.all("main .field .error:not([hidden])")
    assert "screen" not in state(page)
    first.send_keys(Keys.CONTROL, "a")
    first.send_keys("77", Keys.ENTER)
    page.until(lambda: state(page).get("screen") == ["edit"])
    assert state(page)["recipe"] == ["CE0"]  # field 2, a varint: 77


def test_images_by_label(page: Page, client: Client) -> None:
    assert [option.text for option in Select(field(page, "View")).options] == ["any", "CC", "MLO"]
    choose(page, "View", "MLO")
    choose(page, "Density class", "B")
    labels = {"view": "MLO", "density": "B"}
    expected = client.sample([2], sampling=Sampling(labels=labels))[0].pixels()
    assert (expected != client.sample([2])[0].pixels()).any()
    page.until(lambda: np.array_equal(picture(page, 2), expected))
    choose(page, "Density class", "D")
    assert not page.all(".filters .note")  # 1 of 40 training images
    choose(page, "View", "CC")
    page.until(lambda: page.all(".filters .note"))
    assert "0 of 40" in page.all(".filters .note")[0].text
    page.driver.back()
    page.until(lambda: Select(field(page, "View")).first_selected_option.text == "MLO")


def test_images_by_measure(page: Page, client: Client) -> None:
    measured = {one.seed: one.measures for one in client.find_seeds(range(64), {}, 64)}
    sample = [measured[seed]["mean_intensity"] for seed in range(48)]
    low = np.quantile(sample, 1 / 3)
    every = (
        one
        for first in count(0, 512)
        for one in client.find_seeds(range(first, first + 512), {"mean_intensity": (None, low)}, 64)
    )
    expected = [one.seed for one in islice(every, 24)]
    button(page, "Expert").click()
    choose(page, "Brightness", "low third")
    page.until(lambda: seeds(page)[:24] == expected)
    page.until(lambda: not page.all("progress"))
    assert page.all(".search [role=status]")[0].text == f"24 images found among {expected[-1] + 1} seeds from 0 on"
    np.testing.assert_array_equal(picture(page, 1), client.sample([expected[1]])[0].pixels())
    value = measured[expected[0]]["mean_intensity"]
    assert page.all(".seeds .measures")[0].text == f"Brightness {value:.2f}"
    page.driver.refresh()
    page.until(lambda: seeds(page)[:24] == expected)


def test_a_search_that_finds_nothing_says_so_and_can_be_stopped(page: Page) -> None:
    button(page, "Expert").click()
    for label in ("Size", "Density", "Scatter of density", "Brightness", "Pectoral muscle", "Texture"):
        choose(page, label, "high third")
    button(page, "Stop").click()
    page.until(lambda: not page.all("progress"))
    button(page, "Go on").click()
    page.until(lambda: page.all("progress") or page.all(".search .note"))
    page.until(lambda: not page.all("progress"))
    assert "of the 512 seeds from 0 on" in page.all(".search [role=status]")[0].text
    assert "look further" in page.all(".search .note")[0].text
    assert page.axe() == []
    button(page, "Look further").click()
    page.until(lambda: page.all("progress"))
    assert "through=1024" in state(page)["start"][0]
    button(page, "Stop").click()


def test_the_introduction_comes_once_by_itself_and_always_when_asked(open_page: Callable[..., Page], url: str) -> None:
    page = open_page(url, forget=url)
    for width, height in SIZES:
        with page.screen(width, height):
            page.until(lambda: len(page.all("dialog[open] .examples img")) >= 6)
            assert page.axe() == []
    with page.screen(1440, 900):
        page.until(lambda: len(page.all("dialog[open] .examples img")) == 12 and page.all("dialog[open] path"))
        assert [one.text for one in page.all("dialog h3")] == ["Seed", "Truncation", "Direction", "Region"]
        assert page.script("const d = document.querySelector('dialog[open]'); return d.scrollHeight <= d.clientHeight")
        low, middle, high = (pixels_of(page, one) for one in page.all("dialog .topic:nth-of-type(2) img"))
        assert (low != middle).any()
        assert (middle != high).any()
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    page.until(lambda: not page.all("dialog[open]"))
    page.driver.refresh()
    page.until(lambda: page.all(".seeds img"))
    assert not page.all("dialog[open]")
    button(page, "Introduction").click()
    page.until(lambda: page.all("dialog[open]"))
    button(page, "Choose an image").click()
    page.until(lambda: not page.all("dialog[open]"))


def test_who_comes_by_a_link_to_an_image_is_not_disturbed(open_page: Callable[..., Page], url: str) -> None:
    page = open_page("about:blank")
    page = open_page(f"{url}#seed=5", forget=url)
    page.until(lambda: page.all("#controls"))
    assert not page.all("dialog[open]")


def test_the_modes_and_the_start_screen_in_every_size(page: Page) -> None:
    assert len(page.all(".filters select")) == 4
    button(page, "Expert").click()
    assert state(page)["mode"] == ["expert"]
    assert len(page.all(".filters select")) == 8
    for helping in page.all(".help-button"):
        helping.click()
    for width, height in SIZES:
        with page.screen(width, height):
            page.until(lambda: page.all(".seeds img"))
            assert page.script("return document.documentElement.scrollWidth") <= width
            assert page.axe() == []
    button(page, "Teacher").click()
    assert "mode" not in state(page)
    Select(page.all("select.language")[0]).select_by_visible_text("Français")
    page.until(lambda: page.all("#start-title")[0].text == "Choisissez une image pour commencer")
    assert page.axe() == []
    Select(page.all("select.language")[0]).select_by_visible_text("English")


def test_a_model_without_labels_has_no_choice_of_them(open_page: Callable[..., Page]) -> None:
    with served_edge() as edge, running_studio(edge) as port:
        page = open_page(f"http://127.0.0.1:{port}/#start=label.view%3DMLO")
        page.until(lambda: page.all("dialog[open] figcaption"))
        page.until(lambda: page.all("dialog .topic:nth-of-type(3) figcaption")[0].text.startswith("contrast"))
        page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
        page.until(lambda: len(page.all(".seeds img")) > 3)
        assert [one.text for one in page.all(".filters .field label")] == ["Seeds from", "Size", "Density"]
        with Client.local(TINY) as client:
            np.testing.assert_array_equal(picture(page, 2), client.sample([2])[0].pixels())
        open_page("about:blank")  # before the servers end: other pictures may still be drawn
