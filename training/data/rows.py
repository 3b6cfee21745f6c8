"""The rows of a CSV file as images of a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mammoganesis.errors import DataError
from mammoganesis.files import Location
from mammoganesis.pictures.exclusions import Reason
from mammoganesis.pictures.sources import DICOM_SUFFIXES, SUFFIXES
from training.data import columns
from training.data.columns import Table, normal
from training.data.fields import Label, stated
from training.data.folders import Files, printable
from training.data.patients import identifier
from training.data.source import LeftOut, Listing, SourceImage, side_of

KNOWN_LABELS = ("view", "side")  # which preparation finds without a column of exactly that name


def from_columns(labels: Sequence[Label]) -> list[Label]:
    """Those that only a column can state."""
    return [label for label in labels if normal(label.column) not in KNOWN_LABELS]


@dataclass
class _Rows:
    """What the rows so far have said."""

    by_place: dict[str, tuple[int, SourceImage]] = field(default_factory=dict)  # first line that names it, image
    conflicts: dict[str, set[str]] = field(default_factory=dict)  # label -> images whose rows differ in it
    missing: list[LeftOut] = field(default_factory=list)


def read_rows(path: Location, files: Files, labels: Sequence[Label], *, beyond: bool = True) -> Listing:
    """The images that a CSV file lists. A row whose file is not there is left out and said.

    Args:
        path: of the CSV file.
        files: those of the folder below which its rows name files.
        labels: columns to keep.
        beyond: whether its rows may name files that do not lie in the folder; not where nobody has chosen the CSV, and
            it came with the folder.

    Raises:
        DataError: the CSV is not usable, contradicts itself, or none of its files is there.
    """
    table = columns.read_table(path)
    place = {key: table.column(names) for key, names in columns.SYNONYMS.items()}
    if place["file"] is None:
        some = ", ".join(columns.SYNONYMS["file"][:5])
        raise DataError(f"{path}: no column names the file (such as {some}); it has {table.names()}")
    wanted = {label.name: table.column((normal(label.column),)) for label in labels}
    absent = [label for label in from_columns(labels) if wanted[label.name] is None]
    names = table.names()
    lacking = {
        label.column: f"{path}: has no column for the label {label.column!r}; it has {names}" for label in absent
    }
    rows = _Rows()
    finder = _Finder(files, path, beyond)
    for number, cells in table.rows:
        row = {key: "" if at is None else cells[at] for key, at in place.items()}
        extra = {label: stated(cells[at]) for label, at in wanted.items() if at is not None}
        _take(rows, finder, number, row, extra)
    if not table.rows:
        raise DataError(f"{path}: has no rows")
    if not rows.by_place:
        first = rows.missing[0]
        raise DataError(f"{path}: names no file that is there; {first.sentence}")
    merged = len(table.rows) - len(rows.by_place) - len(rows.missing)
    notes = [_columns_note(table, place, [at for at in wanted.values() if at is not None])]
    if merged:
        notes.append(f"{path.name}: {merged} further row(s) of images already listed, taken together")
    if rows.missing:
        notes.append(f"{path.name}: {len(rows.missing)} row(s) name a file that is not there")
    for label, conflicting in rows.conflicts.items():
        notes.append(f"{path.name}: {label} differs between the rows of {len(conflicting)} image(s); not known of them")
    sources = tuple(source for _, source in rows.by_place.values())
    return Listing(sources, tuple(notes), lacking, (*rows.missing, *_not_listed(files, path, rows)))


class _Finder:
    """Finds the file that a row means."""

    def __init__(self, files: Files, table: Location, beyond: bool) -> None:
        self.files, self.table, self._beyond = files, table, beyond
        self._known = {str(path): path for path in files.visible}

    def _is_below(self, place: Path) -> bool:
        return isinstance(self.files.folder, Path) and place.resolve().is_relative_to(self.files.folder)

    @property
    def where(self) -> str:
        """What is said of a file that is nowhere."""
        folder = self.files.folder
        return f"is neither below {folder} nor beside the CSV" if self._beyond else f"is not below {folder}"

    def find(self, name: str) -> Location | None:
        spellings = [name, name.replace("\\", "/"), *(name + suffix for suffix in sorted(SUFFIXES | DICOM_SUFFIXES))]
        for place in (base / spelling for spelling in spellings for base in (self.files.folder, self.table.parent)):
            if str(place) in self._known:
                return self._known[str(place)]
            if isinstance(place, Path) and place.is_file() and (self._beyond or self._is_below(place)):
                return place  # beside the CSV, or above the folder
        return None


def _take(rows: _Rows, finder: _Finder, number: int, row: Mapping[str, str], extra: Mapping[str, str]) -> None:
    """Take up one row.

    Raises:
        DataError: it names no file, its side is none, or it contradicts an earlier one of the same image.
    """
    where, name = f"{finder.table}, line {number}", row["file"]
    if not name:
        raise DataError(f"{where}: no file is named")
    side = side_of(row["side"])
    if side is None:
        raise DataError(f"{where}: side is {row['side']!r}; allowed are L, R, left, right or nothing")
    listed_as = f"{finder.files.called}/{printable(name)}"
    image = finder.find(name)
    if image is None:
        said = f"line {number}: {name!r} {finder.where}"
        rows.missing.append(LeftOut(listed_as, Reason.MISSING, said))
        return
    source = SourceImage(image, listed_as, identifier(row["patient"]), side, row["view"].upper(), extra)
    key = str(image.resolve()) if isinstance(image, Path) else str(image)
    first, earlier = rows.by_place.get(key, (number, None))
    if earlier is not None:
        source = _merged(earlier, source, f"{finder.table}, lines {first} and {number}", rows.conflicts)
    rows.by_place[key] = first, source


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


def _not_listed(files: Files, table: Location, rows: _Rows) -> list[LeftOut]:
    """The files of the folder that no row names."""
    left = []
    for path in files.visible:
        if (str(path.resolve()) if isinstance(path, Path) else str(path)) in rows.by_place:
            continue
        reason, said = Reason.NOT_LISTED, f"is not named by {table.name}"
        if str(path) == str(table) or path.suffix.lower() == ".csv":
            reason, said = Reason.NOT_AN_IMAGE, "is a table"
        left.append(LeftOut(files.name(path), reason, said))
    return left
