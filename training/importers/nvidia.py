"""StyleGAN2 pickles of stylegan2-ada-pytorch and of the stylegan3 repository. Our state names are theirs."""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import Tensor

from mammoganesis.errors import CheckpointError
from training.importers import network
from training.importers.network import Imported, Tensors
from training.importers.sandbox import Foreign

MAPPING_LR_MULTIPLIER = 0.01  # ours
DEFAULT_GROUP = 4


def _attribute(foreign: Foreign, path: str, name: str, default: Any) -> Any:
    value = foreign.attributes.get(path, {}).get(name, default)
    kinds = (float, int) if isinstance(default, float) else type(default)
    return value if isinstance(value, kinds) else default


def _check_kind(foreign: Foreign) -> None:
    """Refuse networks whose tensors might fit and which compute something else."""
    if any(name.startswith("G_ema/synthesis.input.") for name in foreign.tensors):
        raise CheckpointError("this is an alias-free generator (StyleGAN3); only StyleGAN2 networks are imported")
    for path, values in foreign.attributes.items():
        part, _, _ = path.partition("/")
        wanted = {"activation": ("lrelu", "linear"), "architecture": ("resnet",) if part == "D" else ("skip",)}
        for name, allowed in wanted.items():
            found = values.get(name)
            if isinstance(found, str) and found not in allowed and part != "augment_pipe":
                raise CheckpointError(f"{path}: {name} is {found!r}; supported is {' or '.join(allowed)}")
        if path.endswith(".mbstd") and values.get("num_channels", 1) != 1:
            raise CheckpointError(f"{path}: num_channels is {values['num_channels']}; supported is 1")


def _generator(foreign: Foreign, part: str) -> tuple[Tensors, list[str]]:
    """One generator's tensors with its special cases brought to our form, and lines that say so."""
    tensors, notes = foreign.network(part), []
    for name in [name for name in tensors if re.match(r"mapping\.fc\d+\.(weight|bias)$", name)]:
        path = f"{part}/{name.rpartition('.')[0]}"
        multiplier = float(_attribute(foreign, path, "bias_gain", MAPPING_LR_MULTIPLIER))
        if multiplier != MAPPING_LR_MULTIPLIER:
            tensors[name] = tensors[name] * (multiplier / MAPPING_LR_MULTIPLIER)
            notes.append(f"{path}: its learning-rate multiplier {multiplier:g} was brought to {MAPPING_LR_MULTIPLIER}")
    random = torch.Generator().manual_seed(0)
    for name in [name for name in tensors if re.match(r"synthesis\.b\d+\.conv[01]\.weight$", name)]:
        layer = name.removesuffix("weight")
        if f"{layer}noise_const" not in tensors and f"{layer}noise_strength" not in tensors:
            resolution = int(name.split(".")[1][1:])
            if resolution > network.LARGEST_RESOLUTION:
                continue  # refused when its sizes are looked at
            tensors[f"{layer}noise_strength"] = torch.zeros(())
            tensors[f"{layer}noise_const"] = torch.randn(resolution, resolution, generator=random)
            notes.append(f"{part}/{layer[:-1]}: has no noise; its strength is set to 0")
    return tensors, notes


def _clamp(foreign: Foreign) -> float | None:
    values = [v.get("conv_clamp") for path, v in foreign.attributes.items() if path.startswith("G_ema/synthesis.")]
    limits = [float(value) for value in values if isinstance(value, int | float) and value > 0]
    return min(limits, default=None)


def convert(foreign: Foreign) -> Imported:
    """Raises CheckpointError if the networks are not StyleGAN2 in a form that we compute."""
    _check_kind(foreign)
    tensors, notes = _generator(foreign, "G_ema")
    c_dim = int(_attribute(foreign, "G_ema", "c_dim", 0))
    config = network.sizes(tensors, c_dim)
    average = network.fit_generator(config, tensors)
    if c_dim:
        notes.append(
            f"conditional: its {c_dim} classes are the values 0 to {c_dim - 1} of the label {network.LABEL_FIELD!r}"
        )
    generator = average
    if foreign.network("G"):
        generator = network.fit_generator(config, _generator(foreign, "G")[0])
    group = _attribute(foreign, "D/b4.mbstd", "group_size", DEFAULT_GROUP)
    discriminator, more = network.fit_discriminator(config, foreign.network("D"), max(1, min(int(group), 1024)))
    p: Tensor = foreign.tensors.get("augment_pipe/p", torch.zeros(()))
    imported = Imported(
        kind="nvidia",
        config=config,
        generator_ema=average,
        generator=generator,
        discriminator=discriminator,
        mbstd_group=max(1, min(int(group), 1024)),
        notes=(*notes, *more),
        ada_p=float(p) if p.dim() == 0 else 0.0,
    )
    limit = _clamp(foreign)
    if limit is not None:
        largest = network.largest_activation(imported.open_generator())
        if largest >= limit:
            line = f"its activations were cut off at {limit:g}, ours are not and reach {largest:.0f}: images can differ"
            imported = Imported(**{**vars(imported), "notes": (*imported.notes, line)})
    return imported
