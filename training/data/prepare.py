"""Turn mammograms into a training set: uint8 shards that are memory-mapped, and index.json.

DATASET/index.json          resolution, channels, values of the labels, shards with digests, one row per image
DATASET/shard-00000.npy     [n, 1, resolution, resolution] uint8, rows in the order of the index
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mammoganesis import files
from mammoganesis.errors import ConfigurationError, DataError, Excluded
from mammoganesis.pictures import background
from mammoganesis.pictures.breast import canonical_pose
from mammoganesis.pictures.pixels import resize
from mammoganesis.terminal.progress import progress
from training.data import labels as label_fields
from training.data import patients, reading
from training.data.duplicates import Known
from training.data.fields import Label, check_fields, stated
from training.data.listing import SourceImage, collect, side_of
from training.data.patients import Groups

FORMAT_VERSION = 1
SHARD_BYTES = 256 * 2**20
TEST_FRACTION = 0.1  # where none is asked for


@dataclass(frozen=True)
class PrepareOptions:
    """How a set is prepared."""

    csv_files: tuple[Path, ...] = ()  # see `listing.collect`
    resolution: int = 512  # height and width of the images, a power of two from 8 to 1024
    test_fraction: float | None = None  # share of the patients, 0 to 1, kept out of training; None: if any are known
    labels: tuple[Label, ...] = ()  # `view` or `side` (CSV or DICOM), or any column of the CSV files
    invert: bool = False  # turn images with a bright background, instead of refusing them
    keep_near_duplicates: bool = False  # leave out only what is the same to the pixel, or the same DICOM instance
    skip_unreadable: bool = False  # leave out files that cannot be prepared and list them, instead of stopping

    def __post_init__(self) -> None:
        if not 8 <= self.resolution <= 1024 or self.resolution & (self.resolution - 1):
            raise DataError(f"--resolution is {self.resolution}; it must be a power of two from 8 to 1024")
        if self.test_fraction is not None and not 0 <= self.test_fraction <= 1:
            raise DataError(f"--test-fraction is {self.test_fraction}; it must lie between 0 and 1")

    @property
    def fraction(self) -> float:
        """Share of the patients kept out of training."""
        return TEST_FRACTION if self.test_fraction is None else self.test_fraction


@dataclass(frozen=True)
class Prepared:
    """One image and what is known of it; the identifier of the patient is not for the index."""

    image: np.ndarray  # [1, resolution, resolution] uint8
    thumbnail: np.ndarray  # see `duplicates.texture`
    patient: str
    instance: str  # SOPInstanceUID, or empty
    row: dict[str, Any]  # of the index, but for patient and split


def prepare_one(source: SourceImage, options: PrepareOptions) -> Prepared:
    """Prepare one image.

    Raises:
        Excluded: it cannot be read or is no mammogram; the message names the file.
    """
    file = reading.read(source.path)
    side, view = source.side or side_of(file.side) or "", source.view or file.view
    try:
        background.check_picture(file.values, options.resolution)
        pose = canonical_pose(file.values, options.resolution, resize, options.invert)
    except Excluded as error:
        raise error.named(source.path) from None
    row: dict[str, Any] = {
        "source": source.name,
        "side": side,
        "view": view,
        "mirrored": pose.mirrored,
        "inverted": pose.inverted,
        "markers_removed": pose.markers_removed,
        "frame_removed": pose.frame_removed,
        "sha256": hashlib.sha256(pose.image.tobytes()).hexdigest(),
    }
    if options.labels:
        row["labels"] = _labels(source, side, view, options)
    return Prepared(pose.image[None], pose.thumbnail, source.patient or file.patient, file.instance, row)


def _labels(source: SourceImage, side: str, view: str, options: PrepareOptions) -> dict[str, str]:
    """The wanted labels of an image, as far as they are known."""
    known = {"view": stated(view), "side": side}
    values = {label.name: source.labels.get(label.name) or known.get(label.column, "") for label in options.labels}
    return {name: value for name, value in values.items() if value}


class _Shards:
    """Writes images as shards, and takes them away again when the set does not come about."""

    def __init__(self, out: Path, resolution: int) -> None:
        self.out = out
        self.written: list[dict[str, Any]] = []
        self._per_shard = max(1, SHARD_BYTES // resolution**2)
        self._batch: list[np.ndarray] = []

    def add(self, image: np.ndarray) -> None:
        self._batch.append(image)
        if len(self._batch) == self._per_shard:
            self.flush()

    def flush(self) -> None:
        if not self._batch:
            return
        name, buffer = f"shard-{len(self.written):05d}.npy", io.BytesIO()
        np.save(buffer, np.stack(self._batch), allow_pickle=False)
        content = buffer.getvalue()
        files.write(self.out / name, content)
        digest = hashlib.sha256(content).hexdigest()
        self.written.append({"file": name, "images": len(self._batch), "sha256": digest})
        self._batch = []

    def remove(self) -> None:
        for shard in self.written:
            (self.out / shard["file"]).unlink(missing_ok=True)


@dataclass
class _Set:
    """What has been collected so far."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    patients: list[str] = field(default_factory=list)  # of every row; empty for nobody
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    nobody: dict[str, int] = field(default_factory=dict)  # placeholder -> images
    groups: Groups = field(default_factory=Groups)
    known: Known = field(default_factory=Known)

    def add(self, one: Prepared, keep_near: bool) -> bool:
        """Take an image up; False if the set has it and it is left out."""
        patient, number = one.patient, len(self.rows)
        if patient and patients.is_placeholder(patient):
            self.nobody[patient] = self.nobody.get(patient, 0) + 1
            patient = ""
        same = self.known.find(one.image, one.thumbnail, one.instance)
        kept = same is None or (keep_near and same[1] == "texture")
        if same is not None:
            first, how = same
            names = {"source": one.row["source"], "same_as": self.rows[first]["source"]}
            self.duplicates.append({**names, "how": how, "kept": kept})
            if not kept:
                if patient:
                    self.groups.join(first, patient)
                self._complete(self.rows[first], one.row)
                return False
            self.groups.join(number, first)
        if patient:
            self.groups.join(number, patient)
        self.known.add(one.image, one.thumbnail, one.instance)
        self.rows.append(one.row)
        self.patients.append(patient)
        return True

    @staticmethod
    def _complete(row: dict[str, Any], other: dict[str, Any]) -> None:
        """What the copy that is left out knows and the other does not."""
        row.update({name: other[name] for name in ("side", "view") if not row[name]})
        if "labels" in row:
            row["labels"] = {**other["labels"], **row["labels"]}

    def owners(self) -> list[tuple[str, ...]]:
        """Of every row the patients that it belongs to."""
        groups = self.groups.patients()
        return [tuple(groups.get(self.groups.root(number), ())) for number in range(len(self.rows))]


def prepare(folders: Sequence[Path], out: Path, options: PrepareOptions | None = None) -> dict[str, Any]:
    """Prepare a training set.

    Args:
        folders: source folders, see `listing.collect`.
        out: the folder to write; must not hold a training set yet.
        options: how; None for the defaults.

    Returns:
        the content of index.json.

    Raises:
        DataError: a source is not usable, the set cannot be split or labelled as asked for, or nothing is left.
        DiskFull: there is no room; nothing of the set stays.
    """
    options = options or PrepareOptions()
    if (out / "index.json").exists():
        raise DataError(f"{out}: already holds a training set (index.json); choose another folder or remove it")
    listing = collect(folders, options.csv_files, options.labels)
    _check_early(listing.sources, options)
    shards = _Shards(out, options.resolution)
    try:
        found = _read_all(listing.sources, shards, options)
        index = _index(found, shards, list(listing.notes), options)
        files.write(out / "index.json", (json.dumps(index, indent=1) + "\n").encode())
    except BaseException:
        shards.remove()
        raise
    return index


def _check_early(sources: Sequence[SourceImage], options: PrepareOptions) -> None:
    """Refuse before anything is read what no file can mend: raster files know of no patient, side or view."""
    if any(reading.states_patient(source.path) for source in sources):
        return
    owners = [() if patients.is_placeholder(source.patient) else (source.patient,) for source in sources]
    patients.check_split(owners, options.fraction, options.test_fraction is not None)
    rows = [{"labels": _labels(source, source.side, source.view, options)} for source in sources]
    _fields(rows, options.labels)


def _read_all(sources: Sequence[SourceImage], shards: _Shards, options: PrepareOptions) -> _Set:
    found = _Set()
    with progress(len(sources), "prepare") as bar:
        for source in sources:
            try:
                one = prepare_one(source, options)
                if found.add(one, options.keep_near_duplicates):
                    shards.add(one.image)
            except DataError as error:
                if not options.skip_unreadable:
                    raise
                found.skipped.append(str(error))
            bar.update()
    if not found.rows:
        raise DataError(f"none of the {len(sources)} images could be prepared; the first reason: {found.skipped[0]}")
    shards.flush()
    return found


def _index(found: _Set, shards: _Shards, notes: list[str], options: PrepareOptions) -> dict[str, Any]:
    """The content of index.json: every row with its patient's pseudonym and its side of the split."""
    owners = found.owners()
    said = patients.check_split(owners, options.fraction, options.test_fraction is not None)
    rows = []
    for row, patient, group in zip(found.rows, found.patients, owners, strict=True):
        name = patients.pseudonym(patient or (group[0] if group else ""))
        split = patients.split_of(group, options.fraction)
        rows.append({"source": row["source"], "patient": name, **row, "split": split})
    notes += [said] if said else []
    notes += [f"the patient {name!r} is taken for nobody: {count} image(s)" for name, count in found.nobody.items()]
    notes += patients.crowded([row["patient"] for row in rows])
    joined = sum(len(group) > 1 for group in set(owners))
    notes += [f"patients of whom the same image is known are one in the split: {joined} group(s)"] if joined else []
    return {
        "format_version": FORMAT_VERSION,
        "resolution": options.resolution,
        "channels": 1,
        "test_fraction": options.fraction,
        **({"label_fields": _fields(rows, options.labels)} if options.labels else {}),
        "shards": shards.written,
        "images": rows,
        "duplicates": found.duplicates,
        "skipped": found.skipped,
        "notes": notes,
    }


def _fields(rows: list[dict[str, Any]], labels: Sequence[Label]) -> list[dict[str, object]]:
    """The values that every label has in the set, sorted."""
    fields = []
    for label in labels:
        values = sorted({row["labels"][label.name] for row in rows if label.name in row["labels"]})
        if not values:
            raise DataError(f"--label: the label {label.name!r} is not known of any image")
        fields.append((label.name, values))
    try:
        checked = label_fields.checked(fields)
        check_fields(checked, "--label")
    except ConfigurationError as error:
        raise DataError(str(error)) from None
    return [{"name": name, "values": list(values)} for name, values in checked]
