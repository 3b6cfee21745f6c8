"""Checkpoints: folders of safetensors files and JSON, written atomically, here or at any address that fsspec knows.

    RUN/checkpoints/kimg000123/
        generator.safetensors  generator_ema.safetensors  discriminator.safetensors
        optimizers.safetensors   Adam's moments and step counts, by parameter name
        random.safetensors       states of the random generators of every process
        checkpoint.json          format version, sizes of the generator, training options, counters, digest of the data
        metrics.json             results by name, if any were measured

A checkpoint is never replaced: a second one within the same kimg is kimg000123.2. So whenever a run is killed, the
newest complete checkpoint is still there. Nothing in a checkpoint can execute code.
"""

from __future__ import annotations

import json
import math
import re
import tempfile
from pathlib import Path
from typing import Any, Literal

import safetensors.torch
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from mammoganesis import disk, files
from mammoganesis.errors import CheckpointError, ConfigurationError, DiskFull
from mammoganesis.files import Location
from mammoganesis.json_text import read_json
from training.checkpoints.content import fault_of
from training.networks import Generator, GeneratorConfig

FORMAT_VERSION = 1
JSON_NAME = "checkpoint.json"
METRICS_NAME = "metrics.json"
NAME = re.compile(r"kimg(\d+)(?:\.(\d+))?")
Better = Literal["lower", "higher"]
TensorFiles = dict[str, dict[str, Tensor]]  # file name without suffix -> tensors by name


def checkpoint_name(images_seen: int) -> str:
    """Folder name, such as kimg000123; see `new_folder`."""
    return f"kimg{images_seen // 1000:06d}"


def new_folder(run: Location, images_seen: int) -> Location:
    """Where a run's next checkpoint goes: a name after those of its kimg that are taken, complete or not."""
    name = checkpoint_name(images_seen)
    taken = [_age(folder)[1] for folder in (run / "checkpoints").glob(f"{name}*")]
    return run / "checkpoints" / (f"{name}.{max(taken) + 1}" if taken else name)


def _age(folder: Location) -> tuple[int, int]:
    """Sorts checkpoint names from the oldest to the newest; (-1, 0) for other names."""
    match = NAME.fullmatch(folder.name)
    return (int(match[1]), int(match[2] or 1)) if match else (-1, 0)


def write(folder: Location, tensors: TensorFiles, content: dict[str, Any]) -> None:
    """Write a checkpoint folder atomically.

    Args:
        folder: the checkpoint's final folder, which must not exist.
        tensors: what each safetensors file holds.
        content: what checkpoint.json holds beside the format version.

    Raises:
        CheckpointError: the folder exists.
        DiskFull: there is no room; nothing of it stays.
    """
    if folder.exists():
        raise CheckpointError(f"{folder}: exists; a checkpoint is never replaced")
    if not isinstance(folder, Path):
        with tempfile.TemporaryDirectory(prefix="mammoganesis-") as temporary:
            local = Path(temporary) / folder.name
            write(local, tensors, content)
            files.upload(local, folder, last=JSON_NAME)
        return
    last = (json.dumps({"format_version": FORMAT_VERSION, **content}, indent=2) + "\n").encode()
    size = len(last) + sum(value.nbytes for values in tensors.values() for value in values.values())
    try:
        with disk.new_folder(folder) as temporary:
            for name, values in tensors.items():
                files.write(temporary / f"{name}.safetensors", _serialised(values))
            files.write(temporary / JSON_NAME, last)
    except DiskFull as error:
        raise DiskFull(folder, size, error.free) from error


def _serialised(values: dict[str, Tensor]) -> bytes:
    return safetensors.torch.save({name: value.detach().cpu().contiguous() for name, value in values.items()})


def write_metrics(folder: Location, values: dict[str, float]) -> None:
    """Put measured results into a complete checkpoint."""
    files.write(folder / METRICS_NAME, (json.dumps(values, indent=2) + "\n").encode())


def read_metrics(folder: Location) -> dict[str, float]:
    """What was measured of a checkpoint; empty where nothing was."""
    path = folder / METRICS_NAME
    if not path.is_file():
        return {}
    try:
        return {str(name): float(value) for name, value in read_json(path.read_bytes(), finite=False).items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error})") from error


def checkpoints_of(run: Location) -> list[Any]:
    """The complete checkpoints of a run folder, oldest first; of the type of `run`."""
    found = (p for p in (run / "checkpoints").glob("kimg*") if _age(p) >= (0, 0) and (p / JSON_NAME).is_file())
    return sorted(found, key=_age)


def best_of(run: Location, metric: str, better: Better) -> Location | None:
    """The checkpoint with the best finite result, the newest of equals; None where none has been measured."""
    sign = 1 if better == "lower" else -1
    measured = [(sign * read_metrics(folder).get(metric, math.nan), folder) for folder in checkpoints_of(run)]
    finite = [(value, folder) for value, folder in reversed(measured) if math.isfinite(value)]
    return min(finite, key=lambda pair: pair[0])[1] if finite else None


def remove_old(run: Location, keep: int, best: tuple[str, Better] | None = None) -> None:
    """Keep the newest `keep` checkpoints of a run and the best one; what interrupted writes left behind goes too.

    Args:
        best: the metric by which one more checkpoint stays, and which way is better.
    """
    folder = run / "checkpoints"
    spared = None if best is None else best_of(run, *best)
    old = [checkpoint for checkpoint in checkpoints_of(run)[:-keep] if checkpoint != spared]
    broken = disk.leftovers(folder) if isinstance(folder, Path) else []
    if files.remote(run):
        broken += [p for p in folder.glob("kimg*") if not (p / JSON_NAME).is_file()]
    for checkpoint in [*old, *broken]:
        files.remove(checkpoint)


def abandon_after(run: Location, images_seen: int) -> list[Any]:
    """Move the checkpoints of a run that were written after `images_seen` images into checkpoints/abandoned.

    A run that goes on from an earlier one would otherwise take up the branch that was left, or delete its own as old.

    Returns:
        where they are now.
    """
    moved = []
    for folder in checkpoints_of(run):
        if read_content(folder).get("images_seen", 0) > images_seen:
            target = folder.parent / "abandoned" / folder.name
            files.move(folder, target)
            moved.append(target)
    return moved


def resolve(path: str | Location) -> Location:
    """The checkpoint folder that a path given by a user means: itself, or the newest one of a run folder."""
    place = files.location(path)
    if (place / JSON_NAME).is_file():
        return place
    found = checkpoints_of(place)
    if found:
        return found[-1]
    if not place.exists():
        raise CheckpointError(f"{place}: no such folder")
    raise CheckpointError(f"{place}: is neither a checkpoint ({JSON_NAME}) nor a run with checkpoints/kimg*")


def read_content(folder: Location) -> dict[str, Any]:
    """The content of checkpoint.json of a checkpoint folder, version and kinds of values checked."""
    path = folder / JSON_NAME
    try:
        content = read_json(path.read_bytes(), finite=False)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error})") from error
    version = content.get("format_version") if isinstance(content, dict) else None
    if version != FORMAT_VERSION:
        raise CheckpointError(f"{path}: format_version is {version}; this program reads {FORMAT_VERSION}")
    content = {name: value for name, value in content.items() if value is not None}
    if (fault := fault_of(content)) is not None:
        raise CheckpointError(f"{path}: {fault}")
    return content


def read_tensors(folder: Location, name: str) -> dict[str, Tensor]:
    """One safetensors file of a checkpoint folder, on the CPU."""
    path = folder / f"{name}.safetensors"
    try:
        return load_file(path) if isinstance(path, Path) else safetensors.torch.load(path.read_bytes())
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
    except (KeyError, TypeError, ConfigurationError) as error:
        raise CheckpointError(f"{where}: the field 'generator' is missing or damaged ({error})") from error


def sized_generator_config(folder: Location, content: dict[str, Any]) -> GeneratorConfig:
    """The sizes that a checkpoint states, held against what it stores, before any memory is taken for them.

    Raises:
        CheckpointError: a network of these sizes is larger than the file of the averaged generator.
    """
    config = generator_config(content, str(folder))
    path = folder / "generator_ema.safetensors"
    with torch.device("meta"):
        values = sum(value.numel() for value in Generator(config).state_dict().values())
    needed = 2 * values  # at least: a copy may be in half precision, as that of bench/gpu.py
    try:
        held = path.stat().st_size
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or error})") from error
    if needed > held:
        raise CheckpointError(
            f"{folder}: the field 'generator' states sizes that need {needed:,} bytes; {path.name} has {held:,}"
        )
    return config


def load_generator_ema(path: str | Location) -> tuple[Generator, dict[str, Any]]:
    """The averaged generator of a checkpoint, for sampling, discovery and export.

    Args:
        path: a checkpoint folder, or a run folder (its newest checkpoint is taken), here or at an fsspec address.

    Returns:
        the generator in eval mode, on the CPU, without gradients; and the content of checkpoint.json. Where it says how
        often the training images have which labels, `w_avg` is the mean over these: in training some were withheld.
    """
    folder = resolve(path)
    content = read_content(folder)
    tensors = read_tensors(folder, "generator_ema")
    generator = Generator(sized_generator_config(folder, content))
    load_into(generator, tensors, f"{folder}/generator_ema.safetensors")
    if generator.config.label_mixture:
        generator.mapping.w_avg.copy_(generator.mean_code())
    return generator.eval().requires_grad_(False), content


def teachers(content: dict[str, Any]) -> frozenset[str]:
    """The frozen networks that had a part in a checkpoint's training, or in that of one which it began from.

    Args:
        content: of checkpoint.json.
    """
    options = content.get("training_options")
    own = options.get("projected", "none") if isinstance(options, dict) else "none"
    return frozenset({own, *content.get("teachers", ())}) - {"none"}


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
