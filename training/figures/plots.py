"""The one door to matplotlib: an empty figure, colours, and a file of it. Imported when needed: it takes a second."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from mammoganesis import files

DATED = {"png": "Software", "svg": "Date", "pdf": "CreationDate"}  # format -> what would differ from file to file


class PlotFile(click.Path):
    """A file to write a plot to, by its suffix: .png, .svg or .pdf."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(super().convert(value, param, ctx))  # type: ignore[arg-type]
        if _format(path) not in DATED:
            self.fail(f"{path} must end in .{', .'.join(DATED)}", param, ctx)
        return path


def new_figure(width: float, height: float) -> Any:
    """A `matplotlib.figure.Figure` of this size in inches, that makes room for its labels by itself."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def colours(count: int) -> Sequence[Any]:
    """10 or 20 colours that are told from one another, as many as `count` needs; more repeat them."""
    import matplotlib

    return matplotlib.colormaps["tab10" if count <= 10 else "tab20"].colors  # type: ignore[attr-defined]


def save_figure(figure: Any, path: Path, dpi: int = 110) -> None:
    """Write a figure as PNG, SVG or PDF, by the suffix; equal figures give equal PNG files.

    Raises:
        DiskFull: there is no room.
    """
    content, kind = io.BytesIO(), _format(path)
    figure.savefig(content, format=kind, dpi=dpi, metadata={DATED[kind]: None})
    files.write(path, content.getvalue())


def save_page(page: NDArray[np.uint8], path: Path) -> None:
    """Write a page, [H, W] or [H, W, 3], as PNG, SVG or PDF, by the suffix: its pixels as they are.

    Raises:
        DiskFull: there is no room.
    """
    dpi = 100
    figure = new_figure(page.shape[1] / dpi, page.shape[0] / dpi)
    rgb = page if page.ndim == 3 else page[..., None].repeat(3, axis=2)  # a colour map would shift grey values
    figure.figimage(rgb)
    save_figure(figure, path, dpi)


def _format(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")
