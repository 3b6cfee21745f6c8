"""What a run shows: the line per tick, the JSON-lines log, the image grids."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training.data import images
from training.data.dataset import Dataset
from training.state import TrainingState

GRID_COLUMNS = 8
GRID_IMAGES = 32
GRID_BATCH = 8
PAPER_PSI = 0.65


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
    """Writes log.jsonl and prints one line per tick."""

    run: Path
    kimg: float  # length of the run
    started: float = field(default_factory=time.monotonic)
    tick_started: float = field(default_factory=time.monotonic)
    tick_images: int = 0  # images shown when the tick began

    def tick(self, state: TrainingState, means: dict[str, float]) -> str:
        """Close a tick: append to the log and return the line to print."""
        now = time.monotonic()
        seconds = max(now - self.tick_started, 1e-9)
        shown = state.images_seen - self.tick_images
        rate = shown / seconds  # images per second
        remaining = (self.kimg * 1000 - state.images_seen) / max(rate, 1e-9)
        record: dict[str, Any] = {
            "kimg": round(state.images_seen / 1000, 3),
            "step": state.step,
            "images_per_second": round(rate, 3),
            "seconds_per_kimg": round(1000 / max(rate, 1e-9), 3),
            "augment_p": round(float(state.augment.p), 5),
            **{name: round(value, 6) for name, value in means.items()},
            "memory_gib": round(state.device.memory_gib(), 3),
            "seconds_this_run": round(now - self.started, 1),
            "seconds_left": round(remaining, 1),
            "unix_time": round(time.time(), 1),
        }
        with (self.run / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(record) + "\n")
        self.tick_started, self.tick_images = time.monotonic(), state.images_seen
        parts = [
            f"kimg {record['kimg']:.1f}/{self.kimg:g}",
            f"{rate:.1f} img/s",
            f"{record['seconds_per_kimg']:.1f} s/kimg",
            f"p {record['augment_p']:.3f}",
            *(f"{name} {value:.3f}" for name, value in means.items()),
            f"{record['memory_gib']:.1f} GiB",
            f"left {duration(remaining)}",
        ]
        return "  ".join(parts)


def forget_after(run: Path, images_seen: int) -> None:
    """Drop the log's records of images that a resumed run is going to show again."""
    path = run / "log.jsonl"
    if path.is_file():
        records = [_record(line) for line in path.read_text(encoding="utf-8").splitlines()]
        kept = [record for record in records if record is not None and record["kimg"] * 1000 <= images_seen + 0.5]
        temporary = path.with_suffix(".tmp")
        temporary.write_text("".join(json.dumps(record) + "\n" for record in kept), encoding="utf-8")
        temporary.replace(path)


def _record(line: str) -> dict[str, Any] | None:
    """One record of the log; None for a line that a crash has cut off."""
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return None


@torch.no_grad()
def sample_grid(state: TrainingState, psi: float, path: Path) -> None:
    """Draw the averaged generator at fixed codes, seeds 0 to 31, and write one PNG."""
    generator = state.generator_ema
    z_dim = generator.config.z_dim
    codes = np.stack([np.random.RandomState(seed).randn(z_dim) for seed in range(GRID_IMAGES)]).astype(np.float32)
    parts = []
    for start in range(0, GRID_IMAGES, GRID_BATCH):
        z = torch.from_numpy(codes[start : start + GRID_BATCH]).to(state.device.torch_device)
        parts.append(generator(z, psi=psi, noise_mode="const").cpu().numpy())
    images.write_grid(np.concatenate(parts), path, GRID_COLUMNS, "Synthetic mammograms, not for diagnosis")


def image_grids(state: TrainingState, run: Path) -> None:
    """Grids at psi 1 and at the paper's psi: grids/kimg000123-psi1.00.png."""
    folder = run / "grids"
    folder.mkdir(exist_ok=True)
    for psi in (1.0, PAPER_PSI):
        sample_grid(state, psi, folder / f"kimg{state.images_seen // 1000:06d}-psi{psi:.2f}.png")


def real_grid(dataset: Dataset, run: Path) -> None:
    """A grid of training images, evenly spaced over the set: grids/reals.png."""
    (run / "grids").mkdir(exist_ok=True)
    chosen = np.unique(np.linspace(0, len(dataset) - 1, GRID_IMAGES).round().astype(int))
    batch = np.stack([dataset[int(i)] for i in chosen]).astype(np.float32) / 127.5 - 1.0
    images.write_grid(batch, run / "grids" / "reals.png", GRID_COLUMNS, "Training images")
