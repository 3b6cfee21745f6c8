"""Checkpoints: folders of safetensors files and one JSON file, written atomically.

    RUN/checkpoints/kimg000123/
        generator.safetensors  generator_ema.safetensors  discriminator.safetensors
        optimizers.safetensors   Adam's moments and step counts, by parameter name
        random.safetensors       states of the random generators
        checkpoint.json          format version, sizes of the generator, training options, counters

Nothing in a checkpoint can execute code.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from training.errors import CheckpointError
from training.networks.generator import Generator, GeneratorConfig

FORMAT_VERSION = 1
JSON_NAME = "checkpoint.json"
TensorFiles = dict[str, dict[str, Tensor]]  # file name without suffix -> tensors by name


def checkpoint_name(images_seen: int) -> str:
    """Folder name, such as kimg000123; sorts by training time."""
    return f"kimg{images_seen // 1000:06d}"


def write(folder: Path, tensors: TensorFiles, content: dict[str, Any]) -> None:
    """Write a checkpoint folder atomically; one of the same name is replaced.

    Args:
        folder: the checkpoint's final folder.
        tensors: what each safetensors file holds.
        content: what checkpoint.json holds beside the format version.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.parent / f".writing-{folder.name}"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    for name, values in tensors.items():
        path = temporary / f"{name}.safetensors"
        save_file({k: v.detach().cpu().contiguous() for k, v in values.items()}, path)
        _sync(path)
    path = temporary / JSON_NAME
    path.write_text(json.dumps({"format_version": FORMAT_VERSION, **content}, indent=2) + "\n", encoding="utf-8")
    _sync(path)
    _sync(temporary)
    replaced = folder.parent / f".replaced-{folder.name}"
    if folder.exists():
        shutil.rmtree(replaced, ignore_errors=True)
        folder.rename(replaced)
    temporary.rename(folder)
    _sync(folder.parent)
    shutil.rmtree(replaced, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def checkpoints_of(run: Path) -> list[Path]:
    """The complete checkpoints of a run folder, oldest first."""
    found = (p for p in (run / "checkpoints").glob("kimg*") if (p / JSON_NAME).is_file())
    return sorted(found, key=lambda p: p.name)


def remove_old(run: Path, keep: int) -> None:
    """Keep the newest `keep` checkpoints of a run; what interrupted writes left behind goes too."""
    for folder in [*checkpoints_of(run)[:-keep], *(run / "checkpoints").glob(".writing-*")]:
        shutil.rmtree(folder)


def abandon_after(run: Path, images_seen: int) -> list[Path]:
    """Move the checkpoints of a run that were written after `images_seen` images into checkpoints/abandoned.

    A run that goes on from an earlier one would otherwise take up the branch that was left, or delete its own as old.

    Returns:
        where they are now.
    """
    moved = []
    for folder in checkpoints_of(run):
        if read_content(folder).get("images_seen", 0) > images_seen:
            target = folder.parent / "abandoned" / folder.name
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(exist_ok=True)
            moved.append(folder.rename(target))
    return moved


def resolve(path: Path) -> Path:
    """The checkpoint folder that a path given by a user means: itself, or the newest one of a run folder."""
    if (path / JSON_NAME).is_file():
        return path
    found = checkpoints_of(path)
    if found:
        return found[-1]
    if not path.exists():
        raise CheckpointError(f"{path}: no such folder")
    raise CheckpointError(f"{path}: is neither a checkpoint ({JSON_NAME}) nor a run with checkpoints/kimg*")


def read_content(folder: Path) -> dict[str, Any]:
    """The content of checkpoint.json of a checkpoint folder, version checked."""
    path = folder / JSON_NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error})") from error
    version = content.get("format_version") if isinstance(content, dict) else None
    if version != FORMAT_VERSION:
        raise CheckpointError(f"{path}: format_version is {version}; this program reads {FORMAT_VERSION}")
    return content


def read_tensors(folder: Path, name: str) -> dict[str, Tensor]:
    """One safetensors file of a checkpoint folder, on the CPU."""
    path = folder / f"{name}.safetensors"
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error})") from error


def load_into(module: torch.nn.Module, tensors: dict[str, Tensor], where: str) -> None:
    """Strict `load_state_dict` with an error that names what does not fit."""
    try:
        module.load_state_dict(tensors)
    except RuntimeError as error:
        raise CheckpointError(f"{where}: does not fit the network: {error}") from error


def generator_config(content: dict[str, Any], where: str) -> GeneratorConfig:
    """The sizes of the generator that a checkpoint.json states."""
    try:
        return GeneratorConfig(**content["generator"])
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"{where}: the field 'generator' is missing or damaged ({error})") from error


def load_generator_ema(path: Path | str) -> tuple[Generator, dict[str, Any]]:
    """The averaged generator of a checkpoint, for sampling, discovery and export.

    Args:
        path: a checkpoint folder, or a run folder (its newest checkpoint is taken).

    Returns:
        the generator in eval mode, on the CPU, without gradients; and the content of checkpoint.json.
    """
    folder = resolve(Path(path))
    content = read_content(folder)
    generator = Generator(generator_config(content, str(folder)))
    load_into(generator, read_tensors(folder, "generator_ema"), f"{folder}/generator_ema.safetensors")
    return generator.eval().requires_grad_(False), content


def copy_matching(module: torch.nn.Module, tensors: dict[str, Tensor]) -> tuple[list[str], list[str]]:
    """Copy every parameter and buffer whose name and shape match; transfer learning.

    Returns:
        names copied and names of the module left as they were.
    """
    copied, left = [], []
    with torch.no_grad():
        for name, target in module.state_dict().items():
            source = tensors.get(name)
            if source is not None and source.shape == target.shape:
                target.copy_(source)
                copied.append(name)
            else:
                left.append(name)
    return copied, left
