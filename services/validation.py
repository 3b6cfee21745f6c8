"""The rules of all requests, in one place: what the comments in `protos/mammoganesis/v1` promise.

Servicers call one function a request before any work. The functions are pure; they raise InvalidArgument with the path
of the field ("edits[2].sigmas"), the value and what is allowed, or FailedPrecondition when the bundle lacks components
or regions. A latent id is checked for its form only; a recipe that a servicer builds out of one, or of several latents,
goes through `check_recipe` once more.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from google.protobuf.message import Message
from mammoganesis.v1 import images_pb2, latents_pb2, pca_editing_pb2, sampling_pb2, style_transfer_pb2

from services.errors import FailedPrecondition, InvalidArgument

MAX_SEED = 2**32 - 1
MAX_PSI = 2.0
MAX_CODE_VALUE = 1000.0
MAX_SIGMAS = 20.0
MAX_EPSILON = 512.0
MAX_COMPONENT_EDITS = 64
MAX_STYLE_TRANSFERS = 8
MAX_REGIONS = 64
MAX_NESTING = 3  # recipes inside recipes: references of style transfers and ends of interpolations
MAX_RECIPES = 64  # in one recipe, itself included: each costs a mapping and an affine pass
MAX_RECIPES_PER_CALL = 1024  # in all latents of one Sample call
MAX_INTERPOLATION_STEPS = 256
MAX_SWEEP_STEPS = 64
_BYTES_PER_PIXEL = {images_pb2.IMAGE_ENCODING_RAW_FLOAT32: 4, images_pb2.IMAGE_ENCODING_PNG_16: 2}  # others: 1
_BYTES_BESIDE_PIXELS = 8192  # recipe, latent id, digests and the file format; a common recipe takes a tenth of it
LATENT_ID = re.compile(r"lat_[0-9a-f]{32}")


@dataclass(frozen=True)
class Limits:
    """What the loaded bundle and the configuration allow. Made by `services.bundle`."""

    z_dim: int
    w_dim: int
    num_ws: int
    num_styles: int
    num_style_layers: int
    num_components: int = 0  # 0: the bundle has none
    num_regions: int = 0  # 0: the bundle has none
    channels: int = 1
    component_names: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)  # index, layer_start, layer_end
    region_names: Mapping[str, int] = field(default_factory=dict)
    max_images_per_call: int = 64
    max_images_per_stream: int = 10_000
    resolution: int = 512  # width and height of an image
    max_message_bytes: int = 64 * 2**20


# Requests


def check_sample(request: sampling_pb2.SampleRequest, limits: Limits) -> None:
    """SampleRequest: 1 to max_images_per_call seeds and latents together, and an answer that fits into a message."""
    count = len(request.seeds) + len(request.latents)
    _within("seeds and latents", count, 1, limits.max_images_per_call, "images in one call")
    for i, seed in enumerate(request.seeds):
        _within(f"seeds[{i}]", seed, 0, MAX_SEED)
    _check_common(request, limits)
    _check_answer_size(count, request.format, limits)
    for i, latent in enumerate(request.latents):
        check_latent(latent, limits, f"latents[{i}]")
    _check_total(sum(map(_recipes_in, request.latents)), "latents", MAX_RECIPES_PER_CALL)


def check_stream_samples(request: sampling_pb2.StreamSamplesRequest, limits: Limits) -> None:
    """StreamSamplesRequest: 1 to max_images_per_stream seeds."""
    source = _one_of(request, "source", "")
    if source == "seed_range":
        seeds = request.seed_range
        _within("seed_range.first", seeds.first, 0, MAX_SEED)
        _within("seed_range.count", seeds.count, 1, limits.max_images_per_stream, "images in one call")
        last = seeds.first + seeds.count - 1
        if last > MAX_SEED:
            raise InvalidArgument("seed_range", last, f"first + count - 1 of at most {MAX_SEED}")
    else:
        _within("seed_list.seeds", len(request.seed_list.seeds), 1, limits.max_images_per_stream, "seeds in one call")
        for i, seed in enumerate(request.seed_list.seeds):
            _within(f"seed_list.seeds[{i}]", seed, 0, MAX_SEED)
    _check_common(request, limits)


def check_interpolate(request: sampling_pb2.InterpolateRequest, limits: Limits) -> None:
    """InterpolateRequest: both ends without style transfers, 2 to 256 steps."""
    for name in ("start", "end"):
        latent = getattr(request, name)
        check_latent(latent, limits, name, nesting=1)
        if latent.WhichOneof("kind") == "recipe":
            _refuse_style_transfers(latent.recipe, f"{name}.recipe")
    _check_total(_recipes_in(request.start) + _recipes_in(request.end) + 1, "start and end")
    if request.HasField("steps"):
        _within("steps", request.steps, 2, MAX_INTERPOLATION_STEPS, "images")
    if request.HasField("noise"):
        _check_noise(request.noise, "noise")
    check_format(request.format, limits)


def check_edit_components(request: pca_editing_pb2.EditComponentsRequest, limits: Limits) -> None:
    """EditComponentsRequest: 1 to 64 edits, those that the latent already has included."""
    _within("edits", len(request.edits), 1, MAX_COMPONENT_EDITS, "edits")
    check_latent(request.latent, limits, "latent")
    _check_edit_total(request.latent, len(request.edits), "edits")
    for i, edit in enumerate(request.edits):
        _check_component_edit(edit, limits, f"edits[{i}]")
    check_format(request.format, limits)


def check_sweep_component(request: pca_editing_pb2.SweepComponentRequest, limits: Limits) -> None:
    """SweepComponentRequest: one edit without sigmas of its own, 2 to 64 steps."""
    check_latent(request.latent, limits, "latent")
    _check_edit_total(request.latent, 1, "edit")
    if not request.HasField("edit"):
        raise InvalidArgument("edit", None, "a component edit")
    if request.edit.sigmas != 0:
        raise InvalidArgument("edit.sigmas", request.edit.sigmas, "0 (sigmas_start and sigmas_end say how far)")
    _check_component_edit(request.edit, limits, "edit")
    for name in ("sigmas_start", "sigmas_end"):
        if request.HasField(name):
            _within(name, getattr(request, name), -MAX_SIGMAS, MAX_SIGMAS, "standard deviations")
    if request.HasField("steps"):
        _within("steps", request.steps, 2, MAX_SWEEP_STEPS, "images")
    check_format(request.format, limits)


def check_transfer_style(request: style_transfer_pb2.TransferStyleRequest, limits: Limits) -> None:
    """TransferStyleRequest: the transfer that it adds must fit beside those that the target already has."""
    check_latent(request.target, limits, "target")
    check_latent(request.reference, limits, "reference", nesting=1)
    if request.target.WhichOneof("kind") == "recipe":
        count = len(request.target.recipe.style_transfers) + 1
        _within("target.recipe.style_transfers", count, 1, MAX_STYLE_TRANSFERS, "transfers, this one included")
    _check_total(_recipes_in(request.target) + _recipes_in(request.reference), "target and reference")
    _check_transfer_settings(request, limits, "")
    check_format(request.format, limits)


def check_segment_regions(request: style_transfer_pb2.SegmentRegionsRequest, limits: Limits) -> None:
    """SegmentRegionsRequest."""
    check_latent(request.latent, limits, "latent")
    require_regions(limits)


# Parts of requests


def require_components(limits: Limits) -> None:
    """Raises FailedPrecondition when the bundle has no components."""
    if limits.num_components == 0:
        raise FailedPrecondition("this bundle has no components: it was exported without them")


def require_regions(limits: Limits) -> None:
    """Raises FailedPrecondition when the bundle has no regions."""
    if limits.num_regions == 0:
        raise FailedPrecondition("this bundle has no regions: it was exported without them")


def check_format(image_format: images_pb2.ImageFormat, limits: Limits, field: str = "format") -> None:
    """ImageFormat: a known encoding that fits the model's channels, and no mark on raw numbers."""
    encoding = image_format.encoding
    _check_enum(f"{field}.encoding", encoding, images_pb2.ImageEncoding)
    if encoding == images_pb2.IMAGE_ENCODING_PNG_16 and limits.channels != 1:
        allowed = f"IMAGE_ENCODING_PNG_8 or IMAGE_ENCODING_RAW_FLOAT32 for a model with {limits.channels} channels"
        raise InvalidArgument(f"{field}.encoding", "IMAGE_ENCODING_PNG_16", allowed)
    if encoding == images_pb2.IMAGE_ENCODING_RAW_FLOAT32 and image_format.burn_in_mark:
        raise InvalidArgument(f"{field}.burn_in_mark", True, "false with IMAGE_ENCODING_RAW_FLOAT32")


def check_latent(latent: latents_pb2.Latent, limits: Limits, field: str, nesting: int = 0) -> None:
    """Latent: exactly one kind. `nesting` is the depth at which its recipe will stand inside another."""
    kind = _one_of(latent, "kind", field)
    if kind == "recipe":
        check_recipe(latent.recipe, limits, f"{field}.recipe", nesting)
    elif kind == "w":
        _check_code(latent.w, limits, f"{field}.w")
    elif not LATENT_ID.fullmatch(latent.latent_id):
        raise InvalidArgument(f"{field}.latent_id", latent.latent_id, '"lat_" and 32 hexadecimal digits')


def check_recipe(recipe: latents_pb2.Recipe, limits: Limits, field: str = "recipe", nesting: int = 0) -> None:
    """Recipe, with all recipes inside it: at most 3 deep, and at most 64 together."""
    _check_total(count_recipes(recipe), field)
    _check_one_recipe(recipe, limits, field, nesting)


def count_recipes(recipe: latents_pb2.Recipe) -> int:
    """Number of recipes in `recipe`: itself, references and ends of interpolations."""
    return 1 + sum(count_recipes(inner) for inner in _inner_recipes(recipe))


def _inner_recipes(recipe: latents_pb2.Recipe) -> list[latents_pb2.Recipe]:
    inner = [transfer.reference for transfer in recipe.style_transfers]
    if recipe.HasField("interpolation"):
        inner += [recipe.interpolation.start, recipe.interpolation.end]
    return inner


def _check_one_recipe(recipe: latents_pb2.Recipe, limits: Limits, field: str, nesting: int) -> None:
    if nesting > MAX_NESTING:
        raise InvalidArgument(field, f"{nesting} recipes around this one", f"at most {MAX_NESTING}")
    origin = _one_of(recipe, "origin", field)
    if origin == "seed":
        _within(f"{field}.seed", recipe.seed, 0, MAX_SEED)
    elif origin == "code":
        _check_code(recipe.code, limits, f"{field}.code")
    else:
        _check_interpolation(recipe, limits, field, nesting)
    if recipe.HasField("truncation"):
        _check_truncation(recipe.truncation, limits, f"{field}.truncation")
    _within(f"{field}.component_edits", len(recipe.component_edits), 0, MAX_COMPONENT_EDITS, "edits")
    for i, edit in enumerate(recipe.component_edits):
        _check_component_edit(edit, limits, f"{field}.component_edits[{i}]")
    _within(f"{field}.style_transfers", len(recipe.style_transfers), 0, MAX_STYLE_TRANSFERS, "transfers")
    for i, transfer in enumerate(recipe.style_transfers):
        place = f"{field}.style_transfers[{i}]"
        if not transfer.HasField("reference"):
            raise InvalidArgument(f"{place}.reference", None, "a recipe")
        _check_one_recipe(transfer.reference, limits, f"{place}.reference", nesting + 1)
        _check_transfer_settings(transfer, limits, f"{place}.")
    if recipe.HasField("noise"):
        _check_noise(recipe.noise, f"{field}.noise")


def _check_interpolation(recipe: latents_pb2.Recipe, limits: Limits, field: str, nesting: int) -> None:
    place = f"{field}.interpolation"
    if recipe.HasField("truncation"):
        raise InvalidArgument(
            f"{field}.truncation", "a truncation", "nothing beside an interpolation: its ends have one"
        )
    for name in ("start", "end"):
        if not recipe.interpolation.HasField(name):
            raise InvalidArgument(f"{place}.{name}", None, "a recipe")
        end = getattr(recipe.interpolation, name)
        _refuse_style_transfers(end, f"{place}.{name}")
        _check_one_recipe(end, limits, f"{place}.{name}", nesting + 1)
    _within(f"{place}.fraction", recipe.interpolation.fraction, 0.0, 1.0)


def _refuse_style_transfers(recipe: latents_pb2.Recipe, field: str) -> None:
    if recipe.style_transfers:
        allowed = "none at the end of an interpolation: styles are not a point in W"
        raise InvalidArgument(f"{field}.style_transfers", f"{len(recipe.style_transfers)} transfers", allowed)


def _check_code(code: latents_pb2.Code, limits: Limits, field: str) -> None:
    sizes = (limits.w_dim, limits.num_ws * limits.w_dim)
    if len(code.values) not in sizes:
        allowed = f"{sizes[0]} (w_dim) or {sizes[1]} (num_ws * w_dim) numbers"
        raise InvalidArgument(f"{field}.values", f"{len(code.values)} numbers", allowed)
    values = np.asarray(code.values, dtype=np.float32)
    wrong = np.flatnonzero(~(np.abs(values) <= MAX_CODE_VALUE))  # NaN compares false
    if wrong.size:
        first = int(wrong[0])
        _within(f"{field}.values[{first}]", float(values[first]), -MAX_CODE_VALUE, MAX_CODE_VALUE)


def _check_truncation(truncation: latents_pb2.Truncation, limits: Limits, field: str) -> None:
    if truncation.HasField("psi"):
        _within(f"{field}.psi", truncation.psi, 0.0, MAX_PSI)
    if truncation.HasField("cutoff"):
        _within(f"{field}.cutoff", truncation.cutoff, 0, limits.num_ws, "layers")


def _check_noise(noise: latents_pb2.Noise, field: str) -> None:
    _check_enum(f"{field}.mode", noise.mode, latents_pb2.NoiseMode)
    _within(f"{field}.seed", noise.seed, 0, MAX_SEED)
    if noise.seed and noise.mode != latents_pb2.NOISE_MODE_RANDOM:
        raise InvalidArgument(f"{field}.seed", noise.seed, "0 unless mode is NOISE_MODE_RANDOM")


def _check_component_edit(edit: latents_pb2.ComponentEdit, limits: Limits, field: str) -> None:
    require_components(limits)
    layer_start, layer_end = 0, limits.num_ws
    if _one_of(edit, "component", field) == "index":
        _within(f"{field}.index", edit.index, 0, limits.num_components - 1)
    else:
        _check_name(f"{field}.name", edit.name, limits.component_names, "component", limits.num_components)
        _, layer_start, layer_end = limits.component_names[edit.name]
    _within(f"{field}.sigmas", edit.sigmas, -MAX_SIGMAS, MAX_SIGMAS, "standard deviations")
    if edit.HasField("layer_start"):
        layer_start = edit.layer_start
        _within(f"{field}.layer_start", layer_start, 0, limits.num_ws - 1)
    if edit.HasField("layer_end"):
        layer_end = edit.layer_end
    if not layer_start < layer_end <= limits.num_ws:
        allowed = f"layer_start + 1 to num_ws, {layer_start + 1} to {limits.num_ws}"
        raise InvalidArgument(f"{field}.layer_end", layer_end, allowed)


def _check_transfer_settings(
    settings: latents_pb2.StyleTransfer | style_transfer_pb2.TransferStyleRequest, limits: Limits, prefix: str
) -> None:
    """The fields that a StyleTransfer and a TransferStyleRequest share; `prefix` ends with a dot or is empty."""
    require_regions(limits)
    _within(f"{prefix}regions", len(settings.regions), 1, MAX_REGIONS, "regions")
    _check_distinct(
        f"{prefix}regions",
        [_region_index(r, limits, f"{prefix}regions[{i}]") for i, r in enumerate(settings.regions)],
        "region",
    )
    for name, high in (("rho", 1.0), ("epsilon", MAX_EPSILON), ("strength", 1.0)):
        if settings.HasField(name):  # type: ignore[arg-type]
            _within(f"{prefix}{name}", getattr(settings, name), 0.0, high)
    layers = limits.num_style_layers
    _within(f"{prefix}layer_epsilons", len(settings.layer_epsilons), 0, layers, "entries, one per style layer")
    for i, entry in enumerate(settings.layer_epsilons):
        _within(f"{prefix}layer_epsilons[{i}].layer", entry.layer, 0, layers - 1)
        _within(f"{prefix}layer_epsilons[{i}].epsilon", entry.epsilon, 0.0, MAX_EPSILON)
    _check_distinct(f"{prefix}layer_epsilons", [entry.layer for entry in settings.layer_epsilons], "layer")


def _region_index(region: latents_pb2.Region, limits: Limits, field: str) -> int:
    if _one_of(region, "region", field) == "index":
        _within(f"{field}.index", region.index, 0, limits.num_regions - 1)
        return region.index
    _check_name(f"{field}.name", region.name, limits.region_names, "region", limits.num_regions)
    return limits.region_names[region.name]


# Rules


def _check_common(request: sampling_pb2.SampleRequest | sampling_pb2.StreamSamplesRequest, limits: Limits) -> None:
    if request.HasField("truncation"):
        _check_truncation(request.truncation, limits, "truncation")
    if request.HasField("noise"):
        _check_noise(request.noise, "noise")
    check_format(request.format, limits)


def _check_answer_size(count: int, image_format: images_pb2.ImageFormat, limits: Limits) -> None:
    """Refuses at the door what would be synthesised and then not fit into one message."""
    pixels = limits.channels * limits.resolution**2
    image_bytes = pixels * _BYTES_PER_PIXEL.get(image_format.encoding, 1) + _BYTES_BESIDE_PIXELS
    most = limits.max_message_bytes // image_bytes
    if count > most:
        encoding = images_pb2.ImageEncoding.Name(image_format.encoding or images_pb2.IMAGE_ENCODING_PNG_8)
        if most == 0:
            allowed = "an encoding with fewer bytes a pixel"
        else:
            allowed = f"1 to {most} images of {encoding} in one message of {limits.max_message_bytes} bytes"
        raise InvalidArgument("seeds and latents", count, f"{allowed}; StreamSamples has no such limit")


def _recipes_in(latent: latents_pb2.Latent) -> int:
    return count_recipes(latent.recipe) if latent.WhichOneof("kind") == "recipe" else 1


def _check_total(count: int, field: str, most: int = MAX_RECIPES) -> None:
    if count > most:
        raise InvalidArgument(field, f"{count} recipes", f"at most {most} recipes, those inside others included")


def _check_edit_total(latent: latents_pb2.Latent, added: int, field: str) -> None:
    if latent.WhichOneof("kind") == "recipe":
        total = len(latent.recipe.component_edits) + added
        _within(field, total, 1, MAX_COMPONENT_EDITS, "edits, those of the latent included")


def _within(field: str, value: float, low: float, high: float, unit: str = "") -> None:
    # NaN compares false with everything.
    if not (math.isfinite(value) and low <= value <= high):
        raise InvalidArgument(field, value, f"{low:.12g} to {high:.12g} {unit}".rstrip())


def _one_of(message: Message, group: str, field: str) -> str:
    chosen = message.WhichOneof(group)
    if chosen is None:
        names = ", ".join(f.name for f in message.DESCRIPTOR.oneofs_by_name[group].fields)
        raise InvalidArgument(field or group, None, f"exactly one of {names}")
    return chosen


def _check_enum(field: str, value: int, enum: Any) -> None:
    if value not in enum.values():
        raise InvalidArgument(field, value, ", ".join(enum.keys()))


def _check_name(field: str, name: str, names: Mapping[str, object], what: str, count: int) -> None:
    if name not in names:
        listed = ", ".join(sorted(names)) if names else "no name, because this bundle has none"
        raise InvalidArgument(field, name, f"{listed}; or a {what} index, 0 to {count - 1}")


def _check_distinct(field: str, numbers: Sequence[int], what: str) -> None:
    if len(set(numbers)) != len(numbers):
        twice = next(n for i, n in enumerate(numbers) if n in numbers[:i])
        raise InvalidArgument(field, f"{what} {twice} twice", f"each {what} once")
