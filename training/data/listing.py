"""Which images go into a training set: folders, and CSV files that say whose they are."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mammoganesis.errors import DataError
from training.data import dicom, images

COLUMNS = {
    "file": ("file", "filename", "file_name", "path", "image"),
    "patient": ("patient", "patient_id", "patientid"),
    "side": ("side", "laterality", "image_laterality"),
    "view": ("view", "view_position"),
}
KNOWN_LABELS = ("view", "side")  # which preparation finds without a column of exactly that name
SIDES = {"L": "L", "LEFT": "L", "R": "R", "RIGHT": "R", "": ""}
SUFFIXES = images.SUFFIXES | dicom.SUFFIXES


@dataclass(frozen=True)
class SourceImage:
    """One image to prepare. Empty strings where nothing is known."""

    path: Path
    name: str  # folder and path below it, unique in the set
    patient: str = ""
    side: str = ""  # L, R or empty
    view: str = ""  # CC, MLO, ... or empty
    labels: Mapping[str, str] = field(default_factory=dict)  # values of the wanted CSV columns, by label


def _scan(folder: Path) -> list[SourceImage]:
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not found:
        raise DataError(f"{folder}: holds no image; looked for {', '.join(sorted(SUFFIXES))}")
    return [SourceImage(path, f"{folder.name}/{path.relative_to(folder)}") for path in found]


def side_of(text: str, where: str) -> str:
    """L, R or empty from the usual spellings."""
    side = SIDES.get(text.strip().upper())
    if side is None:
        raise DataError(f"{where}: side is {text!r}; allowed are L, R, left, right or nothing")
    return side


def _read_csv(path: Path, folder: Path, labels: Sequence[str]) -> list[SourceImage]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as CSV ({error})") from error
    column = {key: next((names[n] for n in choices if n in names), None) for key, choices in COLUMNS.items()}
    if column["file"] is None:
        raise DataError(f"{path}: no column names the file; one of {', '.join(COLUMNS['file'])} is needed")
    for label in labels:
        if label not in KNOWN_LABELS and label.lower() not in names:
            raise DataError(f"{path}: has no column for the label {label!r}; it has {', '.join(names)}")

    sources = []
    for number, row in enumerate(rows, start=2):
        value = {key: (row.get(name) or "").strip() if name else "" for key, name in column.items()}
        where = f"{path}, line {number}"
        if not value["file"]:
            raise DataError(f"{where}: the column {column['file']!r} is empty")
        image = next((base / value["file"] for base in (folder, path.parent) if (base / value["file"]).is_file()), None)
        if image is None:
            raise DataError(f"{where}: {value['file']!r} is neither below {folder} nor beside the CSV")
        extra = {label: (row.get(names[label.lower()]) or "").strip() for label in labels if label.lower() in names}
        sources.append(
            SourceImage(
                image,
                f"{folder.name}/{value['file']}",
                value["patient"],
                side_of(value["side"], where),
                value["view"].upper(),
                extra,
            )
        )
    if not sources:
        raise DataError(f"{path}: has no rows")
    return sources


def collect(folders: Sequence[Path], csv_files: Sequence[Path] = (), labels: Sequence[str] = ()) -> list[SourceImage]:
    """List the images of one or several folders.

    Args:
        folders: each is searched with its subfolders, unless a CSV says which images it has.
        csv_files: none, or one per folder in the same order. Without, a `manifest.csv` inside a folder is used.
        labels: CSV columns whose values to keep; `view` and `side` need no CSV, because a DICOM file may state them.

    Raises:
        DataError: a folder or file is missing, a CSV is not usable or lacks a label, or the same image is listed twice.
    """
    if csv_files and len(csv_files) != len(folders):
        raise DataError(f"{len(csv_files)} CSV files for {len(folders)} source folders; give one for each, or none")
    sources: list[SourceImage] = []
    for index, folder in enumerate(folders):
        if not folder.is_dir():
            raise DataError(f"{folder}: is not a folder")
        default = folder / "manifest.csv"
        table = csv_files[index] if csv_files else default if default.is_file() else None
        missing = [label for label in labels if label not in KNOWN_LABELS] if table is None else []
        if missing:
            raise DataError(f"{folder}: the label {missing[0]!r} needs a CSV with a column of that name")
        sources += _scan(folder.resolve()) if table is None else _read_csv(table, folder.resolve(), labels)
    seen: dict[Path, str] = {}
    for source in sources:
        other = seen.setdefault(source.path.resolve(), source.name)
        if other is not source.name:
            raise DataError(f"{source.path}: is listed twice, as {other} and as {source.name}")
    return sources
