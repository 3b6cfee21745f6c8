"""Draws the panels of the Grafana dashboards with the numbers of a Prometheus: `python docs/dashboard_pictures.py URL`.

For who has no Grafana at hand: the same files, the same queries, matplotlib instead of Grafana. Pictures go to
out/dashboard_*.png, or to --out.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates
import matplotlib.pyplot as plt

ROOT = Path(__file__).parent.parent
STEPS = 120
ROW_PIXELS, COLUMN_PIXELS, DPI = 34, 62, 100
BACKGROUND, PANEL, INK, FAINT = "#111217", "#181b1f", "#ccccdc", "#6e7079"
COLOURS = ["#73bf69", "#f2cc0c", "#5794f2", "#ff780a", "#f2495c", "#b877d9", "#8ab8ff", "#ffa6b0", "#37872d"]


def main() -> None:
    """Draws all dashboards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="of Prometheus, such as http://127.0.0.1:9090")
    parser.add_argument("--minutes", type=float, default=15, help="before now")
    parser.add_argument("--out", type=Path, default=Path("out"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for path in sorted((ROOT / "deploy" / "observability" / "dashboards").glob("*.json")):
        target = given.out / f"{path.stem.replace('mammoganesis-', 'dashboard_')}.png"
        draw(json.loads(path.read_text()), given.url, 60 * given.minutes, target)
        print(target)


def draw(dashboard: Mapping[str, Any], url: str, seconds: float, target: Path) -> None:
    """One dashboard as a PNG file, over the last `seconds`."""
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"]) + 1
    size = (24 * COLUMN_PIXELS / DPI, rows * ROW_PIXELS / DPI)
    figure = plt.figure(figsize=size, dpi=DPI, facecolor=BACKGROUND)
    figure.text(0.008, 1 - 0.55 / rows, dashboard["title"], color=INK, size=13, weight="bold", va="center")
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        series = _series(panel, url, seconds)
        left, bottom = place["x"] / 24, 1 - (place["y"] + 1 + place["h"]) / rows
        width, height = place["w"] / 24, place["h"] / rows
        _frame(figure, (left, bottom, width, height), panel["title"], 1 / rows)
        unit = panel["fieldConfig"]["defaults"]["unit"]
        if panel["type"] == "stat":
            _stat(figure, (left, bottom, width, height), series, unit)
        else:
            inner = (left + 0.13 * width, bottom + 0.27 * height, 0.83 * width, height - 0.27 * height - 1.2 / rows)
            _lines(figure, inner, series, unit)
    figure.savefig(target, facecolor=BACKGROUND)
    plt.close(figure)


def _series(panel: Mapping[str, Any], url: str, seconds: float) -> dict[str, list[tuple[float, float]]]:
    """Moments and values by legend."""
    now, found = time.time(), dict[str, list[tuple[float, float]]]()
    step = max(1.0, seconds / STEPS)
    for target in panel["targets"]:
        query = target["expr"].replace("$__rate_interval", "1m")
        arguments = {"query": query, "start": now - seconds, "end": now, "step": step}
        with urllib.request.urlopen(f"{url}/api/v1/query_range?{urllib.parse.urlencode(arguments)}") as answer:
            for series in json.load(answer)["data"]["result"]:
                labels = series["metric"]
                legend = _legend(target["legendFormat"], labels)
                found[legend] = [(at, float(value)) for at, value in series["values"] if math.isfinite(float(value))]
    return found


def _legend(form: str, labels: Mapping[str, str]) -> str:
    """As Grafana fills in `{{label}}`."""
    return re.sub(r"{{(\w+)}}", lambda name: labels.get(name[1], ""), form)


def _frame(figure: Any, place: tuple[float, float, float, float], title: str, row: float) -> None:
    left, bottom, width, height = place
    gap = 0.0025
    box = plt.Rectangle((left + gap, bottom + gap), width - 2 * gap, height - 2 * gap, color=PANEL, zorder=-1)
    figure.add_artist(box)
    figure.text(left + 0.006, bottom + height - 0.6 * row, title, color=INK, size=8, va="center")


def _stat(figure: Any, place: tuple[float, float, float, float], series: Mapping[str, Any], unit: str) -> None:
    left, bottom, width, height = place
    values = [points[-1][1] for points in series.values() if points]
    text = _value(values[0], unit) if values else "no data"
    size, colour = (20, COLOURS[0]) if values else (12, FAINT)
    figure.text(left + width / 2, bottom + 0.4 * height, text, color=colour, size=size, ha="center", va="center")


def _lines(figure: Any, place: tuple[float, float, float, float], series: Mapping[str, Any], unit: str) -> None:
    axes = figure.add_axes(place, facecolor=PANEL)
    drawn = {legend: points for legend, points in series.items() if points}
    for colour, (legend, points) in zip(COLOURS * 9, drawn.items(), strict=False):
        moments = [datetime.fromtimestamp(at, UTC) for at, _ in points]
        axes.plot(moments, [value for _, value in points], color=colour, linewidth=1.1, label=legend)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda value, _: _value(value, unit))
    axes.xaxis.set_major_formatter(matplotlib.dates.DateFormatter("%H:%M"))
    axes.xaxis.set_major_locator(matplotlib.dates.AutoDateLocator(maxticks=5))
    axes.tick_params(colors=FAINT, labelsize=6)
    axes.grid(color="#2c3235", linewidth=0.5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if drawn:
        axes.legend(
            loc="upper left", bbox_to_anchor=(-0.12, -0.16), ncols=3, fontsize=5.5, frameon=False, labelcolor=INK
        )
    else:
        axes.text(0.5, 0.5, "no data", color=FAINT, size=9, ha="center", va="center", transform=axes.transAxes)


def _value(value: float, unit: str) -> str:
    """For people."""
    if unit == "percentunit":
        return f"{100 * value:.3g} %"
    if unit == "s":
        return f"{1000 * value:.3g} ms" if value < 1 else f"{value:.3g} s"
    if unit in ("bytes", "Bps"):
        power = min(4, int(math.log(value, 1024))) if value >= 1 else 0
        per = "/s" if unit == "Bps" else ""
        return f"{value / 1024**power:.3g} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}{per}"
    return f"{value:.3g}{' /s' if unit == 'reqps' else ''}" if value < 100_000 else f"{value:.3e}"


if __name__ == "__main__":
    main()
