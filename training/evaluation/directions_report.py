"""What components change, as a table (Markdown, JSON), a plot and a contact sheet."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoganesis import files
from mammoganesis.pictures.page import MIN_CELL, Block, Row, draw
from mammoganesis.pictures.png import marked_png
from training.evaluation.attributes import ATTRIBUTES, NAMES
from training.evaluation.directions import MAX_OUTSIDE, NOTABLE, RELIABLE, Effect
from training.evaluation.proposals import named
from training.figures.plots import new_figure, save_figure


def content(
    effects: Sequence[Effect], proposals: Sequence[dict], sigmas: Sequence[float], facts: dict[str, Any]
) -> dict[str, Any]:
    """What directions.json holds."""
    rows = [_finite({"component": component_of(d), **dataclasses.asdict(r)}) for d in effects for r in d.responses]
    return {
        **facts,
        "sigmas": list(sigmas),
        "attributes": [{"name": a.name, "unit": a.unit} for a in ATTRIBUTES],
        "proposals": list(proposals),
        "outside": {str(component_of(d)): list(d.outside) for d in effects},
        "flips": {str(component_of(d)): _finite(d.flips) for d in effects},
        "responses": rows,
    }


def component_of(effect: Effect) -> int:
    """The component of an effect along one."""
    return effect.direction[0].index


def _finite(value: Any) -> Any:
    """NaN is no JSON: null."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write(
    out: Path,
    document: dict[str, Any],
    effects: Sequence[Effect],
    sheet: NDArray[np.uint8],
    rules: str,
) -> None:
    """directions.json, directions.md, directions.png (rho and curves) and sheet.png (images [K, S, T, H, W]); `rules`
    is the table of what keeps them, Markdown."""
    files.write(out / "directions.json", (json.dumps(document, indent=1) + "\n").encode())
    files.write(out / "directions.md", markdown(document, effects, rules).encode())
    plot(out / "directions.png", effects, document["sigmas"])
    files.write(out / "sheet.png", contact_sheet(effects, document, sheet))


def markdown(document: dict[str, Any], effects: Sequence[Effect], rules: str) -> str:
    """Two tables: named and proposed directions, and every strong response of every component."""
    sigmas = document["sigmas"]
    lines = [
        f"{document['seeds']} seeds, truncation psi {document['truncation_psi']:g}, codes "
        f"{document['layer_start']} to {document['layer_end']} (exclusive), sigma {sigmas[0]:g} to {sigmas[-1]:g}. rho "
        "is the mean over seeds of Spearman's rank correlation of the attribute with sigma, in brackets its 95 % "
        "bootstrap interval; monotone is the share of seeds without a step the other way; change is from the first "
        "to the last sigma, in standard deviations of the attribute over " + document["reference"] + ".",
        "",
        rules.strip(),
    ]
    lines += [
        "",
        f"A name needs |rho| of {RELIABLE:g} and a change of {NOTABLE:g}; the useful range ends where the mean turns "
        f"or more than {MAX_OUTSIDE:.0%} of the images leave the 1st to 99th percentile of an attribute.",
        "",
        "| component | attribute | rho | monotone | change | first to last | outside at the ends |",
        "|---:|---|---:|---:|---:|---|---:|",
    ]
    for effect in effects:
        shown = named(effect) or effect.by_strength()[:1]
        ends = f"{effect.outside[0]:.0%}, {effect.outside[-1]:.0%}"
        for response in shown[:4]:
            curve = f"{response.curve[0]:.3g} to {response.curve[-1]:.3g}"
            rho = f"{response.rho:+.2f} ({response.low:+.2f} to {response.high:+.2f})"
            lines.append(
                f"| {component_of(effect)} | {response.attribute} | {rho} | {response.monotone:.0%} | "
                f"{response.change:+.1f} | {curve} | {ends} |"
            )
    return "\n".join(lines) + "\n"


def plot(path: Path, effects: Sequence[Effect], sigmas: Sequence[float]) -> None:
    """Left: rho of every attribute and component, with the change. Right: the strongest responses over sigma."""
    count = len(effects)
    rhos = np.array([[r.rho for r in d.responses] for d in effects])
    changes = np.array([[r.change for r in d.responses] for d in effects])
    figure = new_figure(15, 1.8 + 0.5 * max(count, 8))
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    mesh = left.imshow(rhos, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    left.set_xticks(range(len(NAMES)), [name.replace("_", "\n") for name in NAMES], fontsize=8)
    left.set_yticks(range(count), [f"component {component_of(d)}" for d in effects])
    for row in range(count):
        for column in range(len(NAMES)):
            text = f"{rhos[row, column]:+.2f}\n({changes[row, column]:+.1f})"
            dark = abs(rhos[row, column]) > 0.6
            left.text(column, row, text, ha="center", va="center", fontsize=7, color="white" if dark else "black")
    left.set_title("Spearman's rho with sigma (change in standard deviations)")
    figure.colorbar(mesh, ax=left, shrink=0.8)
    for effect in effects:
        best = (named(effect) or effect.by_strength())[0]
        values = np.array(best.curve)
        if best.seeds:
            spread = (values[-1] - values[0]) / best.change if best.change else 1.0
            middle = values[int(np.argmin(np.abs(sigmas)))]
            label = f"{component_of(effect)}: {best.attribute.replace('_', ' ')}"
            right.plot(sigmas, (values - middle) / spread, marker="o", ms=3, label=label)
    right.set(title="strongest attribute, mean over seeds", xlabel="sigma", ylabel="change, standard deviations")
    right.grid(alpha=0.3)
    right.legend(fontsize=8)
    save_figure(figure, path)


def contact_sheet(effects: Sequence[Effect], document: dict[str, Any], images: NDArray[np.uint8]) -> bytes:
    """A PNG file: one row per component, the seeds side by side, every sigma. `images` are [K, S, T, H, W]."""
    names = {entry["index"]: entry["name"] for entry in document["proposals"] if not entry["further"]}
    strips = images.reshape(len(images), -1, *images.shape[3:])  # [K, S * T, H, W]
    rows = [
        Row(list(strip), [f"component {component_of(effect)}", names.get(component_of(effect), "")])
        for effect, strip in zip(effects, strips, strict=True)
    ]
    headings = [f"{sigma:+g}" for sigma in document["sigmas"]] * images.shape[1]
    caption = [f"{images.shape[1]} seeds side by side, displacement in standard deviations (sigma)."]
    cell = max(MIN_CELL, images.shape[-1])
    return marked_png(draw([Block(rows, headings)], caption, cell, mark=True), burned_in=True)
