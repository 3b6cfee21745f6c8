"""Whether a PNG or DICOM file is ours and unchanged, and the same image again from the file alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mammoganesis.errors import FailedPrecondition, InvalidArgument, TooNear
from mammoganesis.pictures.additions import Additions, additions
from mammoganesis.pictures.alteration import altered, altered_copy
from mammoganesis.pictures.c2pa_manifest import Manifest, ManifestState, examined
from mammoganesis.pictures.chunks import Broken
from mammoganesis.pictures.encoding import decode
from mammoganesis.pictures.kinds import DamagedImage, bytes_of, file_of, kind_of, other_file
from mammoganesis.pictures.pixels import Difference, difference, has_mark, pixels_sha256, to_eight
from mammoganesis.pictures.png import LargeImage, PngContent, changed_texts
from mammoganesis.pictures.provenance import Content
from mammoganesis.pictures.signature import SignatureState, Signed, check
from mammoganesis.recipe.canonical import to_json
from mammoganesis.recipe.identity import without_bundle
from mammoganesis.texts.said import Said, of_error, said
from mammoganesis.v1 import images_pb2, latents_pb2, model_pb2
from services.client.client import Client
from services.client.image import Image
from services.client.messages import picture_of
from services.client.verdicts import Verdict, Verification

MAX_TOLD = 6  # of what was added to a file
WITHOUT_RECIPE = said("verify.without_recipe")
KEPT = said("verify.kept")
TOO_NEAR = said("verify.recipe.near")


@dataclass(frozen=True)
class Tolerance:
    """Difference still taken as rounding, in grey levels of the depth at which is compared."""

    levels: int  # of one pixel
    reason: Said | None  # None where the machines agree
    root_mean_square: float = math.inf  # of all

    def allows(self, found: Difference) -> bool:
        """Whether it is no more than that."""
        return found.largest <= self.levels and found.root_mean_square <= self.root_mean_square


def verify(client: Client, data: bytes, tolerance: int | None = None) -> Verification:
    """Renders the embedded recipe again and compares the pixels, and holds every text of the file against what it
    should be: the complete recipe, its latent id, the checksum of the pixels, and the marks of synthetic images.
    Whatever else stands in the file is told as added (`mammoganesis.pictures.additions`), and so is a C2PA manifest
    that is not valid or not ours. Of a DICOM file every element counts, but for what each has of its own, such as
    identifiers and times (`mammoganesis.pictures.dicom.changes`).

    A file that another program has saved in another form (RGB, palette, alpha, another depth) is compared by its grey
    values, at the lower depth of the two.

    Args:
        client: serves the bundle that the file is held against.
        data: the file's bytes.
        tolerance: largest difference of a pixel still taken as rounding, in grey levels; None: what the bundle states
            between what computed the file and what computes here, 0 where they agree.

    Raises:
        TooNear: its recipe is not drawn here (any more), since the image is too near to a training image.
    """
    if (kind := other_file(data, "a PNG", "a DICOM")) is not None:
        return Verification(Verdict.NO_PNG, (said("verify.other_kind", file=kind),))
    try:
        content = decode(data, resaved=True)
        found = additions(data) if isinstance(content, PngContent) else None
        manifest = Manifest(ManifestState.NONE) if found is None else examined(data, content.bundle_digest)
    except (DamagedImage, Broken):
        file = said("file.kind", file=file_of(data), bytes=bytes_of(len(data)))
        return Verification(Verdict.DAMAGED, (said("verify.damaged", file=file),))
    except LargeImage as error:
        return _of_texts(error)
    except InvalidArgument as error:
        return _refused(error)
    if content.recipe is None and content.is_marked:
        return Verification(Verdict.RECIPE_LOST, (WITHOUT_RECIPE,))
    if content.recipe is None and has_mark(content.pixels):
        return Verification(Verdict.RECIPE_LOST, (said("verify.mark_alone", kept=KEPT),))
    if content.recipe is None:
        return Verification(Verdict.NOT_OURS, (said("verify.no_recipe", kept=KEPT),))
    model = client.model()
    if content.bundle_digest != model.bundle_digest:
        there = short(content.bundle_digest) if content.bundle_digest else said("verify.no_bundle")
        bundles = said("verify.bundles", there=there, here=short(model.bundle_digest))
        grounds = (bundles, *([manifest.remark] if manifest.remark else []), *manifest.added)
        return Verification(Verdict.OTHER_BUNDLE, grounds, signature=_signature(content, model))
    try:
        again = _as_written(client, content, model, _render(client, content.recipe, content.image_format))
    except TooNear:
        raise  # it may well be ours: the server does not draw it any more
    except (InvalidArgument, FailedPrecondition) as error:  # this very bundle cannot have made it
        return _refused(error)
    signature = _signature(content, model)
    allowed = _tolerance(content, again, model) if tolerance is None else Tolerance(tolerance, None)
    apart, told = _difference(content, again, allowed)
    if isinstance(content, PngContent):
        assert found is not None
        same_form = content.written and _alike(content, again)
        changed = [*_changed_texts(content, again, same_form, allowed), *_wrong(signature)]
        found = replace(found, added=(*found.added, *manifest.added))
        findings = Findings(apart, told, None if same_form else content.form, changed, found, manifest.remark)
        result = _told(allowed, findings)
        return replace(_with_alteration(result, content, again, allowed), signature=signature)
    from mammoganesis.pictures import dicom  # half a second, which a PNG file need not wait for

    changes = dicom.changes(data, again.data)
    changed = [*changes.changed, *_wrong(signature)]
    if apart is not None and not apart.largest and content.pixels_sha256 != pixels_sha256(content.pixels):
        changed.append("pixels_sha256")
    result = _told(allowed, Findings(apart, told, None, changed, Additions(changes.added, ())))
    return replace(_with_alteration(result, content, again, allowed), signature=signature)


def _signature(content: Content, model: model_pb2.GetModelResponse) -> Signed:
    """By the keys that the server publishes."""
    keys = {key.key_id: key.public_key for key in model.signing_keys}
    return check(content.signature, content.recipe_text, content.bundle_digest, content.pixels_sha256, keys)


def _wrong(signature: Signed) -> list[str]:
    """The signature's name among the texts that were changed."""
    return ["signature"] if signature.state is SignatureState.WRONG else []


def _with_alteration(result: Verification, content: Content, again: Image, allowed: Tolerance) -> Verification:
    """Where changed pixels lie; pictures of two sizes are compared at the size of the file."""
    if result.verdict is not Verdict.PIXELS_CHANGED:
        return result
    right = again.pixels()
    if content.pixels.shape[:2] == right.shape[:2]:
        found = altered(content.pixels, right, allowed.levels)
    else:
        white = content.white if right.dtype == content.pixels.dtype else int(np.iinfo(right.dtype).max)
        found = altered_copy(to_eight(content.pixels, content.white), to_eight(right, white))
    return replace(result, alteration=found)


def _alike(content: Content, again: Image) -> bool:
    """Whether the pixels are of one shape and depth."""
    pixels = again.pixels()
    return content.pixels.shape == pixels.shape and content.pixels.dtype == pixels.dtype


@dataclass(frozen=True)
class Findings:
    """How a file differs from the same image made again."""

    apart: Difference | None  # of the pixels; None between pictures of two sizes
    told: Sequence[Said]  # of that
    other_form: Said | str | None  # in which it was saved; None for that in which it was written
    changed: Sequence[str]  # names of texts
    beside: Additions
    remark: Said | None = None  # that changes no verdict


def _refused(error: InvalidArgument | FailedPrecondition) -> Verification:
    """A file that is not read, or a recipe that this bundle cannot have drawn."""
    field = error.field if isinstance(error, InvalidArgument) else ""
    at = field.find("recipe")
    otherwise = said("verify.recipe.value", field=field[at:]) if at >= 0 else said("verify.recipe.model")
    return Verification(Verdict.NOT_OURS, (of_error(error, otherwise),))


def _of_texts(large: LargeImage) -> Verification:
    """What can be said of a file that is too large to be decoded."""
    if large.carries_recipe:
        return Verification(Verdict.PIXELS_CHANGED, (said("verify.too_large", size=large.size),))
    if large.marked:
        return Verification(Verdict.RECIPE_LOST, (WITHOUT_RECIPE,))
    return _refused(large)


def _told(tolerance: Tolerance, found: Findings) -> Verification:
    apart, other_form, beside = found.apart, found.other_form, found.beside
    changed = [] if apart is None else found.changed
    grounds = [*([other_form] if other_form and apart is not None else []), *found.told]
    if apart is not None:
        grounds.extend(beside.otherwise)
    if changed:
        grounds.append(said("verify.changed", names=changed))
    if beside.added:
        what, more = beside.added[:MAX_TOLD], len(beside.added) - MAX_TOLD
        many = more > 0
        grounds.append(said("verify.added.more", what=what, more=more) if many else said("verify.added", what=what))
    if found.remark:
        grounds.append(found.remark)
    if apart is None or not tolerance.allows(apart):
        verdict = Verdict.PIXELS_CHANGED
    elif changed:
        verdict = Verdict.METADATA_CHANGED
    elif beside.added:
        verdict = Verdict.ADDED
    else:
        verdict = Verdict.OTHER_FORM if other_form or beside.otherwise else Verdict.UNCHANGED
    return Verification(verdict, tuple(grounds))


def _difference(content: Content, again: Image, tolerance: Tolerance) -> tuple[Difference | None, list[Said]]:
    """None between pictures of two sizes, and what is told of it."""
    pixels = again.pixels()
    if content.pixels.shape[:2] != pixels.shape[:2]:
        here, there = (
            said("verify.size", width=side[1], height=side[0]) for side in (content.pixels.shape, pixels.shape)
        )
        return None, [said("verify.sizes", here=here, there=there)]
    found = difference(content.pixels, pixels)
    told = [said("verify.largest", count=int(found.largest))] if found.largest else []
    if found.largest <= tolerance.levels and not tolerance.allows(found):
        square, allowed = float(found.root_mean_square), float(tolerance.root_mean_square)
        told.append(said("verify.on_the_whole", found=square, allowed=allowed))
    if tolerance.reason:
        told.append(said("verify.tolerance", levels=tolerance.levels, reason=tolerance.reason))
    return found, told


def _tolerance(content: Content, again: Image, model: model_pb2.GetModelResponse) -> Tolerance:
    """What the bundle states between the file's machine and this one; 0 where they agree or the file does not say."""
    made = (content.provider, content.precision)
    here = (again.message.execution_provider, again.message.precision)
    if made == here or not content.provider:
        return Tolerance(0, None)
    stated = model.image_tolerance
    stated_of = {"float16": stated.float16, "bfloat16": stated.bfloat16}
    # Of image values, -1 to 1: the coarser arithmetic of the two says.
    value = max(stated_of.get(precision, stated.float32) for precision in (made[1], here[1]))
    scale = min(content.white, np.iinfo(again.pixels().dtype).max) / 2
    reason = said("verify.machines", there=" ".join(made), here=" ".join(here))
    if "bfloat16" not in (made[1], here[1]):
        return Tolerance(math.ceil(value * scale), reason)
    # Single pixels may differ by much, the whole may not; half a level is what rounding to levels adds.
    return Tolerance(math.ceil(value * scale), reason, stated.bfloat16_root_mean_square * scale + 0.5)


def _as_written(client: Client, content: Content, model: model_pb2.GetModelResponse, again: Image) -> Image:
    """The image again, in the depth that the file's checksum is of; else in that of the file, which `again` has."""
    assert content.recipe is not None
    if not isinstance(content, PngContent):
        return again
    unchanged = pixels_sha256(content.pixels) == content.pixels_sha256
    if unchanged or pixels_sha256(again.pixels()) == content.pixels_sha256 or model.dimensions.channels != 1:
        return again
    other = images_pb2.ImageFormat()
    other.CopyFrom(content.image_format)
    sixteen = content.image_format.encoding == images_pb2.IMAGE_ENCODING_PNG_16
    other.encoding = images_pb2.IMAGE_ENCODING_PNG_8 if sixteen else images_pb2.IMAGE_ENCODING_PNG_16
    deeper = _render(client, content.recipe, other)
    return deeper if pixels_sha256(deeper.pixels()) == content.pixels_sha256 else again


def precision_of(data: bytes) -> str:
    """What a file says that it was drawn in: "float32", "bfloat16", "float16"; "" where it does not say."""
    try:
        return decode(data, resaved=True).precision
    except (InvalidArgument, Broken):
        return ""


@dataclass(frozen=True)
class Reproduction:
    """An image made again from its file."""

    image: Image
    remark: str  # one line where its pixels are not those of the file; "" where they are


def reproduce(client: Client, data: bytes) -> Reproduction:
    """The same image again from the file's own recipe, in the file's format: the same pixels, or within the tolerance
    that the bundle states between what computed the file and what computes here. What differs is told, as a file whose
    pixels have been changed is.

    Raises:
        InvalidArgument: not a file of ours, or its recipe is out of range; DamagedImage when it is damaged.
        FailedPrecondition: the client serves another bundle than the file was made with.
    """
    content = decode(data, resaved=True)
    if content.recipe is None:
        raise InvalidArgument(
            "image", f"{kind_of(data)} file without recipe", "a PNG or DICOM file made by MammoGANesis"
        )
    model = client.model()
    if content.bundle_digest != model.bundle_digest:
        raise FailedPrecondition(
            f"image: it was made with bundle {short(content.bundle_digest)}, but this is bundle "
            f"{short(model.bundle_digest)}; "
            "only the same bundle gives the same pixels"
        )
    again = _render(client, content.recipe, content.image_format)
    written = _as_written(client, content, model, again)
    tolerance = _tolerance(content, written, model)
    apart, told = _difference(content, written, tolerance)
    if apart is not None and apart.largest == 0:
        return Reproduction(again, "")
    within = apart is not None and tolerance.allows(apart)
    what = "within the tolerance, not the same" if within else "the pixels of the file are not what its recipe makes"
    return Reproduction(again, f"{what} ({'; '.join(map(str, told))})")


def short(digest: str | None) -> str:
    """A digest as messages show it."""
    return f"{digest[:12]}..." if digest else "none"


def _render(client: Client, recipe: latents_pb2.Recipe, image_format: images_pb2.ImageFormat) -> Image:
    """The image of a recipe from nothing but the recipe: what a cache holds must not vouch for a file."""
    picture = picture_of(image_format)
    try:
        return client.sample(latents=[recipe], picture=picture, without_cache=True)[0]
    except InvalidArgument as error:
        # The request's field means nothing to who has handed in a file.
        raise error.named(error.field.replace("latents[0].recipe", "image.recipe", 1)) from None


def _changed_texts(content: PngContent, again: Image, same_form: bool, tolerance: Tolerance) -> list[str]:
    """Names of the file's texts that differ from those of the same image made again. The checksum is of the form that
    was written: in another form it is held against the image made again, where that has to be equal."""
    changed = changed_texts(content)
    if not same_form:
        changed = [name for name in changed if name != "pixels_sha256"]
        if tolerance.levels == 0 and content.pixels_sha256 != pixels_sha256(again.pixels()):
            changed.append("pixels_sha256")
    if content.latent_id != again.latent_id:
        changed.append("latent_id")
    if content.recipe_text != to_json(without_bundle(again.recipe)):
        changed.append("recipe")
    return changed
