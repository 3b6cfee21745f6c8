"""Secrets that stand in files, one a line, the newest first: two while one follows the other."""

from __future__ import annotations

import re
from pathlib import Path

from mammoganesis.errors import InvalidArgument
from services.process.fields import variable

MAX_SECRETS = 2
_MAX_FILE_CHARACTERS = 4096


def secrets_of(path: Path, name: str, least: int) -> list[str]:
    """The secrets of a file.

    Args:
        name: of the setting that names the file, for errors.
        least: characters that each has.

    Raises:
        InvalidArgument: it cannot be read, or does not hold one or two of them; says nothing of what it holds.
    """
    allowed = f"a file of 1 or {MAX_SECRETS} lines of {least} to 256 printable ASCII characters without spaces"
    try:
        with path.open(encoding="ascii") as file:
            lines = file.read(_MAX_FILE_CHARACTERS).split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise InvalidArgument(variable(name), path, f"{allowed} ({reason})") from None
    found = [line.strip() for line in lines if line.strip()]
    right = all(re.fullmatch(rf"[!-~]{{{least},256}}", secret) for secret in found)
    if not right or not 1 <= len(found) <= MAX_SECRETS:
        raise InvalidArgument(variable(name), path, allowed)
    return found
