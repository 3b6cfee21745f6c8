"""The one walk over a recipe: it checks every field and fills every default in, so that a recipe says all about its
image and goes on saying it when a default or a curated name changes.

    recipe -> complete -> recipe with every default, or InvalidArgument with the path of the field

A request is composed first: what it asks for, with the latents that it names, stands as one recipe, and that one is
walked once. `places` says what the parts of a composed recipe are called in the request that they came with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from mammoganesis.errors import InvalidArgument, OtherBundle
from mammoganesis.recipe.edits import complete_edits, complete_layers, complete_transfer
from mammoganesis.recipe.fields import at_most_recipes, known, one_of, within
from mammoganesis.recipe.limits import (
    DEFAULT_PSI,
    MAX_CODE_VALUE,
    MAX_COMPONENT_EDITS,
    MAX_NESTING,
    MAX_PSI,
    MAX_SEED,
    MAX_STYLE_TRANSFERS,
    Limits,
)
from mammoganesis.recipe.masked import check_style_sets
from mammoganesis.recipe.noise import complete_noise, own_noise
from mammoganesis.recipe.structure import count_recipes, is_in_styles
from mammoganesis.v1 import latents_pb2
from mammoganesis.v1.latents_pb2 import (
    INTERPOLATION_SPACE_W,
    NOISE_MODE_UNSPECIFIED,
    Code,
    Interpolation,
    Mixing,
    Recipe,
    Truncation,
)

Places = Mapping[str, str]
NO_PLACES: Places = MappingProxyType({})
_NO_LABELS: Mapping[str, str] = MappingProxyType({})
_ROOT = "recipe"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def complete(recipe: Recipe, limits: Limits, field: str = "recipe", places: Places = NO_PLACES) -> Recipe:
    """A new recipe: checked, with every default filled in, names replaced by indices, lists without an order of their
    own sorted, and without its bundle; recursive and idempotent.

    Args:
        recipe: as it came, or composed of several.
        limits: of the bundle that it is for.
        field: what it is called in the request, for messages.
        places: what parts of it are called there, such as {"interpolation.start": "start.recipe"}: the path inside the
            recipe, and the field of the request; the longest that fits counts.

    Raises:
        InvalidArgument: a field is out of range; it names the request's field.
        FailedPrecondition: the bundle lacks components or regions, or (OtherBundle) the recipe is another bundle's.
    """
    try:
        at_most_recipes(count_recipes(recipe), _ROOT)
        return _recipe(recipe, limits, _ROOT, 0)
    except (InvalidArgument, OtherBundle) as error:
        raise error.named(_called(error.field, field, places)) from None


@dataclass(frozen=True)
class Template:
    """What images of many seeds have in common."""

    recipe: Recipe  # complete; its seed stands for any
    own_noise: bool  # each image has noise of its own, of its seed

    def of(self, seed: int, labels: Mapping[str, str] = _NO_LABELS) -> Recipe:
        """The complete recipe of one seed, 0 to 2^32 - 1; with these labels of the bundle, or with those that it is
        complete with."""
        recipe = Recipe()
        recipe.CopyFrom(self.recipe)
        recipe.seed = seed
        recipe.labels.update(labels)
        if self.own_noise:
            recipe.noise.CopyFrom(own_noise(recipe))
        return recipe


def complete_template(recipe: Recipe, limits: Limits, field: str = "recipe", places: Places = NO_PLACES) -> Template:
    """`complete` once for all seeds. Arguments and errors as there, but for the origin: a seed, which others will
    replace, or none. Noise that is left out, or is the own one of the recipe's seed, is each image's own."""
    origin = recipe.WhichOneof("origin")
    if origin not in ("seed", None):
        raise InvalidArgument(
            field, f"a recipe that begins with {origin}", "a seed, which others replace, or no origin"
        )
    seeded = Recipe()
    seeded.CopyFrom(recipe)
    seeded.seed = recipe.seed
    done = complete(seeded, limits, field, places)
    left_out = recipe.noise.mode == NOISE_MODE_UNSPECIFIED
    return Template(done, own_noise=left_out or (origin == "seed" and done.noise == own_noise(done)))


def _called(path: str, field: str, places: Places) -> str:
    """The name in the request of `path`, a field as the walk names it."""
    names = {_ROOT: field, **{f"{_ROOT}.{inner}": name for inner, name in places.items()}}
    part = max((part for part in names if path == part or path.startswith(f"{part}.")), key=len)
    return f"{names[part]}{path.removeprefix(part)}".removeprefix(".")


def _recipe(recipe: Recipe, limits: Limits, path: str, nesting: int) -> Recipe:
    if nesting > MAX_NESTING:
        raise InvalidArgument(path, f"{nesting} recipes around this one", f"at most {MAX_NESTING}")
    _check_bundle(recipe, limits, path)
    done = Recipe()
    origin = one_of(recipe, "origin", path)
    if origin == "seed":
        within(f"{path}.seed", recipe.seed, 0, MAX_SEED)
        done.seed = recipe.seed
    elif origin == "code":
        _check_code(recipe.code, limits, f"{path}.code")
        done.code.CopyFrom(recipe.code)
    elif origin == "interpolation":
        _refuse_truncation(recipe, path, "an interpolation: its ends have one")
        done.interpolation.CopyFrom(_interpolation(recipe.interpolation, limits, f"{path}.interpolation", nesting))
    else:
        _refuse_truncation(recipe, path, "a mixture: its parts have one")
        done.mixing.CopyFrom(_mixing(recipe.mixing, limits, f"{path}.mixing", nesting))
    if recipe.labels:
        if origin != "seed":
            raise InvalidArgument(f"{path}.labels", dict(recipe.labels), "none unless the origin is a seed")
        _check_labels(recipe.labels, limits, f"{path}.labels")
        done.labels.update(recipe.labels)
    if origin in ("seed", "code"):
        done.truncation.CopyFrom(_truncation(recipe.truncation, limits, f"{path}.truncation"))
    _edits(recipe, done, limits, path)
    _transfers(recipe, done, limits, path, nesting)
    check_style_sets(done, limits, path)
    done.noise.CopyFrom(complete_noise(recipe.noise, done, f"{path}.noise"))
    return done


def _check_bundle(recipe: Recipe, limits: Limits, path: str) -> None:
    digest = recipe.bundle_digest
    if digest and not _DIGEST.fullmatch(digest):
        raise InvalidArgument(f"{path}.bundle_digest", digest, "64 hexadecimal digits, or nothing for any bundle")
    if digest and limits.bundle_digest and digest != limits.bundle_digest:
        made_for = (recipe.bundle_name, digest)
        raise OtherBundle(f"{path}.bundle_digest", made_for, (limits.bundle_name, limits.bundle_digest))


def _interpolation(interpolation: Interpolation, limits: Limits, path: str, nesting: int) -> Interpolation:
    known(f"{path}.space", interpolation.space, latents_pb2.InterpolationSpace)
    done = Interpolation(space=interpolation.space or INTERPOLATION_SPACE_W)
    for name in ("start", "end"):
        end = _inner(interpolation, name, path)
        if done.space == INTERPOLATION_SPACE_W:
            _check_in_w(end, f"{path}.{name}", "at the end of an interpolation in W")
        getattr(done, name).CopyFrom(_recipe(end, limits, f"{path}.{name}", nesting + 1))
    within(f"{path}.fraction", interpolation.fraction, 0.0, 1.0)
    done.fraction = interpolation.fraction + 0.0  # -0.0 is 0.0
    return done


def _mixing(mixing: Mixing, limits: Limits, path: str, nesting: int) -> Mixing:
    done = Mixing()
    for name in ("base", "style"):
        part = _inner(mixing, name, path)
        _check_in_w(part, f"{path}.{name}", "in a mixture")
        getattr(done, name).CopyFrom(_recipe(part, limits, f"{path}.{name}", nesting + 1))
    done.layer_start, done.layer_end = complete_layers(mixing, limits, path, (0, limits.num_ws))
    return done


def _inner(message: Interpolation | Mixing | latents_pb2.StyleTransfer, name: str, path: str) -> Recipe:
    """A recipe that has to be inside `message`."""
    if not message.HasField(name):  # type: ignore[arg-type]
        raise InvalidArgument(f"{path}.{name}", None, "a recipe")
    return getattr(message, name)


def _check_in_w(recipe: Recipe, path: str, what: str) -> None:
    """Refuses what is no point in W, for the place `what` ("in a mixture")."""
    if recipe.style_transfers:
        allowed = f"none {what}: styles are not a point in W"
        raise InvalidArgument(f"{path}.style_transfers", f"{len(recipe.style_transfers)} transfers", allowed)
    if is_in_styles(recipe):
        allowed = f"INTERPOLATION_SPACE_W {what}: styles are not a point in W"
        raise InvalidArgument(f"{path}.interpolation.space", "INTERPOLATION_SPACE_STYLES", allowed)


def _refuse_truncation(recipe: Recipe, path: str, what: str) -> None:
    if recipe.HasField("truncation"):
        raise InvalidArgument(f"{path}.truncation", "a truncation", f"nothing beside {what}")


def _check_code(code: Code, limits: Limits, path: str) -> None:
    sizes = (limits.w_dim, limits.num_ws * limits.w_dim)
    if len(code.values) not in sizes:
        allowed = f"{sizes[0]} (w_dim) or {sizes[1]} (num_ws * w_dim) numbers"
        raise InvalidArgument(f"{path}.values", f"{len(code.values)} numbers", allowed)
    values = np.asarray(code.values, dtype=np.float32)
    wrong = np.flatnonzero(~(np.abs(values) <= MAX_CODE_VALUE))  # NaN compares false
    if wrong.size:
        first = int(wrong[0])
        within(f"{path}.values[{first}]", float(values[first]), -MAX_CODE_VALUE, MAX_CODE_VALUE)


def _check_labels(labels: Mapping[str, str], limits: Limits, path: str) -> None:
    for name in sorted(labels):
        if name not in limits.label_fields:
            listed = ", ".join(limits.label_fields)
            raise InvalidArgument(path, name, listed if limits.label_fields else "none: this model has no labels")
        if labels[name] not in limits.label_fields[name]:
            raise InvalidArgument(f"{path}.{name}", labels[name], ", ".join(limits.label_fields[name]))


def _truncation(truncation: Truncation, limits: Limits, path: str) -> Truncation:
    psi = truncation.psi if truncation.HasField("psi") else DEFAULT_PSI
    cutoff = truncation.cutoff if truncation.HasField("cutoff") else limits.num_ws
    within(f"{path}.psi", psi, 0.0, MAX_PSI)
    within(f"{path}.cutoff", cutoff, 0, limits.num_ws, "layers")
    return Truncation(psi=psi + 0.0, cutoff=cutoff)


def _edits(recipe: Recipe, done: Recipe, limits: Limits, path: str) -> None:
    within(f"{path}.component_edits", len(recipe.component_edits), 0, MAX_COMPONENT_EDITS, "edits")
    if recipe.component_edits and is_in_styles(recipe):
        allowed = "none on an interpolation of styles: it is not a point in W"
        raise InvalidArgument(f"{path}.component_edits", f"{len(recipe.component_edits)} edits", allowed)
    for i, edit in enumerate(recipe.component_edits):
        done.component_edits.extend(complete_edits(edit, limits, f"{path}.component_edits[{i}]"))
    what = "edits, one for each component of a direction"
    within(f"{path}.component_edits", len(done.component_edits), 0, MAX_COMPONENT_EDITS, what)


def _transfers(recipe: Recipe, done: Recipe, limits: Limits, path: str, nesting: int) -> None:
    within(f"{path}.style_transfers", len(recipe.style_transfers), 0, MAX_STYLE_TRANSFERS, "transfers")
    for i, transfer in enumerate(recipe.style_transfers):
        place = f"{path}.style_transfers[{i}]"
        reference = _recipe(_inner(transfer, "reference", place), limits, f"{place}.reference", nesting + 1)
        completed = complete_transfer(transfer, limits, place)
        completed.reference.CopyFrom(reference)
        done.style_transfers.append(completed)
