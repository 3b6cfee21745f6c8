"""The curation page in Chromium, as a curator meets it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ElementHandle, Locator

from tests.support.browser import Opened, opened


class Curation(Opened):
    """The page; its parts by their id."""

    def open(self) -> Curation:
        self.page.goto(f"{self.url}curate")
        return self.shown()

    def reload(self) -> Curation:
        self.page.reload()
        return self.shown()

    def shown(self) -> Curation:
        """Until the cards are there, and hear keys."""
        self.page.locator("#region-cards .card").first.wait_for()
        return self.settled()

    def __getitem__(self, name: str) -> Locator:
        return self.page.locator(f"#{name}")

    def field(self, card: str, name: str, position: int = 0) -> Locator:
        return self[card].locator(f"[data-field={name}]").nth(position)

    def value(self, card: str, name: str, position: int = 0) -> str:
        return self.field(card, name, position).input_value()

    def choose(self, card: str, decision: str) -> None:
        self[card].locator(f"[value={decision}]").check()

    def decision(self, card: str) -> str | None:
        return self[card].get_attribute("data-decision")

    def pictures(self, card: str) -> list[ElementHandle]:
        return self[card].locator("img").element_handles()

    def drawn_sheet(self, card: str, count: int) -> list[ElementHandle]:
        """Its pictures, once there are so many."""
        self[card].scroll_into_view_if_needed()
        self.until(lambda: len(self.pictures(card)) == count)
        return self.pictures(card)

    def cards(self) -> list[str]:
        """Ids of those that are listed."""
        return self.page.locator(".card").evaluate_all("all => all.map(one => one.id)")

    def active(self) -> str:
        """Id of what has the focus."""
        return self.page.evaluate("document.activeElement.id")

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


@contextmanager
def curation_at(browser: Browser, url: str, **look: Any) -> Iterator[Curation]:
    """The page of the studio at an address, as `opened` has it, before it is opened."""
    with opened(browser, Curation, url, **look) as page:
        yield page
