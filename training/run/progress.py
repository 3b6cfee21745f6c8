"""What a run shows: the line per tick, the JSON-lines log, the image grids, the TensorBoard files."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mammoganesis import files
from mammoganesis.editing.labels import c_in_turn
from mammoganesis.editing.latents import z_from_seeds
from mammoganesis.json_text import NotJson, read_json
from mammoganesis.recipe.limits import DEFAULT_PSI
from training.data import images
from training.data.dataset import Dataset
from training.loop.state import TrainingState
from training.run import tensorboard

LOG = "log.jsonl"
GRID_COLUMNS = 8
GRID_IMAGES = 32
GRID_BATCH = 8
TRUNCATION_ROWS = 4
TRUNCATION_PSI = (0.0, 0.2, 0.35, 0.5, DEFAULT_PSI, 0.8, 0.9, 1.0)
DESCRIPTION = "Synthetic mammograms, not for diagnosis"


def duration(seconds: float) -> str:
    """Such as 2d 03h, 1h 05m, 3m 20s."""
    seconds = int(seconds)
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days}d {hours:02d}h"
    if hours:
        return f"{hours}h {minutes:02d}m"
    return f"{minutes}m {seconds % 60:02d}s"


@dataclass
class Progress:
    """Writes log.jsonl, grids and TensorBoard files, and makes the line per tick. For one process of a run."""

    run: Path
    kimg: float  # length of the run
    started: float = field(default_factory=time.monotonic)
    tick_started: float = field(default_factory=time.monotonic)
    tick_images: int = 0  # images shown when the tick began

    @cached_property
    def _board(self) -> tensorboard.Board | None:
        """Opened when first needed, so that only the process that reports has files."""
        return tensorboard.open_board(self.run, self.tick_images)

    def tick(self, state: TrainingState, means: dict[str, float], waiting_share: float | None = None) -> str:
        """Close a tick: append to the log and to the TensorBoard files.

        Args:
            means: losses and other means over the tick, by name.
            waiting_share: share of the tick's time, 0 to 1, in which the step waited for data; None: not known.

        Returns:
            the line to print; on the first tick of a run without TensorBoard also a line that says so.
        """
        first = "_board" not in vars(self)
        board = self._board
        record = self._record(state, means, waiting_share)
        log = self.run / LOG
        files.write(log, (log.read_bytes() if log.is_file() else b"") + json.dumps(record).encode() + b"\n")
        if board is not None:
            board.scalars(record, state.images_seen)
        self.tick_started, self.tick_images = time.monotonic(), state.images_seen
        parts = [
            f"kimg {record['kimg']:.1f}/{self.kimg:g}",
            f"{record['images_per_second']:.1f} img/s",
            f"{record['seconds_per_kimg']:.1f} s/kimg",
            f"p {record['augment_p']:.3f}",
            *(f"{name} {value:.3f}" for name, value in means.items()),
            *([] if waiting_share is None else [f"waiting {waiting_share:.0%}"]),
            f"{record['memory_gib']:.1f} GiB",
            f"left {duration(record['seconds_left'])}",
        ]
        line = "  ".join(parts)
        return f"{tensorboard.ABSENT}\n{line}" if first and board is None else line

    def _record(self, state: TrainingState, means: dict[str, float], waiting_share: float | None) -> dict[str, Any]:
        """One line of log.jsonl: numbers by name."""
        now = time.monotonic()
        seconds = max(now - self.tick_started, 1e-9)
        rate = (state.images_seen - self.tick_images) / seconds  # images per second
        remaining = max(0.0, self.kimg * 1000 - state.images_seen) / max(rate, 1e-9)
        return {
            "kimg": round(state.images_seen / 1000, 3),
            "step": state.step,
            "images_per_second": round(rate, 3),
            "seconds_per_kimg": round(1000 / max(rate, 1e-9), 3),
            "augment_p": round(float(state.augment.p), 5),
            **{name: round(value, 6) for name, value in means.items()},
            **({} if waiting_share is None else {"waiting_share": round(waiting_share, 4)}),
            "memory_gib": round(state.device.memory_gib(), 3),
            "seconds_this_run": round(now - self.started, 1),
            "seconds_left": round(remaining, 1),
            "unix_time": round(time.time(), 1),
        }

    def image_grids(self, state: TrainingState, *, snapshot: bool = False) -> None:
        """Draw and write the grids of `image_grids`, for TensorBoard too.

        Args:
            snapshot: whether a checkpoint is written now; then there is a truncation grid as well.
        """
        for name, drawn in image_grids(state, self.run, truncation=snapshot).items():
            if self._board is not None:
                self._board.images(name, drawn, state.images_seen)

    def metrics(self, state: TrainingState, values: dict[str, float]) -> None:
        """Metrics measured during training, for TensorBoard."""
        if self._board is not None:
            self._board.scalars(values, state.images_seen)

    def close(self) -> None:
        """Write what is left of the TensorBoard files."""
        if "_board" in vars(self) and self._board is not None:
            self._board.close()


def forget_after(run: Path, images_seen: int) -> None:
    """Drop the log's records of images that a resumed run is going to show again."""
    path = run / LOG
    if path.is_file():
        records = [_record(line) for line in path.read_text(encoding="utf-8").splitlines()]
        kept = [record for record in records if record is not None and record["kimg"] * 1000 <= images_seen + 0.5]
        files.write(path, "".join(json.dumps(record) + "\n" for record in kept).encode())


def _record(line: str) -> dict[str, Any] | None:
    """One record of the log; None for a line that a crash has cut off."""
    try:
        record = read_json(line, finite=False)
    except NotJson:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("kimg"), (int, float)) else None


def _codes(state: TrainingState, count: int) -> tuple[Tensor, Tensor | None]:
    """Fixed codes z [count, z_dim], seeds 0 on, and for a network with labels their combinations in turn.

    Drawn apart from the training's random state, so that looking at a run does not change it.
    """
    config, device = state.options.generator, state.device.torch_device
    z = z_from_seeds(range(count), config.z_dim)
    c = torch.from_numpy(c_in_turn(dict(config.label_fields), count)).to(device) if config.label_fields else None
    return torch.from_numpy(z).to(device), c


@torch.no_grad()
def _synthesize(state: TrainingState, ws: Tensor) -> Tensor:
    """ws [N, num_ws, w_dim] -> images [N, C, H, W] on the CPU, some at a time."""
    return torch.cat([state.generator_ema.synthesis(part, "const").cpu() for part in ws.split(GRID_BATCH)])


@torch.no_grad()
def sample_grid(state: TrainingState, psi: float, path: Path) -> Tensor:
    """Draw the averaged generator at fixed codes, seeds 0 to 31, and write one PNG. Returns the images."""
    z, c = _codes(state, GRID_IMAGES)
    generator = state.generator_ema
    drawn = _synthesize(state, generator.truncate(generator.mapping(z, c), psi))
    images.write_grid(drawn.numpy(), path, GRID_COLUMNS, DESCRIPTION)
    return drawn


@torch.no_grad()
def truncation_grid(state: TrainingState, path: Path) -> Tensor:
    """Draw one seed per row from psi 0 (the mean image) to psi 1, and write one PNG. Returns the images."""
    z, c = _codes(state, TRUNCATION_ROWS)
    generator = state.generator_ema
    w = generator.mapping(z, c)
    ws = torch.stack([generator.truncate(w, psi) for psi in TRUNCATION_PSI], dim=1)  # [rows, psi, num_ws, w_dim]
    drawn = _synthesize(state, ws.flatten(0, 1))
    images.write_grid(drawn.numpy(), path, len(TRUNCATION_PSI), f"{DESCRIPTION}; psi {TRUNCATION_PSI} from the left")
    return drawn


def image_grids(state: TrainingState, run: Path, *, truncation: bool = False) -> dict[str, Tensor]:
    """Grids at psi 1 and at the default psi: grids/kimg000123-psi1.00.png; with `truncation` also -truncation.png.

    Returns:
        the images [N, C, H, W] by the name of their grid.
    """
    folder = run / "grids"
    kimg, images_more = divmod(state.images_seen, 1000)
    start = f"kimg{kimg:06d}.{images_more:03d}" if images_more else f"kimg{kimg:06d}"
    names = {f"psi{psi:.2f}": psi for psi in (1.0, DEFAULT_PSI)}
    drawn = {name: sample_grid(state, psi, folder / f"{start}-{name}.png") for name, psi in names.items()}
    if truncation:
        drawn["truncation"] = truncation_grid(state, folder / f"{start}-truncation.png")
    return drawn


def real_grid(dataset: Dataset, run: Path) -> None:
    """A grid of training images, evenly spaced over the set: grids/reals.png."""
    chosen = np.unique(np.linspace(0, len(dataset) - 1, GRID_IMAGES).round().astype(int))
    batch = np.stack([dataset[int(i)] for i in chosen]).astype(np.float32) / 127.5 - 1.0
    images.write_grid(batch, run / "grids" / "reals.png", GRID_COLUMNS, "Training images", synthetic=False)
