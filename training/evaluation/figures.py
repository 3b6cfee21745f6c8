"""The one door to matplotlib of the evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def start_figures() -> Any:
    """pyplot, drawing to files only. Imported when needed: it takes a second."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def save_figure(figure: Any, path: Path, dpi: int = 110) -> None:
    """Write a PNG and forget the figure; equal figures give equal bytes."""
    figure.savefig(path, dpi=dpi, metadata={"Software": None})
    start_figures().close(figure)
