"""How a training run begins from the checkpoint of another one: transfer learning."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor

from mammoganesis.errors import CheckpointError
from mammoganesis.files import Location
from training.checkpoints import checkpoint
from training.checkpoints.digest import generator_digest
from training.checkpoints.origin import ancestors_with
from training.data.labels import LabelFields
from training.loop import growth, repadding
from training.loop.relabelling import relabelled
from training.loop.state import TrainingState
from training.loop.widening import widened
from training.networks import Discriminator


def initialize_from(state: TrainingState, folder: Location) -> str:
    """Transfer learning: copy what matches by name and shape from another checkpoint, optimisers left fresh.

    Both generators start from the averaged one. The blocks of a lower resolution match those of a higher one. New
    toRGB layers then start at zero, so that the first images are the old ones, enlarged. A discriminator of twice the
    old one's resolution starts as the old one after downsampling (`training.loop.growth`). Networks with more channels
    start as the old ones (`training.loop.widening`); a discriminator does if it has as many as before at 4x4. Labels
    that the old networks did not have say nothing at first (`training.loop.relabelling`). A generator with another
    padding of images is fitted to what it was (`training.loop.repadding`).

    Returns:
        one line that says what was copied.
    """
    content = checkpoint.read_content(folder)
    state.teachers |= checkpoint.teachers(content)
    state.ancestors = ancestors_with(content, generator_digest(folder))
    old, new = checkpoint.generator_config(content, str(folder)), state.options.generator
    same = (old.w_dim, old.image_channels) == (new.w_dim, new.image_channels)
    labels = (old.label_fields, new.label_fields)
    ema = relabelled(state.generator, checkpoint.read_tensors(folder, "generator_ema"), *labels)
    if same:
        ema = widened(state.generator, ema)
    copied, left = checkpoint.copy_matching(state.generator_ema, ema)
    checkpoint.copy_matching(state.generator, ema)
    weights = {name for name, value in state.generator.named_parameters() if value.dim() >= 2}
    if weights.isdisjoint(copied):
        raise CheckpointError(f"{folder}: no weight of its generator fits; are the widths the same?")
    with torch.no_grad():
        for generator in (state.generator, state.generator_ema):
            for name in left:
                if name.endswith((".torgb.weight", ".torgb.bias")):
                    generator.get_parameter(name).zero_()
    # What the old network did not have starts equal in both generators.
    fresh = {name: state.generator.state_dict()[name] for name in left}
    checkpoint.copy_matching(state.generator_ema, fresh)
    border = _fit_border(state, old.edge_padding)
    tensors = relabelled(state.discriminator, checkpoint.read_tensors(folder, "discriminator"), *labels)
    if same and old.channels(4) == new.channels(4):
        tensors = widened(state.discriminator, tensors)
    copied_d, left_d = checkpoint.copy_matching(state.discriminator, tensors)
    grown = _grow_discriminator(state, folder, tensors)
    heads = _copy_heads(state, folder, *labels)
    return (
        f"initialised from {folder}: {len(copied)} of {len(copied) + len(left)} generator tensors, "
        f"{len(copied_d)} of {len(copied_d) + len(left_d)} discriminator tensors{grown}{heads}{border}"
    )


def _fit_border(state: TrainingState, old_edge: bool) -> str:
    if state.options.generator.edge_padding == old_edge:
        return ""
    error = repadding.repad(state.generator_ema, old_edge, state.device)
    checkpoint.copy_matching(state.generator, state.generator_ema.state_dict())
    padding = "zeros instead of their edge" if old_edge else "their edge instead of zeros"
    return f"; images padded with {padding}, fitted within {error * 127.5:.1f} levels of 255"


def _copy_heads(state: TrainingState, folder: Location, old: LabelFields, new: LabelFields) -> str:
    """Heads on the same features are of use at any resolution; where they do not fit they stay fresh."""
    if state.projected is None:
        return ""
    if not (folder / "projected.safetensors").is_file():
        return "; fresh heads"
    heads = state.projected.discriminator
    tensors = relabelled(heads, checkpoint.read_tensors(folder, "projected"), old, new)
    copied, left = checkpoint.copy_matching(heads, tensors)
    return f"; {len(copied)} of {len(copied) + len(left)} tensors of the heads"


def _grow_discriminator(state: TrainingState, folder: Location, tensors: dict[str, Tensor]) -> str:
    """Let the first block stand for the downsampling, where the resolution has doubled and the widths are the same."""
    config = state.options.discriminator
    old_config = dataclasses.replace(config, resolution=config.resolution // 2)
    old = Discriminator(old_config)
    tensors = widened(old, tensors)  # its fromrgb, which the new one does not have
    shapes = {name: value.shape for name, value in old.state_dict().items()}
    if shapes != {name: value.shape for name, value in tensors.items()}:
        return ""
    checkpoint.load_into(old, tensors, f"{folder}/discriminator")
    error = growth.grow(state.discriminator, old.to(state.device.torch_device))
    return f"; the discriminator's new block stands for the downsampling, within {error:.1%}"
