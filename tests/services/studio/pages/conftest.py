"""One Chromium, and one studio before a real edge and real records, for all tests of pages in a process.

Every test of a page stands in this folder and is marked `browser`. It takes

    site        the studio of the tiny bundle, its records, and `site.opened("quiz#...", width=390)` for a page of it
    browser     Chromium, for pages of other servers: `opened(browser, Kind, url)` of tests/support/browser.py
    whole_browser  likewise with its window and profile, for what these decide: frames of other sites, a graphics card
    url         the site's address, with "/" at its end
    study_site  likewise of the demo bundle, which draws breasts: studies compare their images
    client      the same bundle without a server, for what an image should be
    studio      the studio's page, before it is opened
    viewer      the viewer alone, on pictures of the demo bundle ("0.png" to "3.png") and "black.png" and "white.png"

A new page gets a line in `PAGES` of test_looks.py, which looks at all on paper, in forced colours, right to left.

Each page has a fresh profile, and its test fails where the browser complains (errors and warnings of the console,
errors of scripts) of what is not `expected`. Playwright keeps an event loop in the tests' thread
while these fixtures last: a test in this folder uses asyncio in other threads only. When tests outside of it run, the
fixtures have ended.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from services.client import Client
from tests.places import DEMO_BUNDLE
from tests.support.browser import PLAIN, TOGETHER, chromium, opened
from tests.support.serving import TINY
from tests.support.site import Site, running_site
from tests.support.studio_page import Studio
from tests.support.viewer_page import ViewerPage, built_pages, demo_images, served, stored, write_grey


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = chromium(playwright, *PLAIN)
    yield running
    running.close()


@pytest.fixture(scope="package")
def whole_browser(playwright: Playwright) -> Iterator[Browser]:
    running = chromium(playwright, *PLAIN, *TOGETHER, whole=True)
    yield running
    running.close()


@pytest.fixture(scope="package")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(browser, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="package")
def study_site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(browser, tmp_path_factory.mktemp("study_site"), DEMO_BUNDLE) as site:
        yield site


@pytest.fixture(scope="package")
def url(site: Site) -> str:
    return site.url


@pytest.fixture(scope="package")
def client() -> Iterator[Client]:
    with Client.local(TINY) as client:
        yield client


@pytest.fixture
def studio(browser: Browser, url: str) -> Iterator[Studio]:
    with opened(browser, Studio, url) as studio:
        yield studio


@pytest.fixture(scope="package")
def images() -> np.ndarray:
    """[4, size, size] float32 in [-1, 1], of the demo bundle."""
    return demo_images(range(4))


@pytest.fixture(scope="package")
def viewer_address(tmp_path_factory: pytest.TempPathFactory, images: np.ndarray) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("viewer")
    built_pages(folder)
    for n, image in enumerate(images):
        write_grey(folder / f"{n}.png", stored(image, 16))
        write_grey(folder / f"{n}-preview.png", stored(image.reshape(len(image) // 2, 2, -1, 2).mean((1, 3)), 8))
    for name, value in (("black", -1.0), ("white", 1.0)):
        write_grey(folder / f"{name}.png", stored(np.full(images.shape[1:], value), 16))
    with served(folder) as where:
        yield where


@pytest.fixture
def viewer(browser: Browser, viewer_address: str) -> Iterator[ViewerPage]:
    with opened(browser, ViewerPage, viewer_address, width=1280) as viewer:
        yield viewer
