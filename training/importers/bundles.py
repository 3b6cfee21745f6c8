"""A bundle of this project, back into a checkpoint: for transfer learning where there is nothing but the bundle.

The graphs hold the weights with gains and learning-rate factors multiplied in (`training.export.graphs`,
`synthesis_graph`); here these are taken out again. What they hold is known by the order in which their nodes take it,
not by name: the exporter keeps equal constants once. The golden cases of the bundle, computed by the network that
comes of it, say whether all of it is right.
"""

from __future__ import annotations

from collections import deque
from itertools import groupby
from math import prod
from typing import cast

import numpy as np
import torch
from torch import Tensor

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.manifest import AFFINE, MAPPING, SYNTHESIS
from mammoganesis.bundle.nodes import FLOAT32
from mammoganesis.bundle.onnx_file import read_onnx
from mammoganesis.errors import CheckpointError
from training.export.golden import Outputs, cases_of_seeds, middle
from training.export.model_card import NO_LICENCE
from training.export.synthesis_graph import upsampling_taps
from training.importers import network
from training.importers.network import Imported, Tensors
from training.networks import Generator, GeneratorConfig
from training.networks.activation import GAIN
from training.networks.layers import FullyConnected
from training.networks.synthesis import SynthesisLayer

KIND = "bundle"
MBSTD_GROUP = 4  # of a discriminator to come: a bundle has none
FIRST = "b4.conv1"  # layer
AVERAGE_ALONE = "a bundle has the averaged generator alone: the one in training begins as it, the discriminator anew"


class Constants:
    """The float32 constants of a graph in the order in which its nodes take them."""

    def __init__(self, bundle: Bundle, name: str) -> None:
        self._path = bundle.files.folder / name
        graph = read_onnx(bundle.files.read(name), self._path).graph
        held = {tensor.name: tensor for tensor in graph.initializer if tensor.data_type == FLOAT32}
        self._left = deque(held[value] for node in graph.node for value in node.input if value in held)

    def next(self, *shape: int) -> Tensor:
        """The next one.

        Raises:
            CheckpointError: it has another shape, or there is none.
        """
        if not self._left or tuple(self._left[0].dims) != shape:
            found = f"the shape {list(self._left[0].dims)}" if self._left else "nothing"
            raise CheckpointError(f"{self._path}: has {found} where a constant {list(shape)} is expected")
        values = np.frombuffer(self._left.popleft().raw_data, "<f4")
        if len(values) != prod(shape):
            raise CheckpointError(f"{self._path}: a constant of the shape {list(shape)} has {len(values)} numbers")
        return torch.from_numpy(values.copy()).reshape(shape)

    def next_or_zeros(self, *shape: int) -> Tensor:
        """The next one if it has the shape; zeros if not: the exporter leaves out what adds nothing."""
        there = self._left and tuple(self._left[0].dims) == shape
        return self.next(*shape) if there else torch.zeros(shape)

    def skip(self, *values: Tensor) -> None:
        """Pass over the next ones, which must be these."""
        for value in values:
            if not torch.allclose(self.next(*value.shape), value):
                raise CheckpointError(f"{self._path}: a constant {list(value.shape)} is not this project's")

    def pass_scalars(self) -> None:
        """Pass over what a graph holds of arithmetic beside its weights."""
        while self._left and prod(self._left[0].dims) == 1:
            self._left.popleft()


def convert(bundle: Bundle) -> Imported:
    """The generator of a bundle.

    Raises:
        CheckpointError: its graphs are not as this project exports them, or do not compute what the bundle says.
    """
    config = _sizes(bundle)
    with torch.device("meta"):
        template = Generator(config)
    tensors = _mapping(bundle, template) | _affine(bundle, template) | _synthesis(bundle, template)
    tensors["mapping.w_avg"] = torch.from_numpy(bundle.w_avg.copy())
    sizes = [layer.resolution**2 for layer in config.noise_layers]
    for layer, noise in zip(config.noise_layers, torch.from_numpy(bundle.noise_const.copy()).split(sizes), strict=True):
        tensors[f"synthesis.{layer.name}.noise_const"] = noise.reshape(layer.resolution, layer.resolution)
    average = network.fit_generator(config, tensors)
    imported = Imported(
        kind=KIND,
        config=config,
        generator_ema=average,
        generator=average,
        discriminator={},
        mbstd_group=MBSTD_GROUP,
        notes=(AVERAGE_ALONE,),
        said=_said(bundle),
    )
    _check_golden(bundle, imported.open_generator())
    return imported


def _said(bundle: Bundle) -> dict[str, str]:
    said = bundle.manifest
    terms = {} if said.licence == NO_LICENCE else {"licence": said.licence, "attribution": said.attribution}
    return {"file": f"{said.name} {said.version}", **terms}


def _sizes(bundle: Bundle) -> GeneratorConfig:
    """Sizes and labels, as the manifest states them; how many layers its mapping has, it does not."""
    manifest = bundle.manifest
    graph = read_onnx(bundle.files.read(MAPPING), bundle.files.folder / MAPPING).graph
    synthesis = read_onnx(bundle.files.read(SYNTHESIS), bundle.files.folder / SYNTHESIS).graph
    fields = tuple(bundle.label_fields.items())
    convolutions = sum(node.op_type == "Conv" for node in graph.node)
    widths = {layer.resolution: layer.dim for layer in bundle.style_layers if layer.is_torgb}
    base, largest = network.widths(widths)
    return GeneratorConfig(
        z_dim=manifest.dimensions.z_dim,
        w_dim=manifest.dimensions.w_dim,
        num_mapping_layers=convolutions - bool(fields),
        resolution=manifest.dimensions.resolution,
        image_channels=manifest.dimensions.channels,
        channel_base=base,
        channel_max=largest,
        edge_padding=any(node.op_type == "Pad" for node in synthesis.node),
        label_fields=fields,
        label_mixture=bundle.label_mixture.counts if fields else (),
    )


def _learnt(layer: FullyConnected, weight: Tensor, bias: Tensor, gain: float = 1.0) -> tuple[Tensor, Tensor]:
    """Parameters of a layer, from what it multiplies and adds."""
    return weight.flatten(1) / (layer.weight_gain * gain), bias / (layer.bias_gain * gain)


def _row(constants: Constants, rows: int, columns: int) -> tuple[Tensor, Tensor]:
    return constants.next(rows, columns, 1, 1), constants.next_or_zeros(rows)


def _mapping(bundle: Bundle, template: Generator) -> Tensors:
    mapping, constants, tensors = template.mapping, Constants(bundle, MAPPING), {}
    names = ["embed"] if mapping.c_dim else []
    for name in [*names, *(f"fc{index}" for index in range(mapping.num_layers))]:
        layer = cast(FullyConnected, mapping.get_submodule(name))
        constants.pass_scalars()
        weight, bias = _learnt(layer, *_row(constants, *layer.weight.shape), GAIN if layer.activation else 1.0)
        tensors |= {f"mapping.{name}.weight": weight, f"mapping.{name}.bias": bias}
    return tensors


def _affine(bundle: Bundle, template: Generator) -> Tensors:
    constants, tensors = Constants(bundle, AFFINE), {}
    for _, shared in groupby(template.config.layers, key=lambda layer: layer.ws_index):
        layers = list(shared)
        dims = [layer.dim for layer in layers]
        weight, bias = _row(constants, sum(dims), template.config.w_dim)
        for layer, rows, offsets in zip(layers, weight.split(dims), bias.split(dims), strict=True):
            name = f"synthesis.{layer.name}.affine"
            learnt = _learnt(cast(FullyConnected, template.get_submodule(name)), rows, offsets)
            tensors |= dict(zip((f"{name}.weight", f"{name}.bias"), learnt, strict=True))
    return tensors


def _synthesis(bundle: Bundle, template: Generator) -> Tensors:
    constants, tensors, taps = Constants(bundle, SYNTHESIS), {}, upsampling_taps()
    channels = template.config.image_channels
    for layer in template.config.layers:
        module, name = template.synthesis.get_submodule(layer.name), f"synthesis.{layer.name}"
        if isinstance(module, SynthesisLayer):
            tensors |= _convolution(constants, module, name)
            continue
        tensors[f"{name}.weight"] = constants.next(channels, layer.dim, 1, 1) * layer.dim**0.5
        tensors[f"{name}.bias"] = constants.next_or_zeros(channels)
        if layer.resolution > 4:
            constants.skip(torch.outer(taps, taps).expand(channels, 1, 4, 4))
    return tensors


def _convolution(constants: Constants, module: SynthesisLayer, name: str) -> Tensors:
    """One styled convolution; the first one's graph takes the learned 4x4 constant in between."""
    tensors, taps = {}, upsampling_taps()
    outputs, inputs = module.weight.shape[:2]
    constants.next(outputs, inputs, 1, 1)  # energies of the kernels
    constants.next(outputs)  # and their floor
    if name == f"synthesis.{FIRST}":
        tensors["synthesis.b4.const"] = constants.next(1, inputs, 4, 4)[0]
    if module.up:
        tensors[f"{name}.weight"] = constants.next(inputs, outputs, 3, 3).transpose(0, 1).contiguous()
        constants.skip(taps.view(1, 1, 1, 4).expand(outputs, -1, -1, -1))
        constants.skip(taps.view(1, 1, 4, 1).expand(outputs, -1, -1, -1))
    else:
        tensors[f"{name}.weight"] = constants.next(outputs, inputs, 3, 3)
    tensors[f"{name}.noise_strength"] = constants.next_or_zeros() / GAIN
    tensors[f"{name}.bias"] = constants.next_or_zeros(1, outputs, 1, 1).flatten() / GAIN
    return tensors


def _check_golden(bundle: Bundle, generator: Generator) -> None:
    """Raises CheckpointError where the generator computes something else than the bundle's golden cases."""
    golden, tolerance = bundle.golden, bundle.manifest.golden_tolerance
    found = cases_of_seeds(generator, golden.seeds.tolist(), golden.c, golden.truncation_psi, Outputs(FIRST, 0))
    for what, ours, theirs, allowed in (
        ("w", found.w, golden.w, tolerance.latents),
        ("styles", found.styles, golden.styles, tolerance.latents),
        ("image", middle(found.image)[0], golden.image, tolerance.image),
    ):
        difference = float(np.abs(ours - theirs).max())
        if not difference <= allowed:
            raise CheckpointError(
                f"{bundle.files.folder}: {what} of its golden cases comes out differently by {difference:.2g}; "
                f"allowed is {allowed:.2g}: it is not as this project exports"
            )
