"""A studio's pages as docs/studio_pictures.py photographs them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from tests.support.browser import Opened, opened
from tests.support.site import Site
from tests.support.studio_page import Studio

WIDE, LARGE, PHONE = (1200, 750), (1280, 860), (390, 844)  # windows, pixels
KNOWS = "localStorage.setItem('mammoganesis.introduced', '1')"  # the introduction


@dataclass(frozen=True)
class Camera:
    """A studio, and where its pictures go."""

    site: Site
    images: Path
    reals: Path

    @contextmanager
    def at(self, address: str, size: tuple[int, int] = WIDE, *scripts: str) -> Iterator[Studio]:
        """A page of the studio in a window of this size, whose visitor knows the introduction."""
        width = {"width": size[0]} if size == PHONE else {}
        look: dict[str, Any] = {"viewport": {"width": size[0], "height": size[1]}, **width}
        with opened(self.site.browser, Studio, self.site.url, **look) as page:
            for script in scripts or (KNOWS,):
                page.page.add_init_script(script)
            page.page.goto(self.site.url + address)
            yield page

    def take(self, page: Opened, name: str) -> None:
        """The window as it is once nothing in it is being loaded, with 256 colours, as docs/images/NAME.png."""
        page.until(lambda: not page.page.evaluate(LOADING), 300)
        page.page.evaluate("document.activeElement?.blur()")
        page.settled()
        picture = Image.open(io.BytesIO(page.page.screenshot(animations="disabled"))).convert("RGB")
        path = self.images / f"{name}.png"
        picture.quantize(256, Image.Quantize.MAXCOVERAGE, 3, dither=Image.Dither.NONE).save(path, optimize=True)
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB", flush=True)


LOADING = """() => [...document.querySelectorAll('[aria-busy=true], .pane:not([data-ready=true])')].some((e) => {
    const { top, bottom, width } = e.getBoundingClientRect();
    return width > 0 && bottom > 0 && top < innerHeight;
})"""
