"""Secrets that stand in files, one a line, the newest first: two while one follows the other."""

from __future__ import annotations

import re
from pathlib import Path

from mammoganesis.errors import InvalidArgument
from mammoganesis.private_files import warn_of_readers
from services.process.fields import variable

MAX_SECRETS = 2
_MAX_FILE_BYTES = 4096


def secrets_of(path: Path, name: str, least: int) -> tuple[str, ...]:
    """The secrets of a file.

    Args:
        name: of the setting that names the file, for errors.
        least: characters that each has.

    Raises:
        InvalidArgument: it cannot be read, or does not hold one or two of them; says nothing of what it holds.
    """
    allowed = f"a file of 1 or {MAX_SECRETS} lines of {least} to 256 printable ASCII characters without spaces"
    try:
        with path.open("rb") as file:
            found = secrets_in(file.read(_MAX_FILE_BYTES), least)
    except OSError as error:
        raise InvalidArgument(variable(name), path, f"{allowed} ({error.strerror})") from None
    if found is None:
        raise InvalidArgument(variable(name), path, allowed)
    warn_of_readers(path, variable(name), "the secret in")
    return found


def secrets_in(content: bytes, least: int) -> tuple[str, ...] | None:
    """The secrets in what a file holds; None where it is not one or two of them."""
    lines = tuple(line.strip() for line in content.decode("ascii", errors="replace").splitlines() if line.strip())
    right = all(re.fullmatch(rf"[!-~]{{{least},256}}", line) for line in lines)
    return lines if right and 1 <= len(lines) <= MAX_SECRETS else None
