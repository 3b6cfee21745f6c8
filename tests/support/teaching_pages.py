"""The pages of cases, quizzes and shared links in Chromium, before real records behind a real edge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from services.studio.app import Place
from tests.places import AXE
from tests.services.studio.test_studio import running_studio
from tests.support.recorded import Recorded, recorded
from tests.support.viewer_page import chromium

WIDTHS = {1440: 1000, 1280: 800, 390: 844}
"""Screens by their width, in CSS pixels; the narrowest is a phone's."""


@dataclass
class Opened:
    """A page, and what it complained about."""

    page: Page
    expected: str = "nothing is"
    """Regular expression of complaints that belong to a test."""
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(20_000)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, *names: str) -> None:
        for name in names:
            self.button(name).click()

    def says(self, text: str) -> None:
        """Until the page shows this."""
        self.page.get_by_text(text, exact=False).first.wait_for()

    def drawn(self) -> None:
        """Until all pictures of the viewer are there."""
        self.page.locator(".pane[data-ready=true]").first.wait_for()
        while self.page.locator(".pane:not([data-ready=true])").count():
            self.page.wait_for_timeout(50)

    def is_fine(self) -> None:
        """No finding of axe of any impact, nothing wider than the screen, no complaint."""
        if AXE.exists():
            self.page.evaluate(AXE.read_text())
            found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
            assert not found, [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]
        width = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, f"{width} pixels wider than the screen"
        unexpected = [text for text in self.complaints if not re.search(self.expected, text)]
        assert not unexpected, unexpected


@dataclass
class Pages:
    """The studio before records, and a browser."""

    records: Recorded
    url: str
    browser: Browser

    @contextmanager
    def opened(self, address: str, width: int = 1440, expected: str = "nothing is") -> Iterator[Opened]:
        """A page in a browser of its own, such as "cases" or "quiz#...", in English."""
        phone = width < 900
        look = {"viewport": {"width": width, "height": WIDTHS[width]}, "has_touch": phone, "is_mobile": phone}
        context = self.browser.new_context(locale="en-GB", **look)  # type: ignore[arg-type]
        try:
            opened = Opened(context.new_page(), expected)
            opened.page.goto(self.url + address if "//" not in address else address)
            yield opened
        finally:
            context.close()


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Skips where there is none."""
    with sync_playwright() as playwright:
        browser = chromium(playwright, "--headless=new")
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def teaching_pages(browser: Browser, folder: Path, **place: Any) -> Iterator[Pages]:
    """Records in `folder`."""
    with recorded(folder) as records, running_studio(records.address, place=Place(**place)) as port:
        yield Pages(records, f"http://127.0.0.1:{port}/", browser)
