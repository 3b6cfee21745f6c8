"""Recipes: completing them, their canonical JSON, their short names.

`complete` fills every default in, so that a recipe says all about its image and goes on saying it when a default or a
curated name changes. The latent id is a hash of the canonical JSON of a complete recipe and of the bundle digest.

Canonical JSON is proto JSON with the field names of the `.proto` files, written by this module and not by the protobuf
library: keys sorted, no spaces, integers as numbers, enum values by name, numbers in the shortest form that gives the
same double (values of a code: the double equal to the float32), fields at their implicit zero left out. So an id
depends neither on the version of protobuf nor on the order of fields on the wire, and a field that a later version of
the protos adds changes no id of a recipe that does not use it. `from_json` reads it back exactly.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from mammoganesis.v1.latents_pb2 import (
    NOISE_MODE_CONST,
    NOISE_MODE_UNSPECIFIED,
    Code,
    ComponentEdit,
    Interpolation,
    LayerEpsilon,
    Noise,
    Recipe,
    Region,
    StyleTransfer,
    Truncation,
)

from services.errors import InvalidArgument
from services.validation import Limits

DEFAULT_PSI = 0.65  # of the paper
DEFAULT_RHO = 0.1
DEFAULT_EPSILON = 40.0
DEFAULT_STRENGTH = 1.0
MAX_JSON_CHARACTERS = 16 * 2**20
MAX_JSON_DEPTH = 40  # messages inside messages; a recipe that validation accepts needs less than 20


def recipe_from_seed(seed: int, truncation: Truncation | None = None, noise: Noise | None = None) -> Recipe:
    """The recipe of one seed; None means the default."""
    return Recipe(seed=seed, truncation=truncation, noise=noise)


def recipe_from_code(
    values: Code | Sequence[float], truncation: Truncation | None = None, noise: Noise | None = None
) -> Recipe:
    """The recipe of an explicit code of w_dim or num_ws * w_dim numbers; None means the default."""
    code = values if isinstance(values, Code) else Code(values=values)
    return Recipe(code=code, truncation=truncation, noise=noise)


def complete(recipe: Recipe, limits: Limits) -> Recipe:
    """A new recipe with every default filled in, names replaced by indices, and lists without an order of their own
    sorted; recursive and idempotent.

    `recipe` has passed `validation.check_recipe`. Of a component edit, a curated name brings its curated layer range;
    an index means all layers.
    """
    done = Recipe()
    origin = recipe.WhichOneof("origin")
    if origin == "seed":
        done.seed = recipe.seed
    elif origin == "code":
        done.code.CopyFrom(recipe.code)
    elif origin == "interpolation":
        done.interpolation.CopyFrom(_complete_interpolation(recipe.interpolation, limits))
    if origin != "interpolation":
        done.truncation.CopyFrom(_complete_truncation(recipe.truncation, limits))
    done.component_edits.extend(_complete_edit(edit, limits) for edit in recipe.component_edits)
    done.style_transfers.extend(_complete_transfer(transfer, limits) for transfer in recipe.style_transfers)
    done.noise.seed = recipe.noise.seed
    done.noise.mode = NOISE_MODE_CONST if recipe.noise.mode == NOISE_MODE_UNSPECIFIED else recipe.noise.mode
    return done


def _complete_interpolation(interpolation: Interpolation, limits: Limits) -> Interpolation:
    return Interpolation(
        start=complete(interpolation.start, limits),
        end=complete(interpolation.end, limits),
        fraction=interpolation.fraction + 0.0,  # -0.0 is 0.0
    )


def _complete_truncation(truncation: Truncation, limits: Limits) -> Truncation:
    return Truncation(
        psi=(truncation.psi if truncation.HasField("psi") else DEFAULT_PSI) + 0.0,
        cutoff=truncation.cutoff if truncation.HasField("cutoff") else limits.num_ws,
    )


def _complete_edit(edit: ComponentEdit, limits: Limits) -> ComponentEdit:
    index, layer_start, layer_end = edit.index, 0, limits.num_ws
    if edit.WhichOneof("component") == "name":
        index, layer_start, layer_end = limits.component_names[edit.name]
    return ComponentEdit(
        index=index,
        sigmas=edit.sigmas + 0.0,
        layer_start=edit.layer_start if edit.HasField("layer_start") else layer_start,
        layer_end=edit.layer_end if edit.HasField("layer_end") else layer_end,
    )


def _complete_transfer(transfer: StyleTransfer, limits: Limits) -> StyleTransfer:
    layer_epsilons = sorted(transfer.layer_epsilons, key=lambda entry: entry.layer)
    return StyleTransfer(
        reference=complete(transfer.reference, limits),
        regions=[Region(index=index) for index in region_indices(transfer.regions, limits)],
        rho=(transfer.rho if transfer.HasField("rho") else DEFAULT_RHO) + 0.0,
        epsilon=(transfer.epsilon if transfer.HasField("epsilon") else DEFAULT_EPSILON) + 0.0,
        layer_epsilons=[LayerEpsilon(layer=entry.layer, epsilon=entry.epsilon + 0.0) for entry in layer_epsilons],
        strength=(transfer.strength if transfer.HasField("strength") else DEFAULT_STRENGTH) + 0.0,
    )


def region_indices(regions: Iterable[Region], limits: Limits) -> list[int]:
    """Indices of regions given by index or curated name, sorted: their contributions add up in one order."""
    return sorted(r.index if r.WhichOneof("region") == "index" else limits.region_names[r.name] for r in regions)


def is_complete(recipe: Recipe) -> bool:
    """Whether `recipe` looks as `complete` leaves it (as far as this can be told without the bundle's limits)."""
    origin = recipe.WhichOneof("origin")
    if origin == "interpolation":
        truncated = not recipe.HasField("truncation")
        inner = [recipe.interpolation.start, recipe.interpolation.end]
    else:
        truncated = recipe.truncation.HasField("psi") and recipe.truncation.HasField("cutoff")
        inner = []
    inner += [transfer.reference for transfer in recipe.style_transfers]
    return (
        origin is not None
        and truncated
        and recipe.noise.mode != NOISE_MODE_UNSPECIFIED
        and all(
            edit.WhichOneof("component") == "index" and edit.HasField("layer_start") and edit.HasField("layer_end")
            for edit in recipe.component_edits
        )
        and all(
            transfer.HasField("rho")
            and transfer.HasField("epsilon")
            and transfer.HasField("strength")
            and all(region.WhichOneof("region") == "index" for region in transfer.regions)
            for transfer in recipe.style_transfers
        )
        and all(is_complete(recipe) for recipe in inner)
    )


def canonical_json(recipe: Recipe) -> str:
    """The one JSON text of a complete recipe (see the module's docstring), ASCII.

    Raises ValueError for a recipe that is not complete: its text would change with the defaults.
    """
    if not is_complete(recipe):
        raise ValueError("canonical JSON is made of complete recipes only; call complete() first")
    return to_json(recipe)


def latent_id(recipe: Recipe, bundle_digest: str) -> str:
    """ "lat_" and 32 hexadecimal digits: the first 128 bits of SHA-256 over digest, newline and canonical JSON."""
    text = f"{bundle_digest}\n{canonical_json(recipe)}"
    return "lat_" + hashlib.sha256(text.encode("ascii")).hexdigest()[:32]


def origin_key(recipe: Recipe) -> str | None:
    """Names the untruncated w that the recipe starts from, within one bundle: "seed:7" or "code:" and a SHA-256.

    None for an interpolation: its ends are truncated and edited before they are mixed, so there is no untruncated w
    and nothing to cache; its ends have keys of their own.
    """
    origin = recipe.WhichOneof("origin")
    if origin == "seed":
        return f"seed:{recipe.seed}"
    if origin == "code":
        return f"code:{hashlib.sha256(np.asarray(recipe.code.values, dtype='<f4').tobytes()).hexdigest()}"
    return None


def to_json(recipe: Recipe) -> str:
    """`recipe` as JSON in the canonical form, as it travels in text chunks; `recipe` need not be complete."""
    return json.dumps(_as_dict(recipe), sort_keys=True, separators=(",", ":"), allow_nan=False)


def from_json(text: str, field: str = "recipe") -> Recipe:
    """Reads `to_json`'s text, or any proto JSON of a Recipe. The caller still checks it with `check_recipe`.

    Raises InvalidArgument when the text is too long, is not JSON, or is not a Recipe; it names the place in the text,
    or the field inside the recipe, and shows no more of the text than that.
    """
    if len(text) > MAX_JSON_CHARACTERS:
        raise InvalidArgument(field, f"{len(text)} characters", f"at most {MAX_JSON_CHARACTERS} characters of JSON")
    try:
        if not text.lstrip().startswith("{"):  # the library takes "[]" for an empty message
            raise ValueError
        return json_format.Parse(text, Recipe(), max_recursion_depth=MAX_JSON_DEPTH)
    except (json_format.Error, ValueError, RecursionError):
        raise _fault(text, field) from None


def _fault(text: str, field: str) -> InvalidArgument:
    """What is wrong with a text that the protobuf library has refused."""
    allowed = "proto JSON of a mammoganesis.v1.Recipe"
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        return InvalidArgument(field, f"the text at line {error.lineno}, column {error.colno}", f"{allowed} there")
    except (ValueError, RecursionError):  # integers of thousands of digits, or lists in lists without end
        return InvalidArgument(field, f"a text of {len(text)} characters", allowed)
    try:
        fault = _fault_in(found, Recipe.DESCRIPTOR, field)
    except RecursionError:
        fault = None
    whole = f"{allowed}, no key twice, one origin, at most {MAX_JSON_DEPTH} levels deep"
    return fault or InvalidArgument(field, f"a text of {len(text)} characters", whole)


def _fault_in(found: object, descriptor: Any, field: str) -> InvalidArgument | None:
    """The first entry of `found` that is unknown to the message or does not fit its field; None where all fit."""
    if not isinstance(found, dict):
        return InvalidArgument(field, found, "a JSON object")
    fields = {name: entry for entry in descriptor.fields for name in (entry.name, entry.json_name)}
    for key, value in found.items():
        if key not in fields:
            return InvalidArgument(field, key, f"the keys {', '.join(entry.name for entry in descriptor.fields)}")
        entry = fields[key]
        path = f"{field}.{entry.name}"
        if value is None:  # proto JSON's way to leave a field out
            continue
        if entry.is_repeated and not isinstance(value, list):
            return InvalidArgument(path, value, "a list")
        for index, item in enumerate(value if entry.is_repeated else [value]):
            place = f"{path}[{index}]" if entry.is_repeated else path
            if entry.message_type is not None:
                fault = _fault_in(item, entry.message_type, place)
            else:
                fault = None if _fits(item, entry) else InvalidArgument(place, item, _kind(entry))
            if fault is not None:
                return fault
    return None


def _fits(value: object, entry: Any) -> bool:
    message = message_factory.GetMessageClass(entry.containing_type)()
    try:
        json_format.ParseDict({entry.name: [value] if entry.is_repeated else value}, message)
    except (json_format.Error, ValueError):
        return False
    return True


def _kind(entry: Any) -> str:
    """What a value of the field has to be, for messages."""
    if entry.enum_type is not None:
        return ", ".join(value.name for value in entry.enum_type.values)
    if entry.cpp_type in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return "a number"
    return "a text" if entry.cpp_type == FieldDescriptor.CPPTYPE_STRING else "an integer in the field's range"


def _as_dict(message: Message) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.is_repeated:
            if len(value):
                result[field.name] = [_as_value(field, item) for item in value]
        elif message.HasField(field.name) if field.has_presence else value:
            result[field.name] = _as_value(field, value)
    return result


def _as_value(field: Any, value: Any) -> Any:
    if field.message_type is not None:
        return _as_dict(value)
    if field.enum_type is not None:
        return field.enum_type.values_by_number[value].name
    return value
