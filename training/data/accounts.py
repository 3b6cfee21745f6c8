"""The table that says what became of every file, by its name: for whoever prepares a set, and never inside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mammoganesis import disk, files
from mammoganesis.errors import ConfigurationError
from mammoganesis.files import Location
from mammoganesis.spreadsheets import spreadsheet_safe

COLUMNS = ("source", "became", "image", "patient", "reason", "said")


def beside(out: Location) -> Location | None:
    """Where the table of a set stands unless asked for elsewhere: beside its folder; of a set elsewhere, nowhere."""
    if not isinstance(out, Path):
        return None
    named = out if out.name not in ("", "..") else out.resolve()  # "." has no name of its own
    return named.with_name(f"{named.name}.accounts.csv") if named.name else None


def check_place(place: Location, out: Location) -> None:
    """Refuse a table inside the set, which it would give away with it.

    Raises:
        ConfigurationError: it would lie there.
    """
    folder = str(out.resolve() if isinstance(out, Path) else out)
    inside = [str(parent.resolve() if isinstance(parent, Path) else parent) for parent in place.parents]
    if folder in inside:
        raise ConfigurationError(f"--accounts is {place}, inside the set; it must lie elsewhere: it names the files")


def lines(account: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    """The rows of the table: images of the set, copies, and all other files."""
    for number, row in enumerate(account["images"]):
        yield row["source"], "used", number, row["patient"], "", ""
    for copy in account["duplicates"]:
        if not copy["kept"]:
            number = copy["rows"][1]
            yield copy["source"], "in the set already", number, account["images"][number]["patient"], copy["how"], ""
    for one in account["left_out"]:
        yield one["name"], "left out", "", "", one["reason"], one["sentence"]


def write(place: Location, account: dict[str, Any]) -> None:
    """Write the table, for its owner alone where it is a file of this machine.

    Raises:
        DiskFull: there is no room.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([spreadsheet_safe(cell) for cell in line] for line in lines(account))
    content = text.getvalue().encode()
    if isinstance(place, Path):
        place.unlink(missing_ok=True)
        disk.write_secret(place, content)
    else:
        files.write(place, content)
