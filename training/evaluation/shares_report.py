"""The shares of both localities as a table (Markdown, JSON) and as a sheet of one pair a region."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mammoganesis import files
from mammoganesis.bundle.card import region_title
from mammoganesis.pictures.page import Block, Row, contact_sheet
from training.evaluation.shares import EDGE, LOCALITIES, WIDER, Sample, Shares

OUTLINE = (255, 215, 0)  # RGB
HEADINGS = ("target", "reference", "by channels", "changed", "within the mask", "changed")


def results(measured: Shares, facts: dict[str, Any]) -> dict[str, Any]:
    """What results.json holds: means over pairs by region and locality; None where there was no pair."""
    regions = np.flatnonzero(measured.pairs).tolist()
    return {
        **facts,
        "mask_widened_by": WIDER,
        "shares": {str(r): _by_locality(measured.shares[r]) for r in regions},
        "medians": {str(r): _by_locality(measured.shares[r], np.nanmedian) for r in regions},
        "edge_gradient": {str(r): _by_locality(measured.gradients[r]) for r in regions},
        "change_inside": {str(r): _by_locality(measured.change[r]) for r in regions},
        "measured_pairs": {str(r): int(measured.pairs[r]) for r in regions},
    }


def _by_locality(values: NDArray[np.floating], middle: Any = np.nanmean) -> dict[str, float | None]:
    """values [pairs, 2 or 3] by the names of the columns."""
    names = (*LOCALITIES, "plain")[: values.shape[1]]
    columns = [column[np.isfinite(column)] for column in values.T]
    return {
        name: round(float(middle(column)), 4) if len(column) else None
        for name, column in zip(names, columns, strict=True)
    }


def names_of(document: Mapping[str, Any]) -> dict[int, str]:
    """What results call regions, by index; older ones do not."""
    return {int(region): name for region, name in document.get("region_names", {}).items()}


def markdown(document: dict[str, Any]) -> str:
    """The table for people."""
    lines = [
        f"Share of the squared change that lies within the region's mask, made wider by {WIDER:.0%} of the image's "
        f"width: mean and median over pairs. Gradient: mean of the grey values' (0 to 1) within {EDGE} pixels of the "
        "mask's outline, of the edited image and of the untouched one. Change: root of the mean square inside. The "
        f"channel query has epsilon {document['epsilon']:g}, low-resolution epsilon "
        f"{document['low_resolution_epsilon']:g}.",
        "",
        "| region | pairs | share, channels | share, masked | gradient, channels | masked | untouched "
        "| change, channels | masked |",
        "|---|" + "---:|" * 8,
    ]
    names = names_of(document)
    for region, share in document["shares"].items():
        gradient, change = document["edge_gradient"][region], document["change_inside"][region]
        median = document["medians"][region]
        cells = [
            *(f"{_percent(share[name])} ({_percent(median[name])})" for name in LOCALITIES),
            *(f"{gradient[name]:.4f}" for name in (*LOCALITIES, "plain")),
            *(f"{change[name]:.3f}" for name in LOCALITIES),
        ]
        called = region_title(int(region), names)
        lines.append(f"| {called} | {document['measured_pairs'][region]} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def write(out: Path, measured: Shares, facts: dict[str, Any]) -> None:
    """results.json, shares.md and masked.png."""
    document = results(measured, facts)
    files.write(out / "results.json", (json.dumps(document, indent=1) + "\n").encode())
    files.write(out / "shares.md", markdown(document).encode())
    names = names_of(facts)
    rows = [
        _row(f"region {region_title(region, names)}", sample) for region, sample in sorted(measured.samples.items())
    ]
    if rows:
        files.write(out / "masked.png", contact_sheet([Block(rows, HEADINGS)]))


def _row(called: str, sample: Sample) -> Row:
    outline = np.asarray(ndimage.binary_dilation(sample.mask), bool) & ~sample.mask
    target = np.repeat(_grey(sample.target)[..., None], 3, axis=2)
    target[outline] = OUTLINE
    pictures = [target, _grey(sample.reference)]
    for edited in sample.edited:
        pictures += [_grey(edited), _grey(np.abs(edited - sample.target) * 2)]
    return Row(pictures, called.split(", "))


def _grey(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
