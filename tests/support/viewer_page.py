"""The viewer on a page of its own, with pictures of the demo bundle, in Chromium by Playwright."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image

from services.studio.surroundings import HEADERS
from tests.places import DEMO_BUNDLE, DEMO_SIZE, WEB
from tests.support.browser import Opened

SIZES = [2**k for k in range(2, DEMO_SIZE.bit_length())]  # of the blocks of the demo's network
NOISE = SIZES[0] ** 2 + 2 * sum(size**2 for size in SIZES[1:])


def demo_images(seeds: Sequence[int]) -> np.ndarray:
    """[B, size, size] float32 in [-1, 1]: images of the demo bundle at psi 0.7, without labels and noise."""
    z = np.stack([np.random.RandomState(seed).randn(256) for seed in seeds]).astype(np.float32)
    w = _run("mapping", z=z, c=np.zeros((len(z), 2), np.float32))
    w = w.mean(0) + 0.7 * (w - w.mean(0))
    styles = _run("affine", ws=np.repeat(w[:, None], 2 * len(SIZES), 1))
    return _run("synthesis", styles=styles, noise=np.zeros((len(z), NOISE), np.float32))[:, 0]


def _run(network: str, **inputs: np.ndarray) -> np.ndarray:
    """The first output of a network of the demo bundle."""
    return np.asarray(onnxruntime.InferenceSession(DEMO_BUNDLE / f"{network}.onnx").run(None, inputs)[0])


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


class ViewerPage(Opened):
    """A page with the viewer."""

    def open(self, slots: Sequence[dict[str, Any]], **asked: Any) -> ViewerPage:
        said = urllib.parse.quote(json.dumps({"slots": slots, **asked}))
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}/viewer.html#{said}")
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

    @property
    def stage(self) -> Any:
        return self.page.locator(".viewer-stage")

    def state(self, name: str) -> Any:
        return self.page.evaluate(f"window.harness.state.value.{name}")

    def key(self, *keys: str) -> ViewerPage:
        self.stage.focus()
        for key in keys:
            self.page.keyboard.press(key)
        return self.settled()

    def pixels(self, pane: int = 0, layer: int = 0) -> np.ndarray:
        """[H, W] uint8: red of an image's canvas."""
        canvas = self.page.locator(f".pane:nth-child({pane + 1}) .cornerstone-canvas").nth(layer)
        return self.pixels_of(canvas)[..., 0]
