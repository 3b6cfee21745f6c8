"""The studio's brush in Chromium: an area painted over the image takes the reference's style."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains

from services.client import Client, Within
from tests.services.studio.test_studio import running_studio
from tests.support.browser import READY, Page, pixels_of
from tests.support.served import served_edge
from tests.support.serving import TINY, Copy

SIZE = 32  # pixels of the tiny bundle's images

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served_edge() as edge, running_studio(edge) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def page(open_page: Callable[..., Page], url: str) -> Iterator[Page]:
    page = open_page(url, forget=url)
    page.until(lambda: page.script(READY))
    page.enter("seed", 7)
    page.wait_for("seed 7 · ψ 0.65")
    page["tab-regions"].click()
    page.enter("reference-seed", 12)
    yield page
    open_page("about:blank")


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From place to place on the image, (x, y) as shares of its width and height."""
    stage = page["stage"]
    width, height = stage.size["width"], stage.size["height"]
    offsets = [(round((x - 0.5) * width), round((y - 0.5) * height)) for x, y in (start, end)]
    actions = ActionChains(page.driver, duration=50).move_to_element_with_offset(stage, *offsets[0]).click_and_hold()
    actions.move_to_element_with_offset(stage, *offsets[1]).release().perform()


def mask_of(page: Page) -> np.ndarray:
    """[SIZE, SIZE] uint8 of the last transfer of the image on show."""
    mask = page.recipe()["style_transfers"][-1]["mask"]
    values = np.frombuffer(zlib.decompress(base64.b64decode(mask["deflated"])), np.uint8)
    return values.reshape(mask["size"], mask["size"])


def test_a_painted_area_takes_the_references_style(page: Page) -> None:
    assert not page["brush-fields"].is_displayed()
    page["locality-masked"].click()
    assert not page["epsilon-field"].is_displayed()
    page["transfer"].click()
    page.until(lambda: "paint an area" in page["transfer-error"].text)
    page["brush"].click()
    drag(page, (0.2, 0.5), (0.6, 0.5))
    page["transfer"].click()
    page.wait_for("seed 7 · ψ 0.65 · Painted area from seed 12")
    mask = mask_of(page)
    rows, columns = np.nonzero(mask > 127)
    assert (rows.min(), rows.max()) == pytest.approx((SIZE * 0.5 - 2, SIZE * 0.5 + 1), abs=1)
    assert (columns.min(), columns.max()) == pytest.approx((SIZE * 0.2 - 2, SIZE * 0.6 + 1), abs=1)
    with Client.local(TINY) as client:
        expected = client.transfer_within(7, 12, Within(mask=mask, feather=0.02)).image.pixels()
        assert (expected != client.sample([7])[0].pixels()).any()
    np.testing.assert_array_equal(pixels_of(page), expected)
    assert "within the area" in page["edits"].text

    assert not page["paint"].is_displayed(), "nothing lies over the result"
    page["erase"].click()
    drag(page, (0.2, 0.5), (0.45, 0.5))
    page["clear-edits"].click()
    page.wait_for("seed 7 · ψ 0.65")
    page["transfer"].click()
    page.wait_for("seed 7 · ψ 0.65 · Painted area from seed 12")
    smaller = mask_of(page)
    assert not smaller[:, : round(SIZE * 0.4)].any()
    assert (smaller > 127).sum() < (mask > 127).sum() / 2
    page["brush-clear"].click()
    assert not page["brush-clear"].is_enabled()


def test_a_region_alone_changes_where_it_was_picked(page: Page) -> None:
    page["locality-masked"].click()
    page.all("#region-choices button")[0].click()
    page.enter("feather", 0)
    page["transfer"].click()
    page.wait_for("seed 7 · ψ 0.65 · middle from seed 12")
    with Client.local(TINY) as client:
        expected = client.transfer_within(7, 12, Within(regions=[0], feather=0)).image.pixels()
    np.testing.assert_array_equal(pixels_of(page), expected)
    recipe = page.recipe()
    page["locality-channels"].click()
    assert page["epsilon-field"].is_displayed()
    assert recipe["style_transfers"][0]["locality"] == "LOCALITY_MASKED"


def test_without_masked_synthesis_the_choice_is_not_offered(open_page: Callable[..., Page], tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.to_first_format()
    with served_edge(copy.folder) as edge, running_studio(edge) as port:
        page = open_page(f"http://127.0.0.1:{port}/")
        page.until(lambda: page.script(READY))
        page["tab-regions"].click()
        assert not page["locality-field"].is_displayed()
        assert page["epsilon-field"].is_displayed()
        open_page("about:blank")
