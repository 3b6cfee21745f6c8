"""The studio's pages in Chromium, as a user meets them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.places import AXE

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--force-prefers-reduced-motion",  # animations cost more than the pages
)


class Page:
    """The page as a user meets it."""

    def __init__(self, driver: webdriver.Chrome, downloads: Path) -> None:
        self.driver = driver
        self.downloads = downloads

    def __getitem__(self, name: str) -> WebElement:
        return self.driver.find_element(By.ID, name)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def until(self, condition: Callable[[], Any]) -> Any:
        """Until the condition holds; what the page replaces meanwhile is asked for again."""
        wait = WebDriverWait(self.driver, 60, 0.05, ignored_exceptions=[StaleElementReferenceException])
        return wait.until(lambda _: condition())

    def script(self, text: str, *arguments: Any) -> Any:
        return self.driver.execute_script(text, *arguments)

    def enter(self, name: str, value: object) -> None:
        """Types into a field; on a range, moves the slider there."""
        element = self[name]
        if element.get_attribute("type") == "range":
            script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))"
            self.script(script, element, value)
        else:
            element.send_keys(Keys.CONTROL, "a")
            element.send_keys(str(value))

    @contextmanager
    def screen(self, width: int, height: int) -> Iterator[None]:
        """On another screen of this many CSS pixels, a phone's below a width of 900."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": width < 900}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def axe(self) -> list[str]:
        """What axe-core finds in the page as it stands: rules and the elements concerned."""
        self.driver.execute_script(AXE.read_text(encoding="utf-8"))
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run().then(({violations}) => done(violations.map("
            "({id, nodes}) => `${id}: ${nodes.map(({target, failureSummary}) => `${target} ${failureSummary}`)}`)))"
        )
        return [str(one) for one in found]

    def download(self, name: str) -> bytes:
        before = set(self.downloads.iterdir())
        self.script("arguments[0].click()", self[name])
        done = self.until(
            lambda: [path for path in set(self.downloads.iterdir()) - before if path.suffix in (".png", ".json")]
        )
        return done[0].read_bytes()


def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A headless browser with folders of its own; skips the test where there is none."""
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if binary is None or (chromedriver := shutil.which("chromedriver")) is None:
        pytest.skip("needs Chromium and its driver (Debian: apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    downloads = tmp_path_factory.mktemp("downloads")
    profile = tmp_path_factory.mktemp("profile")
    for flag in (*FLAGS, f"--user-data-dir={profile}", "--window-size=1440,1000"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)})
    driver.downloads = downloads  # type: ignore[attr-defined]
    yield driver
    driver.quit()


def pixels_of(page: Page, picture: str | WebElement = "image") -> np.ndarray:
    """[H, W] uint8: a picture of the page, by its id or itself, drawn onto a canvas."""
    width, flat = page.script(
        "const picture = typeof arguments[0] === 'string' ? document.getElementById(arguments[0]) : arguments[0];"
        "const c = document.createElement('canvas'); c.width = picture.naturalWidth; c.height = picture.naturalHeight;"
        "const context = c.getContext('2d'); context.drawImage(picture, 0, 0);"
        "return [c.width, [...context.getImageData(0, 0, c.width, c.height).data]]",
        picture,
    )
    return np.array(flat, np.uint8).reshape(-1, width, 4)[..., 0]
