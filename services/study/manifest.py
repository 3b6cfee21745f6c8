"""The real images of a design: a folder, or a CSV manifest beside the document."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures import sources
from mammoganesis.v1.cases_pb2 import Density
from mammoganesis.v1.images_pb2 import Side, View
from mammoganesis.v1.study_design_pb2 import StudyReal
from services.study.design import check_real

SUFFIXES = sorted(sources.SUFFIXES | sources.DICOM_SUFFIXES)
_KINDS = {"view": View, "side": Side, "density": Density}
_SIDES = {"L": "LEFT", "R": "RIGHT"}
_YES, _NO = ("1", "true", "yes"), ("", "0", "false", "no")


def reals_at(place: Path) -> list[tuple[StudyReal, Path]]:
    """Real images and their files, in order, each with a name of its own. In a folder without a manifest patients are
    left to the server.

    Args:
        place: a folder, or a CSV file with the columns file, patient_id, and optionally view, side, density, training.

    Raises:
        InvalidArgument: there is no image, two files have one name, or a line of the manifest is wrong; names files, or
            line and column.
    """
    found = list(_in_folder(place) if place.is_dir() else _in_manifest(place))
    files: dict[str, Path] = {}
    for real, path in found:
        if real.name in files:
            raise InvalidArgument("reals", real.name, f"one file of each name; {files[real.name]} and {path} have this")
        files[real.name] = path
    return found


def _in_folder(place: Path) -> Iterator[tuple[StudyReal, Path]]:
    found = sorted(path for path in place.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise InvalidArgument("reals", place, f"a folder with {', '.join(SUFFIXES)} files, or a CSV manifest")
    for path in found:
        real = StudyReal(name=path.name)
        check_real(real, str(path), optional_patient=True)
        yield real, path


def _in_manifest(place: Path) -> Iterator[tuple[StudyReal, Path]]:
    text = place.read_bytes().decode("utf-8-sig", "replace")
    first = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
    try:
        yield from _reals(place, rows, first)
    except csv.Error as error:
        raise InvalidArgument(f"{place.name}, line {rows.reader.line_num}", str(error), "a line of CSV") from None


def _reals(place: Path, rows: csv.DictReader[str], first: str) -> Iterator[tuple[StudyReal, Path]]:
    rows.fieldnames = [name.strip().lower() for name in rows.fieldnames or ()]
    for column in ("file", "patient_id"):
        if column not in rows.fieldnames:
            raise InvalidArgument(f"{place.name}, line 1", first.strip(), "a head with the columns file and patient_id")
    for row in rows:
        line = f"{place.name}, line {rows.line_num}"
        cells = {name: (value or "").strip() for name, value in row.items() if isinstance(value, str) or value is None}
        real = StudyReal(name=Path(cells["file"]).name, patient_id=cells["patient_id"])
        for column, enum in _KINDS.items():
            setattr(real, column, _value(enum, column, cells.get(column, ""), line))
        real.training = _is_yes(cells.get("training", ""), line)
        check_real(real, line)
        yield real, place.parent / cells["file"]


def _value(enum: type, column: str, text: str, line: str) -> int:
    word = _SIDES.get(text.upper(), text.upper()) if column == "side" else text.upper()
    names = {name.removeprefix(f"{column.upper()}_"): value for name, value in enum.items()}  # type: ignore[attr-defined]
    if word in ("", "UNSPECIFIED"):
        return 0
    if word not in names:
        allowed = ", ".join(name for name in names if name != "UNSPECIFIED")
        raise InvalidArgument(f"{line}, column {column}", text, f"{allowed}, or nothing")
    return names[word]


def _is_yes(text: str, line: str) -> bool:
    if text.lower() not in _YES + _NO:
        raise InvalidArgument(f"{line}, column training", text, "1 or 0")
    return text.lower() in _YES
