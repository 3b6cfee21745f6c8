"""Contrast over the image: what stands on a picture is seen on the whitest and on the blackest, by the formula of WCAG.

Nothing but the screen is asked: pixels with what is drawn over the image, and without it.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator
from scipy.ndimage import maximum_filter

from tests.support.viewer_page import ViewerPage

TEXT, GRAPHICS = 4.5, 3.0  # least ratios: WCAG 1.4.3 and 1.4.11
REACH = 5  # pixels on each side of a line in which its own shadow may set it off
PICTURES = ("white.png", "black.png")
COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#ffffff")
HUNG = {"side": "R", "view": "MLO"}

pytestmark = pytest.mark.browser


def screen(viewer: ViewerPage, element: Locator, around: int = 0) -> np.ndarray:
    """[H, W, 3] float64 in [0, 1]: the pixels of the screen where an element is, and so many around it."""
    box = element.bounding_box()
    assert box
    x, y = box["x"] - around, box["y"] - around
    clip = {"x": x, "y": y, "width": box["width"] + 2 * around, "height": box["height"] + 2 * around}
    picture = Image.open(io.BytesIO(viewer.page.screenshot(clip=clip)))  # type: ignore[arg-type]
    return np.asarray(picture.convert("RGB"), np.float64) / 255


def luminance(colours: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB colours [..., 3] in [0, 1], as WCAG defines it."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def ratio(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Contrast of luminances, 1 to 21."""
    return (np.maximum(ours, theirs) + 0.05) / (np.minimum(ours, theirs) + 0.05)


def colour_of(element: Locator, property_name: str = "color") -> np.ndarray:
    """[3] in [0, 1]: a computed colour, which must be opaque."""
    said = element.evaluate("(e, name) => getComputedStyle(e)[name]", property_name)
    red, green, blue = (int(part) for part in said.removeprefix("rgb(").removesuffix(")").split(","))
    return np.array([red, green, blue]) / 255


def faintest_text(viewer: ViewerPage, element: Locator) -> float:
    """The least ratio of a text's colour and any pixel on which it stands."""
    colour = colour_of(element)
    element.evaluate("e => { e.style.color = 'transparent'; }")
    behind = screen(viewer, element)
    element.evaluate("e => { e.style.color = ''; }")
    inside = behind[2:-2, 5:-5]  # without round corners
    return float(ratio(luminance(colour), luminance(inside)).min())


PLACES = """() => {
    const pane = document.querySelector('.pane').getBoundingClientRect();
    const all = [...document.querySelectorAll('.overlay-layer :is(path, ellipse)')];
    const lines = all.filter((line) => !line.closest('.under'));
    return lines.map((line) => [line.outerHTML, Array.from({ length: 24 }, (_, n) => {
        const place = line.getPointAtLength(line.getTotalLength() * n / 24).matrixTransform(line.getScreenCTM());
        return [place.y - pane.y, place.x - pane.x];
    })]);
}"""


def faintest_line(viewer: ViewerPage, picture: str) -> tuple[float, str]:
    """The least ratio, over places along all lines in the pane, of what is there or beside them and a picture of one
    grey; and which line has it."""
    shown = luminance(screen(viewer, viewer.page.locator(".pane").first))
    best = maximum_filter(ratio(shown, np.array(1.0 if picture == "white.png" else 0.0)), 2 * REACH + 1)
    lines = viewer.page.evaluate(PLACES)
    assert lines, "nothing is drawn"
    return min((float(best[int(y), int(x)]), line) for line, places in lines for y, x in places)


@pytest.mark.parametrize("picture", PICTURES)
def test_words_over_the_image_can_be_read(viewer: ViewerPage, picture: str) -> None:
    slots = [{"file": picture, "title": f"seed {n}", "quality": "preview", **HUNG} for n in range(2)]
    viewer.open(slots, state={"layout": "pair"}).ready()
    viewer.page.locator(".chip-over.late").first.wait_for(state="visible")
    for selector in (".marker", ".letter", ".chip-over"):
        found = viewer.page.locator(selector).all()
        assert len(found) >= 2, selector
        for element in found:
            assert faintest_text(viewer, element) >= TEXT, (selector, element.inner_text())


@pytest.mark.parametrize("picture", PICTURES)
def test_the_rulers_length_can_be_read(viewer: ViewerPage, picture: str) -> None:
    """Its letters have an edge of their own, whatever lies behind."""
    viewer.open([{"file": picture}], state={"ruler": {"slot": 0, "from": [0.2, 0.2], "to": [0.7, 0.6]}}).ready()
    text = viewer.page.locator(".ruler text")
    fill, edge = (luminance(colour_of(text, name)) for name in ("fill", "stroke"))
    assert ratio(fill, edge) >= TEXT
    pixels = luminance(screen(viewer, text))
    assert ratio(pixels.max(), pixels.min()) >= TEXT, "the edge is not drawn"


@pytest.mark.parametrize("picture", PICTURES)
def test_lines_of_every_colour_are_seen(viewer: ViewerPage, picture: str) -> None:
    """Marks of each kind, outlines and the ruler."""
    overlays = [lines(colour, (n + 0.5) / (len(COLOURS) + 1)) for n, colour in enumerate(COLOURS)]
    overlays.append({**lines(COLOURS[-1], 1 - 0.5 / (len(COLOURS) + 1)), "key": "dashed", "dashed": True})
    ruler = {"slot": 0, "from": [0.05, 0.02], "to": [0.95, 0.02]}
    viewer.open([{"file": picture}], overlays=overlays, state={"ruler": ruler}).ready()
    faintest, which = faintest_line(viewer, picture)
    assert faintest >= GRAPHICS, which


def lines(colour: str, y: float) -> dict[str, Any]:
    """An overlay with one of each, side by side at a height of the image."""
    corners = [[0.7, y - 0.03], [0.8, y - 0.02], [0.75, y + 0.03]]
    marks = [
        {"kind": "point", "at": [0.2, y]},
        {"kind": "ellipse", "centre": [0.45, y], "radii": [0.1, 0.03]},
        {"kind": "freehand", "corners": corners},
    ]
    outline = [[x + 0.15, place] for x, place in corners]
    return {"key": colour, "label": colour, "colour": colour, "marks": marks, "outlines": [outline]}


@pytest.mark.parametrize("picture", PICTURES)
def test_the_divider_and_the_magnifier_are_seen(viewer: ViewerPage, picture: str) -> None:
    pane = viewer.page.locator(".pane").first
    viewer.open([{"file": picture}] * 2, state={"compare": "swipe"}).ready()
    shown = luminance(screen(viewer, pane))
    row, middle = len(shown) // 3, shown.shape[1] // 2
    across = shown[row, middle - REACH : middle + REACH]
    assert ratio(across, shown[row, middle - 5 * REACH]).max() >= GRAPHICS, across
    viewer.open([{"file": picture}], state={"tool": "magnify"}).ready()
    box = pane.bounding_box()
    assert box
    viewer.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    lens = viewer.page.locator(".lens")
    lens.locator(".cornerstone-canvas").wait_for()
    viewer.settled()
    edge = luminance(screen(viewer, lens, around=REACH))
    assert ratio(edge[len(edge) // 2].max(), edge[len(edge) // 2].min()) >= GRAPHICS


@pytest.mark.parametrize("picture", PICTURES)
def test_what_is_being_drawn_is_seen(viewer: ViewerPage, picture: str) -> None:
    viewer.open([{"file": picture}], draw=True, state={"tool": "ellipse"}).ready()
    box = viewer.page.locator(".pane").first.bounding_box()
    assert box
    viewer.page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.3 * box["height"])
    viewer.page.mouse.down()
    viewer.page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.7 * box["height"], steps=3)
    viewer.settled()
    faintest, which = faintest_line(viewer, picture)
    assert faintest >= GRAPHICS, which
    viewer.page.mouse.up()
    viewer.key("ArrowLeft")  # the cross that stands for the pointer
    viewer.page.locator(".cross").wait_for()
    faintest, which = faintest_line(viewer, picture)
    assert faintest >= GRAPHICS, which
