"""Which images go into a training set: folders, and CSV files that say whose they are."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.data import dicom, images
from training.errors import DataError

COLUMNS = {
    "file": ("file", "filename", "file_name", "path", "image"),
    "patient": ("patient", "patient_id", "patientid"),
    "side": ("side", "laterality", "image_laterality"),
    "view": ("view", "view_position"),
}
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


def _read_csv(path: Path, folder: Path) -> list[SourceImage]:
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

    sources = []
    for number, row in enumerate(rows, start=2):
        value = {key: (row.get(name) or "").strip() if name else "" for key, name in column.items()}
        where = f"{path}, line {number}"
        if not value["file"]:
            raise DataError(f"{where}: the column {column['file']!r} is empty")
        image = next((base / value["file"] for base in (folder, path.parent) if (base / value["file"]).is_file()), None)
        if image is None:
            raise DataError(f"{where}: {value['file']!r} is neither below {folder} nor beside the CSV")
        name = f"{folder.name}/{value['file']}"
        sources.append(SourceImage(image, name, value["patient"], side_of(value["side"], where), value["view"].upper()))
    if not sources:
        raise DataError(f"{path}: has no rows")
    return sources


def collect(folders: Sequence[Path], csv_files: Sequence[Path] = ()) -> list[SourceImage]:
    """List the images of one or several folders.

    Args:
        folders: each is searched with its subfolders, unless a CSV says which images it has.
        csv_files: none, or one per folder in the same order. Without, a `manifest.csv` inside a folder is used.

    Raises:
        DataError: a folder or file is missing, a CSV is not usable, or the same image is listed twice.
    """
    if csv_files and len(csv_files) != len(folders):
        raise DataError(f"{len(csv_files)} CSV files for {len(folders)} source folders; give one for each, or none")
    sources: list[SourceImage] = []
    for index, folder in enumerate(folders):
        if not folder.is_dir():
            raise DataError(f"{folder}: is not a folder")
        default = folder / "manifest.csv"
        table = csv_files[index] if csv_files else default if default.is_file() else None
        sources += _scan(folder.resolve()) if table is None else _read_csv(table, folder.resolve())
    seen: dict[Path, str] = {}
    for source in sources:
        other = seen.setdefault(source.path.resolve(), source.name)
        if other is not source.name:
            raise DataError(f"{source.path}: is listed twice, as {other} and as {source.name}")
    return sources
