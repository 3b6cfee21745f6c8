"""What the studio's controls make is what the services make: the pictures taken away, pixel for pixel."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from mammoganesis.pictures.png import read_png
from mammoganesis.v1.latents_pb2 import Mixing, NoiseMode, Recipe, Truncation
from services.client import Budget, Client, Sampling, Within
from tests.support.served import served_edge
from tests.support.serving import TINY, Copy
from tests.support.studio_page import Studio, studio_at
from tests.support.studio_server import running_studio

CONDITIONAL = TINY.with_name("tiny_conditional_bundle")
SIZE = 32  # pixels of the tiny bundle's images

pytestmark = pytest.mark.browser


@pytest.fixture
def studio(studio: Studio) -> Studio:
    """The page with the image of seed 7, all controls in sight."""
    return studio.open("screen=edit&seed=7&mode=expert")


def taken(studio: Studio) -> np.ndarray:
    """Pixels of the picture that the page gives, without the mark."""
    studio.shown()
    studio.page.get_by_label("without the mark in the picture").check()
    return read_png(studio.download("PNG")[1]).pixels


def test_a_direction_along_several_components_is_one_slider(browser: Browser, tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    thickness = {"index": 3, "name": "thickness", "reversed": True, "layer_start": 2, "layer_end": 6}
    further = [{"index": 1, "weight": -0.7, "layer_start": 4, "layer_end": 8}]
    copy.change_manifest(lambda manifest: manifest.update(combined_components=[{**thickness, "further": further}]))
    with (
        served_edge(copy.folder) as edge,
        running_studio(edge) as port,
        Client.local(copy.folder) as client,
        studio_at(browser, f"http://127.0.0.1:{port}/") as studio,
    ):
        studio.open("screen=edit&seed=7")
        studio.slider("thickness").fill("1.7")
        expected = client.edit(7, [(3, -1.7, 2, 6), (1, 1.7 * -0.7, 4, 8)]).pixels()
        np.testing.assert_array_equal(taken(studio), expected)
        _, text = studio.download("Recipe")
        assert [edit["index"] for edit in json.loads(text)["component_edits"]] == [3, 1]
        studio.open("screen=edit&seed=8")
        studio.choose(tmp_path, "some.json", text)
        studio.until(lambda: studio.recipe().seed == 7)
        assert studio.slider("thickness").input_value() == "1.7"


def test_an_absolute_move_is_another_image(studio: Studio, client: Client) -> None:
    studio.slider("Component 1").fill("2")
    studio.page.get_by_label("Layers and origin: Component 1", exact=True).click()
    studio.page.get_by_role("combobox", name="Counts from").locator("visible=true").select_option(
        label="the mean of all images"
    )
    np.testing.assert_array_equal(taken(studio), client.edit(7, [(1, 2.0)], mode="absolute").pixels())


def test_noise_is_drawn_again_and_taken_back(studio: Studio, client: Client) -> None:
    choice = studio.page.get_by_label("Fine texture (noise)", exact=True)
    plain = taken(studio)
    for mode, name in ((NoiseMode.NOISE_MODE_CONST, "const"), (NoiseMode.NOISE_MODE_NONE, "none")):
        choice.select_option(str(mode))
        studio.until(lambda mode=mode: studio.recipe().noise.mode == mode)
        np.testing.assert_array_equal(taken(studio), client.sample([7], sampling=Sampling(noise=name))[0].pixels())
    choice.select_option(str(NoiseMode.NOISE_MODE_RANDOM))
    studio.button("Draw anew").click()
    studio.until(lambda: studio.recipe().noise.mode == NoiseMode.NOISE_MODE_RANDOM)
    seed = studio.recipe().noise.seed
    expected = client.sample([7], sampling=Sampling(noise="random", noise_seed=seed))[0].pixels()
    np.testing.assert_array_equal(taken(studio), expected)
    assert (expected != plain).any()
    choice.select_option(label="the image’s own")  # noqa: RUF001
    studio.until(lambda: studio.recipe() == Recipe(seed=7))


def test_layers_of_another_seed_are_mixed_in(browser: Browser, url: str, client: Client) -> None:
    with studio_at(browser, url) as studio:
        studio.open("screen=edit&seed=7&tab=mixing")
        studio.field("Seed that gives layers").fill("12")
        studio.page.keyboard.press("Enter")
        studio.button("Take layers 4 to 7 from it").click()
        studio.slider("First layer").fill("2")
        base, style = (Recipe(seed=seed, truncation=Truncation(psi=0.65)) for seed in (7, 12))
        mixture = Recipe(mixing=Mixing(base=base, style=style, layer_start=2, layer_end=8))
        np.testing.assert_array_equal(taken(studio), client.sample(latents=[mixture])[0].pixels())


def test_a_regions_style_by_channels_and_within_its_area(browser: Browser, url: str, client: Client) -> None:
    with studio_at(browser, url) as studio:
        studio.open("screen=edit&seed=7&mode=expert&tab=region")
        studio.page.get_by_label("What changes", exact=True).select_option("1")
        studio.field("Reference seed").fill("12")
        studio.page.keyboard.press("Enter")
        studio.button("middle").click()
        studio.slider("Budget ε").fill("100")
        expected, _ = client.transfer(7, 12, ["middle"], budget=Budget(epsilon=100))
        np.testing.assert_array_equal(taken(studio), expected.pixels())
    with studio_at(browser, url) as studio:
        studio.open("screen=edit&seed=7&mode=expert&tab=region")
        studio.field("Reference seed").fill("12")
        studio.page.keyboard.press("Enter")
        studio.button("middle").click()
        studio.until(lambda: len(studio.recipe().style_transfers) == 1)
        studio.slider("Soft edge").fill("0")
        expected = client.transfer_within(7, 12, Within(regions=[0], feather=0)).image
        np.testing.assert_array_equal(taken(studio), expected.pixels())


def test_a_painted_area_takes_the_references_style(browser: Browser, url: str, client: Client) -> None:
    with studio_at(browser, url) as studio:
        studio.open("screen=edit&seed=7&tab=region")
        studio.field("Reference seed").fill("12")
        studio.page.keyboard.press("Enter")
        studio.button("Brush").click()
        studio.slider("Width of the brush").fill("0.3")
        box = studio.page.locator(".pane").first.bounding_box()
        assert box
        side = min(box["width"], box["height"])
        places = [(box["x"] + box["width"] / 2 + (x - 0.5) * side, box["y"] + box["height"] / 2) for x in (0.3, 0.6)]
        studio.page.mouse.move(*places[0])
        studio.page.mouse.down()
        studio.page.mouse.move(*places[1], steps=6)
        studio.page.mouse.up()
        studio.until(lambda: len(studio.recipe().style_transfers) == 1)
        (transfer,) = studio.recipe().style_transfers
        expect(studio.page.locator("canvas.paint")).to_have_count(0)  # what it did is seen
        studio.page.get_by_label("painted area", exact=True).check()
        expect(studio.page.locator("canvas.paint")).to_have_count(1)
        _, text = studio.download("Recipe")
        drawn = taken(studio)
        expected = client.sample(latents=[studio.recipe()])[0].pixels()
    np.testing.assert_array_equal(drawn, expected)
    assert (drawn != client.sample([7])[0].pixels()).any()
    assert transfer.reference.seed == 12
    mask = np.frombuffer(zlib.decompress(transfer.mask.deflated), np.uint8).reshape(transfer.mask.size, -1)
    rows, columns = np.nonzero(mask > 127)
    width = 0.3 * SIZE  # of the brush
    assert (rows.min(), rows.max()) == pytest.approx((SIZE / 2 - width / 2, SIZE / 2 + width / 2), abs=1.5)
    ends = (0.3 * SIZE - width / 2, 0.6 * SIZE + width / 2)
    assert (columns.min(), columns.max()) == pytest.approx(ends, abs=1.5)
    assert json.loads(text)["style_transfers"][0]["locality"] == "LOCALITY_MASKED"


def test_what_was_done_is_said_in_words(studio: Studio, client: Client) -> None:
    studio.slider("contrast").fill("2")
    studio.shown()
    expected = client.describe(client.edit(7, [("contrast", 2.0)]).recipe).sentences
    studio.until(lambda: studio.page.locator(".sentences li").all_inner_texts() == list(expected))
    assert any("contrast" in sentence for sentence in expected)


def test_labels_of_a_conditional_model(browser: Browser, tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle", CONDITIONAL)
    names = [{"index": 1, "field": "view", "value": "MLO", "name": "axillary-tail"}]
    copy.change_manifest(lambda manifest: manifest["regions"].update(labelled_names=names))
    with (
        served_edge(copy.folder) as edge,
        running_studio(edge) as port,
        Client.local(copy.folder) as client,
        studio_at(browser, f"http://127.0.0.1:{port}/") as studio,
    ):
        studio.open("screen=edit&seed=7&view=MLO&tab=region")
        assert dict(studio.recipe().labels) == {"view": "MLO"}
        expect(studio.button("axillary tail")).to_be_visible()
        studio.page.get_by_role("combobox", name="Density class").select_option("B")
        expected = client.sample([7], sampling=Sampling(labels={"view": "MLO", "density": "B"}))[0].pixels()
        np.testing.assert_array_equal(taken(studio), expected)
        assert (expected != client.sample([7])[0].pixels()).any()
        studio.page.get_by_role("region", name="Image").get_by_label("View", exact=True).select_option("CC")
        studio.until(lambda: dict(studio.recipe().labels) == {"view": "CC", "density": "B"})
        expect(studio.button("axillary tail")).to_have_count(0)


def test_without_masked_synthesis_an_area_is_not_offered(browser: Browser, tmp_path: Path) -> None:
    copy = Copy(tmp_path / "bundle")
    copy.to_first_format()
    with (
        served_edge(copy.folder) as edge,
        running_studio(edge) as port,
        studio_at(browser, f"http://127.0.0.1:{port}/") as studio,
    ):
        studio.open("screen=edit&seed=7&mode=expert&tab=region")
        studio.page.locator(".chip").first.click()
        studio.until(lambda: len(studio.recipe().style_transfers) == 1)
        expect(studio.slider("Budget ε")).to_be_visible()
        expect(studio.button("Brush")).to_have_count(0)
        assert not studio.recipe().style_transfers[0].HasField("mask")
