"""The --edits file of a bulk job: a JSON list, applied to every seed.

    [
      {"component": 0, "sigmas": 2.0},
      {"component": "density", "sigmas": -1.5, "layers": [0, 8]},
      {"regions": [2, "nipple"], "reference_seed": 12, "epsilon": 80, "rho": 0.1, "strength": 1.0},
      {"regions": [3], "reference_recipe": {"seed": 5, "truncation": {"psi": 1.0}}}
    ]

- component (index or curated name), sigmas (standard deviations, -20 to 20), layers ([start, end], the end excluded;
  default: the component's own, or all), mode ("relative", the default, or "absolute": from the mean of W): a move along
  a component. Up to 64; they add up.
- regions (indices or curated names) with reference_seed or reference_recipe (proto JSON of a Recipe), and optionally
  rho (0 to 1, default 0.1), epsilon (0 to 512, default: the bundle's), layer_epsilons ([{"layer": 4, "epsilon": 20}]:
  another epsilon for single style layers, default: the bundle's for those of 4x4 and 8x8), strength (0 to 1, default
  1): a style transfer. Up to 8, in the order of the list, after all moves. A reference_seed takes the job's labels,
  truncation and noise.
"""

import json
from collections.abc import Mapping
from typing import Any

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.completion import from_json
from mammoganesis.recipe.limits import MAX_SEED
from mammoganesis.v1 import latents_pb2

MAX_CHARACTERS = 2**20
COMPONENT_KEYS = {"component", "sigmas", "layers", "mode"}
MODES = {"relative": latents_pb2.EDIT_MODE_RELATIVE, "absolute": latents_pb2.EDIT_MODE_ABSOLUTE}
TRANSFER_KEYS = {"regions", "reference_seed", "reference_recipe", "rho", "epsilon", "layer_epsilons", "strength"}
LAYER_KEYS = {"layer", "epsilon"}


def apply_edits(text: str, recipe: latents_pb2.Recipe) -> latents_pb2.Recipe:
    """The recipe with the edits of an --edits file added.

    Args:
        text: the file's content.
        recipe: gives references their labels, truncation and noise; not changed.

    Raises:
        InvalidArgument: names the entry, such as "edits[1].sigmas". Ranges are left to `validation.check_recipe`.
    """
    edited = latents_pb2.Recipe()
    edited.CopyFrom(recipe)
    for index, entry in enumerate(_entries(text)):
        field = f"edits[{index}]"
        if not isinstance(entry, Mapping) or ("component" in entry) == ("regions" in entry):
            raise InvalidArgument(field, entry, 'an object with either "component" or "regions"')
        if "component" in entry:
            edited.component_edits.append(_component_edit(entry, field))
        else:
            edited.style_transfers.append(_style_transfer(entry, field, recipe))
    return edited


def _entries(text: str) -> list[Any]:
    if len(text) > MAX_CHARACTERS:
        raise InvalidArgument("edits", f"{len(text)} characters", f"at most {MAX_CHARACTERS}")
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidArgument("edits", text, "a JSON list of edits") from None
    if not isinstance(entries, list):
        raise InvalidArgument("edits", entries, "a JSON list of edits")
    return entries


def _component_edit(entry: Mapping[str, Any], field: str) -> latents_pb2.ComponentEdit:
    _refuse_other_keys(entry, COMPONENT_KEYS, field)
    edit = latents_pb2.ComponentEdit(sigmas=_number(entry, "sigmas", field, required=True))
    _set_choice(edit, entry["component"], f"{field}.component")
    if "layers" in entry:
        layers = entry["layers"]
        if not isinstance(layers, list) or len(layers) != 2 or not all(map(_is_index, layers)):
            raise InvalidArgument(f"{field}.layers", layers, "[start, end], the end excluded")
        edit.layer_start, edit.layer_end = layers
    mode = entry.get("mode", "relative")
    if not isinstance(mode, str) or mode not in MODES:
        raise InvalidArgument(f"{field}.mode", mode, " or ".join(MODES))
    edit.mode = MODES[mode]
    return edit


def _style_transfer(entry: Mapping[str, Any], field: str, recipe: latents_pb2.Recipe) -> latents_pb2.StyleTransfer:
    _refuse_other_keys(entry, TRANSFER_KEYS, field)
    transfer = latents_pb2.StyleTransfer(
        reference=_reference(entry, field, recipe),
        rho=_number(entry, "rho", field),
        epsilon=_number(entry, "epsilon", field),
        layer_epsilons=_layer_epsilons(entry.get("layer_epsilons", []), f"{field}.layer_epsilons"),
        strength=_number(entry, "strength", field),
    )
    if not isinstance(entry["regions"], list) or not entry["regions"]:
        raise InvalidArgument(f"{field}.regions", entry["regions"], "a list of one or more indices or names")
    for index, value in enumerate(entry["regions"]):
        _set_choice(transfer.regions.add(), value, f"{field}.regions[{index}]")
    return transfer


def _layer_epsilons(values: Any, field: str) -> list[latents_pb2.LayerEpsilon]:
    if not isinstance(values, list):
        raise InvalidArgument(field, values, 'a list such as [{"layer": 4, "epsilon": 20}]')
    epsilons = []
    for index, value in enumerate(values):
        place = f"{field}[{index}]"
        if not isinstance(value, Mapping):
            raise InvalidArgument(place, value, 'an object such as {"layer": 4, "epsilon": 20}')
        _refuse_other_keys(value, LAYER_KEYS, place)
        if not _is_index(value.get("layer")):
            raise InvalidArgument(f"{place}.layer", value.get("layer"), "an index, 0 or more")
        epsilon = _number(value, "epsilon", place, required=True)
        epsilons.append(latents_pb2.LayerEpsilon(layer=value["layer"], epsilon=epsilon))
    return epsilons


def _reference(entry: Mapping[str, Any], field: str, recipe: latents_pb2.Recipe) -> latents_pb2.Recipe:
    if ("reference_seed" in entry) == ("reference_recipe" in entry):
        raise InvalidArgument(field, entry, 'exactly one of "reference_seed" and "reference_recipe"')
    if "reference_recipe" in entry:
        return from_json(json.dumps(entry["reference_recipe"]), f"{field}.reference_recipe")
    seed = entry["reference_seed"]
    if not _is_index(seed):
        raise InvalidArgument(f"{field}.reference_seed", seed, f"0 to {MAX_SEED}")
    return latents_pb2.Recipe(seed=seed, labels=recipe.labels, truncation=recipe.truncation, noise=recipe.noise)


def _set_choice(message: latents_pb2.ComponentEdit | latents_pb2.Region, value: Any, field: str) -> None:
    if isinstance(value, str):
        message.name = value
    elif _is_index(value):
        message.index = value
    else:
        raise InvalidArgument(field, value, "an index, 0 or more, or a curated name")


def _number(entry: Mapping[str, Any], key: str, field: str, required: bool = False) -> float | None:
    if key not in entry and not required:
        return None
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidArgument(f"{field}.{key}", value, "a number")
    try:
        return float(value)
    except OverflowError:
        raise InvalidArgument(f"{field}.{key}", value, "a number that a double can hold") from None


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEED


def _refuse_other_keys(entry: Mapping[str, Any], keys: set[str], field: str) -> None:
    for key in entry:
        if key not in keys:
            raise InvalidArgument(f"{field}.{key}", entry[key], f"one of the keys {', '.join(sorted(keys))}")
