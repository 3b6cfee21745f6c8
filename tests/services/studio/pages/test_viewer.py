"""Every tool of the viewer on a real canvas, with images of the demo bundle: with and without a graphics card."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Playwright

from tests.places import DEMO_SIZE as SIZE
from tests.support.browser import EMULATED, PLAIN, SCREENS, chromium, opened
from tests.support.viewer_page import ViewerPage, stored

pytestmark = pytest.mark.browser

SIDES = (("L", "CC"), ("R", "CC"), ("L", "MLO"), ("R", "MLO"))
SLOTS = [{"file": f"{n}.png", "title": f"seed {n}", "side": s, "view": v} for n, (s, v) in enumerate(SIDES)]


def _sampled(canvas: np.ndarray, mirrored: bool = False, anchor: str = "middle") -> np.ndarray:
    """[SIZE, SIZE] of a pane's canvas: at the middles of the image's pixels, fitted and not panned."""
    height, width = canvas.shape
    scale = min(height, width) / SIZE
    left = {"left": 0.0, "middle": (width - SIZE * scale) / 2, "right": width - SIZE * scale}[anchor]
    middles = (np.arange(SIZE) + 0.5) * scale
    found = canvas[np.ix_((middles + (height - SIZE * scale) / 2).astype(int), (middles + left).astype(int))]
    return found[:, ::-1] if mirrored else found


def _windowed(image: np.ndarray, low: float, high: float) -> np.ndarray:
    return 255 * np.clip((stored(image, 16) / 65535 - low) / (high - low), 0, 1)


def _shows(viewer: ViewerPage, wanted: np.ndarray, tolerance: float = 1.0, pane: int = 0, **hung: Any) -> None:
    """Until a pane shows this: it is drawn a frame or two after it was asked for, which take what they take."""
    viewer.until(lambda: _close(_sampled(viewer.pixels(pane), **hung), wanted, tolerance))


def _close(found: np.ndarray, wanted: np.ndarray, tolerance: float = 1.0) -> bool:
    return float(np.abs(found.astype(float) - wanted).mean()) < tolerance


@pytest.mark.parametrize(("flags", "renderer"), [(PLAIN, None), (EMULATED, "graphics")])
def test_values_window_and_invert_are_drawn_alike_with_and_without_a_graphics_card(
    playwright: Playwright, viewer_address: str, images: np.ndarray, flags: tuple[str, ...], renderer: str | None
) -> None:
    running = chromium(playwright, *flags, whole=True)
    asked = {"renderer": renderer} if renderer else {}
    with opened(running, ViewerPage, viewer_address, width=1280) as page:
        page.open(SLOTS[:1], state={"window": {"low": 0.1, "high": 0.5}}, **asked).ready()
        _shows(page, _windowed(images[0], 0.1, 0.5), tolerance=2.5)
        page.key("i")
        _shows(page, 255 - _windowed(images[0], 0.1, 0.5), tolerance=2.5)
        page.key("i", "0")
        _shows(page, _windowed(images[0], 0, 1))
    running.close()


def test_window_by_drag_presets_and_keys(viewer: ViewerPage, images: np.ndarray) -> None:
    viewer.open(SLOTS[:1]).ready().drag((0.5, 0.5), (0.2, 0.4))
    window = viewer.state("window")
    assert window["high"] - window["low"] == pytest.approx(0.7, abs=0.01)
    _shows(viewer, _windowed(images[0], window["low"], window["high"]), tolerance=2)
    viewer.page.get_by_label("Window preset").select_option("dense")
    dense = viewer.state("window")
    assert dense["low"] > 0.05
    viewer.key("1")
    assert viewer.state("window") == {"low": 0, "high": 1}
    viewer.key("3")
    assert viewer.state("window") == dense
    viewer.key("ArrowRight", "ArrowDown")
    assert viewer.state("window") != dense


def test_zoom_pan_and_reset_keep_places(viewer: ViewerPage, images: np.ndarray) -> None:
    viewer.open(SLOTS[:1]).ready()
    whole = viewer.pixels()
    viewer.key("z").drag((0.5, 0.5), (0.5, 0.3))
    assert viewer.state("zoom") > 1.5
    viewer.key("p").drag((0.5, 0.5), (0.6, 0.55))
    box = viewer.page.locator(".pane").bounding_box()
    assert box
    x, y = viewer.state("centre")
    zoom, canvas = viewer.state("zoom"), viewer.pixels()
    scale = zoom * box["height"] / SIZE
    for part in ((0.47, 0.55), (0.55, 0.47), (0.5, 0.63)):
        row, column = (int(each * SIZE) for each in part)
        at = (box["height"] / 2 + (row + 0.5 - y * SIZE) * scale, box["width"] / 2 + (column + 0.5 - x * SIZE) * scale)
        assert float(canvas[int(at[0]), int(at[1])]) == pytest.approx(_windowed(images[0], 0, 1)[row, column], abs=4)
    viewer.page.mouse.move(box["x"] + 100, box["y"] + 100)
    viewer.page.mouse.wheel(0, -200)
    viewer.settled()
    assert viewer.state("zoom") > zoom
    viewer.key("0")
    viewer.until(lambda: np.array_equal(viewer.pixels(), whole))


def _enlarged(image: np.ndarray, at: tuple[float, float], pitch: float, reach: int) -> np.ndarray:
    """[2 * reach, 2 * reach] of the values around a place (shares x, y) of an image drawn with `pitch` screen pixels to
    each of its own, between which values are straight lines."""
    steps = (np.arange(2 * reach) + 0.5 - reach) / pitch
    columns, rows = (np.clip(share * SIZE - 0.5 + steps, 0, SIZE - 1) for share in at)
    left, top = columns.astype(int), rows.astype(int)
    right, below = (np.minimum(whole + 1, SIZE - 1) for whole in (left, top))
    across, down = columns - left, (rows - top)[:, None]
    shown = _windowed(image, 0, 1)
    upper, lower = (shown[np.ix_(y, left)] * (1 - across) + shown[np.ix_(y, right)] * across for y in (top, below))
    return upper * (1 - down) + lower * down


def test_magnifier_and_ruler(viewer: ViewerPage, images: np.ndarray) -> None:
    at = (0.65, 0.38)  # inside the breast of seed 1, where it has structure
    viewer.open([{**SLOTS[1], "pixelSpacing": 0.5}], state={"tool": "magnify"}).ready()
    box = viewer.page.locator(".pane").bounding_box()
    assert box
    pitch = box["height"] / SIZE
    x, y = box["width"] / 2 + (at[0] - 0.5) * box["height"], at[1] * box["height"]
    viewer.page.mouse.move(box["x"] + x, box["y"] + y)
    viewer.page.locator(".lens .cornerstone-canvas").wait_for()

    def lens() -> np.ndarray:
        shown = viewer.pixels_of(".lens .cornerstone-canvas")[..., 0].astype(float)
        row, column = (side // 2 for side in shown.shape)
        return shown[row - 40 : row + 40, column - 40 : column + 40]

    here, larger = (_enlarged(images[1], at, times * pitch, 40) for times in (1, 2.5))
    assert np.abs(larger - here).mean() > 40, "the place says nothing"
    viewer.until(lambda: np.abs(lens() - larger).mean() < 3)
    canvas = viewer.pixels()[int(y) - 40 : int(y) + 40, int(x) - 40 : int(x) + 40]
    assert np.abs(canvas - here).mean() < 3
    viewer.key("r")
    side = box["height"]
    viewer.drag((0.5, 0.5), (0.5 + 0.25 * side / box["width"], 0.5))
    assert viewer.page.locator(".ruler text").text_content() == f"{SIZE / 8:.1f} mm ({SIZE / 4:.1f} px)"
    viewer.open(SLOTS[:1], state={"ruler": {"slot": 0, "from": [0, 0], "to": [0.3, 0.4]}}).ready()
    assert viewer.page.locator(".ruler text").text_content() == f"{SIZE / 2:.1f} px"


def test_pairs_move_together_and_comparisons_show_both(viewer: ViewerPage, images: np.ndarray) -> None:
    viewer.open(SLOTS[:2], state={"layout": "pair"}).ready()
    _shows(viewer, _windowed(images[1], 0, 1), pane=1)
    viewer.key("i", "z").drag((0.5, 0.5), (0.5, 0.4), pane=1)
    assert viewer.state("zoom") > 1.2
    viewer.key("0")
    _shows(viewer, _windowed(images[0], 0, 1), pane=0)
    viewer.key("s").ready()
    assert viewer.state("compare") == "swipe"
    clip = "() => getComputedStyle(document.querySelectorAll('.picture-layer')[1]).clipPath"
    viewer.page.get_by_label("Divider between the two images").fill("0.25")
    assert viewer.page.evaluate(clip) == "inset(0px 0px 0px 25%)"
    viewer.until(lambda: _close(_sampled(viewer.pixels(0, 1)), _windowed(images[1], 0, 1)))
    captions = viewer.page.locator(".chip-over")
    assert captions.all_text_contents() == ["seed 0", "seed 1"]
    viewer.page.get_by_label("Divider between the two images").fill("0.5")
    divider, left, right = (found.bounding_box() for found in (viewer.page.locator(".divider-line"), *captions.all()))
    assert divider
    assert left
    assert right
    assert left["x"] + left["width"] < divider["x"] < right["x"]
    viewer.key("b")
    seen: set[str] = set()
    viewer.until(lambda: seen.add(viewer.page.evaluate(clip)) or seen >= {"none", "inset(0px 0px 0px 100%)"})


def test_the_difference_map_is_numpys(viewer: ViewerPage, images: np.ndarray) -> None:
    viewer.open(SLOTS[:2], state={"compare": "difference"}).ready()
    difference = (stored(images[0], 16).astype(float) - stored(images[1], 16)) / 65535
    largest = np.quantile(np.abs(difference), 0.999)
    scale = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1) if step >= largest)
    stops = [-1, -0.5, 0, 0.5, 1]
    colours = [(168, 216, 255), (32, 108, 190), (18, 19, 22), (176, 92, 12), (255, 208, 138)]
    wanted = [np.interp(difference / scale, stops, [colour[channel] for colour in colours]) for channel in range(3)]

    def is_drawn() -> bool:
        found = viewer.pixels_of(".raster-layer.difference")
        return all(_close(_sampled(found[..., channel]), wanted[channel], 2) for channel in range(3))

    viewer.until(is_drawn)
    words = viewer.page.locator(".difference-scale").inner_text()
    assert "seed 0 minus seed 1" in words
    assert f"+{100 * scale:.0f}% brighter" in words
    share = np.mean(np.abs(difference) > 0.5 / 255)
    assert f"{share:.0%} of the pixels" in words


def test_four_views_hang_back_to_back_with_markers_and_letters(viewer: ViewerPage, images: np.ndarray) -> None:
    viewer.open(SLOTS, state={"layout": "hanging4"}).ready()
    panes = viewer.page.locator(".pane")
    assert [panes.nth(n).locator(".marker").text_content() for n in range(4)] == ["R CC", "L CC", "R MLO", "L MLO"]
    letters = [panes.nth(n).locator(".letter").all_text_contents() for n in range(4)]
    assert letters == [["A", "P", "R", "L"], ["P", "A", "L", "R"], ["A", "P", "HR", "FL"], ["P", "A", "HL", "FR"]]
    for pane, n in enumerate((1, 0, 3, 2)):
        wanted = _windowed(images[n], 0, 1)
        wall_is_left = wanted[:, :16].sum() >= wanted[:, -16:].sum()
        anchor = "right" if pane % 2 == 0 else "left"
        mirrored = wall_is_left != (anchor == "left")
        _shows(viewer, wanted, pane=pane, mirrored=mirrored, anchor=anchor)
        box, letter = (found.bounding_box() for found in (panes.nth(pane), panes.nth(pane).locator(".letter.top")))
        assert box
        assert letter
        from_wall = letter["x"] - box["x"] if anchor == "left" else box["x"] + box["width"] - letter["x"]
        assert from_wall < box["height"] / 3, "further out stands the mark"


def test_marks_choices_and_paint_are_said_in_shares(viewer: ViewerPage) -> None:
    viewer.open(SLOTS[:1], draw=True, state={"tool": "point"}).ready()
    box = viewer.page.locator(".pane").bounding_box()
    assert box

    def at(x: float, y: float) -> tuple[float, float]:
        return 0.5 + (x - 0.5) * box["height"] / box["width"], y

    viewer.drag(at(0.25, 0.75), at(0.25, 0.75))
    viewer.key("e").drag(at(0.2, 0.3), at(0.6, 0.5))
    viewer.key("f")
    viewer.page.mouse.move(box["x"] + at(0.2, 0)[0] * box["width"], box["y"] + 0.2 * box["height"])
    viewer.page.mouse.down()
    for x, y in ((0.6, 0.2), (0.6, 0.6), (0.2, 0.6)):
        viewer.page.mouse.move(box["x"] + at(x, y)[0] * box["width"], box["y"] + y * box["height"], steps=3)
    viewer.page.mouse.up()
    point, ellipse, outline = (said["mark"] for said in viewer.page.evaluate("window.harness.marks"))
    assert point["at"] == pytest.approx([0.25, 0.75], abs=0.01)
    assert ellipse["centre"] == pytest.approx([0.4, 0.4], abs=0.01)
    assert ellipse["radii"] == pytest.approx([0.2, 0.1], abs=0.01)
    assert np.ptp(outline["corners"], axis=0) == pytest.approx([0.4, 0.4], abs=0.02)
    viewer.key("c").drag(at(0.9, 0.1), at(0.9, 0.1))
    assert viewer.page.evaluate("window.harness.picks")[0]["place"] == pytest.approx([0.9, 0.1], abs=0.01)
    viewer.key("k").drag(at(0.3, 0.5), at(0.7, 0.5))
    mask = np.array(viewer.page.evaluate("window.harness.painted().values")).reshape(SIZE, SIZE)
    assert mask[SIZE // 2, [SIZE // 2, SIZE // 6]].tolist() == [255, 0]
    assert mask.any(1).sum() == pytest.approx(0.08 * SIZE, abs=2)
    viewer.key("x").drag(at(0.1, 0.5), at(0.9, 0.5))
    assert not np.any(viewer.page.evaluate("window.harness.painted().values"))


def test_marks_can_be_drawn_by_keyboard(viewer: ViewerPage) -> None:
    viewer.open(SLOTS[:1], draw=True, state={"tool": "ellipse"}).ready()
    viewer.key("ArrowLeft", "Space", *["Shift+ArrowRight"] * 4, *["Shift+ArrowDown"] * 2, "Space")
    (said,) = viewer.page.evaluate("window.harness.marks")
    assert said["mark"]["radii"] == pytest.approx([0.1, 0.05])
    viewer.key("t", "Enter", "f", "Space", "Shift+ArrowUp", "Escape")
    assert [said["mark"]["kind"] for said in viewer.page.evaluate("window.harness.marks")] == ["ellipse", "point"]


def test_overlays_have_a_legend_that_puts_them_away(viewer: ViewerPage) -> None:
    mask = {"values": [255, 0, 0, 0], "width": 2, "height": 2}
    overlays = [
        {"key": "a", "label": "Mass", "colour": "#e69f00", "marks": [{"kind": "point", "at": [0.5, 0.5]}]},
        {"key": "b", "label": "Edited area", "colour": "#56b4e9", "mask": mask, "slot": 0, "dashed": True},
        {
            "key": "c",
            "label": "Of another",
            "colour": "#009e73",
            "outlines": [[[0, 0], [1, 0], [1, 1]]],
            "slot": 1,
        },
    ]
    viewer.open(SLOTS[:1], overlays=overlays).ready()
    shown = lambda: viewer.page.locator(".overlay").evaluate_all("all => all.map(one => one.dataset.key)")  # noqa: E731
    assert shown() == ["a", "b"]
    dashes = "all => all.map((one) => getComputedStyle(one).strokeDasharray)"
    assert viewer.page.locator('.overlay[data-key="b"] path').evaluate_all(dashes) == ["none", "7px, 5px"]
    assert viewer.page.locator(".viewer-legend .dashed").count() == 1, "told apart without colours"
    box = viewer.page.locator('.overlay[data-key="b"] path').nth(1).bounding_box()
    pane = viewer.page.locator(".pane").bounding_box()
    assert box
    assert pane
    assert box["height"] == pytest.approx(pane["height"] / 2, abs=8)  # and the line's own width
    viewer.page.get_by_label("Mass").uncheck()
    assert shown() == ["b"]
    assert viewer.state("hidden") == ["a"]
    viewer.key("o")
    assert shown() == ["a", "b"]


def test_what_loads_is_no_picture_and_a_preview_is_replaced_in_place(viewer: ViewerPage, images: np.ndarray) -> None:
    viewer.open(
        [{"state": "loading", "title": "seed 0"}, {"state": "failed", "title": "seed 1", "reason": "no memory"}]
    )
    assert viewer.page.locator(".pane").get_attribute("aria-busy") == "true"
    assert viewer.page.locator(".pane").inner_text() == "Loading: seed 0"
    assert viewer.page.locator("canvas").count() == 0
    viewer.key("]")
    assert viewer.page.get_by_role("alert").inner_text() == "seed 1: no memory"
    preview = {**SLOTS[0], "file": "0-preview.png", "quality": "preview", "full": {"width": SIZE, "height": SIZE}}
    viewer.page.evaluate("window.harness.show", [preview])
    viewer.key("0", "[").ready()
    viewer.until(lambda: viewer.page.locator(".chips-over").inner_text() == "Preview")  # said after a moment
    _shows(viewer, _windowed(images[0], 0, 1), tolerance=6)
    viewer.page.evaluate("window.harness.show", [SLOTS[0]])
    _shows(viewer, _windowed(images[0], 0, 1))
    viewer.page.evaluate("window.harness.show", [{**SLOTS[0], "state": "previous"}])
    viewer.until(lambda: viewer.page.locator(".chips-over").inner_text() == "Previous image")


@pytest.mark.parametrize("width", SCREENS)
def test_every_width_fits_and_axe_finds_nothing(browser: Browser, viewer_address: str, width: int) -> None:
    with opened(browser, ViewerPage, viewer_address, width=width, device_scale_factor=2 if width < 900 else 1) as page:
        overlays = [{"key": "a", "label": "Mass", "colour": "#e69f00", "marks": [{"kind": "point", "at": [0.5, 0.5]}]}]
        for state in ({"layout": "hanging4"}, {"compare": "difference"}, {"compare": "swipe"}, {"tool": "brush"}):
            page.open(SLOTS, state=state, overlays=overlays, draw=True).ready()
            assert page.axe() == [], state
            page.fits()
        page.key("?")
        acts = "Two fingers: zoom and move" if width < 900 else "Reset view"  # what fingers do, or keys
        assert page.page.get_by_role("dialog").get_by_text(acts).is_visible()
        assert page.axe() == []


def test_two_fingers_zoom_and_move_on_a_phone(browser: Browser, viewer_address: str, images: np.ndarray) -> None:
    with opened(browser, ViewerPage, viewer_address, width=390, device_scale_factor=2) as page:
        page.open(SLOTS[:1]).ready()
        _shows(page, _windowed(images[0], 0, 1))
        box = page.page.locator(".pane").bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        client = page.page.context.new_cdp_session(page.page)

        def touch(kind: str, *points: tuple[float, float], client: Any = client) -> None:
            touches = [{"x": px, "y": py, "id": n} for n, (px, py) in enumerate(points)]
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

        touch("touchStart", (x - 40, y), (x + 40, y))
        touch("touchMove", (x - 80, y), (x + 80, y))
        touch("touchEnd")
        page.settled()
        assert page.state("zoom") == pytest.approx(2, rel=0.05)
        assert page.state("window") == {"low": 0, "high": 1}
