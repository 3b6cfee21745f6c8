"""One image, from its file to the row and the pixels of a set: what a worker does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mammoganesis import files
from mammoganesis.errors import Excluded
from mammoganesis.pictures import background
from mammoganesis.pictures.breast import Resize, canonical_pose
from mammoganesis.pictures.exclusions import Reason
from mammoganesis.pictures.pixels import has_mark, resize, resize_deep
from mammoganesis.pictures.sources import SentFile, unreadable_named
from training.data import identity, reading
from training.data.collection import Facts
from training.data.fields import Label, stated
from training.data.options import PrepareOptions
from training.data.source import LeftOut, SourceImage, side_of
from training.data.workers import Limits, Lost

RESIZE: dict[int, Resize] = {8: resize, 16: resize_deep}  # by bits


@dataclass(frozen=True)
class Prepared:
    """An image of a set and what is known of it."""

    image: np.ndarray  # [1, resolution, resolution] uint8 or uint16
    facts: Facts


def attempt(source: SourceImage, options: PrepareOptions) -> Prepared | LeftOut:
    """Prepare one image, or say why it is left out; whatever its file does, nothing is raised for it.

    Raises:
        DataError: what reads such files is not installed.
    """
    try:
        with unreadable_named(SentFile(source.name, b""), "a mammogram"), files.here(source.path) as path:
            if not path.is_file():
                return LeftOut(source.name, Reason.MISSING, "is not there any more")
            return prepare_one(source, path, options)
    except Excluded as error:
        return LeftOut(source.name, Reason(error.reason), error.sentence)


def lost(source: SourceImage, why: Lost, limits: Limits) -> LeftOut:
    """What is said of a file that ends the process that reads it, or keeps it for too long."""
    if why is Lost.STUCK:
        return LeftOut(source.name, Reason.DAMAGED, f"is not read within {limits.seconds:g} seconds (--file-seconds)")
    return LeftOut(source.name, Reason.DAMAGED, "ends the process that reads it: damaged, or too large for the memory")


def prepare_one(source: SourceImage, path: Path, options: PrepareOptions) -> Prepared:
    """Prepare one image.

    Args:
        source: of the listing.
        path: its file on this machine.
        options: how.

    Raises:
        Excluded: it cannot be read, is no mammogram or not for this set.
    """
    file = reading.read(path, options.reading)
    side, view = source.side or side_of(file.side) or "", source.view or file.view
    identity.check(file.stated, options.accept_identified)
    if has_mark(file.values):
        raise Excluded(None, Reason.SYNTHETIC, "is synthetic and not for training (SYNTHETIC stands in its pixels)")
    background.check_picture(file.values, options.resolution)
    pose = canonical_pose(file.values, options.resolution, RESIZE[options.bits], options.invert)
    row: dict[str, Any] = {
        "source": source.name,
        "side": side,
        "view": view,
        "mirrored": pose.mirrored,
        "inverted": pose.inverted,
        "markers_removed": pose.markers_removed,
        "frame_removed": pose.frame_removed,
        "saturated": round(pose.saturated, 5),
        "aspect": round(pose.aspect, 3),
        "sha256": hashlib.sha256(pose.image.tobytes()).hexdigest(),
    }
    if file.remarks:
        row["remarks"] = list(file.remarks)
    if options.labels:
        row["labels"] = labels_of(source, side, view, options.labels)
    patient, remark = source.patient or file.patient, identity.remark(file.stated)
    return Prepared(pose.image[None], Facts(pose.thumbnail, patient, file.instance, remark, row))


def labels_of(source: SourceImage, side: str, view: str, labels: tuple[Label, ...]) -> dict[str, str]:
    """The wanted labels of an image, as far as they are known."""
    known = {"view": stated(view), "side": side}
    values = {label.name: source.labels.get(label.name) or known.get(label.column, "") for label in labels}
    return {name: value for name, value in values.items() if value}
