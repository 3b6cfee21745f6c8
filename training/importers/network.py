"""From foreign tensors under our names to a checkpoint: sizes from shapes, every name and shape checked."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from mammoganesis.editing.latents import z_from_seeds
from mammoganesis.errors import CheckpointError, ConfigurationError
from training.checkpoints import checkpoint
from training.configs.options import TrainingOptions
from training.data import labels
from training.networks import Discriminator, Generator, GeneratorConfig
from training.networks.fir import filter_kernel
from training.networks.generator import MEAN_CODES, MEAN_SEED

Tensors = dict[str, Tensor]
NOISE_SEED = 0
PROBE_SEEDS = 4
LABEL_FIELD = "class"
LARGEST_RESOLUTION, LARGEST_CODE = 1024, 4096  # what a small file may make this process allocate ends here


@dataclass(frozen=True)
class Imported:
    """A foreign network in our names and sizes."""

    kind: str  # "nvidia", "rosinality" or "bundle"
    config: GeneratorConfig
    generator_ema: Tensors
    generator: Tensors  # the one in training; the averaged one where the file has no other
    discriminator: Tensors  # empty where the file has none that fits
    mbstd_group: int
    notes: tuple[str, ...]  # lines for the user: what was computed, changed or left out
    ada_p: float = 0.0
    said: Mapping[str, str] = field(default_factory=dict)  # for checkpoint.json: a bundle's name, licence, attribution

    def open_generator(self) -> Generator:
        """The averaged generator, on the CPU, without gradients."""
        generator = Generator(self.config)
        generator.load_state_dict(self.generator_ema)
        return generator.eval().requires_grad_(False)


def _size(tensors: Tensors, name: str, dimension: int) -> int:
    if name not in tensors or tensors[name].dim() <= dimension:
        raise CheckpointError(f"the generator has no {name}; it is no StyleGAN2 network with skip connections")
    return tensors[name].shape[dimension]


def widths(channels: dict[int, int]) -> tuple[int, int]:
    """The smallest channel_base and the channel_max that give these widths by resolution."""
    largest = max(channels.values())
    base = max(width * res for res, width in channels.items())  # each width is the whole part of base / resolution
    if any(min(base // res, largest) != width for res, width in channels.items()):
        raise CheckpointError(
            f"the generator's widths by resolution are {channels}; supported is min(channel_base // resolution, "
            "channel_max) for some channel_base and channel_max"
        )
    return base, largest


def draw_noise(tensors: Tensors) -> list[str]:
    """Give every convolution of a generator the noise map that its file lacks: maps are drawn, not learnt.

    Args:
        tensors: under our names; completed in place. A layer without a strength gets the strength 0.

    Returns:
        lines for the user.
    """
    random = torch.Generator().manual_seed(NOISE_SEED)
    drawn, silent = [], []
    for name in [name for name in tensors if re.match(r"synthesis\.b\d{1,5}\.conv[01]\.weight$", name)]:
        layer, resolution = name.removesuffix(".weight"), int(name.split(".")[1][1:])
        if f"{layer}.noise_const" in tensors or resolution > LARGEST_RESOLUTION:
            continue  # too large: refused when its sizes are looked at
        tensors[f"{layer}.noise_const"] = torch.randn(resolution, resolution, generator=random)
        drawn.append(layer)
        if f"{layer}.noise_strength" not in tensors:
            tensors[f"{layer}.noise_strength"] = torch.zeros(())
            silent.append(layer)
    notes = [f"{layer}: has no noise; its strength is set to 0" for layer in silent]
    if len(drawn) > len(silent):
        count = len(drawn) - len(silent)
        notes.append(f"the file has no noise maps for {count} layer(s): they were drawn (seed {NOISE_SEED})")
    return notes


def complete_mean(config: GeneratorConfig, tensors: Tensors) -> tuple[Tensors, list[str]]:
    """`fit_generator`; a file without w_avg gets the mean of mapped codes, and a line says so."""
    missing = "mapping.w_avg" not in tensors
    fitted = fit_generator(config, tensors | ({"mapping.w_avg": torch.zeros(config.w_dim)} if missing else {}))
    if not missing:
        return fitted, []
    generator = Generator(config)
    generator.load_state_dict(fitted)
    fitted["mapping.w_avg"] = generator.mean_code()
    return fitted, [
        f"the file has no w_avg: it was computed as the mean of {MEAN_CODES} mapped codes (seed {MEAN_SEED})"
    ]


def sizes(tensors: Tensors, c_dim: int = 0) -> GeneratorConfig:
    """The sizes of a generator, from the shapes of its tensors.

    Args:
        tensors: under our names.
        c_dim: length of the label vector; 0 for an unconditional network.

    Raises:
        CheckpointError: the sizes are none that `GeneratorConfig` can express.
    """
    blocks = sorted({int(m[1]) for name in tensors if (m := re.match(r"synthesis\.b(\d{1,5})\.", name))})
    resolution = blocks[-1] if blocks else 0
    if len(blocks) < 2 or blocks != [4 * 2**k for k in range(len(blocks))]:
        raise CheckpointError(f"the generator has blocks of {blocks} pixels; 4, 8, 16, ... are needed")
    if resolution > LARGEST_RESOLUTION:
        raise CheckpointError(f"the generator's resolution is {resolution}; supported is {LARGEST_RESOLUTION} at most")
    base, largest = widths({res: _size(tensors, f"synthesis.b{res}.conv1.weight", 0) for res in blocks})
    layers = len({m[1] for name in tensors if (m := re.match(r"mapping\.fc(\d{1,3})\.weight$", name))})
    if layers == 0:
        raise CheckpointError("the generator has no mapping network")
    w_dim = _size(tensors, f"mapping.fc{layers - 1}.weight", 0)
    if not 0 <= c_dim <= labels.MOST_VALUES:
        raise CheckpointError(f"the network is conditional with c_dim {c_dim}; 0 to {labels.MOST_VALUES} is supported")
    if c_dim == 1:
        raise CheckpointError("the network is conditional with one class; a label of a bundle has two values or more")
    classes = ((LABEL_FIELD, tuple(str(value) for value in range(c_dim))),) if c_dim else ()
    z_dim = _size(tensors, "mapping.fc0.weight", 1) - (w_dim if c_dim else 0)
    if max(z_dim, w_dim) > LARGEST_CODE:
        raise CheckpointError(f"the generator's z has {z_dim} numbers, its w {w_dim}; supported is {LARGEST_CODE} each")
    try:
        return GeneratorConfig(
            z_dim=z_dim,
            w_dim=w_dim,
            num_mapping_layers=layers,
            resolution=resolution,
            image_channels=_size(tensors, f"synthesis.b{resolution}.torgb.weight", 0),
            channel_base=base,
            channel_max=largest,
            label_fields=classes,
        )
    except ConfigurationError as error:
        raise CheckpointError(f"the generator's sizes are not supported: {error}") from error


def fit(kind: str, module: nn.Module, tensors: Tensors) -> Tensors:
    """Check foreign tensors against a network of ours, name by name.

    Args:
        kind: for messages, such as "generator".
        module: on the meta device.
        tensors: under our names; low-pass filters are compared with ours, and may be absent.

    Returns:
        exactly what `module.load_state_dict` takes.
    """
    expected = module.state_dict()
    result = {}
    for name, target in expected.items():
        value = tensors.get(name)
        if name.endswith("resample_filter"):
            if value is not None and (value.shape != target.shape or not torch.allclose(value, filter_kernel())):
                raise CheckpointError(f"the {kind}'s {name} is not the low-pass filter [1, 3, 3, 1]")
            value = filter_kernel()
        if value is None:
            raise CheckpointError(f"the {kind} has no {name}; it is no StyleGAN2 network of this form")
        if value.shape != target.shape:
            raise CheckpointError(
                f"the {kind}'s {name} has the shape {tuple(value.shape)}; {tuple(target.shape)} is needed"
            )
        if not torch.isfinite(value).all():
            raise CheckpointError(f"the {kind}'s {name} holds numbers that are not finite")
        result[name] = value
    unknown = sorted(tensors.keys() - expected.keys())
    if unknown:
        raise CheckpointError(f"the {kind} has tensors that StyleGAN2 has not: {', '.join(unknown[:5])}")
    return result


def fit_generator(config: GeneratorConfig, tensors: Tensors) -> Tensors:
    """`fit` for a generator of these sizes."""
    with torch.device("meta"):
        module = Generator(config)
    return fit("generator", module, tensors)


def fit_discriminator(config: GeneratorConfig, tensors: Tensors, mbstd_group: int) -> tuple[Tensors, list[str]]:
    """`fit` for a discriminator that mirrors the generator; one that does not fit is left out, and a line says so."""
    if not tensors:
        return {}, ["no discriminator in the file: one initialised from this checkpoint starts anew"]
    try:
        options = TrainingOptions(generator=config, batch=mbstd_group, mbstd_group=mbstd_group, pl_batch_shrink=1)
        with torch.device("meta"):
            module = Discriminator(options.discriminator)
        return fit("discriminator", module, tensors), []
    except (CheckpointError, ConfigurationError) as error:
        return {}, [f"the discriminator is left out: {error}"]


@torch.no_grad()
def largest_activation(generator: Generator) -> float:
    """The largest magnitude after any convolution, over four images."""
    config = generator.config
    z = torch.from_numpy(z_from_seeds(range(PROBE_SEEDS), config.z_dim))
    ws = generator.truncate(generator.mapping(z, generator.c_of_seeds(range(PROBE_SEEDS))))
    names = [f"{layer.name}.output" for layer in config.noise_layers]
    largest = 0.0
    for row in ws:  # one by one, because all activations are held
        _, features = generator.synthesis.from_styles(generator.synthesis.styles(row[None]), "const", names)
        largest = max(largest, *(float(value.abs().max()) for value in features.values()))
    return largest


def write(imported: Imported, out: Path, source: dict[str, str]) -> None:
    """Write a checkpoint that `export`, `discover`, `evaluate` and `--initialize-from` read.

    Args:
        out: its folder; must not exist.
        source: for checkpoint.json: the file's name and digest.
    """
    if out.exists():
        raise CheckpointError(f"{out}: exists already; choose another folder")
    checkpoint.write(
        out,
        {
            "generator": imported.generator,
            "generator_ema": imported.generator_ema,
            "discriminator": imported.discriminator,
        },
        {
            "generator": dataclasses.asdict(imported.config),
            "imported": {"kind": imported.kind, **source, **imported.said, "notes": list(imported.notes)},
            "mbstd_group": imported.mbstd_group,
            "step": 0,
            "images_seen": 0,
            "ada_p": imported.ada_p if math.isfinite(imported.ada_p) else 0.0,
        },
    )
