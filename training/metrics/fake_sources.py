"""What the command line can measure: a checkpoint, a run, all checkpoints of a run, a folder of images."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from mammoganesis import files
from mammoganesis.errors import ConfigurationError
from training.checkpoints import checkpoint
from training.configs.names import FROZEN
from training.metrics import judges
from training.metrics.choices import Sampling
from training.metrics.samples import Generated, ImageFolder, Reals


@dataclass(frozen=True)
class Fakes:
    """One set of fakes."""

    target: str
    source: Generated | ImageFolder
    kimg: float | None
    generator_digest: str

    @property
    def generated(self) -> Generated | None:
        return self.source if isinstance(self.source, Generated) else None


def expand(targets: Sequence[str], all_checkpoints: bool) -> list[str]:
    """Replace runs, and folders that hold checkpoints, by their checkpoints, oldest first, where that is wanted."""
    if not all_checkpoints:
        return list(targets)
    found: list[str] = []
    for target in targets:
        place = files.location(target)
        loose = (p for p in place.glob("kimg*") if (p / checkpoint.JSON_NAME).is_file())
        inside = checkpoint.checkpoints_of(place) or sorted(loose, key=lambda p: p.name)
        found += [str(folder) for folder in inside] or [target]
    return found


def is_image_folder(target: str) -> bool:
    """A folder that is neither a checkpoint nor a run."""
    path = files.location(target)
    return path.is_dir() and not (path / checkpoint.JSON_NAME).is_file() and not (path / "checkpoints").is_dir()


def refuse_teachers(targets: Sequence[str], extractor: str) -> None:
    """Raises ConfigurationError where the extractor had a part in the training of a checkpoint or run among `targets`.

    Of a folder of images nothing is known.
    """
    if extractor not in FROZEN:
        return  # it teaches nobody
    for target in targets:
        if not is_image_folder(target):
            content = checkpoint.read_content(checkpoint.resolve(target))
            judges.refuse_teacher("--extractor", extractor, checkpoint.teachers(content), target)


def open_fakes(target: str, reals: Reals, sampling: Sampling, device: torch.device | None = None) -> Fakes:
    """Open one target.

    Raises:
        CheckpointError, DataError: it cannot be read.
        ConfigurationError: its images do not have the size of the reals.
    """
    if is_image_folder(target):
        place = files.location(target)
        if not isinstance(place, Path):
            raise ConfigurationError(
                f"{target}: is neither a checkpoint nor a run; images are read from folders of this machine only"
            )
        folder = ImageFolder(place, reals.resolution, reals.channels, sampling.samples)
        return Fakes(target, folder, None, "")
    weights = checkpoint.resolve(target)  # once: a live run may write another checkpoint meanwhile
    generator, content = checkpoint.load_generator_ema(weights)
    config = generator.config
    if (config.resolution, config.image_channels) != (reals.resolution, reals.channels):
        raise ConfigurationError(
            f"{target}: makes images of {config.resolution}x{config.resolution} with {config.image_channels} "
            f"channel(s); the reals are {reals.resolution}x{reals.resolution} with {reals.channels}"
        )
    mixture = reals.mixture(dict(config.label_fields))
    source = Generated(generator.to(device), sampling.samples, sampling.psi, sampling.seed, mixture)
    return Fakes(target, source, content.get("images_seen", 0) / 1000, _digest(weights))


def _digest(folder: files.Location) -> str:
    """sha256 of generator_ema.safetensors; empty where it cannot be had."""
    try:
        return hashlib.sha256((folder / "generator_ema.safetensors").read_bytes()).hexdigest()
    except OSError:
        return ""
