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
import matplotlib.ticker

ROOT = Path(__file__).parent.parent
STEPS = 120
ROW_PIXELS, COLUMN_PIXELS, DPI = 34, 62, 100
LEGEND_PIXELS, LETTER_PIXELS, AXIS_PIXELS = 13, 5, 32
"""Of a row and of a letter of a legend, and of what stands below and beside an axis."""
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
            axes = figure.add_axes((left, bottom, width, height), facecolor=PANEL)
            _lines(axes, series, unit, (place["w"] * COLUMN_PIXELS, place["h"] * ROW_PIXELS))
    figure.savefig(target, facecolor=BACKGROUND)
    plt.close(figure)


def _series(panel: Mapping[str, Any], url: str, seconds: float) -> dict[str, list[tuple[float, float]]]:
    """Moments and values by legend, NaN where there is none; no series of NaN alone."""
    now, found = time.time(), dict[str, list[tuple[float, float]]]()
    step = max(1.0, seconds / STEPS)
    for target in panel["targets"]:
        query = target["expr"].replace("$__rate_interval", "1m")
        arguments = {"query": query, "start": now - seconds, "end": now, "step": step}
        with urllib.request.urlopen(f"{url}/api/v1/query_range?{urllib.parse.urlencode(arguments)}") as answer:
            for series in json.load(answer)["data"]["result"]:
                labels = series["metric"]
                legend = _legend(target["legendFormat"], labels)
                points = [(at, float(value)) for at, value in series["values"]]
                if any(math.isfinite(value) for _, value in points):
                    found[legend] = [(at, value if math.isfinite(value) else math.nan) for at, value in points]
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
    values = [value for points in series.values() for _, value in points[-1:] if math.isfinite(value)]
    text = _value(values[0], unit) if values else "no data"
    size, colour = (20, COLOURS[0]) if values else (12, FAINT)
    figure.text(left + width / 2, bottom + 0.4 * height, text, color=colour, size=size, ha="center", va="center")


def _lines(axes: Any, series: Mapping[str, Any], unit: str, size: tuple[int, int]) -> None:
    """Fills a panel of `size` pixels, below its title: curves, axes, and a legend of as many rows as it needs, up to a
    third of the panel; of more curves the highest are named, and how many others there are."""
    most = {legend: max(value for _, value in points if value == value) for legend, points in series.items()}
    drawn = {legend: series[legend] for legend in sorted(most, key=most.__getitem__, reverse=True)}
    longest = max((len(legend) for legend in drawn), default=1)
    columns = max(1, min(6, size[0] // (LETTER_PIXELS * (longest + 8)), len(drawn)))
    named = min(len(drawn), columns * (size[1] // (3 * LEGEND_PIXELS)))
    below = LEGEND_PIXELS * -(-named // columns) + AXIS_PIXELS
    box, title = axes.get_position(), 1.2 * ROW_PIXELS
    scale = box.width / size[0], box.height / size[1]
    place = (AXIS_PIXELS * 1.7 * scale[0], below * scale[1], (size[0] - 2.4 * AXIS_PIXELS) * scale[0])
    axes.set_position((box.x0 + place[0], box.y0 + place[1], place[2], box.height - place[1] - title * scale[1]))
    for number, (legend, points) in enumerate(drawn.items()):
        moments = [datetime.fromtimestamp(at, UTC) for at, _ in points]
        rest = f" and {len(drawn) - named} more" if number == named - 1 and named < len(drawn) else ""
        label = f"{legend}{rest}" if number < named else "_"
        colour = COLOURS[number % len(COLOURS)]
        axes.plot(moments, [value for _, value in points], color=colour, linewidth=1.1, label=label)
    axes.set_ylim(0, None if any(most.values()) else 1)
    axes.yaxis.set_major_locator(_steps(unit, axes.get_ylim()[1]))
    axes.yaxis.set_major_formatter(lambda value, _: _value(value, unit))
    axes.tick_params(colors=FAINT, labelsize=6)
    axes.grid(color="#2c3235", linewidth=0.5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if not drawn:
        axes.set_xticks([])
        axes.text(0.5, 0.5, "no data", color=FAINT, size=9, ha="center", va="center", transform=axes.transAxes)
        return
    axes.xaxis.set_major_formatter(matplotlib.dates.DateFormatter("%H:%M"))
    axes.xaxis.set_major_locator(matplotlib.dates.AutoDateLocator(minticks=2, maxticks=5))
    corner = box.x0 + scale[0] * 6, box.y0 + (below - AXIS_PIXELS * 0.8) * scale[1]
    axes.legend(
        loc="upper left",
        bbox_to_anchor=corner,
        bbox_transform=axes.figure.transFigure,
        borderaxespad=0,
        ncols=columns,
        fontsize=5.5,
        frameon=False,
        labelcolor=INK,
    )


def _steps(unit: str, most: float) -> matplotlib.ticker.Locator:
    """Round steps of a unit's own: of bytes powers of two, of what is counted decimal ones."""
    if unit not in ("bytes", "Bps"):
        return matplotlib.ticker.MaxNLocator(6, steps=[1, 2, 2.5, 5, 10])
    return matplotlib.ticker.MultipleLocator(2.0 ** math.ceil(math.log2(max(most, 1.0) / 6)))


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
    return f"{value:.3g}{' /s' if unit == 'reqps' else ''}" if value < 1000 else f"{value:,.0f}"


if __name__ == "__main__":
    main()
