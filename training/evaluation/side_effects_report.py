"""Side effects and rules of directions: results.json, a heat map, and how movement trades against side effects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mammoganesis import files
from training.evaluation.combinations import Compromise
from training.evaluation.proposals import parts_text
from training.evaluation.reference import Reference
from training.evaluation.rules import MAX_FLIPS, MAX_SHARE, MONOTONE
from training.evaluation.search import Judged
from training.figures.plots import colours, new_figure, save_figure


def write(
    out: Path,
    named: Mapping[str, Judged],
    tried: Sequence[Judged],
    compromises: Mapping[str, Sequence[Compromise]],
    reference: Reference,
    digest: str,
) -> dict[str, Any]:
    """results.json, side_effects.png and, where combinations were sought, trade_off.png.

    Args:
        out: folder.
        named: directions with a name, those of the catalogue and the proposed ones.
        tried: all combinations that were swept.
        compromises: by attribute, what the derivatives say.
        reference: units and ranges of the attributes.
        digest: of the generator.
    """
    document = {"generator_digest": digest, **content(named, tried, compromises, reference)}
    files.write(out / "results.json", (json.dumps(document, indent=1) + "\n").encode())
    heat_map(out / "side_effects.png", named)
    if compromises:
        plot_trade_off(out / "trade_off.png", compromises, tried)
    return document


def content(
    named: Mapping[str, Judged],
    tried: Sequence[Judged],
    compromises: Mapping[str, Sequence[Compromise]],
    reference: Reference,
) -> dict[str, Any]:
    """What results.json holds; changes are in deviations of the attribute over the images of the reference."""
    score = reference.view
    return {
        "reference": reference.of,
        "view_score": None if score is None else {"images": score.images, "accuracy": round(score.accuracy, 4)},
        "side_effects": {
            name: {effect.attribute: round(effect.ends[1] - effect.ends[0], 4) for effect in one.effects}
            for name, one in named.items()
        },
        "at_ends": {
            name: {effect.attribute: list(effect.ends) for effect in one.effects} for name, one in named.items()
        },
        "directions": {name: _row(one) for name, one in named.items()},
        "combinations": [_row(one) for one in tried],
        "trade_offs": {
            attribute: [
                {
                    "lambda": one.strength,
                    "parts": parts_text(one.direction),
                    "movement": round(one.movement, 4),
                    "side": round(one.side, 4),
                }
                for one in row
            ]
            for attribute, row in compromises.items()
        },
    }


def _row(one: Judged) -> dict[str, Any]:
    return {
        "attribute": one.attribute,
        "parts": parts_text(one.direction),
        "sigmas_start": one.useful[0],
        "sigmas_end": one.useful[1],
        "moved": round(one.moved, 4),
        "spearman_rho": round(one.rho, 4),
        "passes": one.passes,
        "rules": [
            {"rule": f.rule, "attribute": f.attribute, "value": round(f.value, 4), "limit": round(f.limit, 4)}
            | {"passed": f.passed}
            for f in one.findings
        ],
    }


def markdown(named: Mapping[str, Judged], reference: Reference) -> str:
    """The rules, and which of them each direction fails and by how much."""
    score = reference.view
    views = (
        f"views are told by a score that is right in {score.accuracy:.0%} of {score.images} images"
        if score
        else "views are not known, so nobody looked for flips"
    )
    lines = [
        f"Rules: rho at least {MONOTONE:g}, the view flips in at most {MAX_FLIPS:.0%} of the images, every other "
        f"attribute moves less than {MAX_SHARE:.2f} as much, in standard deviations over {reference.of}; {views}.",
        "",
        "| direction | along | range | moves | by | keeps the rules |",
        "|---|---|---|---|---:|---|",
    ]
    for name, one in named.items():
        failed = "; ".join(finding.words() for finding in one.findings if not finding.passed)
        lines.append(
            f"| {name} | {parts_text(one.direction)} | {one.useful[0]:g} to {one.useful[1]:g} | "
            f"{one.attribute.replace('_', ' ')} | {one.moved:+.1f} | {failed or 'yes'} |"
        )
    return "\n".join(lines) + "\n"


def heat_map(path: Path, named: Mapping[str, Judged]) -> None:
    """The matrix: a row a direction, a column an attribute, the change over the range in deviations."""
    attributes = list(dict.fromkeys(effect.attribute for one in named.values() for effect in one.effects))
    matrix = np.full((len(named), len(attributes)), np.nan)
    for row, one in enumerate(named.values()):
        for effect in one.effects:
            matrix[row, attributes.index(effect.attribute)] = effect.ends[1] - effect.ends[0]
    figure = new_figure(3.5 + 1.1 * max(len(attributes), 3), 1.8 + 0.5 * max(len(named), 3))
    axes = figure.subplots()
    most = max(1.0, float(np.nanmax(np.abs(matrix), initial=0.0)))
    mesh = axes.imshow(matrix, cmap="RdBu_r", vmin=-most, vmax=most, aspect="auto")
    axes.set_xticks(range(len(attributes)), [name.replace("_", "\n") for name in attributes], fontsize=8)
    marks = [f"{name}{'' if one.passes else ' *'}" for name, one in named.items()]
    axes.set_yticks(range(len(named)), marks)
    for row, one in enumerate(named.values()):
        for column, name in enumerate(attributes):
            value = matrix[row, column]
            if np.isfinite(value):
                weight = "bold" if name == one.attribute else "normal"
                colour = "white" if abs(value) > 0.6 * most else "black"
                axes.text(
                    column, row, f"{value:+.2f}", ha="center", va="center", fontsize=8, weight=weight, color=colour
                )
    axes.set_title("change over the useful range, standard deviations over images (* does not keep all rules)")
    figure.colorbar(mesh, ax=axes, shrink=0.8)
    save_figure(figure, path)


def plot_trade_off(path: Path, compromises: Mapping[str, Sequence[Compromise]], tried: Sequence[Judged]) -> None:
    """Movement against side effects as lambda grows: lines as the derivatives say, crosses as it was measured."""
    figure = new_figure(9, 6)
    axes = figure.subplots()
    for colour, (attribute, row) in zip(colours(len(compromises)), compromises.items(), strict=False):
        label = attribute.replace("_", " ")
        axes.plot([one.movement for one in row], [one.side for one in row], "o-", ms=4, color=colour, label=label)
        measured = [one for one in tried if one.attribute == attribute and one.useful[1] > one.useful[0]]
        moved = [one.moved / (one.useful[1] - one.useful[0]) for one in measured]
        axes.plot(moved, [largest_side(one) for one in measured], "x", ms=8, color=colour)
    axes.axhline(MAX_SHARE, color="grey", linestyle=":")
    axes.set(
        xlabel="movement of the attribute for one standard deviation of the direction",
        ylabel="largest side effect, as a share of the movement",
        title="small to large lambda: lines by derivatives, crosses measured over the useful range",
        yscale="log",
    )
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    save_figure(figure, path)


def largest_side(one: Judged) -> float:
    """The largest movement of another attribute over that of its own; NaN where none was measured."""
    return max((finding.value for finding in one.findings if finding.rule == "still"), default=float("nan"))
