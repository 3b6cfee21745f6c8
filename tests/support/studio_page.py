"""The studio's page in Chromium, as a user meets it."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Locator

from mammoganesis.v1.latents_pb2 import Recipe
from tests.support.browser import NOTHING, Opened, opened

LIKE = 0.97  # least correlation of what is drawn with its image: it is drawn larger, and smoothly

STAGE = """stage => {
    const panes = [...document.querySelectorAll('.pane')];
    const ready = panes.length > 0 && panes.every((pane) => pane.dataset.ready === 'true');
    return [...['wanted', 'shown', 'quality', 'recipe'].map((name) => stage.getAttribute('data-' + name)), ready];
}"""
"""What the stage wants and has, and whether the viewer is ready: one question, for each takes milliseconds of three
processes and holds up what is waited for."""


class Studio(Opened):
    """The page, at an address of the studio."""

    def open(self, state: str) -> Studio:
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}#{state}")
        return self.shown()

    def shown(self) -> Studio:
        """Until the image that the address says is there in full, and the viewer shows it."""
        stage = self.page.locator("[data-wanted]").first
        stage.wait_for()

        def shown() -> bool:
            wanted, shown, quality, recipe, ready = stage.evaluate(STAGE)
            return wanted == shown and quality == "full" and ready and recipe == self.state().get("recipe", recipe)

        self.until(shown)
        return self

    def state(self) -> dict[str, str]:
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.page.url).fragment))

    def recipe(self) -> Recipe:
        """Of the picture on the stage, as the page has it."""
        text = self.shown().page.locator("[data-wanted]").first.get_attribute("data-shown") or ""
        return Recipe.FromString(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))

    def pixels(self) -> np.ndarray:
        """[H, W] uint8: what the viewer draws of the image, at the size that it has on the screen."""
        self.shown()
        return self.pixels_of(".cornerstone-canvas")[..., 0]

    def slider(self, name: str) -> Locator:
        return self.page.get_by_role("slider", name=name, exact=True)

    def value_of(self, name: str) -> float:
        return float(self.slider(name).input_value())

    def tab(self, name: str) -> Studio:
        self.page.get_by_role("tab", name=name, exact=True).click()
        return self

    def field(self, name: str) -> Locator:
        return self.page.get_by_role("textbox", name=name, exact=True)

    def choose(self, folder: Path, name: str, content: object) -> None:
        """Choose a file in the studio."""
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        self.opens("Open an image or a recipe", path)


@contextmanager
def studio_at(browser: Browser, url: str, *, expected: str = NOTHING, **look: Any) -> Iterator[Studio]:
    """The page at an address, as `opened` has it."""
    with opened(browser, Studio, url, expected=expected, **look) as studio:
        yield studio


def likeness(drawn: np.ndarray, expected: np.ndarray) -> float:
    """Correlation of what is drawn with an image, brought to its size: the image fits into the canvas' height."""
    height, width = drawn.shape
    left = (width - height) // 2
    square = Image.fromarray(drawn[:, left : left + height] if width > height else drawn)
    small = np.asarray(square.resize(expected.shape[::-1], Image.Resampling.BOX), np.float64)
    return float(np.corrcoef(small.ravel(), expected.astype(np.float64).ravel())[0, 1])
