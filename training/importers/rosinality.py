"""Checkpoints of rosinality's stylegan2-pytorch (`.pt`): other names, the same function."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from mammoganesis.errors import CheckpointError
from training.importers import network
from training.importers.network import Imported, Tensors
from training.importers.sandbox import Foreign
from training.networks.fir import filter_kernel

MBSTD_GROUP = 4  # fixed in that project
STYLED = {  # of a styled convolution: their name -> ours
    "conv.weight": "weight",
    "conv.modulation.weight": "affine.weight",
    "conv.modulation.bias": "affine.bias",
    "noise.weight": "noise_strength",
    "activate.bias": "bias",
}
TO_IMAGE = {
    "conv.weight": "weight",
    "conv.modulation.weight": "affine.weight",
    "conv.modulation.bias": "affine.bias",
    "bias": "bias",
}
LEADING_ONE = ("conv.weight",)  # stored as [1, out, in, k, k]


def _number(pattern: str, name: str) -> int | None:
    found = re.fullmatch(pattern, name)
    return None if found is None else int(found[1])


def _layer(prefix: str) -> tuple[str, dict[str, str]] | None:
    """Our name of a layer of their generator, and the names inside it."""
    if prefix == "conv1":
        return "synthesis.b4.conv1", STYLED
    if prefix == "to_rgb1":
        return "synthesis.b4.torgb", TO_IMAGE
    if (index := _number(r"convs\.(\d{1,2})", prefix)) is not None:
        return f"synthesis.b{8 << index // 2}.conv{index % 2}", STYLED
    if (index := _number(r"to_rgbs\.(\d{1,2})", prefix)) is not None:
        return f"synthesis.b{8 << index}.torgb", TO_IMAGE
    return None


def generator_tensors(theirs: Tensors) -> Tensors:
    """Their generator under our names; names that we do not know are kept, so that they are reported."""
    ours: Tensors = {}
    for name, value in theirs.items():
        prefix = re.match(r"conv1|to_rgb1|convs\.\d+|to_rgbs\.\d+|", name)
        assert prefix is not None
        rest = name[prefix.end() + 1 :]
        layer = _layer(prefix[0])
        if name.endswith(".kernel"):
            _check_filter(name, value)
        elif layer is not None and rest in layer[1]:
            if rest in LEADING_ONE:
                value = value.squeeze(0)
            elif layer[1] is TO_IMAGE and rest == "bias":
                value = value.flatten()
            elif rest == "noise.weight":
                value = value.squeeze()
            ours[f"{layer[0]}.{layer[1][rest]}"] = value
        elif (found := re.fullmatch(r"style\.(\d{1,2})\.(weight|bias)", name)) and int(found[1]) >= 1:
            ours[f"mapping.fc{int(found[1]) - 1}.{found[2]}"] = value
        elif (index := _number(r"noises\.noise_(\d{1,2})", name)) is not None:
            layer_name = "b4.conv1" if index == 0 else f"b{8 << (index - 1) // 2}.conv{(index - 1) % 2}"
            ours[f"synthesis.{layer_name}.noise_const"] = value.squeeze(0).squeeze(0)
        elif name == "input.input":
            ours["synthesis.b4.const"] = value.squeeze(0)
        else:
            ours[name] = value
    return ours


def _check_filter(name: str, kernel: Tensor) -> None:
    """Their low-pass filters are stored, with a gain where they upsample; ours are not."""
    ours = filter_kernel()
    if kernel.shape != ours.shape or not torch.allclose(kernel / kernel.sum(), ours, atol=1e-6):
        raise CheckpointError(f"the low-pass filter {name} is not [1, 3, 3, 1]")


def discriminator_tensors(theirs: Tensors, resolution: int) -> Tensors:
    """Their discriminator under our names; names that we do not know are kept."""
    names = {
        "convs.0.0.weight": f"b{resolution}.fromrgb.weight",
        "convs.0.1.bias": f"b{resolution}.fromrgb.bias",
        "final_conv.0.weight": "b4.conv.weight",
        "final_conv.1.bias": "b4.conv.bias",
        "final_linear.0.weight": "b4.fc.weight",
        "final_linear.0.bias": "b4.fc.bias",
        "final_linear.1.weight": "b4.out.weight",
        "final_linear.1.bias": "b4.out.bias",
    }
    index, block = 1, resolution
    while block > 4:
        for their_part, our_part in (
            ("conv1.0.weight", "conv0.weight"),
            ("conv1.1.bias", "conv0.bias"),
            ("conv2.1.weight", "conv1.weight"),
            ("conv2.2.bias", "conv1.bias"),
            ("skip.1.weight", "skip.weight"),
        ):
            names[f"convs.{index}.{their_part}"] = f"b{block}.{our_part}"
        index, block = index + 1, block // 2
    ours: Tensors = {}
    for name, value in theirs.items():
        if name.endswith(".kernel"):
            _check_filter(name, value)
        else:
            ours[names.get(name, name)] = value
    return ours


def convert(foreign: Foreign) -> Imported:
    """Raises CheckpointError if the networks are not StyleGAN2 in a form that we compute."""
    tensors = generator_tensors(foreign.network("g_ema"))
    notes = network.draw_noise(tensors)
    config = network.sizes(tensors)
    mean = foreign.tensors.get("latent_avg")
    average, more = network.complete_mean(config, tensors | ({} if mean is None else {"mapping.w_avg": mean.flatten()}))
    notes += more
    generator = average
    if theirs := foreign.network("g"):
        trained = generator_tensors(theirs) | {"mapping.w_avg": average["mapping.w_avg"]}
        network.draw_noise(trained)
        generator = network.fit_generator(config, trained)
    theirs = discriminator_tensors(foreign.network("d"), config.resolution)
    discriminator, more = network.fit_discriminator(config, theirs, MBSTD_GROUP)
    return Imported(
        kind="rosinality",
        config=config,
        generator_ema=average,
        generator=generator,
        discriminator=discriminator,
        mbstd_group=MBSTD_GROUP,
        notes=(*notes, *more),
    )
