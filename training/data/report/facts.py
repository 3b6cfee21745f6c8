"""What a report says in numbers and words, from the account of a preparation. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mammoganesis.pictures.exclusions import Reason

SATURATED = 0.01  # share of the breast that is white; more is worth a look
ASPECTS = (0.2, 0.95)  # width of a breast over its height; outside of it something else may be in the picture
MANY_MARKERS = 4  # objects that were blacked out; more may have been tissue

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """A table: numbers stand right from the second column on."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Suspicion:
    """An image to look at, and why."""

    image: int  # its number in the index
    reasons: tuple[str, ...]
    weight: float  # the largest first


def wrong_side(row: Row) -> bool:
    """Whether the pixels show another breast than the tag or the CSV says."""
    return bool(row["side"]) and row["mirrored"] != (row["side"] == "L")


def suspicions(account: Mapping[str, Any]) -> list[Suspicion]:
    """The images to look at, what matters most first."""
    copies = Counter(copy["rows"][1] for copy in account["duplicates"] if copy["how"] == "texture" and copy["kept"])
    found = []
    for number, row in enumerate(account["images"]):
        reasons = list(_reasons(row))
        if copies[number]:
            reasons.append((1, f"{copies[number]} nearly the same"))
        if reasons:
            said = tuple(text for _, text in reasons)
            found.append(Suspicion(number, said, sum(weight for weight, _ in reasons)))
    return sorted(found, key=lambda one: (-one.weight, one.image))


def _reasons(row: Row) -> list[tuple[float, str]]:
    """Weights and words."""
    reasons: list[tuple[float, str]] = []
    if wrong_side(row):
        reasons.append((4, f"said to be {row['side']}, shows the other side"))
    saturated, aspect = row["saturated"], row["aspect"]
    if saturated > SATURATED:
        reasons.append((2 + saturated, f"{saturated:.1%} of the breast is white"))
    if not ASPECTS[0] <= aspect <= ASPECTS[1]:
        reasons.append((3, f"{aspect:.2f} times as wide as high"))
    if row["markers_removed"] > MANY_MARKERS:
        reasons.append((1, f"{row['markers_removed']} objects blacked out"))
    if row["inverted"]:
        reasons.append((1, "background was bright, inverted"))
    return reasons


def tables(account: Mapping[str, Any]) -> list[Table]:
    """All tables, in the order of the page; empty ones are left out."""
    rows = account["images"]
    found = [
        files(account),
        left_out(account["left_out"]),
        remarks(rows),
        saturation(rows),
        split(rows),
        views(rows),
        *(labels(rows, field) for field in account.get("label_fields", [])),
    ]
    return [table for table in found if table.rows]


def files(account: Mapping[str, Any]) -> Table:
    """What became of every file."""
    kept, copies = len(account["images"]), sum(not copy["kept"] for copy in account["duplicates"])
    left = Counter(Reason(one["reason"]) for one in account["left_out"])
    others = {Reason.NOT_AN_IMAGE: "not an image", Reason.HIDDEN: "hidden", Reason.NOT_LISTED: "not named by the list"}
    counts = {
        "in the set": kept,
        "in the set already": copies,
        "left out for a reason": left.total() - sum(left[reason] for reason in (*others, Reason.MISSING)),
        **{words: left[reason] for reason, words in others.items()},
    }
    total = sum(counts.values())
    body = [(words, _count(count), _share(count, total)) for words, count in counts.items() if count]
    body += [("all files", _count(total), "")]
    missing = f"{left[Reason.MISSING]:,} files are named and are not there." if left[Reason.MISSING] else ""
    return Table("What became of every file", ("", "files", "share"), tuple(body), missing)


def left_out(left: Sequence[Mapping[str, Any]]) -> Table:
    """Counts by reason, the most frequent first."""
    counts = Counter(Reason(one["reason"]) for one in left)
    body = tuple((reason.words, reason.value, _count(count)) for reason, count in counts.most_common())
    return Table("Left out, by reason", ("why", "code", "files"), body)


def remarks(rows: Sequence[Row]) -> Table:
    """What was seen in images that are in the set."""
    counts = Counter(text for row in rows for text in row.get("remarks", ()))
    counts["labelled with a side that the pixels do not show"] = sum(map(wrong_side, rows))
    counts[f"more than {SATURATED:.0%} of the breast is white"] = sum(row["saturated"] > SATURATED for row in rows)
    counts["freed of a film's frame"] = sum(row["frame_removed"] for row in rows)
    counts["bright background, inverted"] = sum(row["inverted"] for row in rows)
    counts["letters or markers blacked out"] = sum(row["markers_removed"] > 0 for row in rows)
    counts["turned, so that the chest wall is on the right"] = sum(row["mirrored"] for row in rows)
    body = ((text, _count(count), _share(count, len(rows))) for text, count in counts.most_common() if count)
    return Table("Remarks on the images of the set", ("", "images", "share"), tuple(body))


def saturation(rows: Sequence[Row]) -> Table:
    """How much of the breasts is white."""
    shares = np.array([row["saturated"] for row in rows])
    marks = {"mean of all images": shares.mean(), "median": np.median(shares)}
    marks |= {f"{percent} % of the images have at most": np.percentile(shares, percent) for percent in (95, 99)}
    marks |= {"the most": shares.max()}
    body = tuple((words, f"{value:.2%}") for words, value in marks.items())
    note = "Tissue that is white has lost its texture: the window is too narrow, or the detector was saturated."
    return Table("Share of the breast that is white", ("", "share"), body, f"{note} Of each image: index.json.")


def split(rows: Sequence[Row]) -> Table:
    """Patients and images on either side."""
    body = []
    for side, words in (("train", "for training"), ("test", "held out")):
        of_side = [row for row in rows if row["split"] == side]
        known = Counter(row["patient"] for row in of_side if row["patient"])
        nobody = len(of_side) - sum(known.values())
        most = max(known.values(), default=0)
        body.append((words, _count(len(of_side)), _count(len(known)), _count(nobody), _count(most)))
    head = ("", "images", "patients", "images of nobody", "most images of one patient")
    return Table("The split, by patient", head, tuple(body))


def views(rows: Sequence[Row]) -> Table:
    """Views and sides."""
    counts = Counter((row["view"] or "not known", row["side"] or "not known") for row in rows)
    sides = [side for side in ("R", "L", "not known") if any(side == found for _, found in counts)]
    totals = Counter(row["view"] or "not known" for row in rows)
    body = tuple(
        (view, *(_count(counts[view, side]) for side in sides), _count(total)) for view, total in totals.most_common()
    )
    return Table("Views and sides", ("view", *sides, "both" if len(sides) < 3 else "all"), body)


def labels(rows: Sequence[Row], field: Mapping[str, Any]) -> Table:
    """The values of one label on either side of the split."""
    counts = Counter((row["labels"].get(field["name"], ""), row["split"]) for row in rows)
    names = {**{value: value for value in field["values"]}, "": "not known"}
    body = []
    for value, words in names.items():
        train, test = counts[value, "train"], counts[value, "test"]
        if train + test:
            body.append((words, _count(train), _count(test), _share(train + test, len(rows))))
    return Table(f"Label {field['name']}", ("", "for training", "held out", "share"), tuple(body))


def _count(number: int) -> str:
    return f"{number:,}"


def _share(count: int, total: int) -> str:
    return f"{count / total:.1%}" if total else ""
