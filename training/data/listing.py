"""Which images go into a training set: folders, the index of a disc, and CSV files that say whose images are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from mammoganesis.errors import DataError
from mammoganesis.files import Location
from mammoganesis.pictures.exclusions import Reason
from mammoganesis.pictures.sources import DICOM_SUFFIXES
from training.data import dicom, dicomdir, images
from training.data.fields import Label
from training.data.folders import Files, files_of, printable
from training.data.rows import from_columns, read_rows
from training.data.source import LeftOut, Listing, SourceImage

SUFFIXES = images.SUFFIXES | DICOM_SUFFIXES
MANIFEST = "manifest.csv"  # of a folder; taken where no CSV is given


def collect(folders: Sequence[Location], csv_files: Sequence[Location] = (), labels: Sequence[Label] = ()) -> Listing:
    """List the images of one or several sources.

    Args:
        folders: each is searched with its subfolders, unless a CSV says which images it has; a DICOMDIR stands for
            what it names.
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
    tables = csv_files or [None] * len(folders)
    listings = [_listed(folder, table, labels) for folder, table in zip(folders, tables, strict=True)]
    notes = [note for listing in listings for note in listing.notes]
    notes += [note for label in from_columns(labels) for note in _unknown(label.column, listings)]
    sources = [source for listing in listings for source in listing.sources]
    _check_once(sources)
    others = [other for listing in listings for other in listing.others]
    return Listing(tuple(sources), tuple(notes), others=tuple(others))


def _listed(folder: Location, table: Location | None, labels: Sequence[Label]) -> Listing:
    """What one source has."""
    is_disc = dicomdir.is_index(folder) and folder.is_file()
    if not is_disc and not folder.is_dir():
        raise DataError(f"{folder}: is not a folder" if folder.exists() else f"{folder}: there is no such folder")
    files = files_of(_absolute(folder.parent if is_disc else folder))
    own = next((path for path in files.visible if path == files.folder / MANIFEST), None)
    if table is not None:
        listing = read_rows(table, files, labels)
    elif own is not None and not is_disc:
        listing = read_rows(own, files, labels, beyond=False)
    else:
        lacking = {
            label.column: f"{folder}: --label {label.column!r} needs a CSV with a column of that name"
            for label in from_columns(labels)
        }
        listing = replace(_disc(files.folder / folder.name, files) if is_disc else _scan(files), lacking=lacking)
    hidden = (LeftOut(files.name(path), Reason.HIDDEN, "is hidden") for path in files.hidden)
    return replace(listing, others=(*listing.others, *hidden))


def _absolute(folder: Location) -> Location:
    return folder.resolve() if isinstance(folder, Path) else folder


def _scan(files: Files) -> Listing:
    """All images of a folder; of the index of a disc in it, what it names and is not there."""
    found = [path for path in files.visible if path.suffix.lower() in SUFFIXES or dicom.is_dicom(path)]
    if not found:
        looked_for = f"{', '.join(sorted(SUFFIXES))} and DICOM files of any name"
        raise DataError(f"{files.folder}: holds no image; looked for {looked_for}")
    taken = set(found)
    others = [path for path in files.visible if path not in taken]
    some = f", such as {printable(others[0].name)}" if others else ""
    note = f"{files.called}: {len(others)} other file(s) not taken{some}"
    left = [_no_image(files, path) for path in others]
    left += [missing for path in others if dicomdir.is_index(path) for missing in _missing(path, files)]
    sources = tuple(SourceImage(path, files.name(path)) for path in found)
    return Listing(sources, (note,) if others else (), others=tuple(left))


def _no_image(files: Files, path: Location) -> LeftOut:
    what = "is the index of a disc" if dicomdir.is_index(path) else "is no image by its suffix and its first bytes"
    return LeftOut(files.name(path), Reason.NOT_AN_IMAGE, what)


def _missing(index: Location, files: Files) -> list[LeftOut]:
    try:
        named = dicomdir.references(index, files)
    except DataError as error:
        return [LeftOut(files.name(index), Reason.DAMAGED, str(error).removeprefix(f"{index}: "))]
    return [_absent(files, one) for one in named if one.path is None]


def _absent(files: Files, reference: dicomdir.Reference) -> LeftOut:
    name = f"{files.called}/{reference.name}"
    return LeftOut(name, Reason.MISSING, f"is named by the {dicom.INDEX_NAME} ({reference.kind}) and is not there")


def _disc(index: Location, files: Files) -> Listing:
    """The images that the index of a disc names.

    Raises:
        DataError: it cannot be read, or none of them is there.
    """
    named = dicomdir.references(index, files)
    present = {str(one.path): one for one in named if one.path is not None}
    sources = tuple(
        SourceImage(one.path, files.name(one.path))
        for one in present.values()
        if one.path is not None and one.kind == dicomdir.IMAGE
    )
    left = [_absent(files, one) for one in named if one.path is None]
    if not sources:
        raise DataError(f"{index}: names no image that is there; {len(left)} of {len(named)} files are missing")
    taken = {str(source.path) for source in sources}
    for path in files.visible:
        if str(path) in taken:
            continue
        reason, said = Reason.NOT_LISTED, f"is not named by the {dicom.INDEX_NAME}"
        if str(path) in present:
            reason, said = Reason.NOT_AN_IMAGE, f"is no image, but {present[str(path)].kind or 'something else'}"
        elif dicomdir.is_index(path):
            reason, said = Reason.NOT_AN_IMAGE, "is the index of a disc"
        left.append(LeftOut(files.name(path), reason, said))
    return Listing(sources, others=tuple(left))


def _check_once(sources: Iterable[SourceImage]) -> None:
    """Refuse an image that two sources list."""
    seen: dict[str, str] = {}
    for source in sources:
        place = str(source.path.resolve()) if isinstance(source.path, Path) else str(source.path)
        other = seen.setdefault(place, source.name)
        if other is not source.name:
            raise DataError(f"{source.path}: is listed twice, as {other} and as {source.name}")


def _unknown(column: str, listings: Sequence[Listing]) -> list[str]:
    """What is to be said of the folders that do not state a label which others do.

    Raises:
        DataError: none states it.
    """
    silent = [listing for listing in listings if column in listing.lacking]
    if len(silent) == len(listings):
        raise DataError("; ".join(listing.lacking[column] for listing in silent))
    return [f"{listing.lacking[column]}; not known of its {len(listing.sources)} image(s)" for listing in silent]
