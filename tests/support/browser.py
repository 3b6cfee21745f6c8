"""Pages in Chromium by Playwright, as a user meets them."""

from __future__ import annotations

import base64
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    ElementHandle,
    Error,
    Frame,
    Locator,
    Page,
    Playwright,
    expect,
)

from tests.places import AXE

FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--force-prefers-reduced-motion",  # animations cost more than the pages
)
PLAIN = ("--disable-3d-apis",)
EMULATED = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
"""Without a graphics card, and with one that is emulated."""

TOGETHER = ("--disable-site-isolation-trials",)
"""Frames of other sites in the page's own process: now and then Playwright loses a frame that changes from one to
another, which then stands still."""

SCREENS = {1440: 1000, 1280: 800, 390: 844}
"""Heights of screens by their width, in CSS pixels; the narrowest is a phone's."""

NOTHING = "(?!)"
LOST = "Failed to load resource|net::ERR"
"""Regular expressions of complaints: none, and what a browser says of an answer that is not 200, or does not come."""

OWN = "Canvas2D: Multiple readback"  # of reading pixels here

PATIENCE_MS = 120_000
"""How long a page may take to show something, however it is waited for: the machine may have other work."""

expect.set_options(timeout=PATIENCE_MS)


WHOLE = ("chromium", "chromium-browser", "google-chrome")
LEAN = ("chromium-headless-shell", "chrome-headless-shell")
"""Names of the browser's programs, and of those with the same engine and neither window nor profile: a page costs them
about half. What a profile decides, such as what a frame of another site may keep, is the whole one's to show."""


def chromium(playwright: Playwright, *flags: str, whole: bool = False) -> Browser:
    """A headless browser, the `whole` of it or what is enough for pages; skips where there is none."""
    names = WHOLE if whole else (*LEAN, *WHOLE)
    binary = next(filter(None, map(shutil.which, names)), None)
    if binary is None:
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    return playwright.chromium.launch(executable_path=binary, args=[*FLAGS, *flags])


class Opened:
    """A page, and all that the browser complains of: errors and warnings of its console, errors of scripts."""

    def __init__(self, page: Page, url: str, expected: str = NOTHING) -> None:
        """`expected`: a regular expression of complaints that belong to a test."""
        self.page = page
        self.url = url
        self.expected = expected
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(OWN):
            self.complaints.append(message.text)

    def standing(self) -> str:
        """For whoever looks for a fault: addresses and texts of all frames, and the complaints."""
        told = [f"{frame.url}: {_text_of(frame)!r}" for frame in self.page.frames]
        return "\n".join(["on show were", *told, f"complaints: {self.complaints}"])

    def is_silent(self) -> None:
        """No complaint that is not expected."""
        unexpected = [text for text in self.complaints if not re.search(self.expected, text)]
        assert unexpected == [], unexpected

    def is_fine(self) -> None:
        """No complaint, nothing wider than the screen, no finding of axe of any impact."""
        assert self.axe() == []
        self.fits()
        self.is_silent()

    def fits(self) -> None:
        """Nothing is wider than the screen. Not by `innerWidth`: on a phone it grows with what is too wide."""
        width = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{width} pixels wider than the screen"

    def lines(self, within: str) -> int:
        """How many lines the controls within the first such element stand in, by their middles."""
        return self.page.locator(within).first.evaluate(LINES)

    def axe(self, within: str = "html", **rules: bool) -> list[str]:
        """What axe-core finds, of any impact: rules and the elements concerned. `rules` are switched on or off."""
        if not AXE.exists():
            return []
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(f"() => {{ {AXE.read_text(encoding='utf-8')} }}")
        return self.page.evaluate(
            "async ([within, rules]) => (await axe.run(within, {rules, resultTypes: ['violations']})).violations.map("
            "({id, nodes}) => `${id}: ${nodes.map(({target, failureSummary}) => `${target} ${failureSummary}`)}`)",
            [within, {name.replace("_", "-"): {"enabled": on} for name, on in rules.items()}],
        )

    def until(self, condition: Callable[[], Any], seconds: float = PATIENCE_MS / 1000) -> Any:
        """Until the condition holds: Playwright's own waiting evaluates text, which the pages' policy forbids."""
        end = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < end, (self.complaints, self.page.url)
            self.page.wait_for_timeout(30)
        return found

    def settled(self) -> Self:
        """Until four frames have been drawn, with a moment between them: what the page does after it has drawn
        (effects, listeners), and what that draws, is done, however slow frames are."""
        self.page.evaluate(
            "async () => {"
            "const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
            "await drawn(); await new Promise((done) => setTimeout(done, 60)); await drawn(); }"
        )
        return self

    def drawn(self) -> Self:
        """Until all pictures of the viewer are there."""
        self.page.locator(".pane[data-ready=true]").first.wait_for()
        self.until(lambda: not self.page.locator(".pane:not([data-ready=true])").count())
        return self

    def drag(self, start: tuple[float, float], end: tuple[float, float], pane: int = 0, button: str = "left") -> Self:
        """From one share of a pane to another."""
        box = self.page.locator(".pane").nth(pane).bounding_box()
        assert box
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
        self.page.mouse.move(*points[0])
        self.page.mouse.down(button=button)  # type: ignore[arg-type]
        self.page.mouse.move(*points[1], steps=4)
        self.page.mouse.up(button=button)  # type: ignore[arg-type]
        return self.settled()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, *names: str) -> None:
        for name in names:
            self.button(name).click()

    def says(self, text: str) -> None:
        """Until the page shows this."""
        self.page.get_by_text(text, exact=False).first.wait_for()

    def opens(self, button: str, file: Path) -> None:
        """Choose a file by a button."""
        with self.page.expect_file_chooser() as choosing:
            self.button(button).click()
        choosing.value.set_files(file)

    def download(self, name: str) -> tuple[str, bytes]:
        """Name and content of the file that a button gives; a study's report takes ten seconds of a free processor."""
        with self.page.expect_download(timeout=3 * PATIENCE_MS) as waiting:
            self.button(name).click()
        path = waiting.value.path()
        return waiting.value.suggested_filename, Path(path).read_bytes()

    def pixels_of(self, element: str | Locator | ElementHandle) -> np.ndarray:
        """[H, W, 4] uint8 of a canvas or an img of the page, by its selector or itself, at its own size; of an img once
        it is there."""
        found = self.page.locator(element).first if isinstance(element, str) else element
        width, data = self.until(lambda: found.evaluate(PIXELS))
        return np.frombuffer(base64.b64decode(data), np.uint8).reshape(-1, width, 4)


def _text_of(frame: Frame) -> str:
    try:
        return frame.locator("body").inner_text(timeout=1000)
    except Error as error:
        return error.message


LINES = """whole => {
    const all = [...whole.querySelectorAll('a, button, input, select, summary, .brand')];
    const boxes = all.filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect());
    const middles = boxes.filter((box) => box.width > 1).map((box) => (box.top + box.bottom) / 2);
    return middles.sort((a, b) => a - b).filter((middle, n) => n === 0 || middle - middles[n - 1] > 8).length;
}"""

PIXELS = """async e => {
    let canvas = e;
    if (e instanceof HTMLImageElement) {
        if (!(await e.decode().then(() => true, () => false))) return null; // not there yet, or replaced meanwhile
        canvas = new OffscreenCanvas(e.naturalWidth, e.naturalHeight);
        canvas.getContext('2d').drawImage(e, 0, 0);
    }
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let text = '';
    for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
    return [canvas.width, btoa(text)];
}"""

Kind = TypeVar("Kind", bound=Opened)


@contextmanager
def opened(
    browser: Browser, kind: type[Kind], url: str, *, expected: str = NOTHING, width: int = 1440, **options: Any
) -> Iterator[Kind]:
    """A page of this kind in a fresh profile, in English, not at the address yet; at the end the browser must have
    nothing to complain of but what is `expected`. `options` are those of Playwright's contexts."""
    phone = width < 900
    look = {"viewport": {"width": width, "height": SCREENS[width]}, "has_touch": phone, "is_mobile": phone}
    context = browser.new_context(**{"locale": "en-GB", **look, **options})  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = kind(context.new_page(), url, expected)
        try:
            yield page
        except Exception as error:
            error.add_note(page.standing())
            raise
        page.is_silent()
    finally:
        context.close()
