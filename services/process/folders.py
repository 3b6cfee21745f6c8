"""Folders for what belongs to one run of a process."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def private_folder() -> Iterator[Path]:
    """A new folder of mode 700 with a short path (Unix sockets below it may have 107 characters), gone afterwards."""
    parent = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="mg-", dir=parent if len(parent) <= 16 else "/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
