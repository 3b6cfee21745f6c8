"""The rules of all requests, in one place: what the comments in `protos/mammoganesis/v1` promise.

Servicers call one function a request before any work. The functions are pure; they raise InvalidArgument with the path
of the field ("edits[2].sigmas"), the value and what is allowed, or FailedPrecondition when the bundle lacks components
or regions. A latent id is checked for its form only; a recipe that a servicer builds out of one, or of several latents,
goes through `check_recipe` once more. The rules of recipes stand in `mammoganesis.recipe.validation`.
"""

from __future__ import annotations

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.limits import (
    MAX_COMPONENT_EDITS,
    MAX_INTERPOLATION_STEPS,
    MAX_NOISE_SEEDS,
    MAX_RECIPES_PER_CALL,
    MAX_SEED,
    MAX_SIGMAS,
    MAX_STYLE_TRANSFERS,
    MAX_SWEEP_STEPS,
    Direction,
    Limits,
)
from mammoganesis.recipe.validation import (
    LATENT_ID,
    check_component_edit,
    check_enum,
    check_in_w,
    check_labels,
    check_latent,
    check_layers,
    check_noise,
    check_recipe,
    check_total,
    check_transfer_settings,
    check_truncation,
    count_recipes,
    one_of,
    recipes_in,
    require_components,
    require_regions,
    within,
)
from mammoganesis.v1 import images_pb2, latents_pb2, pca_editing_pb2, sampling_pb2, style_transfer_pb2

_BYTES_PER_PIXEL = {images_pb2.IMAGE_ENCODING_RAW_FLOAT32: 4, images_pb2.IMAGE_ENCODING_PNG_16: 2}  # others: 1
_BYTES_BESIDE_PIXELS = 8192  # recipe, latent id, digests and the file format; a common recipe takes a tenth of it


def check_sample(request: sampling_pb2.SampleRequest, limits: Limits) -> None:
    """SampleRequest: 1 to max_images_per_call seeds and latents together, and an answer that fits into a message."""
    count = len(request.seeds) + len(request.latents)
    within("seeds and latents", count, 1, limits.calls.max_images_per_call, "images in one call")
    for i, seed in enumerate(request.seeds):
        within(f"seeds[{i}]", seed, 0, MAX_SEED)
    _check_common(request, limits)
    _check_answer_size(count, request.format, limits, "seeds and latents")
    for i, latent in enumerate(request.latents):
        check_latent(latent, limits, f"latents[{i}]")
    check_total(sum(map(recipes_in, request.latents)), "latents", MAX_RECIPES_PER_CALL)


def check_stream_samples(request: sampling_pb2.StreamSamplesRequest, limits: Limits) -> None:
    """StreamSamplesRequest: 1 to max_images_per_stream seeds."""
    source = one_of(request, "source", "")
    if source == "seed_range":
        seeds = request.seed_range
        within("seed_range.first", seeds.first, 0, MAX_SEED)
        within("seed_range.count", seeds.count, 1, limits.calls.max_images_per_stream, "images in one call")
        last = seeds.first + seeds.count - 1
        if last > MAX_SEED:
            raise InvalidArgument("seed_range", last, f"first + count - 1 of at most {MAX_SEED}")
    else:
        within(
            "seed_list.seeds", len(request.seed_list.seeds), 1, limits.calls.max_images_per_stream, "seeds in one call"
        )
        for i, seed in enumerate(request.seed_list.seeds):
            within(f"seed_list.seeds[{i}]", seed, 0, MAX_SEED)
    _check_common(request, limits)


def check_interpolate(request: sampling_pb2.InterpolateRequest, limits: Limits) -> None:
    """InterpolateRequest: 2 to 256 steps; in W both ends are points in W."""
    check_enum("space", request.space, latents_pb2.InterpolationSpace)
    in_w = request.space != latents_pb2.INTERPOLATION_SPACE_STYLES
    _check_pair(request, ("start", "end"), limits, "at the end of an interpolation in W" if in_w else None)
    if request.HasField("steps"):
        within("steps", request.steps, 2, MAX_INTERPOLATION_STEPS, "images")
    if request.HasField("noise"):
        check_noise(request.noise, "noise")
    check_format(request.format, limits)


def check_mix_styles(request: sampling_pb2.MixStylesRequest, limits: Limits) -> None:
    """MixStylesRequest: two points in W and a range of layers."""
    _check_pair(request, ("base", "style"), limits, "in a mixture")
    check_layers(request, limits, "")
    if request.HasField("noise"):
        check_noise(request.noise, "noise")
    check_format(request.format, limits)


def check_redraw_noise(request: sampling_pb2.RedrawNoiseRequest, limits: Limits) -> None:
    """RedrawNoiseRequest: 1 to 64 noise seeds, and an answer that fits into a message."""
    check_latent(request.latent, limits, "latent")
    most = min(MAX_NOISE_SEEDS, limits.calls.max_images_per_call)
    within("noise_seeds", len(request.noise_seeds), 1, most, "seeds in one call")
    for i, seed in enumerate(request.noise_seeds):
        within(f"noise_seeds[{i}]", seed, 0, MAX_SEED)
    check_format(request.format, limits)
    _check_answer_size(len(request.noise_seeds), request.format, limits, "noise_seeds")


def check_describe_recipe(request: sampling_pb2.DescribeRecipeRequest, limits: Limits) -> None:
    """DescribeRecipeRequest."""
    check_latent(request.latent, limits, "latent")


def check_edit_components(request: pca_editing_pb2.EditComponentsRequest, limits: Limits) -> None:
    """EditComponentsRequest: 1 to 64 edits, those that the latent already has included."""
    within("edits", len(request.edits), 1, MAX_COMPONENT_EDITS, "edits")
    check_latent(request.latent, limits, "latent")
    _check_edit_total(request.latent, len(request.edits), "edits")
    for i, edit in enumerate(request.edits):
        check_component_edit(edit, limits, f"edits[{i}]")
    check_format(request.format, limits)


def check_sweep_component(request: pca_editing_pb2.SweepComponentRequest, limits: Limits) -> None:
    """SweepComponentRequest: one edit without sigmas of its own, 2 to 64 steps."""
    check_latent(request.latent, limits, "latent")
    _check_edit_total(request.latent, 1, "edit")
    if not request.HasField("edit"):
        raise InvalidArgument("edit", None, "a component edit")
    if request.edit.sigmas != 0:
        raise InvalidArgument("edit.sigmas", request.edit.sigmas, "0 (sigmas_start and sigmas_end say how far)")
    check_component_edit(request.edit, limits, "edit")
    for name in ("sigmas_start", "sigmas_end"):
        if request.HasField(name):
            within(name, getattr(request, name), -MAX_SIGMAS, MAX_SIGMAS, "standard deviations")
    if request.HasField("steps"):
        within("steps", request.steps, 2, MAX_SWEEP_STEPS, "images")
    check_format(request.format, limits)


def check_transfer_style(request: style_transfer_pb2.TransferStyleRequest, limits: Limits) -> None:
    """TransferStyleRequest: the transfer that it adds must fit beside those that the target already has."""
    check_latent(request.target, limits, "target")
    check_latent(request.reference, limits, "reference", nesting=1)
    if request.target.WhichOneof("kind") == "recipe":
        count = len(request.target.recipe.style_transfers) + 1
        within("target.recipe.style_transfers", count, 1, MAX_STYLE_TRANSFERS, "transfers, this one included")
    check_total(recipes_in(request.target) + recipes_in(request.reference), "target and reference")
    check_transfer_settings(request, limits, "")
    check_format(request.format, limits)


def check_segment_regions(request: style_transfer_pb2.SegmentRegionsRequest, limits: Limits) -> None:
    """SegmentRegionsRequest."""
    check_latent(request.latent, limits, "latent")
    require_regions(limits)


def check_format(image_format: images_pb2.ImageFormat, limits: Limits, field: str = "format") -> None:
    """ImageFormat: a known encoding that fits the model's channels, no mark on raw numbers, a size that there is."""
    encoding = image_format.encoding
    check_enum(f"{field}.encoding", encoding, images_pb2.ImageEncoding)
    if encoding == images_pb2.IMAGE_ENCODING_PNG_16 and limits.channels != 1:
        allowed = f"IMAGE_ENCODING_PNG_8 or IMAGE_ENCODING_RAW_FLOAT32 for a model with {limits.channels} channels"
        raise InvalidArgument(f"{field}.encoding", "IMAGE_ENCODING_PNG_16", allowed)
    if encoding == images_pb2.IMAGE_ENCODING_RAW_FLOAT32 and image_format.burn_in_mark:
        raise InvalidArgument(f"{field}.burn_in_mark", True, "false with IMAGE_ENCODING_RAW_FLOAT32")
    if image_format.resolution not in (0, limits.resolution, limits.preview_resolution):
        preview = f", or {limits.preview_resolution} for a preview" if limits.preview_resolution else ""
        allowed = f"0 or {limits.resolution}, the model's own{preview or '; this bundle has no preview'}"
        raise InvalidArgument(f"{field}.resolution", image_format.resolution, allowed)


def _check_common(request: sampling_pb2.SampleRequest | sampling_pb2.StreamSamplesRequest, limits: Limits) -> None:
    if request.HasField("truncation"):
        check_truncation(request.truncation, limits, "truncation")
    if request.HasField("noise"):
        check_noise(request.noise, "noise")
    check_labels(request.labels, limits, "labels")
    check_format(request.format, limits)


def _check_pair(
    request: sampling_pb2.InterpolateRequest | sampling_pb2.MixStylesRequest,
    names: tuple[str, str],
    limits: Limits,
    in_w: str | None,
) -> None:
    """Two latents that will stand in one recipe; `in_w` says where, if they have to be points in W."""
    for name in names:
        latent = getattr(request, name)
        check_latent(latent, limits, name, nesting=1)
        if in_w and latent.WhichOneof("kind") == "recipe":
            check_in_w(latent.recipe, f"{name}.recipe", in_w)
    check_total(sum(recipes_in(getattr(request, name)) for name in names) + 1, " and ".join(names))


def _check_answer_size(count: int, image_format: images_pb2.ImageFormat, limits: Limits, field: str) -> None:
    """Refuses at the door what would be synthesised and then not fit into one message."""
    pixels = limits.channels * (image_format.resolution or limits.resolution) ** 2
    image_bytes = pixels * _BYTES_PER_PIXEL.get(image_format.encoding, 1) + _BYTES_BESIDE_PIXELS
    most = limits.calls.max_message_bytes // image_bytes
    if count > most:
        encoding = images_pb2.ImageEncoding.Name(image_format.encoding or images_pb2.IMAGE_ENCODING_PNG_8)
        if most == 0:
            allowed = "an encoding with fewer bytes a pixel"
        else:
            allowed = f"1 to {most} images of {encoding} in one message of {limits.calls.max_message_bytes} bytes"
        raise InvalidArgument(field, count, f"{allowed}; StreamSamples has no such limit")


def _check_edit_total(latent: latents_pb2.Latent, added: int, field: str) -> None:
    if latent.WhichOneof("kind") == "recipe":
        total = len(latent.recipe.component_edits) + added
        within(field, total, 1, MAX_COMPONENT_EDITS, "edits, those of the latent included")


__all__ = [
    "LATENT_ID",
    "MAX_SEED",
    "Direction",
    "Limits",
    "check_describe_recipe",
    "check_edit_components",
    "check_format",
    "check_interpolate",
    "check_latent",
    "check_mix_styles",
    "check_recipe",
    "check_redraw_noise",
    "check_sample",
    "check_segment_regions",
    "check_stream_samples",
    "check_sweep_component",
    "check_transfer_style",
    "count_recipes",
    "require_components",
    "require_regions",
]
