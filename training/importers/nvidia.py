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


def _check_generator(foreign: Foreign) -> None:
    """Refuse networks whose tensors might fit and which compute something else."""
    if any(name.startswith("G_ema/synthesis.input.") for name in foreign.tensors):
        raise CheckpointError("this is an alias-free generator (StyleGAN3); only StyleGAN2 networks are imported")
    for path in foreign.attributes:
        part = path.partition("/")[0]
        if part not in ("D", "augment_pipe") and (fault := _fault(foreign, path, "skip")):
            raise CheckpointError(fault)


def _fault_of_discriminator(foreign: Foreign) -> str | None:
    """What a discriminator computes that ours does not, or None."""
    paths = [path for path in foreign.attributes if path.partition("/")[0] == "D"]
    return next((fault for path in paths if (fault := _fault(foreign, path, "resnet"))), None)


def _fault(foreign: Foreign, path: str, architecture: str) -> str | None:
    """What a module computes that ours does not, or None."""
    values = foreign.attributes[path]
    for name, allowed in (("activation", ("lrelu", "linear")), ("architecture", (architecture,))):
        found = values.get(name)
        if isinstance(found, str) and found not in allowed:
            return f"{path}: {name} is {found!r}; supported is {' or '.join(allowed)}"
    if path.endswith(".mbstd") and values.get("num_channels", 1) != 1:
        return f"{path}: num_channels is {values['num_channels']}; supported is 1"
    return None


def _generator(foreign: Foreign, part: str) -> tuple[Tensors, list[str]]:
    """One generator's tensors with its special cases brought to our form, and lines that say so."""
    tensors, notes = foreign.network(part), []
    for name in [name for name in tensors if re.match(r"mapping\.fc\d+\.(weight|bias)$", name)]:
        path = f"{part}/{name.rpartition('.')[0]}"
        multiplier = float(_attribute(foreign, path, "bias_gain", MAPPING_LR_MULTIPLIER))
        if multiplier != MAPPING_LR_MULTIPLIER:
            tensors[name] = tensors[name] * (multiplier / MAPPING_LR_MULTIPLIER)
            notes.append(f"{path}: its learning-rate multiplier {multiplier:g} was brought to {MAPPING_LR_MULTIPLIER}")
    notes += [f"{part}/{note}" if note.startswith("synthesis.") else note for note in network.draw_noise(tensors)]
    return tensors, notes


def _clamp(foreign: Foreign) -> float | None:
    values = [v.get("conv_clamp") for path, v in foreign.attributes.items() if path.startswith("G_ema/synthesis.")]
    limits = [float(value) for value in values if isinstance(value, int | float) and value > 0]
    return min(limits, default=None)


def convert(foreign: Foreign) -> Imported:
    """Raises CheckpointError if the networks are not StyleGAN2 in a form that we compute."""
    _check_generator(foreign)
    tensors, notes = _generator(foreign, "G_ema")
    c_dim = int(_attribute(foreign, "G_ema", "c_dim", 0))
    config = network.sizes(tensors, c_dim)
    average, more = network.complete_mean(config, tensors)
    notes += more
    if c_dim:
        notes.append(
            f"conditional: its {c_dim} classes are the values 0 to {c_dim - 1} of the label {network.LABEL_FIELD!r}"
        )
    generator = average
    if foreign.network("G"):
        trained = _generator(foreign, "G")[0]
        generator = network.fit_generator(config, {"mapping.w_avg": average["mapping.w_avg"]} | trained)
    group = _attribute(foreign, "D/b4.mbstd", "group_size", DEFAULT_GROUP)
    fault = _fault_of_discriminator(foreign)
    if fault is None:
        discriminator, more = network.fit_discriminator(config, foreign.network("D"), max(1, min(int(group), 1024)))
    else:
        discriminator, more = {}, [f"the discriminator is left out: {fault}"]
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
