"""A CSV file that lists images, as spreadsheets and public sets write it: which column says what.

Names are compared without capitals, blanks and punctuation, so that "Patient ID", patient_id and PatientID are one.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

from mammoganesis.errors import DataError
from mammoganesis.files import Location

SYNONYMS: Mapping[str, tuple[str, ...]] = {  # what is meant -> normal names of columns, the best first
    "file": (
        *("file", "filename", "filepath", "path", "image", "imagefile", "imagefilename", "imagefilepath", "imagename"),
        *("imagepath", "dicom", "dicomfile", "dicompath", "anondicompath", "imageid"),
    ),
    "patient": (
        *("patient", "patientid", "patientidentifier", "patientno", "patientnumber", "anonpatientid", "empianon"),
        *("pid", "subject", "subjectid", "participant", "participantid", "woman", "womanid", "client", "clientid"),
        *("case", "caseid", "casenumber", "study", "studyid", "studyinstanceuid", "exam", "examid", "accanon"),
    ),
    "side": (
        *("side", "laterality", "imagelaterality", "imagelateralityfinal", "breastlaterality", "breastside"),
        *("leftright", "leftorright", "leftorrightbreast", "lr", "breast"),
    ),
    "view": ("view", "viewposition", "imageview", "viewname", "projection"),
}
DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Table:
    """The cells of a CSV file, stripped; rows that are empty altogether are left out."""

    path: Location
    columns: tuple[str, ...]  # names as written; those without a name are empty
    rows: tuple[tuple[int, tuple[str, ...]], ...]  # line number and one cell per column

    def column(self, names: tuple[str, ...]) -> int | None:
        """The number of the column with the first of the normal names that is there; None if none is.

        Raises:
            DataError: two columns have that name.
        """
        for name in names:
            found = [index for index, column in enumerate(self.columns) if column and normal(column) == name]
            if len(found) > 1:
                twice = " and ".join(repr(self.columns[index]) for index in found)
                raise DataError(f"{self.path}: the column {name!r} is there {len(found)} times, as {twice}")
            if found:
                return found[0]
        return None

    def names(self) -> str:
        """The columns that it has, for a message."""
        return ", ".join(column for column in self.columns if column) or "none"


def normal(name: str) -> str:
    """The name without capitals, blanks and punctuation."""
    return re.sub(r"[\W_]", "", name.casefold())


def read_table(path: Location) -> Table:
    """Read a CSV file with commas, semicolons, tabs or bars, in UTF-8, UTF-16 or Windows-1252.

    Raises:
        DataError: it is missing, is no CSV, has a column twice, or a row has more cells than there are columns.
    """
    try:
        lines = list(_lines(path, path.read_bytes()))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as CSV ({error})") from error
    if not lines:
        raise DataError(f"{path}: has no rows")
    columns = tuple(lines[0][1])
    known = [column.casefold() for column in columns]
    for column in filter(None, columns):
        if known.count(column.casefold()) > 1:
            raise DataError(f"{path}: the column {column!r} is there twice; leave one")
    rows = []
    for number, cells in lines[1:]:
        if any(cells[len(columns) :]):
            raise DataError(f"{path}, line {number}: has {len(cells)} cells; the first line names {len(columns)}")
        rows.append((number, (*cells, *[""] * (len(columns) - len(cells)))[: len(columns)]))
    return Table(path, columns, tuple(rows))


def _lines(path: Location, content: bytes) -> list[tuple[int, list[str]]]:
    """Line number and stripped cells of every row that is not empty."""
    if content.startswith(b"PK\3\4"):
        raise DataError(f"{path}: is a workbook (zip); save it as CSV")
    text = _decoded(content)
    stated = re.match(r"sep=(.)\r?\n", text)  # what Excel writes for itself
    delimiter = stated[1] if stated else _delimiter(next((line for line in text.splitlines() if line.strip()), ""))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = [(reader.line_num, [cell.strip(" \t\r\n\0\xa0") for cell in row]) for row in reader]
    return [(number, cells) for number, cells in rows[1 if stated else 0 :] if any(cells)]


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    if content[1:2] == b"\0":
        return content.decode("utf-16-le")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("windows-1252")


def _delimiter(header: str) -> str:
    """What divides the names of the first line into most parts."""
    return max(DELIMITERS, key=lambda mark: len(next(csv.reader([header], delimiter=mark), [])))
