"""The locality of local edits as a table (Markdown, CSV, JSON) and as a plot."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mammoganesis import files
from mammoganesis.bundle.card import region_title
from mammoganesis.editing.layers import LOW_RESOLUTION
from mammoganesis.recipe.limits import DEFAULT_RHO
from training.evaluation.locality import MAX_DRAWS, SCALES, Measurements
from training.evaluation.locality_choice import LOCAL, SEEN, Point, curve
from training.evaluation.shares_report import names_of
from training.figures.plots import colours, new_figure, save_figure

CSV_COLUMNS = ("sweep", "region", "epsilon", "low_resolution_epsilon", "scale", "pairs", "channels")
ESTIMATES = ("inside", "outside", "far", "ratio")


@dataclasses.dataclass(frozen=True)
class Sweep:
    """Curves over one of the two epsilons."""

    name: str  # epsilon or low_resolution_epsilon
    values: tuple[float, ...]
    pooled: dict[str, list[Point]]  # scale -> one point per value
    regions: dict[int, dict[str, list[Point]]]
    chosen: float
    background: frozenset[int]  # regions that are not pooled

    @classmethod
    def of(cls, name: str, measurements: Measurements, chosen: float) -> Sweep:
        values = tuple(float(getattr(setting, name)) for setting in measurements.settings)
        found = [region for region, count in enumerate(measurements.pairs) if count]
        return cls(
            name,
            values,
            {scale: curve(measurements, None, scale) for scale in SCALES},
            {r: {scale: curve(measurements, r, scale) for scale in SCALES} for r in found},
            chosen,
            frozenset(np.flatnonzero(measurements.background).tolist()),
        )


def content(sweeps: Sequence[Sweep], facts: dict[str, Any], settings: dict[str, list[tuple[float, float]]]) -> dict:
    """What locality.json holds: facts, the recommendation, one row per sweep, region, setting and scale."""
    rows = []
    for sweep in sweeps:
        for region, curves in [(None, sweep.pooled), *sweep.regions.items()]:
            for scale, points in curves.items():
                for (epsilon, low), point in zip(settings[sweep.name], points, strict=True):
                    rows.append(
                        {
                            "sweep": sweep.name,
                            "region": "all" if region is None else region,
                            "epsilon": epsilon,
                            "low_resolution_epsilon": low,
                            "scale": scale,
                            **_finite(dataclasses.asdict(point)),
                        }
                    )
    return {**facts, "default_epsilon": sweeps[0].chosen, "low_resolution_epsilon": sweeps[1].chosen, "rows": rows}


def _finite(value: Any) -> Any:
    """NaN is no JSON: null."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    return None if isinstance(value, float) and not np.isfinite(value) else value


def write(out: Path, document: dict, sweeps: Sequence[Sweep]) -> None:
    """locality.json, locality.csv, locality.md and locality.png."""
    files.write(out / "locality.json", (json.dumps(document, indent=1) + "\n").encode())
    files.write(out / "locality.csv", table(document).encode())
    files.write(out / "locality.md", markdown(document, sweeps).encode())
    plot(out / "locality.png", sweeps, document["num_regions"], names_of(document))


def table(document: dict) -> str:
    """The rows as CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*CSV_COLUMNS, *(f"{e}{end}" for e in ESTIMATES for end in ("", "_low", "_high"))])
    for row in document["rows"]:
        values = [row[e][part] for e in ESTIMATES for part in ("value", "low", "high")]
        writer.writerow([*(row[column] for column in CSV_COLUMNS), *values])
    return text.getvalue()


def _cell(estimate: Any, factor: float, digits: int) -> str:
    if not np.isfinite(estimate.value):
        return "-"
    low, high = f"{estimate.low * factor:.{digits}f}", f"{estimate.high * factor:.{digits}f}"
    return f"{estimate.value * factor:.{digits}f} ({low} to {high})"


def _pooled_table(sweep: Sweep, title: str) -> list[str]:
    lines = [
        f"| {title} | channels | inside, L | outside, L | far, L | inside / outside, L | inside / outside, intensity |",
        "|" + "---:|" * 7,
    ]
    for value, point, other in zip(sweep.values, sweep.pooled["lightness"], sweep.pooled["intensity"], strict=True):
        errors = " | ".join(_cell(entry, 1e4, 1) for entry in (point.inside, point.outside, point.far))
        mark = "**" if value == sweep.chosen else ""
        ratios = f"{_cell(point.ratio, 1, 1)} | {_cell(other.ratio, 1, 1)}"
        lines.append(f"| {mark}{value:g}{mark} | {point.channels:.0f} | {errors} | {ratios} |")
    return lines


def markdown(document: dict, sweeps: Sequence[Sweep]) -> str:
    """The tables for people; errors are mean squared differences times 10,000, on the scale 0 to 1."""
    epsilon, low = sweeps
    at = epsilon.values.index(epsilon.chosen)
    low_at = low.values.index(low.chosen)
    lines = [
        f"Local edits of {document['pairs']} pairs of target and reference per region, truncation psi "
        f"{document['truncation_psi']:g}. Mean squared differences between the edited and the untouched image, times "
        "10,000: L is CIELAB L* / 100, intensity 0 (black) to 1 (white). Inside are the cells of the region in the "
        "target, of an anatomical part its pixels; outside is all the rest; far leaves out one cell around the region "
        "and its place in the reference. In brackets the 95 % bootstrap interval over pairs. The first two tables pool "
        "the regions of the breast, each with the same weight; regions in the background are listed in the last one "
        "only.",
        "",
        *_pooled_table(epsilon, "epsilon"),
        "",
        f"At epsilon {epsilon.chosen:g}, with another one for the layers that read {LOW_RESOLUTION}x{LOW_RESOLUTION} "
        "pixels or less:",
        "",
        *_pooled_table(low, "low-resolution epsilon"),
        "",
        f"Taken: epsilon {epsilon.chosen:g} and low-resolution epsilon {low.chosen:g}. The rule: of the values whose "
        f"change inside reaches {SEEN:.0%} of the largest, the largest that keeps {LOCAL:.0%} of the best ratio among "
        "them; of values that move the same channels, the smallest.",
        "",
        f"Every region at epsilon {epsilon.chosen:g}, low-resolution epsilon {low.chosen:g}:",
        "",
        "| region | pairs | channels | inside, L | outside, L | inside / outside, L | inside / outside, intensity |",
        "|---|" + "---:|" * 6,
    ]
    for region, curves in low.regions.items():
        point, other = curves["lightness"][low_at], curves["intensity"][low_at]
        errors = " | ".join(_cell(entry, 1e4, 1) for entry in (point.inside, point.outside))
        ratios = f"{_cell(point.ratio, 1, 1)} | {_cell(other.ratio, 1, 1)}"
        name = region_title(region, names_of(document)) + (" (background)" if region in low.background else "")
        lines.append(f"| {name} | {point.pairs} | {point.channels:.0f} | {errors} | {ratios} |")
    few = [r for r, curves in epsilon.regions.items() if curves["lightness"][at].pairs < document["pairs"]]
    absent = sorted(set(range(document["num_regions"])) - set(epsilon.regions))
    if few or absent:
        lines += [
            "",
            f"Of {MAX_DRAWS * document['pairs']} images fewer than {document['pairs']} show the regions "
            f"{', '.join(region_title(region, names_of(document)) for region in [*few, *absent])}.",
        ]
    return "\n".join(lines) + "\n"


def plot(path: Path, sweeps: Sequence[Sweep], num_regions: int, names: Mapping[int, str]) -> None:
    """Change inside and outside and their ratio over both epsilons: thin lines per region, thick ones pooled."""
    palette = colours(num_regions)
    panels = (("inside", "change inside, L x 10,000", 1e4), ("outside", "change outside, L x 10,000", 1e4))
    columns = (*panels, ("ratio", "inside / outside", 1.0))
    figure = new_figure(13, 7.5)
    axes = figure.subplots(2, 3)
    for row, sweep in zip(axes, sweeps, strict=True):
        x = np.arange(len(sweep.values))
        for axis, (part, title, factor) in zip(row, columns, strict=True):
            for region, curves in sweep.regions.items():
                y = [getattr(point, part).value * factor for point in curves["lightness"]]
                style = ":" if region in sweep.background else "-"
                label = region_title(region, names) + (" (background)" if style == ":" else "")
                axis.plot(x, y, style, lw=1.2, color=palette[region % len(palette)], label=label)
            estimates = [getattr(point, part) for point in sweep.pooled["lightness"]]
            low, high = ([getattr(e, end) * factor for e in estimates] for end in ("low", "high"))
            axis.plot(x, [e.value * factor for e in estimates], "k", lw=2.5, marker="o", ms=4, label="pooled")
            axis.fill_between(x, low, high, color="k", alpha=0.15)
            axis.axvline(sweep.values.index(sweep.chosen), color="0.4", ls="--", lw=1)
            axis.set(title=title, xlabel=sweep.name.replace("_", " "), ylim=(0, None))
            axis.set_xticks(x, [f"{value:g}" for value in sweep.values])
            axis.grid(alpha=0.3)
    axes[0, 0].legend(fontsize=7, ncols=2, title="region")
    figure.suptitle(
        f"Locality at rho {DEFAULT_RHO:g}; dashed: what is taken. Below, the low-resolution layers' epsilon"
    )
    save_figure(figure, path)
