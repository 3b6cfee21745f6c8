"""What a bundle's manifest must be in itself, before any other file is read: pure functions of the message."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from mammoganesis.bundle.curated import (
    LabelledName,
    check_directions,
    check_distinct,
    check_epsilon,
    check_labelled_names,
    check_region_names,
    named_directions,
    region_entries,
)
from mammoganesis.bundle.names import (
    DIGEST,
    DIGEST_WORDS,
    FILE_NAME,
    LABEL_NAME_WORDS,
    NAME_WORDS,
    is_label_name,
    is_name,
)
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from mammoganesis.editing.anatomy import PARTS, SMALLEST
from mammoganesis.editing.labels import MOST_COMBINATIONS, LabelMixture
from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.limits import MAX_BUNDLE_REGIONS

MANIFEST, CARD = "manifest.json", "MODEL_CARD.md"
MAPPING, AFFINE, SYNTHESIS = "mapping.onnx", "affine.onnx", "synthesis.onnx"
PREVIEW, SYNTHESIS_FLOAT16 = "preview.onnx", "synthesis_fp16.onnx"
SYNTHESIS_MASKED = "synthesis_masked.onnx"
GUARD, GUARD_INDEX = "guard.onnx", "guard.npz"
LATENT_STATS, NOISE_CONST, GOLDEN = "latent_stats.npz", "noise_const.npz", "golden.npz"
COMPONENTS, REGIONS = "components.npz", "regions.npz"
REQUIRED_FILES = (AFFINE, CARD, GOLDEN, LATENT_STATS, MAPPING, NOISE_CONST, SYNTHESIS)
OPTIONAL_FILES = (COMPONENTS, REGIONS, PREVIEW, SYNTHESIS_FLOAT16, SYNTHESIS_MASKED, GUARD, GUARD_INDEX)
FORMAT_MAJOR, FORMAT_MINOR = 1, 5  # of the contract that this reader knows
MAX_STYLE_SETS = 16  # in one image
MAX_LABEL_VALUES = 1024  # of all fields together
MAX_GUARD_VIEWS, MAX_GUARD_FEATURES = 4096, 4096
MAX_GUARD_IMAGES = 10_000_000
MAX_GUARD_LIMIT = 1.4143  # the distance of images that have nothing in common


def fault_of(manifest: BundleManifest) -> str | None:
    """What is wrong in the manifest itself, or None."""
    return (
        fault_of_model(manifest)
        or _fault_of_tolerances(manifest)
        or _fault_of_files(manifest)
        or _fault_of_preview(manifest)
        or _fault_of_guard(manifest)
    )


def fault_of_model(manifest: BundleManifest) -> str | None:
    """What is wrong in all that is known before there are files: sizes, texts, labels, what was curated; or None."""
    fault = (
        _fault_of_sizes(manifest)
        or _fault_of_texts(manifest)
        or _fault_of_layers(manifest)
        or fault_of_labels(manifest)
        or _fault_of_evidence(manifest)
    )
    try:
        return fault or _check_components(manifest) or _fault_of_regions(manifest)
    except InvalidArgument as error:
        return error.message


def _fault_of_sizes(manifest: BundleManifest) -> str | None:
    dims = manifest.dimensions
    sizes = (("z_dim", 1, 8192), ("w_dim", 1, 8192), ("num_ws", 1, 64), ("num_styles", 1, 1_000_000))
    for field, low, high in (*sizes, ("resolution", 4, 4096)):
        if not low <= getattr(dims, field) <= high:
            return f"dimensions.{field} is {getattr(dims, field)}; allowed: {low} to {high}"
    if dims.channels not in (1, 3):
        return f"dimensions.channels is {dims.channels}; allowed: 1 or 3"
    return None


def _fault_of_texts(manifest: BundleManifest) -> str | None:
    if not is_name(manifest.name):
        return f"name is {manifest.name[:80]!a}; allowed: {NAME_WORDS}"
    if not manifest.version:
        return "version is empty"
    if not manifest.intended_use:
        return "intended_use is empty; expected a sentence or two for users"
    if not DIGEST.fullmatch(manifest.training_digest):
        return f"training_digest is {manifest.training_digest[:80]!a}; expected {DIGEST_WORDS}"
    if manifest.curated_from and not DIGEST.fullmatch(manifest.curated_from):
        return f"curated_from is {manifest.curated_from[:80]!a}; expected {DIGEST_WORDS}, or nothing"
    return None


def _fault_of_evidence(manifest: BundleManifest) -> str | None:
    if not manifest.HasField("reach_evidence"):
        return None
    found = manifest.reach_evidence
    if not found.images_within + found.images_beyond:
        return "reach_evidence counts no images; leave it out where nothing was measured"
    for where in ("within", "beyond"):
        unlike, images = getattr(found, f"unlike_{where}"), getattr(found, f"images_{where}")
        if unlike > images:
            return f"reach_evidence.unlike_{where} is {unlike}; allowed: 0 to images_{where}, {images}"
    return None


def _fault_of_tolerances(manifest: BundleManifest) -> str | None:
    for field in ("latents", "image"):
        if not 0 < getattr(manifest.golden_tolerance, field) <= 1:
            return f"golden_tolerance.{field} is {getattr(manifest.golden_tolerance, field)}; allowed: above 0 to 1"
    return None


def _fault_of_layers(manifest: BundleManifest) -> str | None:
    dims = manifest.dimensions
    total = sum(layer.dim for layer in manifest.style_layers)
    if total != dims.num_styles:
        return f"the dims of style_layers add up to {total}; dimensions.num_styles is {dims.num_styles}"
    for i, layer in enumerate(manifest.style_layers):
        if not layer.dim or layer.ws_index >= dims.num_ws:
            return f"style_layers[{i}] has dim {layer.dim} and ws_index {layer.ws_index}; num_ws is {dims.num_ws}"
    if not manifest.noise_sizes or not all(1 <= size <= dims.resolution for size in manifest.noise_sizes):
        return f"noise_sizes is {list(manifest.noise_sizes)[:40]}; expected sizes from 1 to {dims.resolution}"
    return None


def _fault_of_files(manifest: BundleManifest) -> str | None:
    names = [file.name for file in manifest.files]
    for i, file in enumerate(manifest.files):
        # The form excludes path separators, "..", and hidden files.
        if not FILE_NAME.fullmatch(file.name) or file.name == MANIFEST:
            return f"files[{i}].name is {file.name[:80]!a}; expected the plain name of another file"
        if not DIGEST.fullmatch(file.sha256):
            return f"files[{i}].sha256 is {file.sha256[:80]!a}; expected {DIGEST_WORDS}"
    if len(set(names)) != len(names):
        return "files lists a name twice"
    missing = sorted(set(REQUIRED_FILES) - set(names))
    if missing:
        return f"files lacks {', '.join(missing)}"
    unknown = sorted(set(names) - set(REQUIRED_FILES) - set(OPTIONAL_FILES))
    if unknown and manifest.format_minor <= FORMAT_MINOR:
        return f"files lists {', '.join(unknown)}, which no bundle of format {FORMAT_MAJOR}.{FORMAT_MINOR} has"
    if manifest.HasField("regions") != (REGIONS in names):
        return f"regions and {REGIONS} go together; only one of them is there"
    if manifest.HasField("preview") != (PREVIEW in names):
        return f"preview and {PREVIEW} go together; only one of them is there"
    if manifest.HasField("masked_synthesis") != (SYNTHESIS_MASKED in names):
        return f"masked_synthesis and {SYNTHESIS_MASKED} go together; only one of them is there"
    sets = manifest.masked_synthesis.style_sets
    if manifest.HasField("masked_synthesis") and not 2 <= sets <= MAX_STYLE_SETS:
        return f"masked_synthesis.style_sets is {sets}; allowed: 2 to {MAX_STYLE_SETS}"
    tolerance, half = manifest.golden_tolerance.image_float16, SYNTHESIS_FLOAT16 in names
    if not (0 < tolerance <= 1 if half else tolerance == 0):
        allowed = "above 0 to 1" if half else f"0 without {SYNTHESIS_FLOAT16}"
        return f"golden_tolerance.image_float16 is {tolerance}; allowed: {allowed}"
    return None


def _fault_of_preview(manifest: BundleManifest) -> str | None:
    if not manifest.HasField("preview"):
        return None
    preview, resolution = manifest.preview, manifest.dimensions.resolution
    if not 4 <= preview.resolution < resolution or preview.resolution & (preview.resolution - 1):
        return f"preview.resolution is {preview.resolution}; allowed: a power of two from 4 up, below {resolution}"
    # Whole layers, from the first one on.
    if preview.num_styles not in list(accumulate(layer.dim for layer in manifest.style_layers)):
        return f"preview.num_styles is {preview.num_styles}; expected the sum of the dims of leading style_layers"
    if preview.num_noise not in list(accumulate(size * size for size in manifest.noise_sizes)):
        return f"preview.num_noise is {preview.num_noise}; expected the sum of the squares of leading noise_sizes"
    return None


def _fault_of_guard(manifest: BundleManifest) -> str | None:
    names = {file.name for file in manifest.files}
    if not manifest.HasField("guard") == (GUARD in names) == (GUARD_INDEX in names):
        return f"guard, {GUARD} and {GUARD_INDEX} go together; not all of them are there"
    if not manifest.HasField("guard"):
        return None
    guard = manifest.guard
    for field, most in (
        ("images", MAX_GUARD_IMAGES),
        ("num_features", MAX_GUARD_FEATURES),
        ("num_views", MAX_GUARD_VIEWS),
    ):
        if not 1 <= getattr(guard, field) <= most:
            return f"guard.{field} is {getattr(guard, field)}; allowed: 1 to {most}"
    if not 0 < guard.limit <= MAX_GUARD_LIMIT:
        return f"guard.limit is {guard.limit}; allowed: above 0 to {MAX_GUARD_LIMIT:g}"
    if guard.controls_below > guard.controls:
        return f"guard.controls_below is {guard.controls_below}; allowed: 0 to controls, {guard.controls}"
    return None


def label_mixture_of(manifest: BundleManifest) -> LabelMixture:
    """The labels of the training images; every combination equally often where they are not known."""
    fields = {field.name: tuple(field.values) for field in manifest.label_fields}
    counts = tuple((tuple(entry.values), entry.images) for entry in manifest.label_mixture.combinations)
    return LabelMixture(fields, counts) if counts else LabelMixture.equal(fields)


def fault_of_labels(manifest: BundleManifest) -> str | None:
    """What is wrong in the label fields alone, or None."""
    for i, entry in enumerate(manifest.label_fields):
        if not is_label_name(entry.name):
            return f"label_fields[{i}].name is {entry.name[:80]!a}; allowed: {LABEL_NAME_WORDS}"
        if len(entry.values) < 2 or len(set(entry.values)) != len(entry.values) or not all(entry.values):
            return f"label_fields[{i}].values is {list(entry.values)[:20]}; expected two or more distinct texts"
    if len({entry.name for entry in manifest.label_fields}) != len(manifest.label_fields):
        return "label_fields holds a name twice"
    total = sum(len(entry.values) for entry in manifest.label_fields)
    if total > MAX_LABEL_VALUES:
        return f"label_fields has {total} values; allowed: {MAX_LABEL_VALUES} in all fields together"
    return _fault_of_mixture(manifest)


def _fault_of_mixture(manifest: BundleManifest) -> str | None:
    if not manifest.HasField("label_mixture"):
        return None
    entries = manifest.label_mixture.combinations
    if not 1 <= len(entries) <= MOST_COMBINATIONS:
        return f"label_mixture has {len(entries)} combinations; allowed: 1 to {MOST_COMBINATIONS}"
    if not 0 <= manifest.label_mixture.withheld <= 1:
        return f"label_mixture.withheld is {manifest.label_mixture.withheld}; allowed: 0 to 1"
    known = [("", *field.values) for field in manifest.label_fields]
    if not known:
        return "label_mixture and label_fields go together; only one of them is there"
    for i, entry in enumerate(entries):
        if len(entry.values) != len(known) or not all(map(lambda value, values: value in values, entry.values, known)):
            found = f"label_mixture.combinations[{i}].values is {list(entry.values)[:20]}"
            return f"{found}; expected one value, or an empty one, of each of label_fields"
        if not entry.images:
            return f"label_mixture.combinations[{i}].images is 0; allowed: 1 or more"
    if len({tuple(entry.values) for entry in entries}) != len(entries):
        return "label_mixture holds a combination twice"
    return None


def _check_components(manifest: BundleManifest) -> None:
    num_ws = manifest.dimensions.num_ws
    for field in ("named_components", "combined_components"):
        check_directions(getattr(manifest, field), field, num_ws)
    for i, named in enumerate(manifest.named_components):
        if named.further:
            allowed = "none; combined_components is for directions along several"
            raise InvalidArgument(f"named_components[{i}].further", f"{len(named.further)} components", allowed)
    check_distinct("combined_components", "name", [named.name for named in named_directions(manifest)])
    check_distinct("rejected_components", "component", list(manifest.rejected_components))


def _fault_of_regions(manifest: BundleManifest) -> str | None:
    if not manifest.HasField("regions"):
        return None
    regions = manifest.regions
    count = regions.num_regions
    if not 1 <= count <= MAX_BUNDLE_REGIONS or not 1 <= regions.grid_size <= manifest.dimensions.resolution:
        return f"regions has {count} regions on a grid of {regions.grid_size}; allowed: 1 to {MAX_BUNDLE_REGIONS}"
    for name, texts in (("names", regions.names), ("notes", regions.notes)):
        if len(texts) not in (0, count):
            return f"regions has {len(texts)} {name} for {count} regions; expected one each or none"
    if not _distinct_below(regions.rejected, count):
        return f"regions.rejected is {list(regions.rejected)[:20]}; expected distinct regions, 0 to {count - 1}"
    kinds, total = [part.kind for part in regions.anatomy.parts], count + len(regions.anatomy.parts)
    if len(set(kinds)) != len(kinds) or not set(kinds) <= set(PARTS):
        return f"regions.anatomy.parts has the kinds {ascii(kinds[:8])[:200]}; allowed: {', '.join(PARTS)}, each once"
    if kinds and manifest.dimensions.resolution < SMALLEST:
        return (
            f"regions.anatomy.parts stands in a bundle of {manifest.dimensions.resolution} pixels; {SMALLEST} or more"
        )
    if total > MAX_BUNDLE_REGIONS:
        return f"regions has {count} clusters and {len(kinds)} parts; allowed: {MAX_BUNDLE_REGIONS} together"
    names = [entry.name for entry in region_entries(regions)]
    check_region_names(names, "regions.names")
    labelled = [
        LabelledName(f"regions.labelled_names[{i}]", entry.index, entry.field, entry.value, entry.name)
        for i, entry in enumerate(regions.labelled_names)
    ]
    for entry in labelled:
        if entry.index >= count:
            raise InvalidArgument(f"{entry.path}.index", entry.index, f"0 to {count - 1}")
    fields = {field.name: list(field.values) for field in manifest.label_fields}
    check_labelled_names(labelled, dict(enumerate(names)), fields)
    for field in ("default_epsilon", "low_resolution_epsilon"):
        check_epsilon(getattr(regions, field), f"regions.{field}", zero=True)
    return None


def _distinct_below(numbers: Sequence[int], end: int) -> bool:
    return len(set(numbers)) == len(numbers) and all(number < end for number in numbers)
