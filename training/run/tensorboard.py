"""The door of tensorboardX: a run's numbers and pictures as event files in RUN/tensorboard.

    pip install tensorboard && tensorboard --logdir RUN

Optional: without the library a run says so once and goes on. Steps are real images shown.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.nn import functional as F

from mammoganesis import disk

ABSENT = "no TensorBoard files, because tensorboardX is not installed; log.jsonl holds the same numbers"
LARGEST = 128  # pixels per image of a grid: event files hold every tick of a long run
BOOKKEEPING = ("unix_time",)


class Board:
    """Writes event files, each record in the calling thread, so that a full disk is met where it can be said.

    A run that goes on from `images_seen` opens a new file, which tells readers to forget what earlier files hold of
    later steps: that branch was left.
    """

    def __init__(self, run: Path, images_seen: int) -> None:
        from tensorboardX import summary
        from tensorboardX.event_file_writer import EventsWriter
        from tensorboardX.proto.event_pb2 import Event, SessionLog  # type: ignore[attr-defined]

        self._summary, self._new_event = summary, Event
        folder = run / "tensorboard"
        folder.mkdir(parents=True, exist_ok=True)
        earlier = len(list(folder.glob("events.*")))
        # Names begin with the second: two starts within one are two files.
        self._writer = EventsWriter(str(folder / "events"), f".{earlier:04d}")
        self._path = Path(self._writer._file_name)
        self._whole = 0  # bytes of whole records on the disk
        start = Event(step=images_seen + 1, session_log=SessionLog(status=SessionLog.START))
        self._write([Event(step=images_seen + 1, file_version="brain.Event:2"), start])

    def scalars(self, values: Mapping[str, Any], images_seen: int) -> None:
        """Write every number of a record under its name."""
        numbers = {name: value for name, value in values.items() if isinstance(value, int | float)}
        kept = [self._summary.scalar(name, value) for name, value in numbers.items() if name not in BOOKKEEPING]
        self._write([self._event(part, images_seen) for part in kept])

    def images(self, name: str, images: Tensor, images_seen: int) -> None:
        """Write a grid, eight images to a row.

        Args:
            images: [N, C, H, W] float32 in about [-1, 1] with C = 1 or 3; shown at most 128 pixels high.
        """
        small = F.avg_pool2d(images.detach().cpu(), max(1, images.shape[2] // LARGEST))
        values = ((small + 1) / 2).clamp(0, 1).expand(-1, 3, -1, -1)
        self._write([self._event(self._summary.image(name, values.numpy(), dataformats="NCHW"), images_seen)])

    def close(self) -> None:
        with suppress(OSError, ValueError):  # what could not be written was said when it was
            self._writer.close()

    def _event(self, part: Any, images_seen: int) -> Any:
        return self._new_event(step=images_seen, wall_time=time.time(), summary=part)

    def _write(self, events: Sequence[Any]) -> None:
        """Append whole records or none.

        Raises:
            DiskFull: there is no room.
        """
        with disk.full_disk_named(self._path, sum(event.ByteSize() for event in events)):
            try:
                for event in events:
                    self._writer.write_event(event)
                self._writer.flush()
            except OSError:
                with suppress(OSError):
                    self._writer.close()
                os.truncate(self._path, self._whole)
                raise
        self._whole = self._path.stat().st_size


def open_board(run: Path, images_seen: int) -> Board | None:
    """A board that goes on after `images_seen` images; None without the library."""
    try:
        return Board(run, images_seen)
    except ImportError:
        return None
