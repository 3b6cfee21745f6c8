"""The report as HTML that needs nothing else: style and pictures stand in it; no script, no address outside."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from mammoganesis.files import Location
from training.data.report import facts
from training.data.report.facts import Suspicion
from training.data.report.sheets import SAMPLES, Pictures, sheet, spread

NAME = "report.html"  # of the file beside the index
HERE = Path(__file__).parent
MOST_SUSPICIOUS = 64  # that are drawn, and listed


@dataclass(frozen=True)
class Sheet:
    """A contact sheet with its words."""

    title: str
    said: str
    png: bytes


def html(account: Mapping[str, Any], folder: Location) -> str:
    """The report.

    Args:
        account: of the preparation, as `prepare` gives it.
        folder: of the set, whose shards are there.
    """
    pictures = Pictures(folder, account)
    suspicious = facts.suspicions(account)
    return _template().render(
        size=account["resolution"],
        bits=account["bits"],
        images=len(account["images"]),
        lead=_lead(account, suspicious),
        suspicious=suspicious[:MOST_SUSPICIOUS],
        all_suspicious=len(suspicious),
        suspicious_sheet=_suspicious_sheet(pictures, suspicious[:MOST_SUSPICIOUS]),
        tables=facts.tables(account),
        sheets=_samples(pictures, account["images"]),
        style=Markup((HERE / "page.css").read_text()),
    )


def _lead(account: Mapping[str, Any], suspicious: Sequence[Suspicion]) -> str:
    rows = account["images"]
    held_out = sum(row["split"] == "test" for row in rows)
    patients = len({row["patient"] for row in rows if row["patient"]})
    known = f"{patients:,} patients" if patients else "patients not known"
    verb = "image is" if len(suspicious) == 1 else "images are"
    look = f"{len(suspicious):,} {verb} worth a look before training" if suspicious else "nothing looks wrong"
    return f"{len(rows):,} images ({known}): {len(rows) - held_out:,} for training, {held_out:,} held out; {look}."


def _suspicious_sheet(pictures: Pictures, found: Sequence[Suspicion]) -> Sheet | None:
    if not found:
        return None
    headings = {one.image: f"image {one.image}" for one in found}
    return Sheet("Images to look at", "", sheet(pictures, headings, "Training images to look at"))


def _samples(pictures: Pictures, rows: Sequence[Mapping[str, Any]]) -> list[Sheet]:
    """Images of either side, at equal distances."""
    found = []
    for side, title in (("train", "For training"), ("test", "Held out")):
        numbers = [number for number, row in enumerate(rows) if row["split"] == side]
        headings = {number: _heading(number, rows[number]) for number in spread(numbers, SAMPLES)}
        if headings:
            said = f"{len(headings)} of {len(numbers):,}, at equal distances." if len(headings) < len(numbers) else ""
            found.append(Sheet(title, said, sheet(pictures, headings, f"Training images: {title.lower()}")))
    return found


def _heading(number: int, row: Mapping[str, Any]) -> str:
    return " ".join(filter(None, [str(number), row["side"], row["view"]]))


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["data_address"] = lambda png: f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return environment.get_template("page.html")
