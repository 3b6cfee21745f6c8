"""The rules of requests: counts, sizes and formats, as the comments in `protos/mammoganesis/v1` promise them.

Servicers call one function a request before any work. The functions are pure; they raise InvalidArgument with the path
of the field ("noise_seeds[2]"), the value and what is allowed, or FailedPrecondition when the bundle lacks regions.
What a request says of the image itself is composed into a recipe (`services.servicers.composition`), and the one walk
over that checks it (`mammoganesis.recipe.completion`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from google.protobuf.message import Message

from mammoganesis.editing.measures import SEEDS_BY
from mammoganesis.errors import InvalidArgument, ResourceExhausted
from mammoganesis.pictures.formats import DICOM
from mammoganesis.recipe.edits import require_components, require_regions
from mammoganesis.recipe.fields import at_most_recipes, distinct, known, one_of, within
from mammoganesis.recipe.limits import (
    DEFAULT_FOUND_SEEDS,
    DEFAULT_INTERPOLATION_STEPS,
    DEFAULT_SWEEP_STEPS,
    MAX_COMPONENT_EDITS,
    MAX_EXAMINED_SEEDS,
    MAX_FOUND_SEEDS,
    MAX_INTERPOLATION_STEPS,
    MAX_NOISE_SEEDS,
    MAX_POLYGON_POINTS,
    MAX_RECIPES_PER_CALL,
    MAX_SEED,
    MAX_SIGMAS,
    MAX_STYLE_TRANSFERS,
    MAX_SWEEP_STEPS,
    Limits,
)
from mammoganesis.recipe.masked import refuse_budget, require_masked
from mammoganesis.recipe.structure import count_recipes, has_style_sets, recipes_in
from mammoganesis.v1 import images_pb2, latents_pb2, pca_editing_pb2, sampling_pb2, style_transfer_pb2
from mammoganesis.v1.latents_pb2 import LOCALITY_MASKED, Recipe
from services.rendering.calls import CallContext
from services.wire.refusals import too_large

_BYTES_PER_PIXEL = {
    images_pb2.IMAGE_ENCODING_RAW_FLOAT32: 4,
    **dict.fromkeys((images_pb2.IMAGE_ENCODING_PNG_16, *DICOM), 2),
}  # others: 1
STREAMED_BY: Mapping[type[Message], str] = {sampling_pb2.SampleRequest: "StreamSamples"}
"""The RPC that sends the same images in one message each."""

_LEAST_BESIDE_PIXELS = 200  # latent id, digests, sizes and the shortest complete recipe
_BYTES_BESIDE_PIXELS = 8192  # recipe, latent id, digests and the file format; a common recipe takes a tenth of it


def images_drawn(request: Message) -> int:
    """Images that the engine draws for a request: what it costs. 0 for one that asks about the model only.

    The request need not have been checked; its numbers are taken as they stand.
    """
    match request:
        case sampling_pb2.SampleRequest():
            return len(request.seeds) + len(request.latents)
        case sampling_pb2.StreamSamplesRequest():
            return request.seed_range.count or len(request.seed_list.seeds)
        case sampling_pb2.FindSeedsRequest():
            # With ranges it may be fewer; nobody knows before.
            return request.seed_range.count if request.ranges else min(request.seed_range.count, seeds_wanted(request))
        case sampling_pb2.RedrawNoiseRequest():
            return len(request.noise_seeds)
        case sampling_pb2.InterpolateRequest():
            return request.steps if request.HasField("steps") else DEFAULT_INTERPOLATION_STEPS
        case pca_editing_pb2.SweepComponentRequest():
            return request.steps if request.HasField("steps") else DEFAULT_SWEEP_STEPS
        case style_transfer_pb2.TransferStyleRequest() if (
            request.locality == LOCALITY_MASKED and request.WhichOneof("mask") is None
        ):
            return 1 + _drawn_to_segment(request.target)
        case style_transfer_pb2.SegmentRegionsRequest():
            return _drawn_to_segment(request.latent)
        case (
            sampling_pb2.MixStylesRequest()
            | pca_editing_pb2.EditComponentsRequest()
            | style_transfer_pb2.TransferStyleRequest()
        ):
            return 1
    return 0


def seeds_wanted(request: sampling_pb2.FindSeedsRequest) -> int:
    """Seeds to find."""
    return request.count if request.HasField("count") else DEFAULT_FOUND_SEEDS


def _drawn_to_segment(latent: latents_pb2.Latent) -> int:
    """The image; and where it has several sets of styles the activations, which only a drawing by its own set gives. Of
    a latent id that is not known before it is looked up."""
    return 2 if latent.WhichOneof("kind") == "recipe" and has_style_sets(latent.recipe) else 1


def check_taken(request: Message, limits: Limits, call: CallContext) -> None:
    """Refuses, before anything is computed, a raw answer that the call's client does not take.

    Only what is certain from the request: how small a PNG becomes is known when it is there.

    Args:
        request: any that asks for images; its format has been checked.
        limits: channels and resolution of the images.
        call: says what its client takes.

    Raises:
        ResourceExhausted: a message of the answer would be larger.
    """
    image_format: images_pb2.ImageFormat = request.format  # type: ignore[attr-defined]
    if call.bytes_taken is None or image_format.encoding != images_pb2.IMAGE_ENCODING_RAW_FLOAT32:
        return
    together = isinstance(request, (sampling_pb2.SampleRequest, sampling_pb2.RedrawNoiseRequest))
    size = (images_drawn(request) if together else 1) * (_pixel_bytes(image_format, limits) + _LEAST_BESIDE_PIXELS)
    if size > call.bytes_taken:
        most, instead = limits.calls.max_message_bytes, STREAMED_BY.get(type(request))
        raise ResourceExhausted(too_large(f"at least {size}", call.bytes_taken, most, instead).details)


def check_sample(request: sampling_pb2.SampleRequest, limits: Limits) -> None:
    """SampleRequest: 1 to max_images_per_call seeds and latents together, and an answer that fits into a message."""
    count = len(request.seeds) + len(request.latents)
    within("seeds and latents", count, 1, limits.calls.max_images_per_call, "images in one call")
    for i, seed in enumerate(request.seeds):
        within(f"seeds[{i}]", seed, 0, MAX_SEED)
    check_format(request.format, limits)
    _check_answer_size(count, request.format, limits, "seeds and latents")
    at_most_recipes(sum(map(recipes_in, request.latents)), "latents", MAX_RECIPES_PER_CALL)


def check_stream_samples(request: sampling_pb2.StreamSamplesRequest, limits: Limits) -> None:
    """StreamSamplesRequest: 1 to max_images_per_stream seeds."""
    source = one_of(request, "source", "")
    if source == "seed_range":
        _check_seed_range(request.seed_range, limits.calls.max_images_per_stream)
    else:
        within(
            "seed_list.seeds", len(request.seed_list.seeds), 1, limits.calls.max_images_per_stream, "seeds in one call"
        )
        for i, seed in enumerate(request.seed_list.seeds):
            within(f"seed_list.seeds[{i}]", seed, 0, MAX_SEED)
    check_format(request.format, limits)


def check_find_seeds(request: sampling_pb2.FindSeedsRequest, limits: Limits) -> None:
    """FindSeedsRequest: 1 to 1024 seeds to look at, 1 to 64 to find, ranges of what is measured."""
    if not request.HasField("seed_range"):
        raise InvalidArgument("seed_range", None, "first and count")
    _check_seed_range(request.seed_range, min(MAX_EXAMINED_SEEDS, limits.calls.max_images_per_stream))
    within("count", seeds_wanted(request), 1, MAX_FOUND_SEEDS, "seeds")
    within("ranges", len(request.ranges), 0, len(SEEDS_BY), "ranges, one a measure")
    for i, wanted in enumerate(request.ranges):
        if wanted.name not in SEEDS_BY:
            raise InvalidArgument(f"ranges[{i}].name", wanted.name, ", ".join(SEEDS_BY))
        for end in ("least", "most"):
            value = getattr(wanted, end)
            if not math.isfinite(value):
                raise InvalidArgument(f"ranges[{i}].{end}", value, "a finite number")
        if wanted.HasField("least") and wanted.HasField("most") and wanted.most < wanted.least:
            raise InvalidArgument(f"ranges[{i}].most", wanted.most, f"least, {wanted.least:g}, or more")
    distinct("ranges", [wanted.name for wanted in request.ranges], "measure")
    check_format(request.format, limits)


def _check_seed_range(seeds: sampling_pb2.SeedRange, most: int) -> None:
    within("seed_range.first", seeds.first, 0, MAX_SEED)
    within("seed_range.count", seeds.count, 1, most, "images in one call")
    last = seeds.first + seeds.count - 1
    if last > MAX_SEED:
        raise InvalidArgument("seed_range", last, f"first + count - 1 of at most {MAX_SEED}")


def check_interpolate(request: sampling_pb2.InterpolateRequest, limits: Limits) -> None:
    """InterpolateRequest: 2 to 256 steps."""
    if request.HasField("steps"):
        within("steps", request.steps, 2, MAX_INTERPOLATION_STEPS, "images")
    check_format(request.format, limits)


def check_mix_styles(request: sampling_pb2.MixStylesRequest, limits: Limits) -> None:
    """MixStylesRequest."""
    check_format(request.format, limits)


def check_redraw_noise(request: sampling_pb2.RedrawNoiseRequest, limits: Limits) -> None:
    """RedrawNoiseRequest: 1 to 64 noise seeds, and an answer that fits into a message."""
    most = min(MAX_NOISE_SEEDS, limits.calls.max_images_per_call)
    within("noise_seeds", len(request.noise_seeds), 1, most, "seeds in one call")
    for i, seed in enumerate(request.noise_seeds):
        within(f"noise_seeds[{i}]", seed, 0, MAX_SEED)
    check_format(request.format, limits)
    _check_answer_size(len(request.noise_seeds), request.format, limits, "noise_seeds")


def check_edit_components(request: pca_editing_pb2.EditComponentsRequest, limits: Limits) -> None:
    """EditComponentsRequest: 1 to 64 edits."""
    require_components(limits)
    within("edits", len(request.edits), 1, MAX_COMPONENT_EDITS, "edits")
    check_format(request.format, limits)


def check_sweep_component(request: pca_editing_pb2.SweepComponentRequest, limits: Limits) -> None:
    """SweepComponentRequest: one edit without sigmas of its own, 2 to 64 steps."""
    require_components(limits)
    if not request.HasField("edit"):
        raise InvalidArgument("edit", None, "a component edit")
    if request.edit.sigmas != 0:
        raise InvalidArgument("edit.sigmas", request.edit.sigmas, "0 (sigmas_start and sigmas_end say how far)")
    for name in ("sigmas_start", "sigmas_end"):
        if request.HasField(name):
            within(name, getattr(request, name), -MAX_SIGMAS, MAX_SIGMAS, "standard deviations")
    if request.HasField("steps"):
        within("steps", request.steps, 2, MAX_SWEEP_STEPS, "images")
    check_format(request.format, limits)


def check_reach(request: pca_editing_pb2.CheckReachRequest, limits: Limits) -> None:
    """CheckReachRequest: up to 64 edits."""
    require_components(limits)
    within("edits", len(request.edits), 0, MAX_COMPONENT_EDITS, "edits")


def check_transfer_style(request: style_transfer_pb2.TransferStyleRequest, limits: Limits) -> None:
    """TransferStyleRequest: a mask or regions, and with a mask nothing of the channel query."""
    known("locality", request.locality, latents_pb2.Locality)
    check_format(request.format, limits)
    given = request.WhichOneof("mask")
    if request.locality != LOCALITY_MASKED:
        allowed = "none without LOCALITY_MASKED"
        if given:
            raise InvalidArgument(given, "a mask", allowed)
        if request.HasField("feather"):
            raise InvalidArgument("feather", request.feather, allowed)
        require_regions(limits)
        return
    require_masked(limits)
    refuse_budget(request, "")
    if given and request.regions:
        raise InvalidArgument("regions", f"{len(request.regions)} regions", f"none beside {given}, which says where")
    if given == "polygon":
        _check_polygon(request.polygon)
    if not given and not request.regions:
        raise InvalidArgument("mask", None, "mask_png, polygon, or regions of which one is made")
    if not given:
        require_regions(limits)


def _check_polygon(polygon: style_transfer_pb2.Polygon) -> None:
    within("polygon.points", len(polygon.points), 3, MAX_POLYGON_POINTS, "points")
    for i, point in enumerate(polygon.points):
        within(f"polygon.points[{i}].x", point.x, 0.0, 1.0)
        within(f"polygon.points[{i}].y", point.y, 0.0, 1.0)


def check_segment_regions(request: style_transfer_pb2.SegmentRegionsRequest, limits: Limits) -> None:
    """SegmentRegionsRequest."""
    require_regions(limits)


def check_edits_together(latent: Recipe, added: int, field: str) -> None:
    """The edits of a request must fit beside those that its latent already has."""
    total = len(latent.component_edits) + added
    within(field, total, 1, MAX_COMPONENT_EDITS, "edits, those of the latent included")


def check_transfers_together(target: Recipe, field: str) -> None:
    """The transfer of a request must fit beside those that its target already has."""
    count = len(target.style_transfers) + 1
    within(f"{field}.style_transfers", count, 1, MAX_STYLE_TRANSFERS, "transfers, this one included")


def check_recipes_together(recipes: Sequence[Recipe], around: int, field: str) -> None:
    """Several recipes that will stand in one must together be no more than one may hold.

    Args:
        around: 1 when the one around them counts too, 0 when one of them is the one around the others.
    """
    at_most_recipes(sum(map(count_recipes, recipes)) + around, field)


def check_format(image_format: images_pb2.ImageFormat, limits: Limits, field: str = "format") -> None:
    """ImageFormat: a known encoding that fits the model's channels, no mark on raw numbers, side and view for DICOM
    alone, a size that there is."""
    encoding = image_format.encoding
    known(f"{field}.encoding", encoding, images_pb2.ImageEncoding)
    if encoding in (images_pb2.IMAGE_ENCODING_PNG_16, *DICOM) and limits.channels != 1:
        allowed = f"IMAGE_ENCODING_PNG_8 or IMAGE_ENCODING_RAW_FLOAT32 for a model with {limits.channels} channels"
        raise InvalidArgument(f"{field}.encoding", images_pb2.ImageEncoding.Name(encoding), allowed)
    _check_dicom(image_format, field)
    if encoding == images_pb2.IMAGE_ENCODING_RAW_FLOAT32 and image_format.burn_in_mark:
        raise InvalidArgument(f"{field}.burn_in_mark", True, "false with IMAGE_ENCODING_RAW_FLOAT32")
    if image_format.resolution not in (0, limits.resolution, limits.preview_resolution):
        preview = f", or {limits.preview_resolution} for a preview" if limits.preview_resolution else ""
        allowed = f"0 or {limits.resolution}, the model's own{preview or '; this bundle has no preview'}"
        raise InvalidArgument(f"{field}.resolution", image_format.resolution, allowed)


def _check_dicom(image_format: images_pb2.ImageFormat, field: str) -> None:
    """What only DICOM files state, or leave out."""
    known(f"{field}.side", image_format.side, images_pb2.Side)
    known(f"{field}.view", image_format.view, images_pb2.View)
    if image_format.encoding not in DICOM:
        for name in ("side", "view", "unmarked"):
            if value := getattr(image_format, name):
                raise InvalidArgument(f"{field}.{name}", value, "it left out, except with an encoding of DICOM")
    if image_format.unmarked and image_format.burn_in_mark:
        raise InvalidArgument(f"{field}.unmarked", True, "false with burn_in_mark")


def _check_answer_size(count: int, image_format: images_pb2.ImageFormat, limits: Limits, field: str) -> None:
    """Refuses at the door what would be synthesised and then not fit into one message."""
    image_bytes = _pixel_bytes(image_format, limits) + _BYTES_BESIDE_PIXELS
    most = limits.calls.max_message_bytes // image_bytes
    if count > most:
        encoding = images_pb2.ImageEncoding.Name(image_format.encoding or images_pb2.IMAGE_ENCODING_PNG_8)
        if most == 0:
            allowed = "an encoding with fewer bytes a pixel"
        else:
            allowed = f"1 to {most} images of {encoding} in one message of {limits.calls.max_message_bytes} bytes"
        raise InvalidArgument(field, count, f"{allowed}; StreamSamples has no such limit")


def _pixel_bytes(image_format: images_pb2.ImageFormat, limits: Limits) -> int:
    """Bytes of the pixels of one image, before a PNG makes them fewer."""
    pixels = limits.channels * (image_format.resolution or limits.resolution) ** 2
    return pixels * _BYTES_PER_PIXEL.get(image_format.encoding, 1)
