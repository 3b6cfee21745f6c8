"""The studio's panels in Chromium: named directions, quick looks, labels, noise, mixing, recipes in words."""

# ruff: noqa: RUF001  (the page has minus signs and Greek letters)

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from selenium.webdriver.support.ui import Select

from mammoganesis.v1.latents_pb2 import Mixing, Recipe, Truncation
from services.client import Client, Sampling, messages
from tests.services.studio.test_studio import running_studio
from tests.support.browser import READY, Page, opened_recipe, pixels_of
from tests.support.served import served_edge
from tests.support.serving import TINY, Copy

CONDITIONAL = TINY.with_name("tiny_conditional_bundle")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client.local(TINY) as client:
        yield client


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served_edge() as edge, running_studio(edge) as port:
        yield f"http://127.0.0.1:{port}/"


def test_a_direction_along_several_components_is_one_slider(open_page: Callable[..., Page], tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    thickness = {"index": 3, "name": "thickness", "reversed": True, "layer_start": 2, "layer_end": 6}
    further = [{"index": 1, "weight": -0.7, "layer_start": 4, "layer_end": 8}]
    copy.change_manifest(lambda manifest: manifest.update(combined_components=[{**thickness, "further": further}]))
    with served_edge(copy.folder) as edge, running_studio(edge) as port, Client.local(copy.folder) as client:
        page = open_page(f"http://127.0.0.1:{port}/")
        page.until(lambda: page.script(READY))
        page.enter("seed", 7)
        page.wait_for("seed 7 · ψ 0.65")
        Select(page["component"]).select_by_visible_text("thickness")
        assert not page["layers-field"].is_displayed()
        page.enter("sigmas", 1.7)
        page.wait_for("seed 7 · ψ 0.65 · thickness +1.7 σ")
        assert [edit["index"] for edit in page.recipe()["component_edits"]] == [3, 1]
        expected = client.edit(7, [(3, -1.7, 2, 6), (1, 1.7 * -0.7, 4, 8)]).pixels()
        np.testing.assert_array_equal(pixels_of(page), expected)
        page["sweep"].click()
        page.until(lambda: page.all("#frames img") and not page.all("#frames button:disabled"))
        assert page["strip-title"].text == "thickness, 2 components"
        recipe = page.recipe()
        page.driver.refresh()
        page.until(lambda: page.script(READY))
        opened_recipe(page, tmp_path, recipe)
        page.wait_for("seed 7 · ψ 0.65 · thickness +1.7 σ")
        np.testing.assert_array_equal(pixels_of(page), expected)

        page = open_page(f"http://127.0.0.1:{port}/curate")
        page.until(lambda: page.all("#component-3"))
        page.script("arguments[0].scrollIntoView()", page["component-3"])
        page.until(lambda: len(page.all("#component-3 img")) == 3 * 7)
        assert page["component-3"].find_element("css selector", ".evidence").text == (
            "With −0.70 of component 1, layers 4 to 7."
        )
        last = client.edit(0, [("thickness", -3.0)]).pixels()  # the sheet runs along the component
        page.until(lambda: np.array_equal(pixels_of(page, page.all("#component-3 img")[6]), last))
        open_page("about:blank")  # before the servers end: other sheets may still be drawn


@pytest.fixture
def page(open_page: Callable[..., Page], url: str) -> Page:
    """The page with the image of seed 7."""
    page = open_page(url)
    page.until(lambda: page.script(READY))
    page.enter("seed", 7)
    page.wait_for("seed 7 · ψ 0.65")
    return page


def test_named_directions_come_first_with_their_range_sign_and_layers(page: Page, client: Client) -> None:
    groups = page.all("#component optgroup")
    assert [group.get_attribute("label") for group in groups] == ["Named directions", "All components, by variance"]
    texts = [option.text for option in Select(page["component"]).options]
    assert texts[:2] == ["contrast", "coarseness"]
    assert len(texts) == 2 + 8
    assert texts[2 + 6].endswith("set aside by the curator")
    Select(page["component"]).select_by_visible_text("coarseness")
    assert page["component-note"].text == "fine to coarse patterns"
    assert [page["sigmas"].get_attribute(name) for name in ("min", "max")] == ["-2", "3.5"]
    assert (page["sigmas-from"].text, page["sigmas-to"].text) == ("−2.0 σ", "+3.5 σ")
    page.enter("sigmas", 2)
    page.wait_for("seed 7 · ψ 0.65 · coarseness +2.0 σ")
    (edit,) = page.recipe()["component_edits"]
    assert (edit["index"], edit["sigmas"], edit["layer_start"], edit["layer_end"]) == (2, -2, 2, 8)
    np.testing.assert_array_equal(pixels_of(page), client.edit(7, [(2, -2.0, 2, 8)]).pixels())
    page["sweep"].click()
    frames = page.until(lambda: page.all("#frames button:enabled") if not page.all("#frames button:disabled") else None)
    sigmas = [float(frame.get_attribute("data-sigmas") or "nan") for frame in frames]
    assert (sigmas[0], sigmas[-1]) == (-2, 3.5)
    frames[0].click()
    page.wait_for("seed 7 · ψ 0.65 · coarseness −2.0 σ")
    np.testing.assert_array_equal(pixels_of(page), client.edit(7, [("coarseness", -2.0)]).pixels())


def test_an_absolute_move_is_another_image(page: Page, client: Client) -> None:
    Select(page["component"]).select_by_value("1")
    page["absolute"].click()
    page.wait_for("seed 7 · ψ 0.65 · Component 1 at the average")
    np.testing.assert_array_equal(pixels_of(page), client.edit(7, [(1, 0.0)], mode="absolute").pixels())
    page.enter("sigmas", 2)
    page.wait_for("seed 7 · ψ 0.65 · Component 1 at +2.0 σ")
    np.testing.assert_array_equal(pixels_of(page), client.edit(7, [(1, 2.0)], mode="absolute").pixels())
    assert page.recipe()["component_edits"][0]["mode"] == "EDIT_MODE_ABSOLUTE"
    Select(page["component"]).select_by_value("2")
    assert not page["absolute"].is_selected()


def test_a_moving_slider_shows_quick_looks_and_then_the_image(page: Page, client: Client) -> None:
    Select(page["component"]).select_by_value("0")
    page.script(
        "window.seen = []; const picture = document.getElementById('image');"
        "new MutationObserver(() => seen.push([caption.textContent, picture.naturalWidth, recipe.textContent.length]))"
        ".observe(caption, { childList: true, characterData: true, subtree: true });"
        "for (const value of [0.5, 1, 1.5]) { sigmas.value = value; sigmas.dispatchEvent(new Event('input')); }"
    )
    page.until(lambda: any("quick look" in text for text, _, _ in page.script("return window.seen")))
    page.wait_for("seed 7 · ψ 0.65 · Component 0 +1.5 σ")
    seen = page.script("return window.seen")
    assert {width for text, width, _ in seen if text.endswith("quick look")} == {16}
    assert [width for text, width, _ in seen if not text.endswith("quick look")] == [32]
    assert len({length for text, _, length in seen if text.endswith("quick look")}) == 1, "the recipe is the image's"
    np.testing.assert_array_equal(pixels_of(page), client.edit(7, [(0, 1.5)]).pixels())
    assert page.recipe()["component_edits"][0]["sigmas"] == 1.5


def test_noise_is_drawn_again_and_taken_back(page: Page, client: Client) -> None:
    page["redraw-noise"].click()
    page.until(lambda: " · noise " in page["caption"].text and page.script(READY))
    seed = int(page["caption"].text.rpartition(" ")[2])
    assert page["noise-value"].text == f"seed {seed}"
    assert page.recipe()["noise"] == {"mode": "NOISE_MODE_RANDOM", "seed": seed}
    expected = client.sample([7], sampling=Sampling(noise="random", noise_seed=seed))[0].pixels()
    np.testing.assert_array_equal(pixels_of(page), expected)
    assert (expected != client.sample([7])[0].pixels()).any()
    for mode, words in (("const", "constant noise"), ("none", "without noise")):
        Select(page["noise"]).select_by_value(f"NOISE_MODE_{mode.upper()}")
        page.wait_for(f"seed 7 · ψ 0.65 · {words}")
        np.testing.assert_array_equal(pixels_of(page), client.sample([7], sampling=Sampling(noise=mode))[0].pixels())
    Select(page["noise"]).select_by_visible_text("the image’s own")
    page.wait_for("seed 7 · ψ 0.65")
    np.testing.assert_array_equal(pixels_of(page), client.sample([7])[0].pixels())
    assert page["noise-value"].text == ""


def test_layers_of_another_seed_are_mixed_in(page: Page, client: Client) -> None:
    def expected(start: int, end: int) -> np.ndarray:
        base, style = (Recipe(seed=seed, truncation=Truncation(psi=0.65)) for seed in (7, 12))
        mixture = Recipe(mixing=Mixing(base=base, style=style, layer_start=start, layer_end=end))
        return client.sample(latents=[mixture])[0].pixels()

    page["tab-mixing"].click()
    page.until(lambda: page["style-image"].is_displayed())
    page.enter("style-seed", 12)
    page["mix"].click()
    page.wait_for("seed 7 · ψ 0.65 · layers 4 to 7 from seed 12")
    np.testing.assert_array_equal(pixels_of(page), expected(4, 8))
    page.enter("mix-start", 2)
    page.wait_for("seed 7 · ψ 0.65 · layers 2 to 7 from seed 12")
    np.testing.assert_array_equal(pixels_of(page), expected(2, 8))
    page["compare"].click()
    page.wait_for("seed 7 · ψ 0.65 · without edits")
    np.testing.assert_array_equal(pixels_of(page), client.sample([7])[0].pixels())
    assert not page["mix"].is_enabled()
    page.all("#edits button")[0].click()
    page.wait_for("seed 7 · ψ 0.65")
    assert page["mix"].is_enabled()


def test_regions_have_their_names_notes_and_budget(page: Page, client: Client) -> None:
    page["tab-regions"].click()
    page.until(lambda: page.all("#regions path"))
    chips = page.all("#region-choices button")
    assert [chip.text.split("\n")[0] for chip in chips] == ["middle", "Region 1", "rim", "Region 3"]
    assert "set aside" in chips[-1].text
    assert page["epsilon-value"].text == "20, the model’s"
    chips[0].click()
    assert page["region-note"].text == "middle: the largest cluster"
    page.enter("reference-seed", 12)
    page["transfer"].click()
    page.wait_for("seed 7 · ψ 0.65 · middle from seed 12")
    np.testing.assert_array_equal(pixels_of(page), client.transfer(7, 12, ["middle"]).image.pixels())


def test_what_was_done_is_said_in_words(page: Page, client: Client) -> None:
    def sentences() -> list[str]:
        return [item.text for item in page.all("#sentences li")]

    page.until(lambda: sentences() == client.describe(client.sample([7])[0].recipe).sentences)
    page.enter("sigmas", 2)
    page.wait_for("seed 7 · ψ 0.65 · contrast +2.0 σ")
    expected = client.describe(client.edit(7, [("contrast", 2.0)]).recipe).sentences
    page.until(lambda: sentences() == expected)
    assert any("contrast" in sentence for sentence in expected)


def test_labels_of_a_conditional_model(open_page: Callable[..., Page], tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle", CONDITIONAL)
    names = [{"index": 1, "field": "view", "value": "MLO", "name": "axillary-tail"}]
    copy.change_manifest(lambda manifest: manifest["regions"].update(labelled_names=names))
    with served_edge(copy.folder) as edge, running_studio(edge) as port, Client.local(copy.folder) as client:
        page = open_page(f"http://127.0.0.1:{port}/")
        page.until(lambda: page.script(READY))
        page.enter("seed", 7)
        page.wait_for("seed 7 · ψ 0.65")
        view, density = page.all("#labels select")
        assert [option.text for option in Select(view).options] == ["any", "CC", "MLO"]
        Select(view).select_by_value("MLO")
        page.wait_for("seed 7 · MLO · ψ 0.65")
        page["tab-regions"].click()
        assert page.all("#region-choices button")[1].text.startswith("axillary-tail")
        Select(density).select_by_value("B")
        page.wait_for("seed 7 · MLO · B · ψ 0.65")
        expected = client.sample([7], sampling=Sampling(labels={"view": "MLO", "density": "B"}))[0].pixels()
        np.testing.assert_array_equal(pixels_of(page), expected)
        assert (expected != client.sample([7])[0].pixels()).any()
        Select(view).select_by_value("")
        Select(density).select_by_value("")
        page.wait_for("seed 7 · ψ 0.65")
        assert page.all("#region-choices button")[1].text.startswith("Region 1")
        assert "labels" not in page.recipe()

        page = open_page(f"http://127.0.0.1:{port}/curate")
        page.until(lambda: len(page.all("#component-0 img")) == 3 * 7)
        first, *_ = page.all("#labels select")
        Select(first).select_by_value("MLO")
        frames = list(client.sweep(messages.seed_recipe(0, Sampling(labels={"view": "MLO"})), 0))

        def drawn() -> bool:
            shown = page.all("#component-0 img")
            return len(shown) == 3 * 7 and np.array_equal(pixels_of(page, shown[0]), frames[0].image.pixels())

        page.until(drawn)
        open_page("about:blank")  # before the servers end: other sheets may still be drawn


def test_the_panels_fit_a_phone(page: Page) -> None:
    for width, height in ((390, 844), (320, 640)):
        with page.screen(width, height):
            for tab, control in (("components", "absolute"), ("mixing", "mix"), ("regions", "transfer")):
                page.script("arguments[0].click()", page[f"tab-{tab}"])
                assert page.script("return document.documentElement.scrollWidth") <= width
                assert not page.is_covered(control), (control, width)
