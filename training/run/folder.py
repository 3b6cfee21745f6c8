"""Where a run writes, here or at an address, and what of it is whole when the disk is full."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mammoganesis import disk
from mammoganesis import files as storage
from mammoganesis.errors import DiskFull
from mammoganesis.files import Location
from training.checkpoints import checkpoint
from training.run.progress import LOG


@dataclass
class RunFolder:
    """Where a run writes. `files` is on this machine; `place`, where the checkpoints are, may be elsewhere."""

    place: Location
    files: Path
    mirror: storage.Mirror | None = field(default=None)

    def publish(self) -> None:
        """Copy what is new in `files` to `place`, if that is elsewhere."""
        if self.mirror is not None:
            self.mirror.push()


@contextlib.contextmanager
def open_run(place: Location, main: bool) -> Iterator[RunFolder]:
    """The folder of a run; its log goes on if it has one. Only the main process copies."""
    if isinstance(place, Path):
        place.mkdir(parents=True, exist_ok=True)
        yield RunFolder(place, place)
        return
    with tempfile.TemporaryDirectory(prefix="mammoganesis-run-") as temporary:
        files = Path(temporary)
        mirror = storage.Mirror(files, place) if main else None
        if mirror is not None:
            mirror.fetch(LOG)
        yield RunFolder(place, files, mirror)


@contextlib.contextmanager
def full_disk_explained(run: Location) -> Iterator[None]:
    """A full disk met by the block also says which checkpoint is whole.

    Raises:
        DiskFull: there was no room for a file of the run.
    """
    try:
        with disk.full_disk_named(run):
            yield
    except DiskFull as error:
        whole = checkpoint.checkpoints_of(run)
        if not whole:
            raise error.keeping("there is no whole checkpoint yet") from error
        raise error.keeping(
            f"the last whole checkpoint is {whole[-1]}; make room and go on with --resume {run}"
        ) from error
