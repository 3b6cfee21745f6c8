"""Ratings out of files of others: CSV as spreadsheets write it, Excel workbooks, and files of iMRMC.

Columns, in any order and any capitals: reader, case, truth (1 or 0), rating, and optionally treatment, repeat,
decision, seconds; all others are groups of cases. What is wrong is named by line and column.
"""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mammoganesis.errors import InvalidArgument
from mammoganesis.statistics.readings import ONE_TREATMENT, Reading, Readings, gather

REQUIRED = ("reader", "case", "truth", "rating")
OPTIONAL = ("treatment", "repeat", "decision", "seconds")
OTHER_NAMES = {
    "readerid": "reader",
    "caseid": "case",
    "modality": "treatment",
    "modalityid": "treatment",
    "score": "rating",
}
MAX_BYTES = 100_000_000
MAX_UNPACKED_BYTES = 2**27  # of a workbook
MAX_CELLS = 1_000_000  # of a table: what is read takes some hundred bytes for each
MAX_NAME = 200  # characters of a reader, case, treatment or group
MAX_GROUPS = 20  # different values of a column; more are no groups but notes
_DELIMITERS = ";\t,|"
_BEGIN = "BEGIN DATA:"
_ALLOWED = {
    "truth": "1 for the positive class, or 0",
    "decision": "1 (called positive), 0, or nothing",
    "rating": "a finite number",
    "seconds": "a number, 0 or more, or nothing",
    "repeat": "a whole number, 0 or more; 0 or nothing for the first reading",
}


@dataclass(frozen=True)
class RatingsFile:
    """What a file holds. `left_out`: columns with so many values that they are no groups."""

    readings: Readings
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    """A row by column, with its number in the file; `comma`: a comma stands before decimals."""

    number: int
    cells: Mapping[str, str]
    comma: bool


def read_ratings(content: bytes, name: str) -> RatingsFile:
    """The readings of a file.

    Args:
        content: of the whole file, at most MAX_BYTES.
        name: what messages call it.

    Raises:
        InvalidArgument: it is none of these files, has more than MAX_CELLS cells, a column is missing, or a value is
            not allowed; the field says in which line and column.
    """
    if len(content) > MAX_BYTES:
        raise InvalidArgument(name, f"{len(content)} bytes", f"at most {MAX_BYTES}")
    try:
        lines = _lines(content)
        columns = [column for column in (lines[0].cells if lines else ()) if column not in (*REQUIRED, *OPTIONAL)]
        groups = [c for c in columns if len({line.cells[c] for line in lines}) <= MAX_GROUPS]
        rows = [_reading(line, groups) for line in lines]
        if len({row.truth for row in rows}) == 1:
            raise InvalidArgument("column truth", f"{int(rows[0].truth)} in all lines", "both 1 and 0")
        readings = _gathered(rows, lines)
    except InvalidArgument as error:
        raise error.in_file(name) from error
    return RatingsFile(readings, tuple(column for column in columns if column not in groups))


def _gathered(rows: Sequence[Reading], lines: Sequence[_Line]) -> Readings:
    try:
        return gather(rows)
    except InvalidArgument as error:
        place, _, column = error.field.removeprefix("readings[").partition("].")
        if not column:
            raise error.named("lines") from error
        raise error.named(f"line {lines[int(place)].number}, column {column}") from error


def _reading(line: _Line, groups: Sequence[str]) -> Reading:
    decision, seconds = line.cells.get("decision", ""), line.cells.get("seconds", "")
    return Reading(
        reader=_text(line, "reader"),
        case=_text(line, "case"),
        truth=_yes_or_no(line, "truth"),
        rating=_number(line, "rating"),
        treatment=_text(line, "treatment") if "treatment" in line.cells else ONE_TREATMENT,
        repeat=_whole(line, "repeat") if line.cells.get("repeat") else 0,
        decision=_yes_or_no(line, "decision") if decision else None,
        seconds=_number(line, "seconds") if seconds else None,
        groups={column: line.cells[column][:MAX_NAME] for column in groups},
    )


def _refused(line: _Line, column: str, allowed: str = "") -> InvalidArgument:
    value = line.cells[column] or None
    return InvalidArgument(f"line {line.number}, column {column}", value, allowed or _ALLOWED[column])


def _text(line: _Line, column: str) -> str:
    value = line.cells[column]
    if not 0 < len(value) <= MAX_NAME:
        raise _refused(line, column, f"a name of 1 to {MAX_NAME} characters")
    return value


def _number(line: _Line, column: str) -> float:
    value = line.cells[column]
    try:
        found = float(value.replace(",", ".") if line.comma else value)
    except ValueError:
        raise _refused(line, column) from None
    if "_" in value or not abs(found) < float("inf"):
        raise _refused(line, column)
    return found


def _whole(line: _Line, column: str) -> int:
    found = _number(line, column)
    if found < 0 or found != int(found) or found > 1000:
        raise _refused(line, column)
    return int(found)


def _yes_or_no(line: _Line, column: str) -> bool:
    found = _number(line, column)
    if found not in (0, 1):
        raise _refused(line, column)
    return found == 1


def _lines(content: bytes) -> list[_Line]:
    if content.startswith(b"PK\x03\x04"):
        return _table(enumerate(_workbook(content), 1), comma=False)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise InvalidArgument("format", "a workbook of Excel 97 to 2003", "a workbook of today (.xlsx), or CSV")
    text = _decoded(content)
    if _BEGIN in text[:100_000].upper():
        return _imrmc(text)
    first, _, rest = text.partition("\n")
    skipped = first.strip().lower().startswith("sep=")
    delimiter = first.strip()[4:5] or "\t" if skipped else max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(rest if skipped else text, newline=""), delimiter=delimiter)
    try:
        return _table(((reader.line_num + skipped, row) for row in _bounded(reader)), comma=delimiter != ",")
    except csv.Error as error:
        raise InvalidArgument(f"line {reader.line_num + skipped}", str(error), "a line of CSV") from None


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")  # as Excel writes CSV in Western Europe
    if "\0" in text:
        raise InvalidArgument("format", "no text", "CSV, an Excel workbook (.xlsx), or a file of iMRMC")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _workbook(content: bytes) -> list[list[str]]:
    """The cells of the first sheet as text, each row as far as it is filled."""
    import openpyxl  # not at the top: CSV needs none of it

    try:
        with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > MAX_UNPACKED_BYTES:
                raise InvalidArgument("format", f"{unpacked} bytes, unpacked", f"at most {MAX_UNPACKED_BYTES}")
            sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
            sheet.reset_dimensions()  # a colour in the last cell there is makes a sheet as large as sheets can be
            return list(_bounded([_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)))
    except InvalidArgument:
        raise
    except Exception as error:  # a damaged file makes zipfile, zlib, XML and openpyxl raise any kind
        raise InvalidArgument("format", f"a ZIP file ({type(error).__name__})", "an Excel workbook (.xlsx)") from None


def _bounded(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Rows of a table of at most MAX_CELLS cells."""
    cells = 0
    for number, row in enumerate(rows, 1):
        cells += len(row)
        if cells > MAX_CELLS:
            raise InvalidArgument("format", f"{cells:,} cells in the first {number:,} lines", f"at most {MAX_CELLS:,}")
        yield row


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _table(rows: Iterable[tuple[int, Sequence[str]]], comma: bool) -> list[_Line]:
    """The lines below the first one that is not empty, which names the columns; empty lines are passed over."""
    filled = ((number, [cell.strip() for cell in row]) for number, row in rows)
    filled = ((number, row) for number, row in filled if any(row))
    number, head = next(filled, (1, []))
    names = [OTHER_NAMES.get(word, word) for word in ("_".join(cell.lower().split()) for cell in head)]
    missing = [column for column in REQUIRED if column not in names]
    if missing:
        raise InvalidArgument(f"line {number}", ", ".join(head), f"a head with the columns {', '.join(REQUIRED)}")
    twice = next((name for name in names if name and names.count(name) > 1), "")
    if twice:
        raise InvalidArgument(f"line {number}", f"column {twice} twice", "each column once")
    lines = []
    for number, row in filled:
        if any(row[len(names) :]):
            allowed = f"{len(names)} cells, as the head has"
            raise InvalidArgument(f"line {number}", f"{len(row)} cells", allowed)
        cells = {name: row[place] if place < len(row) else "" for place, name in enumerate(names) if name}
        lines.append(_Line(number, cells, comma))
    if not lines:
        raise InvalidArgument("lines", None, "1 or more below the head")
    return lines


def _imrmc(text: str) -> list[_Line]:
    """reader, case, modality, score; the reader `truth` says which cases are positive (1) and negative (0)."""
    cells = _bounded([cell.strip() for cell in line.split(",")] for line in text.split("\n"))
    rows = list(enumerate(cells, 1))
    begin = next(number for number, row in rows if row[0].upper().startswith(_BEGIN))
    rows = [(number, row) for number, row in rows if number > begin and any(row)]
    for number, row in rows:
        if len(row) != 4:
            raise InvalidArgument(f"line {number}", f"{len(row)} cells", "reader,case,modality,score")
    truths = {row[1]: row[3] for _, row in rows if row[0].lower() == "truth"}
    lines = []
    for number, (reader, case, modality, score) in rows:
        if reader.lower() != "truth":
            if case not in truths:
                raise InvalidArgument(f"line {number}, column case", case, "a case with a line of the reader `truth`")
            cells = {"reader": reader, "case": case, "treatment": modality, "rating": score, "truth": truths[case]}
            lines.append(_Line(number, cells, comma=False))
    return lines
