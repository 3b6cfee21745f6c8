"""Python values to messages: latents, edits, regions, formats.

Nothing is validated here beyond the type: ranges are the server's, and its errors name field, value and range.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mammoganesis.editing.labels import LabelMixture
from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.encoding import decode
from mammoganesis.pictures.formats import burns_in, chosen_encoding
from mammoganesis.pictures.kinds import other_kind
from mammoganesis.pictures.png import plain_png
from mammoganesis.recipe.limits import MAX_SEED
from mammoganesis.recipe.region_names import RegionNames
from mammoganesis.v1 import images_pb2, latents_pb2, model_pb2, style_transfer_pb2
from services.client.choices import Picture, Sampling
from services.client.image import Image

OURS = "a PNG or DICOM file made by MammoGANesis, with its recipe"
INSTEAD = "an image is also named by its seed, its recipe (a JSON file) or its latent id"

# What every method that takes a latent accepts: a seed, a latent id, a recipe, an image of ours (or its file),
# or an explicit code w [w_dim] or ws [num_ws, w_dim].
LatentLike = int | str | latents_pb2.Recipe | latents_pb2.Latent | Image | os.PathLike[str] | np.ndarray

# (component, sigmas), (component, sigmas, layer_start, layer_end) or the message; a component is an index or a name.
ComponentEditLike = latents_pb2.ComponentEdit | tuple[int | str, float] | tuple[int | str, float, int, int]

ENCODINGS: Mapping[str, images_pb2.ImageEncoding] = {
    "png": images_pb2.IMAGE_ENCODING_PNG_8,
    "png16": images_pb2.IMAGE_ENCODING_PNG_16,
    "raw": images_pb2.IMAGE_ENCODING_RAW_FLOAT32,
    "dicom": images_pb2.IMAGE_ENCODING_DICOM,
    "dicom-sc": images_pb2.IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE,
}
SIDES: Mapping[str | None, images_pb2.Side] = {
    None: images_pb2.SIDE_UNSPECIFIED,
    "L": images_pb2.SIDE_LEFT,
    "R": images_pb2.SIDE_RIGHT,
}
VIEWS: Mapping[str | None, images_pb2.View] = {
    None: images_pb2.VIEW_UNSPECIFIED,
    "CC": images_pb2.VIEW_CC,
    "MLO": images_pb2.VIEW_MLO,
}
NOISE_MODES: Mapping[str, latents_pb2.NoiseMode] = {
    "own": latents_pb2.NOISE_MODE_UNSPECIFIED,
    "const": latents_pb2.NOISE_MODE_CONST,
    "random": latents_pb2.NOISE_MODE_RANDOM,
    "none": latents_pb2.NOISE_MODE_NONE,
}
SPACES: Mapping[str, latents_pb2.InterpolationSpace] = {
    "w": latents_pb2.INTERPOLATION_SPACE_W,
    "styles": latents_pb2.INTERPOLATION_SPACE_STYLES,
}
EDIT_MODES: Mapping[str, latents_pb2.EditMode] = {
    "relative": latents_pb2.EDIT_MODE_RELATIVE,
    "absolute": latents_pb2.EDIT_MODE_ABSOLUTE,
}


def image_format(picture: Picture) -> images_pb2.ImageFormat:
    """The format message."""
    return images_pb2.ImageFormat(
        encoding=_chosen(ENCODINGS, picture.format, "format"),
        burn_in_mark=picture.marked,
        unmarked=picture.is_dicom and not picture.marked,
        side=_chosen(SIDES, picture.side, "format.side"),
        view=_chosen(VIEWS, picture.view, "format.view"),
        resolution=_checked_uint32(picture.resolution, "format.resolution"),
    )


def picture_of(image_format: images_pb2.ImageFormat) -> Picture:
    """What asks for that format again."""
    names = {number: name for name, number in ENCODINGS.items()}
    sides, views = ({number: name for name, number in choices.items()} for choices in (SIDES, VIEWS))
    return Picture(
        names[chosen_encoding(image_format)],
        burns_in(image_format),
        image_format.resolution,
        sides[image_format.side],
        views[image_format.view],
    )


def seed_recipe(seed: int | None, sampling: Sampling) -> latents_pb2.Recipe:
    """The recipe of a seed; of none yet where that is None. Labels that are to be drawn are the server's to draw: see
    `drawn_labels`."""
    return latents_pb2.Recipe(
        seed=seed,
        labels=sampling.labels,
        truncation=truncation(sampling.psi, sampling.cutoff),
        noise=noise(sampling.noise, sampling.noise_seed),
    )


def label_mixture(model: model_pb2.GetModelResponse) -> LabelMixture | None:
    """The labels of the training images, all equally frequent where that is not known; None without labels."""
    fields = {field.name: tuple(field.values) for field in model.label_fields}
    if not fields:
        return None
    counts = tuple(
        (tuple(entry.labels.get(name, "") for name in fields), entry.images) for entry in model.label_mixture
    )
    return LabelMixture(fields, counts) if counts else LabelMixture.equal(fields)


def drawn_labels(seed: int, sampling: Sampling, model: model_pb2.GetModelResponse) -> Mapping[str, str] | None:
    """The labels of a seed's image, as a server draws those that are not given.

    Args:
        seed: 0 to 4294967295.
        sampling: the labels given, which the model must have, and whether the others are drawn.
        model: what the server has said of its model.
    """
    mixture = label_mixture(model) if sampling.labels_drawn else None
    return sampling.labels if mixture is None else mixture.within(sampling.labels or {}).labels_of_seed(seed)


def region_names(regions: Iterable[style_transfer_pb2.RegionSummary]) -> RegionNames:
    """The names of the regions that a server lists."""
    plain, labelled = {}, {}
    for region in regions:
        plain[region.index] = region.name
        labelled |= {(region.index, entry.field, entry.value): entry.name for entry in region.labelled_names}
    return RegionNames({index: name for index, name in plain.items() if name}, labelled)


def space(name: str) -> latents_pb2.InterpolationSpace:
    """The space of an interpolation, "w" or "styles"."""
    return _chosen(SPACES, name, "space")


def truncation(psi: float | None, cutoff: int | None) -> latents_pb2.Truncation:
    """Truncation by psi and number of leading layers; None leaves the server's default."""
    return latents_pb2.Truncation(psi=psi, cutoff=cutoff)


def noise(mode: str, seed: int = 0) -> latents_pb2.Noise:
    """The noise "own" (of each image), "const" (the model's), "random" (drawn from `seed`) or "none"."""
    return latents_pb2.Noise(mode=_chosen(NOISE_MODES, mode, "noise.mode"), seed=checked_int64(seed, "noise.seed"))


def checked_int64(value: int, field: str) -> int:
    """A seed as it fits the message: protobuf itself would raise a ValueError without the field's name."""
    if not -(2**63) <= value < 2**63:
        raise InvalidArgument(field, value, f"0 to {MAX_SEED}")
    return int(value)


def latent(value: LatentLike, field: str = "latent") -> latents_pb2.Latent:
    """The latent message of anything that names one (see LatentLike)."""
    if isinstance(value, latents_pb2.Latent):
        return value
    if isinstance(value, latents_pb2.Recipe):
        return latents_pb2.Latent(recipe=value)
    if isinstance(value, Image):
        return latents_pb2.Latent(recipe=value.recipe)
    if isinstance(value, np.ndarray):
        code = latents_pb2.Code(values=value.astype(np.float32).ravel().tolist())
        return latents_pb2.Latent(w=code)
    if isinstance(value, int | np.integer):
        return latents_pb2.Latent(recipe=latents_pb2.Recipe(seed=checked_int64(int(value), f"{field}.recipe.seed")))
    if isinstance(value, str):
        return latents_pb2.Latent(latent_id=value)
    return latents_pb2.Latent(recipe=recipe_of_file(Path(value)))


def recipe_of_file(path: Path) -> latents_pb2.Recipe:
    """The recipe inside a PNG or DICOM file of ours, with the bundle that the file names.

    Raises:
        InvalidArgument: the file is another, is damaged, or carries no recipe; it names the file.
    """
    data = picture_of_file(path)
    try:
        content = decode(data, resaved=True)
    except InvalidArgument as error:
        raise error.in_file(path) from None
    recipe = content.recipe
    if recipe is None:
        raise InvalidArgument("image", path, f"{OURS}; this one holds no recipe (any more); {INSTEAD}")
    recipe.bundle_digest = content.bundle_digest
    return recipe


def picture_of_file(path: Path) -> bytes:
    """The bytes of a PNG or DICOM file.

    Raises:
        InvalidArgument: it is another file; the message names it, and says what to give instead.
    """
    data = path.read_bytes()
    if (kind := other_kind(data, "a PNG", "a DICOM")) is not None:
        raise InvalidArgument("image", path, f"{OURS}; this is {kind}; {INSTEAD}")
    return data


def component_edit(value: ComponentEditLike, mode: str = "relative") -> latents_pb2.ComponentEdit:
    """The edit message of (component, sigmas[, layer_start, layer_end]), "relative" or "absolute"; a message stays as
    it is."""
    if isinstance(value, latents_pb2.ComponentEdit):
        return value
    component, sigmas, *layers = value
    edit = latents_pb2.ComponentEdit(sigmas=sigmas, mode=_chosen(EDIT_MODES, mode, "mode"))
    set_choice(edit, component, "component")
    set_layers(edit, layers or None)
    return edit


def set_layers(message: Any, layers: Sequence[int] | None) -> None:
    """Sets `layer_start` and `layer_end`; None leaves the server's default."""
    if layers is not None:
        message.layer_start, message.layer_end = (_checked_uint32(layer, "layers") for layer in layers)


def regions(values: int | str | Sequence[int | str]) -> list[latents_pb2.Region]:
    """Region messages of one index or name, or several."""
    messages = []
    for value in [values] if isinstance(values, int | str) else values:
        message = latents_pb2.Region()
        set_choice(message, value, "region")
        messages.append(message)
    return messages


def set_choice(message: latents_pb2.ComponentEdit | latents_pb2.Region, value: int | str, field: str) -> None:
    """Sets `index` or `name`."""
    if isinstance(value, str):
        message.name = value
    else:
        message.index = _checked_uint32(value, field)


def mask_png(mask: np.ndarray | bytes) -> bytes:
    """The PNG file of a mask [q, q] uint8; a file stays as it is."""
    if isinstance(mask, bytes):
        return mask
    if mask.dtype != np.uint8 or mask.ndim != 2 or not mask.size:
        raise InvalidArgument("mask", f"{mask.dtype} {mask.shape}", "[q, q] uint8, 0 outside and 255 inside")
    return plain_png(np.ascontiguousarray(mask), "Mask")


def polygon(points: Sequence[tuple[float, float]]) -> style_transfer_pb2.Polygon:
    """The polygon of corners (x, y)."""
    for i, point in enumerate(points):
        if len(point) != 2:
            raise InvalidArgument(f"polygon[{i}]", f"{len(point)} numbers", "2: x and y, 0 to 1 each")
    return style_transfer_pb2.Polygon(points=[style_transfer_pb2.Point(x=x, y=y) for x, y in points])


def layer_epsilons(values: Mapping[int, float]) -> list[latents_pb2.LayerEpsilon]:
    """Epsilon of single style layers, by layer."""
    return [
        latents_pb2.LayerEpsilon(layer=_checked_uint32(layer, "layer_epsilons"), epsilon=epsilon)
        for layer, epsilon in values.items()
    ]


def _chosen(choices: Mapping[Any, Any], name: str | None, field: str) -> Any:
    if name not in choices:
        raise InvalidArgument(field, name, " | ".join(filter(None, choices)))
    return choices[name]


def _checked_uint32(value: int, field: str) -> int:
    if not 0 <= value < 2**32:
        raise InvalidArgument(field, value, "0 or more")
    return int(value)
