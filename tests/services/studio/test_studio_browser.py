"""The studio's page in Chromium, before a real edge."""

# ruff: noqa: RUF001  (the page has minus signs and Greek letters)

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from mammoganesis.pictures.pixels import burn_in_mark
from mammoganesis.pictures.png import read_png
from mammoganesis.v1.latents_pb2 import NoiseMode
from services.client import Budget, Client, Sampling
from services.client.provenance import Verdict, verify
from services.studio.app import Place
from tests.services.studio.test_studio import running_studio
from tests.support.browser import READY, Page, opened_recipe, pixels_of
from tests.support.http_servers import ReverseProxy
from tests.support.served import served_edge
from tests.support.serving import TINY, Copy

DIGEST = hashlib.sha256((TINY / "manifest.json").read_bytes()).hexdigest()
CATALOGUES = ("regions", "named_components", "rejected_components")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served_edge() as edge, running_studio(edge) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def page(open_page: Callable[[str], Page], url: str) -> Page:
    """The page with the image of seed 7."""
    page = open_page(url)
    page.until(lambda: page.script(READY))
    page.enter("seed", 7)
    page.wait_for("seed 7 · ψ 0.65")
    return page


def test_seed_and_psi_make_the_services_image(page: Page) -> None:
    with Client.local(TINY) as client:
        np.testing.assert_array_equal(pixels_of(page), client.sample([7])[0].pixels())
        page.enter("psi", 1.2)
        page.wait_for("seed 7 · ψ 1.20")
        np.testing.assert_array_equal(pixels_of(page), client.sample([7], sampling=Sampling(psi=1.2))[0].pixels())
    assert page.recipe()["truncation"]["psi"] == 1.2
    assert "not for diagnosis" in page.all(".mark")[0].text
    page["random-seed"].click()
    page.until(lambda: page["seed"].get_attribute("value") != "7")
    seed = page["seed"].get_attribute("value")
    page.wait_for(f"seed {seed} · ψ 1.20")
    assert page.recipe()["seed"] == int(seed or "")


def test_a_frame_of_the_strip_becomes_the_image(page: Page) -> None:
    Select(page["component"]).select_by_value("2")
    page.enter("layer-start", 2)
    page["sweep"].click()
    frames = page.until(lambda: page.all("#frames button:enabled") if len(page.all("#frames img")) == 7 else None)
    assert [frame.text for frame in frames] == ["−3.0 σ", "−2.0 σ", "−1.0 σ", "0 σ", "+1.0 σ", "+2.0 σ", "+3.0 σ"]
    frames[6].click()
    page.wait_for("seed 7 · ψ 0.65 · Component 2 +3.0 σ")
    (edit,) = page.recipe()["component_edits"]
    assert edit == {"index": 2, "sigmas": 3, "layer_start": 2, "layer_end": 8, "mode": "EDIT_MODE_RELATIVE"}
    with Client.local(TINY) as client:
        np.testing.assert_array_equal(pixels_of(page), client.edit(7, [(2, 3.0, 2, 8)]).pixels())
        assert frames[6].get_attribute("aria-pressed") == "true"
        page["compare"].click()
        page.wait_for("seed 7 · ψ 0.65 · without edits")
        np.testing.assert_array_equal(pixels_of(page), client.sample([7])[0].pixels())
    page["compare"].click()
    page.wait_for("seed 7 · ψ 0.65 · Component 2 +3.0 σ")
    page.all("#edits button")[0].click()
    page.wait_for("seed 7 · ψ 0.65")
    assert "component_edits" not in page.recipe()
    assert page["sigmas"].get_attribute("value") == "0"


def test_a_region_picked_on_the_image_takes_the_references_style(page: Page) -> None:
    page["tab-regions"].click()
    paths = page.until(lambda: page.all("#regions path"))
    with Client.local(TINY) as client:
        labels = client.segment(7).label_map
    assert {int(path.get_attribute("data-region") or "") for path in paths} == set(labels.ravel().tolist())
    row, column = 21, 9
    region = int(labels[row, column])
    hit = page.script(
        "const box = document.getElementById('stage').getBoundingClientRect();"
        "const at = (i, start, size) => start + (size * (i + 0.5)) / 32;"
        "const [x, y] = [at(arguments[1], box.x, box.width), at(arguments[0], box.y, box.height)];"
        "const hit = document.elementFromPoint(x, y);"
        "hit.dispatchEvent(new MouseEvent('click', { bubbles: true })); return hit.dataset.region",
        row,
        column,
    )
    assert int(hit) == region
    chip = page.all("#region-choices button")[region]
    assert chip.get_attribute("aria-pressed") == "true"
    page.enter("reference-seed", 12)
    page.enter("epsilon", 100)
    page["transfer"].click()
    name = {0: "middle", 2: "rim"}.get(region, f"Region {region}")
    page.wait_for(f"seed 7 · ψ 0.65 · {name} from seed 12")
    assert "of 496 channels moved" in page["transfer-done"].text
    with Client.local(TINY) as client:
        expected, moved = client.transfer(7, 12, [region], budget=Budget(epsilon=100))
    np.testing.assert_array_equal(pixels_of(page), expected.pixels())
    assert page["transfer-done"].text.startswith(f"{moved} of")
    page["outlines"].click()
    assert not page["regions"].is_displayed()
    page["clear-edits"].click()
    page.wait_for("seed 7 · ψ 0.65")


def test_downloads_say_what_they_are_and_carry_recipe_and_mark(page: Page) -> None:
    page.enter("sigmas", -1.5)
    page.wait_for("seed 7 · ψ 0.65 · contrast −1.5 σ")
    png, recipe = page.download("download-png"), json.loads(page.download("download-recipe"))
    assert {path.name for path in page.downloads.iterdir()} >= {"seed7_contrast-1.5.png", "seed7_contrast-1.5.json"}
    assert recipe == page.recipe()
    assert (recipe["bundle_digest"], recipe["bundle_name"]) == (DIGEST, "tiny 0.1.0")
    content = read_png(png)
    assert content.recipe is not None
    assert (content.recipe.seed, content.recipe.component_edits[0].sigmas) == (7, -1.5)
    assert page["latent-id"].get_attribute("textContent") == content.latent_id
    (page.downloads / "seed7_contrast-1.5.png").unlink()  # the next one has the same name
    page["unmarked"].click()
    bare = read_png(page.download("download-png"))
    assert (content.image_format.burn_in_mark, bare.image_format.burn_in_mark) == (True, False)
    np.testing.assert_array_equal(bare.pixels, pixels_of(page))
    np.testing.assert_array_equal(burn_in_mark(bare.pixels), content.pixels)
    with Client.local(TINY) as client:
        assert verify(client, png).verdict is Verdict.UNCHANGED
        np.testing.assert_array_equal(client.edit(7, [("contrast", -1.5)]).pixels(), bare.pixels)


def test_a_saved_recipe_is_taken_up_again(page: Page, tmp_path: Path) -> None:
    page.enter("psi", 1.2)
    page.enter("sigmas", 1)
    page["tab-regions"].click()
    page.until(lambda: page.all("#regions path"))
    page.all("#region-choices button")[0].click()
    page.enter("reference-seed", 12)
    page.wait_for("seed 7 · ψ 1.20 · contrast +1.0 σ")
    page["transfer"].click()
    page.wait_for(caption := "seed 7 · ψ 1.20 · contrast +1.0 σ · middle from seed 12")
    recipe, pixels = page.recipe(), pixels_of(page)
    page.driver.refresh()
    page.until(lambda: page.script(READY))
    page.enter("seed", 8)
    page.wait_for("seed 8 · ψ 0.65")
    opened_recipe(page, tmp_path, recipe)
    page.wait_for(caption)
    np.testing.assert_array_equal(pixels_of(page), pixels)
    assert page.recipe() == recipe
    assert [page[name].get_attribute("value") for name in ("seed", "psi", "sigmas")] == ["7", "1.2", "1"]
    page.all("#edits button")[1].click()
    page.wait_for("seed 7 · ψ 1.20 · contrast +1.0 σ")
    mixture = {
        "mixing": {"base": {"seed": 3}, "style": {"seed": 4}, "layer_start": 2},
        "noise": {"mode": "NOISE_MODE_NONE"},
    }
    opened_recipe(page, tmp_path, mixture)
    page.wait_for("seed 3 · ψ 0.65 · without noise · layers 2 to 7 from seed 4")


def test_every_noise_has_words(page: Page) -> None:
    modes = [mode for mode in NoiseMode.keys() if mode != "NOISE_MODE_UNSPECIFIED"]  # noqa: SIM118
    words = page.script(
        "return import(document.querySelector('script[type=module]').src.replace('main.js', 'edits.js'))"
        ".then(({ noiseText }) => arguments[0].map((mode) => noiseText({ mode, seed: 5 })))",
        modes,
    )
    assert len(set(words)) == len(modes)
    assert all(words)
    assert [mode for mode, text in zip(modes, words, strict=True) if "5" in text] == ["NOISE_MODE_RANDOM"]
    offered = {option.get_attribute("value") for option in page.all("#noise option")}
    assert offered == {"", *modes}


def test_what_is_no_recipe_of_this_page_draws_nothing(open_page: Callable[..., Page], url: str, tmp_path: Path) -> None:
    page = open_page(url, complaints=True)  # the browser logs every answer that is not 200
    page.until(lambda: page.script(READY))
    caption, pixels = page["caption"].text, pixels_of(page)
    code = {"code": {"values": [0.5] * 96}}
    for content, text in (
        ("no recipe", "some.json is no recipe"),
        ([1], "latents[0].recipe"),
        ({"seed": -1}, "seed: -1 is not allowed"),
        (code, "The studio has no controls for a recipe of this kind"),
        ({"seed": 7, "bundle_digest": "0" * 64, "bundle_name": "other 1.2.3"}, "other 1.2.3"),
    ):
        opened_recipe(page, tmp_path, content)
        page.until(lambda text=text: text in page["open-error"].text)
        assert page["caption"].text == caption
        np.testing.assert_array_equal(pixels_of(page), pixels)
    assert page["stage"].get_attribute("data-state") == "ready"


def test_what_is_wrong_is_said_in_place(page: Page) -> None:
    page.enter("seed", 4294967296)
    page.until(lambda: page["seed-error"].is_displayed())
    assert page["seed-error"].text == "A whole number from 0 to 4294967295."
    page.enter("seed", 8)
    page.wait_for("seed 8 · ψ 0.65")
    assert not page["seed-error"].is_displayed()
    page["tab-regions"].click()
    page.until(lambda: page.all("#regions path"))
    page["transfer"].click()
    page.until(lambda: page["transfer-error"].is_displayed())
    assert "Choose a region first" in page["transfer-error"].text


def test_an_error_of_the_server_is_shown_under_its_control(open_page: Callable[..., Page], url: str) -> None:
    page = open_page(url, complaints=True)  # the browser logs every answer that is not 200
    page.until(lambda: page.script(READY))
    caption = page["caption"].text
    page["tab-regions"].click()
    page.until(lambda: page.all("#regions path"))
    page.all("#region-choices button")[0].click()
    page.script("epsilon.max = 600")
    page.enter("epsilon", 513)
    page["transfer"].click()
    page.until(lambda: page["transfer-error"].is_displayed())
    assert page["transfer-error"].text == "epsilon: 513.0 is not allowed; allowed: 0 to 512"
    assert (page["caption"].text, page["notice"].is_displayed()) == (caption, False)


def test_everything_works_from_the_keyboard(page: Page) -> None:
    def focused() -> str:
        return page.script("return document.activeElement.id")

    def press(*keys: str) -> None:
        for key in keys:
            page.driver.switch_to.active_element.send_keys(key)

    page.script("document.activeElement.blur()")
    page["psi"].send_keys(Keys.ARROW_RIGHT)
    page.wait_for("seed 7 · ψ 0.70")
    press(Keys.TAB)
    assert focused() == "noise"
    press(Keys.TAB)
    assert focused() == "redraw-noise"
    press(Keys.TAB)
    assert focused() == "tab-components"
    press(Keys.ARROW_LEFT)
    assert focused() == "tab-mixing"
    press(Keys.ARROW_LEFT)
    assert focused() == "tab-regions"
    page.until(lambda: page.all("#regions path"))
    press(*[Keys.TAB] * 3)
    assert page.script("return document.activeElement.dataset.region") == "0"
    press(Keys.SPACE)
    press(*[Keys.TAB] * 4)
    assert focused() == "locality-channels"
    press(*[Keys.TAB] * 2)
    assert focused() == "transfer"
    press(Keys.ENTER)
    page.until(lambda: "middle from seed" in page["caption"].text)


def test_it_fits_every_screen(page: Page) -> None:
    page["sweep"].click()
    page.until(lambda: len(page.all("#frames img")) == 7)
    page.all("#frames button")[6].click()
    page.until(lambda: page["compare"].is_displayed())
    for width, height in ((390, 844), (320, 640), (844, 390), (1024, 768)):
        with page.screen(width, height):
            assert page.script("return document.documentElement.scrollWidth") <= width
            box = page["stage"].rect
            assert box["width"] == pytest.approx(box["height"], abs=1)
            assert box["width"] >= min(width, height) * 0.4
            mark, looks = page.all(".mark")[0].rect, page.all(".looks")[0].rect
            assert looks["y"] + looks["height"] <= mark["y"], "the mark is covered"
            for name in ("random-seed", "sweep", "download-png"):
                assert page[name].rect["height"] >= 38
                assert not page.is_covered(name), (name, width)


def test_a_server_that_comes_later_is_found(open_page: Callable[..., Page]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        edge_port = free.getsockname()[1]
    with running_studio(f"127.0.0.1:{edge_port}") as port:
        page = open_page(f"http://127.0.0.1:{port}/", complaints=True)
        page.until(lambda: page["notice"].is_displayed())
        assert "The image server does not answer." in page["notice-text"].text
        assert page["server-text"].text == "No answer"
        with served_edge(edge_port=edge_port):
            page.until(lambda: page.script(READY))
            assert not page["notice"].is_displayed()
            assert page["server-text"].text == "tiny 0.1.0 · 32 × 32"
        page["random-seed"].click()
        page.until(lambda: page["notice"].is_displayed())
        assert page["server-text"].text == "No answer"


@pytest.mark.parametrize(("strips", "base"), [(True, ""), (False, "/some/path")])
def test_behind_a_reverse_proxy_with_a_path(open_page: Callable[..., Page], strips: bool, base: str) -> None:
    place = Place(base, ("studio.example.org",))
    with served_edge() as edge, running_studio(edge, place=place, bundle=TINY, curated_bundles=TINY.parent) as behind:
        proxy = ReverseProxy(behind, "/some/path", strips, host="studio.example.org")
        with proxy.running() as port:
            page = open_page(f"http://127.0.0.1:{port}/some/path/")
            page.until(lambda: page.script(READY))
            page.enter("seed", 7)
            page.wait_for("seed 7 · ψ 0.65")
            with Client.local(TINY) as client:
                np.testing.assert_array_equal(pixels_of(page), client.sample([7])[0].pixels())
            page["sweep"].click()
            page.until(lambda: len(page.all("#frames img")) == 7)
            page.all("a.elsewhere")[0].click()
            page.until(lambda: page.all("#region-cards .card"))
            page.until(lambda: page.all("#component-0 img"))
            page.until(lambda: page["write"].is_displayed())
            page.all("nav a[href='.']")[0].click()
            page.until(lambda: page.script(READY))
            assert page.driver.current_url == f"http://127.0.0.1:{port}/some/path/"
            page.driver.get("about:blank")  # before its server goes
    assert {path.rpartition("/")[2] for _, path in proxy.answers} >= {"main.js", "curate", "GetModel", "curation"}
    assert any(path.startswith("/some/path/assets/curate-") for _, path in proxy.answers)
    assert [answer for answer in proxy.answers if answer[0] not in (200, 304)] == []


def test_a_bundle_that_only_samples_says_so(open_page: Callable[..., Page], tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    for name in ("components.npz", "regions.npz"):
        copy.remove(name)
    copy.change_manifest(lambda manifest: [manifest.pop(key, None) for key in CATALOGUES])
    with served_edge(copy.folder) as edge, running_studio(edge) as port:
        page = open_page(f"http://127.0.0.1:{port}/")
        page.until(lambda: page.script(READY))
        assert page["components-absent"].is_displayed()
        assert not page["sweep"].is_enabled()
        page["tab-regions"].click()
        assert page["regions-absent"].is_displayed()
        assert not page["transfer"].is_enabled()
        page["download-png"]


def test_foreign_scripts_do_not_run(page: Page) -> None:
    page.script(
        "const s = document.createElement('script'); s.textContent = 'window.injected = 1'; document.body.append(s)"
    )
    assert page.script("return window.injected === undefined")
    assert any("Content Security Policy" in entry["message"] for entry in page.driver.get_log("browser"))
