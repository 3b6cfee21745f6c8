"""The studio of a bundle, as its pages need it: before a real edge with real records, seen by Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser

from services.studio.app import Place
from tests.support.browser import Opened, opened
from tests.support.http_servers import another_site
from tests.support.recorded import Recorded, recorded
from tests.support.serving import TINY
from tests.support.studio_server import running_studio

COURSE = """<!doctype html><html lang=en><title>Course</title><link rel=icon href="data:,"><h1>Course</h1>
<iframe title=Quiz width=800 height=900></iframe>
<script>window.told = []; addEventListener("message", (e) => told.push([e.origin, e.data]))</script>"""


@dataclass(frozen=True)
class Site:
    """A running studio and the browser that looks at it.

    Attributes:
        url: of its pages, with "/" at the end.
        records: behind its edge.
        curated: folder of the bundles that the curation page writes.
        platform: origin of an e-learning platform, whose page has a frame and keeps what that tells it.
    """

    browser: Browser
    url: str
    records: Recorded
    curated: Path
    platform: str

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80

    @contextmanager
    def opened(self, address: str = "", **look: Any) -> Iterator[Opened]:
        """A page of it, such as "cases" or "quiz#...", or of another address, as `opened` of browser.py has it."""
        with opened(self.browser, Opened, self.url, **look) as page:
            page.page.goto(address if "://" in address else self.url + address)
            yield page


@contextmanager
def running_site(browser: Browser, folder: Path, bundle: Path = TINY) -> Iterator[Site]:
    """Records and curated bundles in `folder`."""
    curated = folder / "curated"
    curated.mkdir()
    places = (str(folder / "bulk"), "s3://teaching/mammograms")
    with another_site(COURSE) as platform, recorded(folder, bundle=bundle, bulk_destinations=places) as records:
        place = Place(frame_ancestors=(platform,))
        with running_studio(records.address, place=place, bundle=bundle, curated_bundles=curated) as port:
            yield Site(browser, f"http://127.0.0.1:{port}/", records, curated, platform)
