"""The studio's page in Chromium by Playwright, as a user meets it."""

from __future__ import annotations

import base64
import json
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

from mammoganesis.v1.latents_pb2 import Recipe


class Studio:
    """The page; what the browser complains of is kept."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def open(self, state: str) -> Studio:
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}#{state}")
        return self.shown()

    def until(self, condition: Callable[[], object], seconds: float = 30) -> None:
        """Until the condition holds: Playwright's own waiting evaluates text, which the pages' policy forbids."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, (self.complaints, self.page.url)
            self.page.wait_for_timeout(30)

    def shown(self) -> Studio:
        """Until the image that the address says is there in full, and the viewer shows it."""
        stage = self.page.locator("[data-wanted]").first
        stage.wait_for()
        self.until(
            lambda: (
                stage.get_attribute("data-wanted") == stage.get_attribute("data-shown")
                and stage.get_attribute("data-quality") == "full"
                and stage.get_attribute("data-recipe") == self.state().get("recipe", stage.get_attribute("data-recipe"))
                and self.page.locator(".pane").count() > 0
                and all(pane.get_attribute("data-ready") == "true" for pane in self.page.locator(".pane").all())
            )
        )
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
        width, data = self.page.evaluate(
            """() => {
                const canvas = document.querySelector('.cornerstone-canvas');
                const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                let text = '';
                for (let at = 0; at < data.length; at += 32768)
                    text += String.fromCharCode(...data.subarray(at, at + 32768));
                return [canvas.width, btoa(text)];
            }"""
        )
        return np.frombuffer(base64.b64decode(data), np.uint8).reshape(-1, width, 4)[..., 0]

    def slider(self, name: str) -> Locator:
        return self.page.get_by_role("slider", name=name, exact=True)

    def value_of(self, name: str) -> float:
        return float(self.slider(name).input_value())

    def tab(self, name: str) -> Studio:
        self.page.get_by_role("tab", name=name, exact=True).click()
        return self

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def field(self, name: str) -> Locator:
        return self.page.get_by_role("textbox", name=name, exact=True)

    def download(self, name: str) -> tuple[str, bytes]:
        """Name and content of the file that a button gives."""
        with self.page.expect_download() as waiting:
            self.button(name).click()
        path = waiting.value.path()
        return waiting.value.suggested_filename, Path(path).read_bytes()

    def choose(self, folder: Path, name: str, content: object) -> None:
        """Choose a file in the studio."""
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        self.page.locator("input[type=file][aria-label='Open an image or a recipe']").set_input_files(path)


@contextmanager
def studio_at(browser: Browser, url: str, *, complains: bool = False, **context_options: Any) -> Iterator[Studio]:
    """The page at an address in a fresh profile; at the end the browser must have nothing to complain about, unless it
    `complains` on purpose."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 1000}, **context_options})
    try:
        studio = Studio(context.new_page(), url)
        yield studio
        assert complains or studio.complaints == []
    finally:
        context.close()
