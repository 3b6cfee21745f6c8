"""The door of tensorboardX: a run's numbers and pictures as event files in RUN/tensorboard.

    pip install tensorboard && tensorboard --logdir RUN

Optional: without the library a run says so once and goes on. Steps are real images shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.nn import functional as F

ABSENT = "no TensorBoard files, because tensorboardX is not installed; log.jsonl holds the same numbers"
LARGEST = 128  # pixels per image of a grid: event files hold every tick of a long run
BOOKKEEPING = ("unix_time",)


class Board:
    """Writes event files.

    A run that goes on from `images_seen` opens a new file, which tells readers to forget what earlier files hold of
    later steps: that branch was left.
    """

    def __init__(self, run: Path, images_seen: int) -> None:
        from tensorboardX import SummaryWriter

        folder = run / "tensorboard"
        earlier = len(list(folder.glob("events.*")))
        self._writer = SummaryWriter(
            logdir=str(folder),
            purge_step=images_seen + 1,
            filename_suffix=f".{earlier:04d}",  # names begin with the second: two starts within one are two files
        )

    def scalars(self, values: Mapping[str, Any], images_seen: int) -> None:
        """Write every number of a record under its name."""
        for name, value in values.items():
            if isinstance(value, int | float) and name not in BOOKKEEPING:
                self._writer.add_scalar(name, value, images_seen)
        self._writer.flush()

    def images(self, name: str, images: Tensor, images_seen: int) -> None:
        """Write a grid, eight images to a row.

        Args:
            images: [N, C, H, W] float32 in about [-1, 1] with C = 1 or 3; shown at most 128 pixels high.
        """
        small = F.avg_pool2d(images.detach().cpu(), max(1, images.shape[2] // LARGEST))
        values = ((small + 1) / 2).clamp(0, 1).expand(-1, 3, -1, -1)
        self._writer.add_images(name, values.numpy(), images_seen)
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


def open_board(run: Path, images_seen: int) -> Board | None:
    """A board that goes on after `images_seen` images; None without the library."""
    try:
        return Board(run, images_seen)
    except ImportError:
        return None
