"""Files that nobody but their owner is to read: keys and secrets."""

from __future__ import annotations

import logging
import stat
from contextlib import suppress
from functools import cache
from pathlib import Path

logger = logging.getLogger(__name__)


def warn_of_readers(place: Path, field: str, what: str) -> None:
    """Says in the log that everybody on the machine can read a file, where they can; once, however often it is read.

    Args:
        field: name of the setting that names the file.
        what: it holds, such as "the private key".
    """
    with suppress(OSError):
        if place.stat().st_mode & stat.S_IROTH:
            _warn(place, field, what)


@cache
def _warn(place: Path, field: str, what: str) -> None:
    logger.warning("%s: everybody on this machine can read %s %s; chmod 600 it", field, what, place)
