"""Component edits and style transfers, checked and completed. Part of the walk in `mammoganesis.recipe.completion`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mammoganesis.editing.transfer import low_resolution_epsilons
from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.recipe.fields import curated, distinct, known, one_of, within
from mammoganesis.recipe.limits import (
    DEFAULT_RHO,
    DEFAULT_STRENGTH,
    MAX_EPSILON,
    MAX_REGIONS,
    MAX_SIGMAS,
    Direction,
    Limits,
    Part,
)
from mammoganesis.recipe.masked import complete_mask, refuse_budget, require_masked
from mammoganesis.recipe.structure import is_masked
from mammoganesis.v1 import latents_pb2
from mammoganesis.v1.latents_pb2 import (
    EDIT_MODE_RELATIVE,
    LOCALITY_CHANNELS,
    LOCALITY_MASKED,
    ComponentEdit,
    LayerEpsilon,
    Region,
    StyleTransfer,
)


def require_components(limits: Limits) -> None:
    """Raises FailedPrecondition when the bundle has no components."""
    if limits.num_components == 0:
        raise FailedPrecondition("this bundle has no components: it was exported without them")


def require_regions(limits: Limits) -> None:
    """Raises FailedPrecondition when the bundle has no regions."""
    if limits.num_regions == 0:
        raise FailedPrecondition("this bundle has no regions: it was exported without them")


def complete_edits(edit: ComponentEdit, limits: Limits, path: str) -> list[ComponentEdit]:
    """Components by their index, with sigmas, layers and mode. A curated name brings its components, their weights and
    their layers; an index means that one, in all layers."""
    require_components(limits)
    if one_of(edit, "component", path) == "index":
        within(f"{path}.index", edit.index, 0, limits.num_components - 1)
        direction: Direction = (Part(edit.index, 0, limits.num_ws),)
    else:
        curated(f"{path}.name", edit.name, limits.component_names, "component", limits.num_components)
        direction = limits.component_names[edit.name]
    within(f"{path}.sigmas", edit.sigmas, -MAX_SIGMAS, MAX_SIGMAS, "standard deviations")
    known(f"{path}.mode", edit.mode, latents_pb2.EditMode)
    layers = [complete_layers(edit, limits, path, (part.layer_start, part.layer_end)) for part in direction]
    moved = tuple(Part(part.index, *ends, part.weight) for part, ends in zip(direction, layers, strict=True))
    return edits_along(moved, edit.sigmas, edit.mode or EDIT_MODE_RELATIVE)


def edits_along(
    direction: Direction, sigmas: float, mode: latents_pb2.EditMode = EDIT_MODE_RELATIVE
) -> list[ComponentEdit]:
    """The complete edits that move an image along a direction by so many of its standard deviations."""
    return [
        ComponentEdit(
            index=part.index,
            sigmas=sigmas * part.weight + 0.0,  # -0.0 is 0.0
            layer_start=part.layer_start,
            layer_end=part.layer_end,
            mode=mode,
        )
        for part in direction
    ]


def sigmas_along(edits: Sequence[ComponentEdit], direction: Direction) -> float | None:
    """How far complete edits move along a direction, its standard deviations: what `edits_along` was given; None where
    they are not its edits, all of them in its order."""
    if len(edits) != len(direction):
        return None
    sigmas = edits[0].sigmas / direction[0].weight + 0.0
    return sigmas if list(edits) == edits_along(direction, sigmas, edits[0].mode) else None


def complete_layers(message: Any, limits: Limits, path: str, default: tuple[int, int]) -> tuple[int, int]:
    """layer_start and layer_end of `message`; `default` stands for absent ones."""
    layer_start, layer_end = default
    if message.HasField("layer_start"):
        layer_start = message.layer_start
        within(f"{path}.layer_start", layer_start, 0, limits.num_ws - 1)
    if message.HasField("layer_end"):
        layer_end = message.layer_end
    if not layer_start < layer_end <= limits.num_ws:
        allowed = f"layer_start + 1 to num_ws, {layer_start + 1} to {limits.num_ws}"
        raise InvalidArgument(f"{path}.layer_end", layer_end, allowed)
    return layer_start, layer_end


def complete_transfer(transfer: StyleTransfer, limits: Limits, path: str) -> StyleTransfer:
    """All of a style transfer but its reference: regions by index and sorted (their contributions add up in one
    order), rho, strength, epsilon, and the epsilon of every layer that has another; or of a masked one mask, strength
    and the regions that its mask was made of."""
    known(f"{path}.locality", transfer.locality, latents_pb2.Locality)
    if is_masked(transfer):
        return _complete_masked(transfer, limits, path)
    if transfer.HasField("mask"):
        raise InvalidArgument(f"{path}.mask", "a mask", "none without LOCALITY_MASKED")
    regions = regions_by_index(transfer.regions, limits, f"{path}.regions")
    done = StyleTransfer(regions=regions, locality=LOCALITY_CHANNELS)
    defaults = {"rho": DEFAULT_RHO, "epsilon": limits.default_epsilon, "strength": DEFAULT_STRENGTH}
    for name, high in (("rho", 1.0), ("epsilon", MAX_EPSILON), ("strength", 1.0)):
        value = defaults[name]
        if transfer.HasField(name):  # type: ignore[arg-type]
            value = getattr(transfer, name)
            within(f"{path}.{name}", value, 0.0, high)
        setattr(done, name, value + 0.0)
    done.layer_epsilons.extend(_layer_epsilons(transfer, limits, f"{path}.layer_epsilons", done.epsilon))
    return done


def _complete_masked(transfer: StyleTransfer, limits: Limits, path: str) -> StyleTransfer:
    require_masked(limits)
    refuse_budget(transfer, path)
    if not transfer.HasField("mask"):
        raise InvalidArgument(f"{path}.mask", None, "a mask; TransferStyle makes one of regions")
    done = StyleTransfer(locality=LOCALITY_MASKED, mask=complete_mask(transfer.mask, limits, f"{path}.mask"))
    if transfer.regions:
        done.regions.extend(regions_by_index(transfer.regions, limits, f"{path}.regions"))
    strength = transfer.strength if transfer.HasField("strength") else DEFAULT_STRENGTH
    within(f"{path}.strength", strength, 0.0, 1.0)
    done.strength = strength + 0.0
    return done


def regions_by_index(regions: Sequence[Region], limits: Limits, path: str) -> list[Region]:
    """Regions as a complete recipe has them: by index and sorted, each once, 1 to MAX_REGIONS of them."""
    require_regions(limits)
    within(path, len(regions), 1, MAX_REGIONS, "regions")
    indices = [_region_index(region, limits, f"{path}[{i}]") for i, region in enumerate(regions)]
    distinct(path, indices, "region")
    return [Region(index=index) for index in sorted(indices)]


def _layer_epsilons(transfer: StyleTransfer, limits: Limits, path: str, epsilon: float) -> list[LayerEpsilon]:
    layers = limits.num_style_layers
    within(path, len(transfer.layer_epsilons), 0, layers, "entries, one per style layer")
    for i, entry in enumerate(transfer.layer_epsilons):
        within(f"{path}[{i}].layer", entry.layer, 0, layers - 1)
        within(f"{path}[{i}].epsilon", entry.epsilon, 0.0, MAX_EPSILON)
    distinct(path, [entry.layer for entry in transfer.layer_epsilons], "layer")
    by_layer = low_resolution_epsilons(limits.low_resolution_layers, epsilon, limits.low_resolution_epsilon)
    by_layer.update((entry.layer, entry.epsilon + 0.0) for entry in transfer.layer_epsilons)
    return [LayerEpsilon(layer=layer, epsilon=value) for layer, value in sorted(by_layer.items())]


def _region_index(region: Region, limits: Limits, path: str) -> int:
    if one_of(region, "region", path) == "index":
        within(f"{path}.index", region.index, 0, limits.num_regions - 1)
        return region.index
    indices = limits.region_names.indices
    curated(f"{path}.name", region.name, indices, "region", limits.num_regions)
    return indices[region.name]
