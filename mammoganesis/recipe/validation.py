"""The rules of latents and recipes, and of the parts that requests share with them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from google.protobuf.message import Message

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.recipe.limits import (
    MAX_CODE_VALUE,
    MAX_COMPONENT_EDITS,
    MAX_EPSILON,
    MAX_NESTING,
    MAX_PSI,
    MAX_RECIPES,
    MAX_REGIONS,
    MAX_SEED,
    MAX_SIGMAS,
    MAX_STYLE_TRANSFERS,
    Limits,
)
from mammoganesis.v1 import latents_pb2, style_transfer_pb2

LATENT_ID = re.compile(r"lat_[0-9a-f]{32}")
_INNER = {"interpolation": ("start", "end"), "mixing": ("base", "style")}  # origins that hold recipes


def require_components(limits: Limits) -> None:
    """Raises FailedPrecondition when the bundle has no components."""
    if limits.num_components == 0:
        raise FailedPrecondition("this bundle has no components: it was exported without them")


def require_regions(limits: Limits) -> None:
    """Raises FailedPrecondition when the bundle has no regions."""
    if limits.num_regions == 0:
        raise FailedPrecondition("this bundle has no regions: it was exported without them")


def check_latent(latent: latents_pb2.Latent, limits: Limits, field: str, nesting: int = 0) -> None:
    """Latent: exactly one kind. `nesting` is the depth at which its recipe will stand inside another."""
    kind = one_of(latent, "kind", field)
    if kind == "recipe":
        check_recipe(latent.recipe, limits, f"{field}.recipe", nesting)
    elif kind == "w":
        _check_code(latent.w, limits, f"{field}.w")
    elif not LATENT_ID.fullmatch(latent.latent_id):
        raise InvalidArgument(f"{field}.latent_id", latent.latent_id, '"lat_" and 32 hexadecimal digits')


def check_recipe(recipe: latents_pb2.Recipe, limits: Limits, field: str = "recipe", nesting: int = 0) -> None:
    """Recipe, with all recipes inside it: at most 3 deep, and at most 64 together."""
    check_total(count_recipes(recipe), field)
    _check_one_recipe(recipe, limits, field, nesting)


def count_recipes(recipe: latents_pb2.Recipe) -> int:
    """Number of recipes in `recipe`: itself, references, ends of interpolations and parts of mixtures."""
    return 1 + sum(count_recipes(inner) for inner in inner_recipes(recipe))


def inner_recipes(recipe: latents_pb2.Recipe) -> list[latents_pb2.Recipe]:
    """The recipes directly inside `recipe`, those of its origin first."""
    origin = recipe.WhichOneof("origin")
    inner = [getattr(getattr(recipe, origin), name) for name in _INNER[origin]] if origin in _INNER else []
    return inner + [transfer.reference for transfer in recipe.style_transfers]


def recipes_in(latent: latents_pb2.Latent) -> int:
    """Number of recipes that a latent is known to hold."""
    return count_recipes(latent.recipe) if latent.WhichOneof("kind") == "recipe" else 1


def is_in_styles(recipe: latents_pb2.Recipe) -> bool:
    """Whether the recipe's origin is an interpolation of styles, which is no point in W."""
    return (
        recipe.WhichOneof("origin") == "interpolation"
        and recipe.interpolation.space == latents_pb2.INTERPOLATION_SPACE_STYLES
    )


def check_in_w(recipe: latents_pb2.Recipe, field: str, what: str) -> None:
    """Refuses what is no point in W, for the place `what` ("in a mixture")."""
    if recipe.style_transfers:
        allowed = f"none {what}: styles are not a point in W"
        raise InvalidArgument(f"{field}.style_transfers", f"{len(recipe.style_transfers)} transfers", allowed)
    if is_in_styles(recipe):
        allowed = f"INTERPOLATION_SPACE_W {what}: styles are not a point in W"
        raise InvalidArgument(f"{field}.interpolation.space", "INTERPOLATION_SPACE_STYLES", allowed)


def check_total(count: int, field: str, most: int = MAX_RECIPES) -> None:
    """At most `most` recipes, those inside others included."""
    if count > most:
        raise InvalidArgument(field, f"{count} recipes", f"at most {most} recipes, those inside others included")


def _check_one_recipe(recipe: latents_pb2.Recipe, limits: Limits, field: str, nesting: int) -> None:
    if nesting > MAX_NESTING:
        raise InvalidArgument(field, f"{nesting} recipes around this one", f"at most {MAX_NESTING}")
    origin = one_of(recipe, "origin", field)
    if origin == "seed":
        within(f"{field}.seed", recipe.seed, 0, MAX_SEED)
    elif origin == "code":
        _check_code(recipe.code, limits, f"{field}.code")
    elif origin == "interpolation":
        _check_interpolation(recipe, limits, field, nesting)
    else:
        _check_mixing(recipe, limits, field, nesting)
    if recipe.labels:
        if origin != "seed":
            raise InvalidArgument(f"{field}.labels", dict(recipe.labels), "none unless the origin is a seed")
        check_labels(recipe.labels, limits, f"{field}.labels")
    if recipe.HasField("truncation"):
        check_truncation(recipe.truncation, limits, f"{field}.truncation")
    within(f"{field}.component_edits", len(recipe.component_edits), 0, MAX_COMPONENT_EDITS, "edits")
    if recipe.component_edits and is_in_styles(recipe):
        allowed = "none on an interpolation of styles: it is not a point in W"
        raise InvalidArgument(f"{field}.component_edits", f"{len(recipe.component_edits)} edits", allowed)
    for i, edit in enumerate(recipe.component_edits):
        check_component_edit(edit, limits, f"{field}.component_edits[{i}]")
    within(f"{field}.style_transfers", len(recipe.style_transfers), 0, MAX_STYLE_TRANSFERS, "transfers")
    for i, transfer in enumerate(recipe.style_transfers):
        place = f"{field}.style_transfers[{i}]"
        if not transfer.HasField("reference"):
            raise InvalidArgument(f"{place}.reference", None, "a recipe")
        _check_one_recipe(transfer.reference, limits, f"{place}.reference", nesting + 1)
        check_transfer_settings(transfer, limits, f"{place}.")
    if recipe.HasField("noise"):
        check_noise(recipe.noise, f"{field}.noise")


def _check_interpolation(recipe: latents_pb2.Recipe, limits: Limits, field: str, nesting: int) -> None:
    place, interpolation = f"{field}.interpolation", recipe.interpolation
    _refuse_truncation(recipe, field, "an interpolation: its ends have one")
    check_enum(f"{place}.space", interpolation.space, latents_pb2.InterpolationSpace)
    for name in ("start", "end"):
        if not interpolation.HasField(name):
            raise InvalidArgument(f"{place}.{name}", None, "a recipe")
        end = getattr(interpolation, name)
        if interpolation.space != latents_pb2.INTERPOLATION_SPACE_STYLES:
            check_in_w(end, f"{place}.{name}", "at the end of an interpolation in W")
        _check_one_recipe(end, limits, f"{place}.{name}", nesting + 1)
    within(f"{place}.fraction", interpolation.fraction, 0.0, 1.0)


def _check_mixing(recipe: latents_pb2.Recipe, limits: Limits, field: str, nesting: int) -> None:
    place = f"{field}.mixing"
    _refuse_truncation(recipe, field, "a mixture: its parts have one")
    for name in ("base", "style"):
        if not recipe.mixing.HasField(name):
            raise InvalidArgument(f"{place}.{name}", None, "a recipe")
        part = getattr(recipe.mixing, name)
        check_in_w(part, f"{place}.{name}", "in a mixture")
        _check_one_recipe(part, limits, f"{place}.{name}", nesting + 1)
    check_layers(recipe.mixing, limits, f"{place}.")


def _refuse_truncation(recipe: latents_pb2.Recipe, field: str, what: str) -> None:
    if recipe.HasField("truncation"):
        raise InvalidArgument(f"{field}.truncation", "a truncation", f"nothing beside {what}")


def _check_code(code: latents_pb2.Code, limits: Limits, field: str) -> None:
    sizes = (limits.w_dim, limits.num_ws * limits.w_dim)
    if len(code.values) not in sizes:
        allowed = f"{sizes[0]} (w_dim) or {sizes[1]} (num_ws * w_dim) numbers"
        raise InvalidArgument(f"{field}.values", f"{len(code.values)} numbers", allowed)
    values = np.asarray(code.values, dtype=np.float32)
    wrong = np.flatnonzero(~(np.abs(values) <= MAX_CODE_VALUE))  # NaN compares false
    if wrong.size:
        first = int(wrong[0])
        within(f"{field}.values[{first}]", float(values[first]), -MAX_CODE_VALUE, MAX_CODE_VALUE)


def check_labels(labels: Mapping[str, str], limits: Limits, field: str) -> None:
    """Labels: known fields of the bundle, each with one of its values."""
    for name in sorted(labels):
        if name not in limits.label_fields:
            listed = f"the keys {', '.join(limits.label_fields)}"
            raise InvalidArgument(field, name, listed if limits.label_fields else "none: this model has no labels")
        if labels[name] not in limits.label_fields[name]:
            raise InvalidArgument(f"{field}.{name}", labels[name], ", ".join(limits.label_fields[name]))


def check_truncation(truncation: latents_pb2.Truncation, limits: Limits, field: str) -> None:
    """Truncation: psi 0 to 2, cutoff 0 to num_ws."""
    if truncation.HasField("psi"):
        within(f"{field}.psi", truncation.psi, 0.0, MAX_PSI)
    if truncation.HasField("cutoff"):
        within(f"{field}.cutoff", truncation.cutoff, 0, limits.num_ws, "layers")


def check_noise(noise: latents_pb2.Noise, field: str) -> None:
    """Noise: a known mode, and a seed only where noise is drawn."""
    check_enum(f"{field}.mode", noise.mode, latents_pb2.NoiseMode)
    within(f"{field}.seed", noise.seed, 0, MAX_SEED)
    if noise.seed and noise.mode != latents_pb2.NOISE_MODE_RANDOM:
        raise InvalidArgument(f"{field}.seed", noise.seed, "0 unless mode is NOISE_MODE_RANDOM")


def check_component_edit(edit: latents_pb2.ComponentEdit, limits: Limits, field: str) -> None:
    """ComponentEdit: a component of the bundle, sigmas -20 to 20, a range of layers, a known mode."""
    require_components(limits)
    layer_start, layer_end = 0, limits.num_ws
    if one_of(edit, "component", field) == "index":
        within(f"{field}.index", edit.index, 0, limits.num_components - 1)
    else:
        check_name(f"{field}.name", edit.name, limits.component_names, "component", limits.num_components)
        _, layer_start, layer_end, _ = limits.component_names[edit.name]
    within(f"{field}.sigmas", edit.sigmas, -MAX_SIGMAS, MAX_SIGMAS, "standard deviations")
    check_layers(edit, limits, f"{field}.", (layer_start, layer_end))
    check_enum(f"{field}.mode", edit.mode, latents_pb2.EditMode)


def check_layers(message: Any, limits: Limits, prefix: str, default: tuple[int, int] | None = None) -> None:
    """Optional layer_start and layer_end of `message`; `prefix` ends with a dot or is empty, `default` is what stands
    for absent ones (None: all layers)."""
    layer_start, layer_end = default or (0, limits.num_ws)
    if message.HasField("layer_start"):
        layer_start = message.layer_start
        within(f"{prefix}layer_start", layer_start, 0, limits.num_ws - 1)
    if message.HasField("layer_end"):
        layer_end = message.layer_end
    if not layer_start < layer_end <= limits.num_ws:
        allowed = f"layer_start + 1 to num_ws, {layer_start + 1} to {limits.num_ws}"
        raise InvalidArgument(f"{prefix}layer_end", layer_end, allowed)


def check_transfer_settings(
    settings: latents_pb2.StyleTransfer | style_transfer_pb2.TransferStyleRequest, limits: Limits, prefix: str
) -> None:
    """The fields that a StyleTransfer and a TransferStyleRequest share; `prefix` ends with a dot or is empty."""
    require_regions(limits)
    within(f"{prefix}regions", len(settings.regions), 1, MAX_REGIONS, "regions")
    _check_distinct(
        f"{prefix}regions",
        [_region_index(r, limits, f"{prefix}regions[{i}]") for i, r in enumerate(settings.regions)],
        "region",
    )
    for name, high in (("rho", 1.0), ("epsilon", MAX_EPSILON), ("strength", 1.0)):
        if settings.HasField(name):  # type: ignore[arg-type]
            within(f"{prefix}{name}", getattr(settings, name), 0.0, high)
    layers = limits.num_style_layers
    within(f"{prefix}layer_epsilons", len(settings.layer_epsilons), 0, layers, "entries, one per style layer")
    for i, entry in enumerate(settings.layer_epsilons):
        within(f"{prefix}layer_epsilons[{i}].layer", entry.layer, 0, layers - 1)
        within(f"{prefix}layer_epsilons[{i}].epsilon", entry.epsilon, 0.0, MAX_EPSILON)
    _check_distinct(f"{prefix}layer_epsilons", [entry.layer for entry in settings.layer_epsilons], "layer")


def _region_index(region: latents_pb2.Region, limits: Limits, field: str) -> int:
    if one_of(region, "region", field) == "index":
        within(f"{field}.index", region.index, 0, limits.num_regions - 1)
        return region.index
    check_name(f"{field}.name", region.name, limits.region_names, "region", limits.num_regions)
    return limits.region_names[region.name]


def within(field: str, value: float, low: float, high: float, unit: str = "") -> None:
    """A finite number from `low` to `high`."""
    # NaN compares false with everything.
    if not (math.isfinite(value) and low <= value <= high):
        raise InvalidArgument(field, value, f"{low:.12g} to {high:.12g} {unit}".rstrip())


def one_of(message: Message, group: str, field: str) -> str:
    """The field of a oneof that is set; one has to be."""
    chosen = message.WhichOneof(group)
    if chosen is None:
        names = ", ".join(f.name for f in message.DESCRIPTOR.oneofs_by_name[group].fields)
        raise InvalidArgument(field or group, None, f"exactly one of {names}")
    return chosen


def check_enum(field: str, value: int, enum: Any) -> None:
    """A number that the enum knows."""
    if value not in enum.values():
        raise InvalidArgument(field, value, ", ".join(enum.keys()))


def check_name(field: str, name: str, names: Mapping[str, object], what: str, count: int) -> None:
    """A curated name of the bundle."""
    if name not in names:
        listed = ", ".join(sorted(names)) if names else "no name, because this bundle has none"
        raise InvalidArgument(field, name, f"{listed}; or a {what} index, 0 to {count - 1}")


def _check_distinct(field: str, numbers: Sequence[int], what: str) -> None:
    if len(set(numbers)) != len(numbers):
        twice = next(n for i, n in enumerate(numbers) if n in numbers[:i])
        raise InvalidArgument(field, f"{what} {twice} twice", f"each {what} once")
