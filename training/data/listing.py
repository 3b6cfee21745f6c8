"""Which images go into a training set: folders, and CSV files that say whose they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mammoganesis.errors import DataError
from mammoganesis.pictures.sources import DICOM_SUFFIXES
from training.data import columns, dicom, images
from training.data.columns import Table, normal
from training.data.fields import Label, stated
from training.data.patients import identifier

KNOWN_LABELS = ("view", "side")  # which preparation finds without a column of exactly that name
SIDES = {"l": "L", "left": "L", "lt": "L", "leftbreast": "L", "r": "R", "right": "R", "rt": "R", "rightbreast": "R"}
SUFFIXES = images.SUFFIXES | DICOM_SUFFIXES


@dataclass(frozen=True)
class SourceImage:
    """One image to prepare. Empty strings where nothing is known."""

    path: Path
    name: str  # folder and path below it, unique in the set
    patient: str = ""
    side: str = ""  # L, R or empty
    view: str = ""  # CC, MLO, ... or empty
    labels: Mapping[str, str] = field(default_factory=dict)  # values of the wanted CSV columns, by label


@dataclass(frozen=True)
class Listing:
    """The images of a set, and what is to be said of how they were found."""

    sources: tuple[SourceImage, ...]
    notes: tuple[str, ...] = ()
    lacking: Mapping[str, str] = field(default_factory=dict)  # why a label is not known here, by its column


def side_of(text: str) -> str | None:
    """L, R, or empty for nothing, from the usual spellings; None for any other."""
    return SIDES.get(normal(text)) if text.strip() else ""


def _scan(folder: Path) -> Listing:
    files = images.visible_files(folder)
    found = [path for path in files if path.suffix.lower() in SUFFIXES or dicom.is_dicom(path)]
    if not found:
        raise DataError(
            f"{folder}: holds no image; looked for {', '.join(sorted(SUFFIXES))} and DICOM files of any name"
        )
    others = len(files) - len(found)
    note = f"{folder.name}: {others} other file(s) not taken, such as {_first_other(files, found)}" if others else ""
    sources = tuple(SourceImage(path, f"{folder.name}/{path.relative_to(folder)}") for path in found)
    return Listing(sources, (note,) if note else ())


def _first_other(files: list[Path], found: list[Path]) -> str:
    taken = set(found)
    return next(path.name for path in files if path not in taken)


def _read_csv(path: Path, folder: Path, labels: Sequence[Label]) -> Listing:
    table = columns.read_table(path)
    place = {key: table.column(names) for key, names in columns.SYNONYMS.items()}
    if place["file"] is None:
        some = ", ".join(columns.SYNONYMS["file"][:5])
        raise DataError(f"{path}: no column names the file (such as {some}); it has {table.names()}")
    wanted = {label.name: table.column((normal(label.column),)) for label in labels}
    absent = [label for label in _from_columns(labels) if wanted[label.name] is None]
    names = table.names()
    lacking = {
        label.column: f"{path}: has no column for the label {label.column!r}; it has {names}" for label in absent
    }
    by_path: dict[Path, tuple[int, SourceImage]] = {}
    conflicts: dict[str, set[str]] = {}
    for number, cells in table.rows:
        row = {key: "" if at is None else cells[at] for key, at in place.items()}
        extra = {label: stated(cells[at]) for label, at in wanted.items() if at is not None}
        source = _source(f"{path}, line {number}", row, extra, (folder, path.parent), folder.name)
        key = source.path.resolve()
        if key in by_path:
            source = _merged(by_path[key][1], source, f"{path}, lines {by_path[key][0]} and {number}", conflicts)
        by_path[key] = (by_path[key][0] if key in by_path else number), source
    if not by_path:
        raise DataError(f"{path}: has no rows")
    merged = len(table.rows) - len(by_path)
    notes = [_columns_note(table, place, [at for at in wanted.values() if at is not None])]
    if merged:
        notes.append(f"{path.name}: {merged} further row(s) of images already listed, taken together")
    for label, names in conflicts.items():
        notes.append(f"{path.name}: {label} differs between the rows of {len(names)} image(s); not known of them")
    return Listing(tuple(source for _, source in by_path.values()), tuple(notes), lacking)


def _from_columns(labels: Sequence[Label]) -> list[Label]:
    """Those that only a column can state."""
    return [label for label in labels if normal(label.column) not in KNOWN_LABELS]


def _source(
    where: str, row: Mapping[str, str], extra: Mapping[str, str], bases: tuple[Path, ...], folder: str
) -> SourceImage:
    """One row of a CSV file as an image."""
    name = row["file"]
    if not name:
        raise DataError(f"{where}: no file is named")
    spellings = [name, name.replace("\\", "/"), *(name + suffix for suffix in sorted(SUFFIXES))]
    places = [base / spelling for spelling in spellings for base in bases]
    image = next((place for place in places if place.is_file()), None)
    if image is None:
        raise DataError(f"{where}: {name!r} is neither below {bases[0]} nor beside the CSV")
    side = side_of(row["side"])
    if side is None:
        raise DataError(f"{where}: side is {row['side']!r}; allowed are L, R, left, right or nothing")
    return SourceImage(image, f"{folder}/{name}", identifier(row["patient"]), side, row["view"].upper(), extra)


def _merged(one: SourceImage, other: SourceImage, where: str, conflicts: dict[str, set[str]]) -> SourceImage:
    """What two rows of one image say together; labels on which they differ are not known.

    Raises:
        DataError: they differ in the patient, the side or the view.
    """
    for field_name in ("patient", "side", "view"):
        values = sorted({getattr(one, field_name), getattr(other, field_name)} - {""})
        if len(values) > 1:
            raise DataError(f"{where}: {one.name} has the {field_name} {values[0]!r} and {values[1]!r}; one is needed")
    labels = {}
    for label in one.labels:
        values = {one.labels[label], other.labels[label]} - {""}
        if len(values) > 1:
            conflicts.setdefault(label, set()).add(one.name)
        labels[label] = "" if one.name in conflicts.get(label, ()) else "".join(values)
    known = {name: getattr(one, name) or getattr(other, name) for name in ("patient", "side", "view")}
    return replace(one, **known, labels=labels)


def _columns_note(table: Table, place: Mapping[str, int | None], labels: list[int]) -> str:
    """The line that says which columns were used for what, which are missing, and which were not used."""
    used = ", ".join(f"{key} from {table.columns[at]!r}" for key, at in place.items() if at is not None)
    missing = [key for key, at in place.items() if at is None]
    taken = {*place.values(), *labels}
    others = [column for index, column in enumerate(table.columns) if index not in taken and column]
    return (
        f"{table.path.name}: {used}"
        + (f"; no column for {', '.join(missing)}" if missing else "")
        + (f"; not used: {', '.join(others)}" if others else "")
    )


def collect(folders: Sequence[Path], csv_files: Sequence[Path] = (), labels: Sequence[Label] = ()) -> Listing:
    """List the images of one or several folders.

    Args:
        folders: each is searched with its subfolders, unless a CSV says which images it has.
        csv_files: none, or one per folder in the same order. Without, a `manifest.csv` inside a folder is used.
        labels: CSV columns whose values to keep; `view` and `side` need no CSV, because a DICOM file may state them.
            Where a folder's CSV has no such column, but that of another one does, the label of its images is unknown.

    Raises:
        DataError: a folder or file is missing, a CSV is not usable or contradicts itself, no CSV has a column for a
            label, or the same image is listed for two folders.
    """
    if csv_files and len(csv_files) != len(folders):
        raise DataError(
            f"--csv is given {len(csv_files)} times for {len(folders)} source folders; give one for each, or none"
        )
    listings: list[Listing] = []
    for index, folder in enumerate(folders):
        if not folder.is_dir():
            raise DataError(f"{folder}: is not a folder")
        default = folder / "manifest.csv"
        table = csv_files[index] if csv_files else default if default.is_file() else None
        if table is None:
            lacking = {
                label.column: f"{folder}: --label {label.column!r} needs a CSV with a column of that name"
                for label in _from_columns(labels)
            }
            listings.append(replace(_scan(folder.resolve()), lacking=lacking))
        else:
            listings.append(_read_csv(table, folder.resolve(), labels))
    notes = [note for listing in listings for note in listing.notes]
    notes += [note for label in _from_columns(labels) for note in _unknown(label.column, listings)]
    sources = [source for listing in listings for source in listing.sources]
    seen: dict[Path, str] = {}
    for source in sources:
        other = seen.setdefault(source.path.resolve(), source.name)
        if other is not source.name:
            raise DataError(f"{source.path}: is listed twice, as {other} and as {source.name}")
    return Listing(tuple(sources), tuple(notes))


def _unknown(column: str, listings: Sequence[Listing]) -> list[str]:
    """What is to be said of the folders that do not state a label which others do.

    Raises:
        DataError: none states it.
    """
    silent = [listing for listing in listings if column in listing.lacking]
    if len(silent) == len(listings):
        raise DataError("; ".join(listing.lacking[column] for listing in silent))
    return [f"{listing.lacking[column]}; not known of its {len(listing.sources)} image(s)" for listing in silent]
