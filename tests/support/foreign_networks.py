"""Files as other projects write them, made from the golden weights without those projects' code.

The pickle streams name the same globals in the same structure: `torch_utils.persistence._reconstruct_persistent_obj`
with a dictionary of class name, source and state; `dnnlib.util.EasyDict`; tensors as torch pickles them.
"""

from __future__ import annotations

import argparse
import contextlib
import pickle
import sys
import types
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

BUFFERS = ("w_avg", "noise_const", "resample_filter")
CANARY = "executed.txt"
SOURCE = f"open({CANARY!r}, 'w').write('the source inside the file was executed')\nraise SystemExit(1)\n"


class EasyDict(dict):
    """Pickled as dnnlib.util.EasyDict."""


def _reconstruct_persistent_obj(meta: dict[str, Any]) -> None:
    raise AssertionError("only ever named in a file")


class Persistent(torch.nn.Module):
    """Pickled as NVIDIA's decorator has modules pickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        state = super().__reduce__()[2]
        meta = {"type": "class", "version": 6, "module_src": SOURCE, "class_name": self.kind, "state": state}
        return _reconstruct_persistent_obj, (meta,), None

    kind = "Network"


@contextlib.contextmanager
def nvidia_modules() -> Iterator[None]:
    """Modules under NVIDIA's names, so that pickle writes those names."""
    made = {
        name: types.ModuleType(name) for name in ("torch_utils", "torch_utils.persistence", "dnnlib", "dnnlib.util")
    }
    made["torch_utils.persistence"]._reconstruct_persistent_obj = _reconstruct_persistent_obj  # type: ignore[attr-defined]
    made["dnnlib.util"].EasyDict = EasyDict  # type: ignore[attr-defined]
    own = [(_reconstruct_persistent_obj, "torch_utils.persistence"), (EasyDict, "dnnlib.util")]
    before = [(item, item.__module__) for item, _ in own]
    sys.modules.update(made)
    for item, module in own:
        item.__module__ = module
    try:
        yield
    finally:
        for item, module in before:
            item.__module__ = module
        for name in made:
            del sys.modules[name]


def persistent_tree(tensors: dict[str, Tensor], **attributes: Any) -> Persistent:
    """A tree of modules whose state_dict has these names."""
    root = Persistent()
    root.kind = "Generator"
    for name, value in tensors.items():
        module: Any = root
        *path, last = name.split(".")
        for part in path:
            if part not in module._modules:
                module.add_module(part, Persistent())
            module = module._modules[part]
        if last in BUFFERS:
            module.register_buffer(last, value.clone())
        else:
            module.register_parameter(last, torch.nn.Parameter(value.clone(), requires_grad=False))
        if last == "weight" and path[-1].startswith(("conv", "fc")):
            module.activation = "lrelu"
            module.act_gain = np.sqrt(2)
            module.conv_clamp = 256
        if path[-1:] and path[-1].startswith("fc") and path[:1] == ["mapping"]:
            module.bias_gain = 0.01
    for key, value in attributes.items():
        setattr(root, key, value)
    root._parameters = OrderedDict(root._parameters)  # type: ignore[assignment]
    root._init_args, root._init_kwargs = (), EasyDict(z_dim=96, mapping_kwargs=EasyDict(num_layers=8))  # type: ignore[assignment]
    return root.eval()


def part(golden: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in golden.items() if name.startswith(prefix)}


def write_nvidia(path: Path, networks: dict[str, Any], protocol: int = pickle.DEFAULT_PROTOCOL) -> Path:
    """Write {G, D, G_ema, ...} as NVIDIA's training does."""
    with nvidia_modules(), path.open("wb") as file:
        pickle.dump({**networks, "training_set_kwargs": EasyDict(path="data", resolution=32)}, file, protocol)
    return path


def golden_nvidia(golden: dict[str, Tensor], path: Path, protocol: int = pickle.DEFAULT_PROTOCOL) -> Path:
    """The golden networks as a pickle of stylegan2-ada-pytorch."""
    average = persistent_tree(part(golden, "G/"), z_dim=96, c_dim=0, w_dim=96, img_resolution=32, img_channels=1)
    training = persistent_tree({name: value + 0.5 for name, value in part(golden, "G/").items()
                                if not name.endswith("resample_filter")}, c_dim=0)  # fmt: skip
    discriminator = persistent_tree(part(golden, "D/"), c_dim=0)
    mbstd = Persistent()
    mbstd.group_size, mbstd.num_channels = 4, 1  # type: ignore[assignment]
    discriminator.get_submodule("b4").add_module("mbstd", mbstd)
    augment = Persistent()
    augment.register_buffer("p", torch.tensor(0.25))
    networks = {"G": training, "D": discriminator, "G_ema": average, "augment_pipe": augment}
    return write_nvidia(path, networks, protocol)


def rosinality_generator(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """A generator under rosinality's names and shapes, with the filters that it stores."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0])
    kernel = torch.outer(taps, taps) / 64
    theirs: dict[str, Tensor] = {"input.input": tensors["synthesis.b4.const"][None]}
    for i in range(8):
        theirs[f"style.{i + 1}.weight"] = tensors[f"mapping.fc{i}.weight"]
        theirs[f"style.{i + 1}.bias"] = tensors[f"mapping.fc{i}.bias"]
    styled = ["b4.conv1", "b8.conv0", "b8.conv1", "b16.conv0", "b16.conv1", "b32.conv0", "b32.conv1"]
    for i, layer in enumerate(styled):
        name, ours = "conv1" if i == 0 else f"convs.{i - 1}", f"synthesis.{layer}"
        theirs[f"{name}.conv.weight"] = tensors[f"{ours}.weight"][None]
        theirs[f"{name}.conv.modulation.weight"] = tensors[f"{ours}.affine.weight"]
        theirs[f"{name}.conv.modulation.bias"] = tensors[f"{ours}.affine.bias"]
        theirs[f"{name}.noise.weight"] = tensors[f"{ours}.noise_strength"].view(1)
        theirs[f"{name}.activate.bias"] = tensors[f"{ours}.bias"]
        theirs[f"noises.noise_{i}"] = tensors[f"{ours}.noise_const"][None, None]
        if layer.endswith("conv0"):
            theirs[f"{name}.conv.blur.kernel"] = kernel * 4
    for i, res in enumerate((4, 8, 16, 32)):
        name, ours = "to_rgb1" if i == 0 else f"to_rgbs.{i - 1}", f"synthesis.b{res}.torgb"
        theirs[f"{name}.conv.weight"] = tensors[f"{ours}.weight"][None]
        theirs[f"{name}.conv.modulation.weight"] = tensors[f"{ours}.affine.weight"]
        theirs[f"{name}.conv.modulation.bias"] = tensors[f"{ours}.affine.bias"]
        theirs[f"{name}.bias"] = tensors[f"{ours}.bias"].view(1, -1, 1, 1)
        if i:
            theirs[f"{name}.upsample.kernel"] = kernel * 4
    return theirs


def rosinality_discriminator(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """A discriminator under rosinality's names."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0])
    kernel = torch.outer(taps, taps) / 64
    theirs = {"convs.0.0.weight": tensors["b32.fromrgb.weight"], "convs.0.1.bias": tensors["b32.fromrgb.bias"]}
    for i, res in enumerate((32, 16, 8), start=1):
        theirs[f"convs.{i}.conv1.0.weight"] = tensors[f"b{res}.conv0.weight"]
        theirs[f"convs.{i}.conv1.1.bias"] = tensors[f"b{res}.conv0.bias"]
        theirs[f"convs.{i}.conv2.0.kernel"] = kernel
        theirs[f"convs.{i}.conv2.1.weight"] = tensors[f"b{res}.conv1.weight"]
        theirs[f"convs.{i}.conv2.2.bias"] = tensors[f"b{res}.conv1.bias"]
        theirs[f"convs.{i}.skip.0.kernel"] = kernel
        theirs[f"convs.{i}.skip.1.weight"] = tensors[f"b{res}.skip.weight"]
    for layer, ours, bias in (("final_conv", "conv", 1), ("final_linear", "fc", 0)):
        theirs[f"{layer}.0.weight"] = tensors[f"b4.{ours}.weight"]
        theirs[f"{layer}.{bias}.bias"] = tensors[f"b4.{ours}.bias"]
    theirs["final_linear.1.weight"], theirs["final_linear.1.bias"] = tensors["b4.out.weight"], tensors["b4.out.bias"]
    return theirs


def golden_rosinality(golden: dict[str, Tensor], path: Path, *, training: bool, legacy: bool = False) -> Path:
    """The golden networks as a training checkpoint of rosinality's, or as a converted one (with latent_avg)."""
    generator = rosinality_generator(part(golden, "G/"))
    content: dict[str, Any] = {"g_ema": OrderedDict(generator), "latent_avg": golden["G/mapping.w_avg"]}
    if training:
        parameter = torch.nn.Parameter(torch.zeros(3))
        optimizer = torch.optim.Adam([parameter])
        parameter.sum().backward()
        optimizer.step()
        content = {
            "g": OrderedDict(generator),
            "d": OrderedDict(rosinality_discriminator(part(golden, "D/"))),
            "g_ema": OrderedDict(generator),
            "g_optim": optimizer.state_dict(),
            "d_optim": optimizer.state_dict(),
            "args": argparse.Namespace(size=32, n_mlp=8, path="data"),
            "ada_aug_p": 0.0,
        }
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    return path
