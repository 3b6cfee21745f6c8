"""The curation page in Chromium and the new versions of the bundle that it writes."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from mammoganesis.bundle.catalogue_file import read_catalogue
from mammoganesis.bundle.writing import apply_catalogue
from mammoganesis.errors import InvalidArgument
from services.cli import main
from services.client import Client
from services.studio import curation
from tests.services.studio.test_studio import JSON, running_studio, send
from tests.support.browser import Page, pixels_of
from tests.support.served import served_edge
from tests.support.serving import TINY
from tests.support.small_disk import small_disk

NEW = {"name": "newly-named", "index": 5, "layer_start": 0, "layer_end": 8}
DIGEST = hashlib.sha256((TINY / "manifest.json").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the bundles that the page writes."""
    return tmp_path_factory.mktemp("curated")


@pytest.fixture(scope="module")
def edge() -> Iterator[str]:
    with served_edge() as edge:
        yield edge


@pytest.fixture(scope="module")
def port(edge: str, curated: Path) -> Iterator[int]:
    with running_studio(edge, bundle=TINY, curated_bundles=curated) as port:
        yield port


@pytest.fixture
def page(open_page: Callable[..., Page], port: int) -> Page:
    """The page as it is for somebody who has not been there."""
    return opened(open_page, port)


def opened(open_page: Callable[..., Page], port: int, **expected: bool) -> Page:
    address = f"http://127.0.0.1:{port}"
    page = open_page(f"{address}/curate", forget=address, **expected)
    page.until(lambda: page.all("#region-cards .card"))
    return page


def reloaded(page: Page) -> Page:
    page.driver.refresh()
    page.until(lambda: page.all("#region-cards .card"))
    return page


def field(page: Page, card: str, name: str, position: int = 0) -> WebElement:
    return page[card].find_elements(By.CSS_SELECTOR, f"[data-field={name}]")[position]


def fill(page: Page, card: str, name: str, text: str, position: int = 0) -> None:
    element = field(page, card, name, position)
    element.send_keys(Keys.CONTROL, "a")
    element.send_keys(Keys.DELETE if text == "" else text)


def choose(page: Page, card: str, decision: str) -> None:
    page.script("arguments[0].click()", page[card].find_element(By.CSS_SELECTOR, f"[value={decision}]"))


def decision(page: Page, card: str) -> str | None:
    return page[card].get_attribute("data-decision")


def pictures(page: Page, card: str) -> list[WebElement]:
    return page[card].find_elements(By.TAG_NAME, "img")


@pytest.mark.browser
def test_what_is_said_becomes_a_new_version_that_can_be_served(page: Page, curated: Path) -> None:
    before = {path.name: path.read_bytes() for path in TINY.iterdir()}
    assert decision(page, "component-1") == "undecided"
    fill(page, "component-1", "name", "brightness")
    assert decision(page, "component-1") == "keep", "a name is a decision"
    fill(page, "component-1", "layer_end", "6")
    fill(page, "component-1", "sigmas_start", "-1.5")
    fill(page, "component-1", "note", "dark to bright")
    choose(page, "component-3", "reject")
    choose(page, "region-2", "reject")
    fill(page, "region-1", "name", "corner")
    assert page["components-count"].text == "3 useful, 2 set aside, 3 not decided"
    page.enter("default-epsilon", 33)
    assert page["version"].get_attribute("value") == "0.2.0"
    page["write"].click()
    page.until(lambda: page["written"].is_displayed())

    folder = curated / "tiny" / "0.2.0"
    digest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert str(folder) in page["written"].text
    assert digest in page["written"].text
    assert {path.name: path.read_bytes() for path in TINY.iterdir()} == before, "the old version has changed"
    with pytest.raises(SystemExit) as checked:
        main(["bundle", "check", str(folder)])
    assert checked.value.code == 0
    with Client.local(folder) as client:
        directions = {direction.name: direction for direction in client.list_directions()}
        assert set(directions) == {"contrast", "brightness", "coarseness"}
        new = directions["brightness"]
        assert (new.index, new.layer_start, new.layer_end, new.reversed) == (1, 0, 6, False)
        assert (new.sigmas_start, new.sigmas_end, new.note) == (-1.5, 3, "dark to bright")
        assert directions["coarseness"].evidence.num_seeds == 50, "what was measured is kept"
        assert [one.index for one in client.list_components() if one.rejected] == [3, 6]
        listed = client.list_regions()
        assert [region.name for region in listed.regions] == ["middle", "corner", "rim", ""]
        assert [region.rejected for region in listed.regions] == [False, False, True, True]
        assert listed.default_epsilon == 33
        with Client.local(TINY) as old:
            moved = old.edit(7, [(1, 1.0, 0, 6)]).pixels()
        np.testing.assert_array_equal(client.edit(7, [("brightness", 1.0)]).pixels(), moved)


@pytest.mark.browser
def test_sheets_hold_the_services_images_and_wait_until_they_are_near(page: Page) -> None:
    page.until(lambda: len(pictures(page, "component-0")) == 3 * 7)
    assert not pictures(page, "region-3"), "far below the screen"
    shown = pictures(page, "component-0")
    with Client.local(TINY) as client:
        for row, seed in enumerate((0, 1, 2)):
            for column, step in enumerate(client.sweep(seed, 0, layers=(0, 4))):
                np.testing.assert_array_equal(pixels_of(page, shown[7 * row + column]), step.image.pixels())
        page.script("arguments[0].scrollIntoView()", page["region-0"])
        page.until(lambda: len(pictures(page, "region-0")) == 3 * 3)
        target, reference, result = pictures(page, "region-0")[:3]
        np.testing.assert_array_equal(pixels_of(page, target), client.sample([0])[0].pixels())
        np.testing.assert_array_equal(pixels_of(page, reference), client.sample([3])[0].pixels())
        np.testing.assert_array_equal(pixels_of(page, result), client.transfer(0, 3, [0]).image.pixels())
        expected = set((client.segment(0).label_map == 0).ravel().tolist())
    paths = page["region-0"].find_elements(By.CSS_SELECTOR, ".cells")[0].find_elements(By.TAG_NAME, "path")
    assert {"outside" not in (path.get_attribute("class") or "") for path in paths} == expected


@pytest.mark.browser
def test_other_layers_signs_and_settings_draw_other_sheets(page: Page) -> None:
    page.until(lambda: len(pictures(page, "component-0")) == 3 * 7)
    fill(page, "component-0", "layer_end", "8")
    with Client.local(TINY) as client:
        expected = next(client.sweep(0, 0, layers=(0, 8))).image.pixels()
        page.until(lambda: pictures(page, "component-0") and (pixels_at(page) == expected).all())
        row = page["component-0"].find_element(By.CSS_SELECTOR, ".cells")
        left, right = (row.find_elements(By.TAG_NAME, "i")[i].rect["x"] for i in (0, 6))
        assert left < right
        page.script("arguments[0].click()", field(page, "component-0", "reversed"))
        left, right = (row.find_elements(By.TAG_NAME, "i")[i].rect["x"] for i in (0, 6))
        assert left > right, "the rows are turned round"
        page.script(
            "const q = document.getElementById('quality'); q.value = 'quick'; q.dispatchEvent(new Event('change'))"
        )
        page.until(lambda: pictures(page, "component-0") and pixels_at(page).shape == (16, 16))


def pixels_at(page: Page) -> np.ndarray:
    """The first picture of component 0, once it is there."""
    first = page["component-0"].find_element(By.CSS_SELECTOR, ".cells i:first-child img")
    return pixels_of(page, first) if page.script("return arguments[0].complete", first) else np.zeros((1, 1))


@pytest.mark.browser
def test_nothing_is_lost_on_the_way_and_everything_can_be_forgotten(page: Page) -> None:
    fill(page, "component-4", "name", "half-typed-?")
    choose(page, "region-1", "reject")
    page.enter("default-epsilon", 12)
    reloaded(page)
    assert page["saved"].text == "Taken up where you left off in this browser."
    assert field(page, "component-4", "name").get_attribute("value") == "half-typed-?"
    assert (decision(page, "component-4"), decision(page, "region-1")) == ("keep", "reject")
    assert page["default-epsilon"].get_attribute("value") == "12"
    page["start-over"].click()
    page.until(lambda: page["forget"].is_displayed())
    page["forget"].click()
    page.until(lambda: decision(page, "region-1") == "undecided")
    assert field(page, "component-4", "name").get_attribute("value") == ""
    assert page["default-epsilon"].get_attribute("value") == "20"
    assert field(page, "component-2", "name").get_attribute("value") == "coarseness"


@pytest.mark.browser
def test_the_catalogue_can_be_taken_home_and_brought_back(page: Page, tmp_path: Path) -> None:
    page.script("arguments[0].click()", page["component-0"].find_element(By.CSS_SELECTOR, ".more button"))
    second = field(page, "component-0", "name", 1)
    second.send_keys("fine-contrast")
    fill(page, "component-0", "layer_start", "4", 1)
    choose(page, "component-5", "reject")
    content = json.loads(page.download("download"))
    said = read_catalogue(content)
    assert said.bundle_digest == DIGEST
    assert [(one.name, one.index, one.layer_start, one.layer_end) for one in said.directions] == [
        ("contrast", 0, 0, 4),
        ("fine-contrast", 0, 4, 8),
        ("coarseness", 2, 2, 8),
    ]
    assert tuple(said.rejected_components) == (5, 6)
    assert (said.default_epsilon, said.low_resolution_epsilon) == (20, 4)
    assert said.regions[0].note == "the largest cluster"

    page.script("localStorage.clear()")
    reloaded(page)
    assert decision(page, "component-5") == "undecided"
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(content))
    page["open"].send_keys(str(path))
    page.until(lambda: decision(page, "component-5") == "reject")
    assert field(page, "component-0", "name", 1).get_attribute("value") == "fine-contrast"
    path.write_text(json.dumps({**content, "bundle_digest": "0" * 64}))
    page["open"].send_keys(str(path))
    page.until(lambda: page["finish-error"].is_displayed())
    assert "made for another bundle" in page["finish-error"].text
    path.write_text("no catalogue")
    page["open"].send_keys(str(path))
    page.until(lambda: "mine.json is no catalogue" in page["finish-error"].text)


@pytest.mark.browser
def test_what_is_wrong_is_listed_and_nothing_goes_out(page: Page, curated: Path) -> None:
    fill(page, "component-1", "name", "contrast")
    error = page["component-1"].find_element(By.CSS_SELECTOR, ".error")
    assert "contrast is there twice" in error.text
    fill(page, "component-4", "name", "50 % of A Name")
    fill(page, "component-2", "layer_end", "99")
    choose(page, "region-1", "keep")
    page.enter("default-epsilon", 1000)
    page.enter("version", "7.0.0")
    page["write"].click()
    texts = {link.text.split(".")[0]: link.text for link in page.all("#problems a")}
    assert set(texts) == {
        "Component 0",
        "Component 1",
        "Component 2",
        "Component 4",
        "Region 1",
        "Default budget: a number above 0, up to 512, or nothing",
    }
    assert "whole numbers, from 0 up to 8" in texts["Component 2"]
    assert "Give it a name" in texts["Region 1"]
    assert "letters from a to z" in texts["Component 4"]
    assert not (curated / "tiny" / "7.0.0").exists()
    page.all("#problems a")[1].click()
    assert page.driver.current_url.endswith("#component-1")


@pytest.mark.browser
def test_an_answer_of_the_server_is_shown_as_text(open_page: Callable[..., Page], port: int, curated: Path) -> None:
    page = opened(open_page, port, complaints=True)
    (curated / "tiny" / "0.9.0").mkdir(parents=True)
    for version, text in (("0.9.0", "a folder that does not exist yet"), ("one", "three numbers such as 1.1.0")):
        page.enter("version", version)
        page["write"].click()
        page.until(lambda text=text: text in page["finish-error"].text)
    assert page["write"].is_enabled()


@pytest.mark.browser
def test_controls_have_names_and_work_from_the_keyboard(page: Page) -> None:
    unnamed = page.script(
        "const controls = ':is(main, .finish) :is(input, select, textarea, button)';"
        "return [...document.querySelectorAll(controls)]"
        ".filter((c) => !c.labels?.length && !c.textContent.trim() && !c.getAttribute('aria-label')).length"
    )
    assert unnamed == 0
    radio = page["component-1"].find_element(By.CSS_SELECTOR, "[value=undecided]")
    radio.send_keys(Keys.ARROW_RIGHT)
    assert decision(page, "component-1") == "keep"
    page.driver.switch_to.active_element.send_keys(Keys.TAB)
    page.driver.switch_to.active_element.send_keys("from-the-keyboard")
    assert field(page, "component-1", "name").get_attribute("value") == "from-the-keyboard"


@pytest.mark.browser
def test_it_fits_a_phone(page: Page) -> None:
    page.until(lambda: pictures(page, "component-0"))
    for width in (390, 320):
        with page.screen(width, 844):
            assert page.script("return document.documentElement.scrollWidth") <= width
            assert page["component-0"].find_element(By.CSS_SELECTOR, ".cells").rect["width"] > 0.8 * width
            page.script("arguments[0].scrollIntoView({block: 'center'})", page["write"])
            assert page["write"].rect["height"] >= 38


@pytest.mark.browser
def test_a_server_that_writes_nothing_says_how_else(open_page: Callable[..., Page], edge: str) -> None:
    with running_studio(edge) as port:
        page = open_page(f"http://127.0.0.1:{port}/curate")
        page.until(lambda: page.all("#how-to-write"))
        assert page["how-to-write"].is_displayed()
        assert "--curated-bundles" in page["how-to-write"].text
        assert not page.all("#write")
        answer = post(port, {"catalogue": {"bundle_digest": DIGEST}, "version": "0.2.0"})
        assert answer[0] == 403
        assert "--curated-bundles" in answer[1]
        page.driver.get("about:blank")  # before its server goes


@pytest.mark.browser
def test_a_server_that_comes_later_is_found(open_page: Callable[..., Page]) -> None:
    edge_port = free_port()
    with running_studio(f"127.0.0.1:{edge_port}") as port:
        page = open_page(f"http://127.0.0.1:{port}/curate", complaints=True)
        page.until(lambda: page.all("#notice"))
        assert "The image server is starting" in page["notice"].text
        assert not page.all(".card")
        with served_edge(edge_port=edge_port):
            page.until(lambda: page.all("#region-cards .card"))
            assert not page.all("#notice")
            page.driver.get("about:blank")


@pytest.mark.browser
def test_what_is_typed_with_spaces_becomes_a_name_and_is_said(page: Page, curated: Path) -> None:
    name = field(page, "component-1", "name")
    name.send_keys("Breast  Density")
    page.until(lambda: "Its name will be breast-density" in page["component-1"].text)
    assert not page["component-1"].find_element(By.CSS_SELECTOR, ".error").is_displayed()
    page.enter("version", "0.4.0")
    page["write"].click()
    page.until(lambda: page["written"].is_displayed())
    with Client.local(curated / "tiny" / "0.4.0") as client:
        assert "breast-density" in [direction.name for direction in client.list_directions()]
    name.send_keys(Keys.TAB)
    page.until(lambda: name.get_attribute("value") == "breast-density")


@pytest.mark.browser
def test_the_list_is_searched_and_filtered_and_the_address_keeps_it(page: Page) -> None:
    def listed() -> list[str]:
        return [str(card.get_attribute("id")) for card in page.all(".card")]

    components, regions = [f"component-{i}" for i in range(8)], ["region-1", "region-0", "region-2", "region-3"]
    assert listed() == components + regions, "a region without a decision comes first"
    page["find"].send_keys("Faint pattern")
    page.until(lambda: listed() == ["component-0"])
    page["find"].send_keys(Keys.CONTROL, "a")
    page["find"].send_keys("mean intensity")
    page.until(lambda: listed() == ["component-2"])
    reloaded_at = page.driver.current_url
    assert "find=mean+intensity" in reloaded_at
    page.driver.refresh()
    page.until(lambda: listed() == ["component-2"])
    page["find"].send_keys(Keys.CONTROL, "a")
    page["find"].send_keys(Keys.DELETE)
    page.script("arguments[0].value = 'undecided'; arguments[0].dispatchEvent(new Event('change'))", page["show"])
    page.until(
        lambda: listed() == ["component-1", "component-3", "component-4", "component-5", "component-7", "region-1"]
    )
    choose(page, "component-1", "keep")
    page.until(lambda: page["components-count"].text == "3 useful, 1 set aside, 4 not decided")
    assert listed()[0] == "component-1", "a card stays where it is while it is filled in"
    page["jump"].send_keys("6", Keys.ENTER)
    page.until(lambda: page.driver.switch_to.active_element.get_attribute("id") == "component-6")
    assert listed() == components + regions, "what a jump leads to is listed"
    page["jump"].send_keys(Keys.CONTROL, "a")
    page["jump"].send_keys("77", Keys.ENTER)
    page.until(lambda: "numbers 0 to 7, regions r0 to r3" in page["controls"].text)


@pytest.mark.browser
def test_everything_can_be_done_by_keys(page: Page) -> None:
    def active() -> str | None:
        return page.driver.switch_to.active_element.get_attribute("id")

    def press(*keys: str) -> None:
        page.driver.switch_to.active_element.send_keys(*keys)

    press("j")
    assert active() == "component-0"
    press("j")
    press("j")
    press("k")
    assert active() == "component-1"
    press("x")
    page.until(lambda: decision(page, "component-1") == "reject")
    press("u")
    page.until(lambda: decision(page, "component-1") == "keep")
    press("n")
    press("jump x")
    assert field(page, "component-1", "name").get_attribute("value") == "jump x", "letters in a field are letters"
    press(Keys.ESCAPE)
    assert active() == "component-1"
    press("g")
    press("r2", Keys.ENTER)
    page.until(lambda: active() == "region-2")
    press("/")
    assert active() == "find"
    page["component-3"].send_keys("?")
    keys = page.until(lambda: [one for one in page.all("dialog[open] kbd") if one.is_displayed()])
    assert [key.text for key in keys] == ["j", "k", "u", "x", "o", "n", "e", "g", "/", "?", "Esc"]
    page.all("dialog[open] input[type=checkbox]")[0].click()
    press(Keys.ESCAPE)
    page.until(lambda: not page.all("dialog[open]"))
    page["component-3"].send_keys("u")
    assert decision(page, "component-3") == "undecided", "letters are switched off"


def kept_direction(page: Page) -> dict[str, Any]:
    """The first one, as the browser keeps it."""
    key = f"mammoganesis:curation:{DIGEST}"
    return json.loads(page.script("return localStorage.getItem(arguments[0])", key))["components"][0]["directions"][0]


@pytest.mark.browser
def test_side_effects_are_measured_shown_and_kept_until_the_range_is_another(page: Page) -> None:
    effects = page["component-0"].find_element(By.CSS_SELECTOR, ".effects")
    page.script("arguments[0].click()", effects.find_element(By.TAG_NAME, "button"))
    page.until(lambda: effects.find_elements(By.TAG_NAME, "table"))
    assert "mean of 16 seeds" in effects.text
    shown = {
        row.find_element(By.TAG_NAME, "th").text: row.text for row in effects.find_elements(By.CSS_SELECTOR, "tbody tr")
    }
    said = kept_direction(page)["side_effects"]
    assert len(shown) == len(said) == 6
    mean = next(effect for effect in said if effect["attribute"] == "mean_intensity")
    assert f"{abs(mean['at_end']):.2f}" in shown["mean intensity"]
    reloaded(page)
    assert page["component-0"].find_elements(By.CSS_SELECTOR, ".effects table")
    fill(page, "component-0", "sigmas_end", "2")
    page.until(lambda: not page["component-0"].find_elements(By.CSS_SELECTOR, ".effects table"))
    assert kept_direction(page)["side_effects"] == []


@pytest.mark.browser
def test_another_bundle_that_is_served_is_shown_without_a_reload(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    said = read_catalogue({"bundle_digest": DIGEST, "directions": [NEW], "regions": []})
    apply_catalogue(TINY, said, tmp_path / "new", "0.3.0")
    edge_port = free_port()
    with running_studio(f"127.0.0.1:{edge_port}") as port:
        with served_edge(edge_port=edge_port):
            page = opened(open_page, port, complaints=True)
            page.script("window.isTheSame = true")
            fill(page, "component-4", "name", "mine")
            page.until(lambda: page["saved"].text.startswith("Kept"))
        with served_edge(edge_port=edge_port, bundle=tmp_path / "new"):
            page.until(lambda: page["saved"].text.startswith("The server serves tiny 0.3.0 now"))
            assert field(page, "component-5", "name").get_attribute("value") == "newly-named"
            assert field(page, "component-4", "name").get_attribute("value") == ""
            page.all("#take-over")[0].click()
            page.until(lambda: field(page, "component-4", "name").get_attribute("value") == "mine")
            assert page.script("return window.isTheSame"), "the page has been reloaded"
            page.driver.get("about:blank")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_has_nothing_to_say(page: Page, width: int) -> None:
    page.until(lambda: len(pictures(page, "component-0")) == 3 * 7)
    fill(page, "component-1", "name", "50 %")
    page["write"].click()
    page.until(lambda: page["problems"].is_displayed())
    with page.screen(width, 1000):
        assert page.axe() == []
        page["start-over"].click()
        page.until(lambda: page["forget"].is_displayed())
        assert page.axe() == []


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def post(port: int, body: Any, headers: dict[str, str] = JSON) -> tuple[int, str]:
    answer = send(port, "POST", "/curation", body if isinstance(body, str) else json.dumps(body), headers)
    return answer.status, answer.json["error"]["message"] if answer.status != 200 else answer.json["folder"]


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ("{", 400, "not JSON"),
        ("[1]", 400, "not a JSON object"),
        ({"version": "1.0.0"}, 400, "catalogue: nothing is not allowed; allowed: a JSON object"),
        ({"catalogue": [], "version": "1.0.0"}, 400, "catalogue: [] is not allowed"),
        ({"catalogue": {}}, 400, "version: nothing is not allowed"),
        ({"catalogue": {}, "version": "../../1.0.0"}, 400, "version: '../../1.0.0' is not allowed"),
        ({"catalogue": {}, "version": "1.0.0+" + "x" * 60}, 400, "version"),
        ({"catalogue": {}, "version": "1.0.0"}, 400, "bundle_digest"),
        ({"catalogue": {"bundle_digest": "0" * 64}, "version": "1.0.0"}, 400, "bundle_digest"),
        ({"catalogue": {"bundle_digest": DIGEST, "colour": 1}, "version": "1.0.0"}, 400, "colour"),
        ({"catalogue": {"bundle_digest": DIGEST}, "version": "0.1.0"}, 400, "version"),
        ({"catalogue": {"bundle_digest": DIGEST, "rejected_components": [99]}, "version": "1.0.0"}, 400, "0 to 7"),
    ],
)
def test_bad_bodies_are_named_and_leave_nothing(port: int, curated: Path, body: Any, status: int, text: str) -> None:
    before = sorted(curated.rglob("*"))
    found, message = post(port, body)
    assert (found, text in message) == (status, True), message
    assert [path for path in sorted(curated.rglob("*")) if path.name != "tiny"] == [
        p for p in before if p.name != "tiny"
    ]


def test_other_pages_cannot_write_and_bodies_are_bounded(port: int) -> None:
    body = json.dumps({"catalogue": {"bundle_digest": DIGEST}, "version": "5.0.0"})
    assert post(port, body, {"content-type": "text/plain"})[0] == 415
    for site in ("cross-site", "same-site", "none"):
        found, message = post(port, body, {**JSON, "sec-fetch-site": site})
        assert (found, "only the studio's own page" in message) == (403, True), site
    assert post(port, {"catalogue": {"x": "y" * 2**19}, "version": "5.0.0"})[0] == 413
    assert send(port, "GET", "/curation").json["writes"] is True


def test_a_folder_takes_so_many_versions_and_no_more(
    edge: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curation, "MAX_VERSIONS", 2)
    body = {"catalogue": {"bundle_digest": DIGEST}}
    with running_studio(edge, bundle=TINY, curated_bundles=tmp_path) as port:
        folders = [post(port, {**body, "version": version})[1] for version in ("1.0.0", "2.0.0")]
        assert folders == [str(tmp_path / "tiny" / version) for version in ("1.0.0", "2.0.0")]
        found, message = post(port, {**body, "version": "3.0.0"})
    assert (found, "holds 2 already" in message) == (403, True)
    assert sorted(path.name for path in (tmp_path / "tiny").iterdir()) == ["1.0.0", "2.0.0"]


def test_a_full_disk_is_said_in_a_line_and_leaves_nothing(edge: str, tmp_path: Path) -> None:
    body = {"catalogue": {"bundle_digest": DIGEST}, "version": "1.0.0"}
    with (
        small_disk(tmp_path / "disk", 256 * 2**10) as disk,
        running_studio(edge, bundle=TINY, curated_bundles=disk) as port,
    ):
        answer = send(port, "POST", "/curation", json.dumps(body))
        assert answer.error[:2] == (507, "RESOURCE_EXHAUSTED")
        assert re.match(rf"{disk}/\S+: the disk is full; \d+ bytes were to be written, \d+ ", answer.error[2])
        assert "Errno" not in answer.error[2]
        assert [path for path in disk.rglob("*") if path.name != "tiny"] == []
        subprocess.run(["mount", "-o", "remount,size=16m", disk], check=True)
        assert post(port, body) == (200, str(disk / "tiny" / "1.0.0"))


def test_the_page_has_no_inline_code_and_loads_nothing_from_elsewhere(port: int) -> None:
    answer = send(port, "GET", "/curate")
    page = answer.body.decode()
    for forbidden in ("http:", "https:", "//", "<style", " style=", " onclick=", "javascript:"):
        assert forbidden not in page, forbidden
    assert "unsafe" not in answer.headers["content-security-policy"]
    paths = re.findall(r'(?:src|href)="[.]/(assets/[^"]+)"', page)
    assert {path.rpartition(".")[2] for path in paths} == {"js", "css", "svg"}
    for path in paths:
        assert send(port, "GET", f"/{path}").status == 200, path


def test_names_are_judged_on_the_page_as_in_the_bundle() -> None:
    """The page takes its pattern from the server; that one is the catalogue's."""
    with Client.local(TINY) as client:
        pattern = client.model().editing.name_pattern
    for name in ("a", "size", "breast-size", "a--b", "-a", "a-", "A", "ä", "a b", "7"):
        direction = {"name": name, "index": 0, "layer_start": 0, "layer_end": 1}
        try:
            read_catalogue({"directions": [direction]})
            allowed = True
        except InvalidArgument:
            allowed = False
        assert (re.fullmatch(pattern, name) is not None) == allowed, name
