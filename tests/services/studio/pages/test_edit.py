"""The edit screen's controls in Chromium, before a real edge."""

# ruff: noqa: RUF001  (the page has minus signs and Greek letters)

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest
from playwright.sync_api import Browser, Route, expect

from mammoganesis.pictures.png import read_png
from mammoganesis.v1.latents_pb2 import Locality, NoiseMode, Recipe
from services.client import Client
from services.process.ports import free_block
from tests.support.browser import LOST, SCREENS
from tests.support.served import served_edge
from tests.support.studio_page import Studio, studio_at
from tests.support.studio_server import running_studio

pytestmark = pytest.mark.browser


def edits_of(recipe: Recipe) -> list[tuple[object, float]]:
    return [(getattr(edit, edit.WhichOneof("component")), edit.sigmas) for edit in recipe.component_edits]


def test_directions_are_sliders_side_by_side_whose_room_shrinks(studio: Studio, client: Client) -> None:
    studio.open("screen=edit&seed=5")

    def room(name: str) -> tuple[float, float]:
        track = studio.slider(name).locator("xpath=..")
        return tuple(track.evaluate("e => ['from', 'to'].map(n => Number(e.style.getPropertyValue(`--useful-${n}`)))"))

    studio.slider("contrast").fill("-2")
    studio.slider("coarseness").fill("3.5")
    assert edits_of(studio.recipe()) == [("contrast", -2), ("coarseness", 3.5)]
    reach = client.reach(5, [("contrast", -2.0), ("coarseness", 3.5)])
    assert reach.directions[0].sigmas_start > -3  # of -4
    for place, (name, start, end) in enumerate((("contrast", -4, 4), ("coarseness", -2, 3.5))):
        said = reach.directions[place]
        expected = [(sigmas - start) / (end - start) for sigmas in (said.sigmas_start, said.sigmas_end)]
        studio.until(lambda name=name, expected=expected: np.allclose(room(name), expected, atol=1e-6))
    studio.button("Reset: contrast").click()
    assert edits_of(studio.recipe()) == [("coarseness", 3.5)]


def test_what_leads_too_far_is_said_before_it_is_drawn(studio: Studio, client: Client) -> None:
    assert (
        client.reach(5, [("contrast", -3.5)]).reach
        < 1
        < client.reach(5, [("contrast", -3.5), ("coarseness", 3.5)]).reach
    )
    studio.open("screen=edit&seed=5")
    beyond = studio.page.get_by_text("Beyond what this model has learnt")
    together = studio.page.get_by_text("These edits together lead beyond what this model has learnt")
    studio.slider("contrast").fill("-3.5")
    studio.shown()
    expect(beyond).to_have_count(0)
    studio.page.route("**/mammoganesis.v1.SamplingService/Sample", lambda route: None)  # no image comes
    studio.slider("coarseness").fill("3.5")
    expect(beyond.first).to_be_visible()
    expect(together).to_be_visible()
    studio.slider("coarseness").fill("0")
    expect(beyond).to_have_count(0)
    expect(together).to_have_count(0)


def test_a_component_says_what_directions_do_to_it(studio: Studio) -> None:
    studio.open("screen=edit&seed=5&mode=expert")
    studio.slider("coarseness").fill("2")
    name = "Component 2, in coarseness"
    studio.until(lambda: studio.value_of(name) == -2)  # the direction runs the other way
    assert "of which −2.0 by coarseness, layers 2 to 7" in (studio.slider(name).get_attribute("aria-valuetext") or "")
    studio.slider(name).fill("-0.5")
    assert edits_of(studio.recipe()) == [("coarseness", 2), (2, 1.5)]
    assert studio.value_of(name) == -0.5
    studio.button(f"Reset: {name}").click()
    assert edits_of(studio.recipe()) == [("coarseness", 2)]
    assert studio.value_of("Component 3") == 0


def test_every_edit_of_a_file_has_a_slider(studio: Studio) -> None:
    recipe = Recipe(seed=5)
    for layers, sigmas in (((0, 4), 1.0), ((4, 8), -2.0)):
        recipe.component_edits.add(index=3, sigmas=sigmas, layer_start=layers[0], layer_end=layers[1])
    text = base64.urlsafe_b64encode(recipe.SerializeToString()).decode().rstrip("=")
    studio.open(f"screen=edit&mode=expert&recipe={text}")
    assert studio.value_of("Component 3") == 1
    second = "component 3, layers 4 to 7"
    assert studio.value_of(second) == -2
    studio.slider(second).fill("-3")
    assert edits_of(studio.recipe()) == [(3, 1.0), (3, -3.0)]
    studio.slider("Component 3").fill("0")
    assert edits_of(studio.recipe()) == [(3, -3.0)]


def test_keys_that_move_a_slider_are_one_step_of_undo(studio: Studio) -> None:
    studio.open("screen=edit&seed=5")
    studio.slider("contrast").focus()
    for _ in range(5):
        studio.page.keyboard.press("ArrowRight")
    studio.until(lambda: "recipe" in studio.state() and edits_of(studio.recipe()) == [("contrast", 0.5)])
    studio.page.keyboard.press("Control+z")
    studio.until(lambda: edits_of(studio.recipe()) == [])


def test_one_transfer_follows_all_its_controls(studio: Studio, client: Client) -> None:
    studio.open("screen=edit&seed=5&mode=expert&tab=region")
    studio.page.get_by_label("What changes", exact=True).select_option("1")
    studio.field("Reference seed").fill("9")
    studio.button("middle").click()
    before = studio.recipe()
    assert [(transfer.reference.seed, transfer.locality) for transfer in before.style_transfers] == [(9, 0)]
    studio.slider("Budget ε").fill("150")
    assert studio.recipe().style_transfers[0].epsilon == 150
    studio.slider("Strength").fill("0.5")
    studio.button("rim").click()
    transfer, *others = studio.recipe().style_transfers
    assert not others
    assert (transfer.epsilon, transfer.strength) == (150, 0.5)
    assert [region.index for region in transfer.regions] == [0, 2]
    expect(studio.page.get_by_text("of the change lies outside the region", exact=False)).to_be_visible()
    studio.button("rim").click()
    studio.button("middle").click()
    assert not studio.recipe().style_transfers
    assert studio.field("Reference seed").input_value() == "9"
    studio.button("middle").click()
    studio.shown()
    studio.button("Add another transfer").click()
    studio.button("rim").click()
    studio.until(lambda: len(studio.recipe().style_transfers) == 2)


def test_within_an_area_the_transfer_has_the_mask_of_its_regions(studio: Studio, client: Client) -> None:
    studio.open("screen=edit&seed=5&mode=expert&tab=region")
    studio.field("Reference seed").fill("9")
    studio.button("middle").click()
    studio.until(lambda: len(studio.recipe().style_transfers) == 1)
    (transfer,) = studio.recipe().style_transfers
    assert transfer.locality == Locality.LOCALITY_MASKED
    labels = read_png(client.segment(5).label_map_png).pixels
    mask = np.frombuffer(zlib.decompress(transfer.mask.deflated), np.uint8).reshape(transfer.mask.size, -1)
    np.testing.assert_array_equal(mask == 255, labels == 0)
    studio.slider("Soft edge").fill("0.1")
    studio.slider("Strength").fill("0.25")
    (after,) = studio.recipe().style_transfers
    assert (after.mask.feather, after.strength, after.mask.deflated) == (0.1, 0.25, transfer.mask.deflated)
    studio.field("Reference seed").fill("11")
    studio.field("Reference seed").blur()
    studio.until(lambda: studio.recipe().style_transfers[0].reference.seed == 11)
    steps = studio.page.locator(".history li").count()
    studio.field("Seed").fill("6")
    studio.field("Seed").blur()
    labels = read_png(client.segment(6).label_map_png).pixels

    def lies_where_its_region_does() -> bool:
        [followed] = studio.recipe().style_transfers
        values = np.frombuffer(zlib.decompress(followed.mask.deflated), np.uint8)
        return np.array_equal(values.reshape(followed.mask.size, -1) == 255, labels == 0)

    studio.until(lambda: studio.recipe().seed == 6 and lies_where_its_region_does())
    (after,) = studio.recipe().style_transfers
    assert (after.mask.feather, after.strength, after.reference.seed) == (0.1, 0.25, 11)
    assert studio.page.locator(".history li").count() == steps + 1
    studio.page.keyboard.press("Control+z")
    studio.until(lambda: studio.recipe().seed == 5)
    assert studio.recipe().style_transfers[0].mask.deflated == transfer.mask.deflated


def test_a_mixture_follows_its_layers_and_ends(studio: Studio) -> None:
    studio.open("screen=edit&seed=5&tab=mixing")
    studio.field("Seed that gives layers").fill("9")
    studio.button("Take layers 4 to 7 from it").click()
    mixing = studio.recipe().mixing
    assert (mixing.base.seed, mixing.style.seed, mixing.layer_start, mixing.layer_end) == (5, 9, 4, 8)
    studio.slider("First layer").fill("2")
    assert studio.recipe().mixing.layer_start == 2
    studio.slider("Truncation ψ").fill("1")
    mixing = studio.recipe().mixing
    assert (mixing.base.truncation.psi, mixing.style.truncation.psi) == (1, 1)
    studio.button("End the mixture").click()
    assert studio.recipe().seed == 5


def test_remove_all_takes_noise_and_truncation_too(studio: Studio) -> None:
    studio.open("screen=edit&seed=5&mode=expert")
    studio.slider("contrast").fill("2")
    studio.slider("Truncation ψ").fill("1.2")
    studio.page.get_by_label("Fine texture (noise)", exact=True).select_option(str(NoiseMode.NOISE_MODE_NONE))
    assert studio.recipe().truncation.psi == 1.2
    assert studio.recipe().noise.mode == NoiseMode.NOISE_MODE_NONE
    studio.button("Remove all").click()
    studio.until(lambda: studio.recipe() == Recipe(seed=5))


def test_a_frame_of_the_strip_is_taken(studio: Studio) -> None:
    studio.open("screen=edit&seed=5&strip=name:coarseness")
    frames = studio.page.get_by_role("list", name="Images along coarseness").get_by_role("button")
    expect(frames).to_have_count(7)
    texts = frames.all_inner_texts()
    assert [text.strip() for text in (texts[0], texts[-1])] == ["−2.0 SD", "+3.5 SD"]  # its own range
    frames.last.click()
    assert edits_of(studio.recipe()) == [("coarseness", 3.5)]
    expect(frames.last).to_have_attribute("aria-pressed", "true")


def test_a_server_that_comes_back_leaves_nothing_stale(browser: Browser) -> None:
    edge_port = free_block(1)
    with (
        running_studio(f"127.0.0.1:{edge_port}") as port,
        studio_at(browser, f"http://127.0.0.1:{port}/", expected=LOST) as studio,
    ):
        page = studio.page
        page.goto(f"{studio.url}#screen=edit&seed=5&tab=region")
        expect(page.get_by_text("The image server is starting")).to_be_visible()
        with served_edge(edge_port=edge_port):
            studio.shown()
            expect(page.locator(".reference img")).to_be_visible()
        studio.field("Reference seed").fill("77")
        page.get_by_role("button", name="middle", exact=True).click()
        expect(page.get_by_text("does not answer").first).to_be_visible()
        with served_edge(edge_port=edge_port):
            studio.until(lambda: len(studio.recipe().style_transfers) == 1)  # what was pressed meanwhile
            expect(page.get_by_text("does not answer")).to_have_count(0)
            expect(page.locator(".reference img")).to_be_visible()
            assert page.locator(".reference img").evaluate("e => e.naturalWidth") == 32


@pytest.mark.parametrize("tab", ["directions", "region", "mixing"])
def test_nothing_is_in_the_way_of_anybody(studio: Studio, tab: str) -> None:
    studio.open(f"screen=edit&seed=5&mode=expert&tab={tab}&strip=name:coarseness")
    if tab == "directions":
        studio.slider("contrast").fill("2")
    if tab == "region":
        studio.button("middle").click()
        studio.until(lambda: len(studio.recipe().style_transfers) == 1)
    expect(studio.page.locator(".strip img")).to_have_count(7)
    for width, height in SCREENS.items():
        studio.page.set_viewport_size({"width": width, "height": height})
        studio.fits()
        assert studio.axe(label_content_name_mismatch=True) == []


def test_the_chosen_frame_and_region_are_seen_in_forced_colours(studio: Studio) -> None:
    studio.page.emulate_media(forced_colors="active")
    studio.open("screen=edit&seed=5&tab=region&strip=name:coarseness")
    studio.button("middle").click()
    studio.until(lambda: len(studio.recipe().style_transfers) == 1)
    expect(studio.page.locator(".strip li button")).to_have_count(7)
    frame = studio.page.locator(".strip li button").last
    frame.click()
    for chosen in (frame, studio.button("middle")):
        expect(chosen).to_have_attribute("aria-pressed", "true")
        expect(chosen).to_have_css("outline-style", "solid")


def test_a_frame_pressed_while_a_transfer_is_on_its_way_is_taken(studio: Studio) -> None:
    """Whenever it is: before the transfer comes, and while it comes, between the two halves of a click."""
    held: list[Route] = []
    swept: list[Route] = []
    page = studio.page
    studio.open("screen=edit&seed=5&tab=region&strip=name:coarseness")
    frames = page.locator(".strip li button")
    expect(frames).to_have_count(7)
    page.route("**/TransferStyle", lambda route: held.append(route), times=1)
    studio.button("middle").click()
    studio.until(lambda: held)
    frames.first.click()
    expect(frames.first).to_have_attribute("aria-pressed", "true")
    box = frames.last.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.route("**/SweepComponent", lambda route: swept.append(route), times=1)
    held[0].continue_()
    studio.until(lambda: swept)  # the transfer has come, and its strip is on its way
    page.mouse.up()
    expect(frames.last).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".strip ol")).to_have_attribute("aria-busy", "true")
    swept[0].continue_()
    expect(page.locator(".strip ol")).to_have_attribute("aria-busy", "false")
    recipe = studio.recipe()
    assert [edit.sigmas for edit in recipe.component_edits] == [3.5]
    assert len(recipe.style_transfers) == 1
