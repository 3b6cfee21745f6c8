"""The viewer on a page of its own, with pictures of the demo bundle, in Chromium by Playwright."""

from __future__ import annotations

import base64
import functools
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright

from services.studio.surroundings import HEADERS
from tests.places import AXE, ROOT, WEB
from tests.support.browser import FLAGS

DEMO = ROOT / "deploy" / "bundles" / "demo"
NOISE = sum(size**2 for size in (4, 8, 8, 16, 16, 32, 32, 64, 64, 128, 128))
EMULATED = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PLAIN = ("--disable-3d-apis",)


def demo_images(seeds: Sequence[int]) -> np.ndarray:
    """[B, 128, 128] float32 in [-1, 1]: images of the demo bundle at psi 0.7, without noise."""
    z = np.stack([np.random.RandomState(seed).randn(256) for seed in seeds]).astype(np.float32)
    w = _run("mapping", z=z)
    w = w.mean(0) + 0.7 * (w - w.mean(0))
    styles = _run("affine", ws=np.repeat(w[:, None], 12, 1))
    return _run("synthesis", styles=styles, noise=np.zeros((len(z), NOISE), np.float32))[:, 0]


def _run(network: str, **inputs: np.ndarray) -> np.ndarray:
    """The first output of a network of the demo bundle."""
    return np.asarray(onnxruntime.InferenceSession(DEMO / f"{network}.onnx").run(None, inputs)[0])


def stored(image: np.ndarray, bits: int) -> np.ndarray:
    """Values of an image as the services write them into a PNG file."""
    return np.rint(np.clip((image + 1) / 2, 0, 1) * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)


def write_grey(path: Path, values: np.ndarray) -> None:
    Image.fromarray(values).save(path, "PNG")


def built_pages(folder: Path) -> None:
    """Builds the harness pages."""
    command = [WEB / "build.sh", "--harness", folder]
    environment = {**os.environ, "PYTHON": sys.executable}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder over HTTP, with the headers of the studio's own pages."""

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            for name, value in HEADERS.items():
                self.send_header(name, value)
            super().end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def chromium(playwright: Playwright, *flags: str) -> Browser:
    """A headless browser; skips where there is none."""
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if binary is None:
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    mine = [flag for flag in FLAGS if flag not in ("--headless=new", "--disable-gpu")]
    return playwright.chromium.launch(executable_path=binary, args=[*mine, *flags])


class ViewerPage:
    """A page with the viewer, whose complaints are kept."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        ours = message.text.startswith("Canvas2D: Multiple readback")  # of reading pixels here
        if message.type in ("error", "warning") and not ours:
            self.complaints.append(message.text)

    def open(self, slots: Sequence[dict[str, Any]], **asked: Any) -> ViewerPage:
        said = urllib.parse.quote(json.dumps({"slots": slots, **asked}))
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}/viewer.html#{said}")
        self.page.wait_for_selector(".viewer-stage")
        return self

    def ready(self) -> ViewerPage:
        """Until every image that is there is drawn, and the screen shows it."""
        script = (
            "() => [...document.querySelectorAll('.pane')]"
            ".every(p => p.dataset.ready === 'true' || p.querySelector('.pane-words:not(.skeleton)'))"
        )
        self.until(lambda: self.page.evaluate(script))
        return self.settled()

    def settled(self) -> ViewerPage:
        """Until two frames have been drawn."""
        self.page.evaluate(
            "() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(r, 60))))"
        )
        return self

    def until(self, condition: Callable[[], Any], seconds: float = 30) -> None:
        """Until the condition holds: Playwright's own waiting evaluates text, which the pages' policy forbids."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, self.complaints
            self.page.wait_for_timeout(30)

    @property
    def stage(self) -> Any:
        return self.page.locator(".viewer-stage")

    def state(self, name: str) -> Any:
        return self.page.evaluate(f"window.harness.state.value.{name}")

    def press(self, *keys: str) -> ViewerPage:
        self.stage.focus()
        for key in keys:
            self.page.keyboard.press(key)
        return self.settled()

    def drag(
        self, start: tuple[float, float], end: tuple[float, float], pane: int = 0, button: str = "left"
    ) -> ViewerPage:
        """From one share of a pane to another."""
        box = self.page.locator(".pane").nth(pane).bounding_box()
        assert box
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
        self.page.mouse.move(*points[0])
        self.page.mouse.down(button=button)  # type: ignore[arg-type]
        self.page.mouse.move(*points[1], steps=4)
        self.page.mouse.up(button=button)  # type: ignore[arg-type]
        return self.settled()

    def pixels(self, pane: int = 0, layer: int = 0) -> np.ndarray:
        """[H, W] uint8: red of an image's canvas."""
        return self._canvas(f".pane:nth-child({pane + 1}) .cornerstone-canvas", layer)[..., 0]

    def colours(self, selector: str) -> np.ndarray:
        """[H, W, 4] uint8 of a canvas."""
        return self._canvas(selector, 0)

    def _canvas(self, selector: str, which: int) -> np.ndarray:
        width, data = self.page.evaluate(
            """([selector, which]) => {
                const canvas = document.querySelectorAll(selector)[which];
                const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                let text = '';
                for (let at = 0; at < data.length; at += 32768)
                    text += String.fromCharCode(...data.subarray(at, at + 32768));
                return [canvas.width, btoa(text)];
            }""",
            [selector, which],
        )
        return np.frombuffer(base64.b64decode(data), np.uint8).reshape(-1, width, 4)


def axe(page: Page) -> list[str]:
    """Findings of axe-core, of any impact."""
    source = AXE.read_text()
    page.evaluate(f"() => {{ {source} }}")
    return page.evaluate(
        "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.target).join(' ')}`)"
    )
