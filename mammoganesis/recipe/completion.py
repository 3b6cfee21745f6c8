"""Recipes: completing them, their canonical JSON, their short names.

`complete` fills every default in, so that a recipe says all about its image and goes on saying it when a default or a
curated name changes. The latent id is a hash of the canonical JSON of a complete recipe and of the bundle digest.

What canonical JSON is stands in `mammoganesis.recipe.canonical`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from mammoganesis.recipe.canonical import from_json, to_json
from mammoganesis.recipe.limits import DEFAULT_PSI, DEFAULT_RHO, DEFAULT_STRENGTH, Limits
from mammoganesis.recipe.validation import inner_recipes
from mammoganesis.v1.latents_pb2 import (
    EDIT_MODE_RELATIVE,
    EDIT_MODE_UNSPECIFIED,
    INTERPOLATION_SPACE_UNSPECIFIED,
    INTERPOLATION_SPACE_W,
    NOISE_MODE_CONST,
    NOISE_MODE_UNSPECIFIED,
    Code,
    ComponentEdit,
    Interpolation,
    LayerEpsilon,
    Mixing,
    Noise,
    Recipe,
    Region,
    StyleTransfer,
    Truncation,
)


def recipe_from_seed(
    seed: int,
    truncation: Truncation | None = None,
    noise: Noise | None = None,
    labels: Mapping[str, str] | None = None,
) -> Recipe:
    """The recipe of one seed; None means the default."""
    return Recipe(seed=seed, truncation=truncation, noise=noise, labels=labels)


def recipe_from_code(
    values: Code | Sequence[float], truncation: Truncation | None = None, noise: Noise | None = None
) -> Recipe:
    """The recipe of an explicit code of w_dim or num_ws * w_dim numbers; None means the default."""
    code = values if isinstance(values, Code) else Code(values=values)
    return Recipe(code=code, truncation=truncation, noise=noise)


def complete(recipe: Recipe, limits: Limits) -> Recipe:
    """A new recipe with every default filled in, names replaced by indices, and lists without an order of their own
    sorted; recursive and idempotent.

    `recipe` has passed `validation.check_recipe`. Of a component edit, a curated name brings its sign and its layers;
    an index means all layers.
    """
    done = Recipe()
    origin = recipe.WhichOneof("origin")
    if origin == "seed":
        done.seed = recipe.seed
        done.labels.update(recipe.labels)
    elif origin == "code":
        done.code.CopyFrom(recipe.code)
    elif origin == "interpolation":
        done.interpolation.CopyFrom(_complete_interpolation(recipe.interpolation, limits))
    elif origin == "mixing":
        done.mixing.CopyFrom(_complete_mixing(recipe.mixing, limits))
    if origin in ("seed", "code"):
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
        space=interpolation.space or INTERPOLATION_SPACE_W,
    )


def _complete_mixing(mixing: Mixing, limits: Limits) -> Mixing:
    return Mixing(
        base=complete(mixing.base, limits),
        style=complete(mixing.style, limits),
        layer_start=mixing.layer_start,
        layer_end=mixing.layer_end if mixing.HasField("layer_end") else limits.num_ws,
    )


def _complete_truncation(truncation: Truncation, limits: Limits) -> Truncation:
    return Truncation(
        psi=(truncation.psi if truncation.HasField("psi") else DEFAULT_PSI) + 0.0,
        cutoff=truncation.cutoff if truncation.HasField("cutoff") else limits.num_ws,
    )


def _complete_edit(edit: ComponentEdit, limits: Limits) -> ComponentEdit:
    index, layer_start, layer_end, turned = edit.index, 0, limits.num_ws, False
    if edit.WhichOneof("component") == "name":
        index, layer_start, layer_end, turned = limits.component_names[edit.name]
    return ComponentEdit(
        index=index,
        sigmas=(-edit.sigmas if turned else edit.sigmas) + 0.0,
        layer_start=edit.layer_start if edit.HasField("layer_start") else layer_start,
        layer_end=edit.layer_end if edit.HasField("layer_end") else layer_end,
        mode=edit.mode or EDIT_MODE_RELATIVE,
    )


def _complete_transfer(transfer: StyleTransfer, limits: Limits) -> StyleTransfer:
    epsilon = (transfer.epsilon if transfer.HasField("epsilon") else limits.default_epsilon) + 0.0
    # The layers of 4x4 and 8x8 place the whole breast: they move little unless they are named.
    by_layer = dict.fromkeys(limits.low_resolution_layers, min(epsilon, limits.low_resolution_epsilon))
    by_layer.update((entry.layer, entry.epsilon + 0.0) for entry in transfer.layer_epsilons)
    return StyleTransfer(
        reference=complete(transfer.reference, limits),
        regions=[Region(index=index) for index in region_indices(transfer.regions, limits)],
        rho=(transfer.rho if transfer.HasField("rho") else DEFAULT_RHO) + 0.0,
        epsilon=epsilon,
        layer_epsilons=[LayerEpsilon(layer=layer, epsilon=value) for layer, value in sorted(by_layer.items())],
        strength=(transfer.strength if transfer.HasField("strength") else DEFAULT_STRENGTH) + 0.0,
    )


def region_indices(regions: Iterable[Region], limits: Limits) -> list[int]:
    """Indices of regions given by index or curated name, sorted: their contributions add up in one order."""
    return sorted(r.index if r.WhichOneof("region") == "index" else limits.region_names[r.name] for r in regions)


def is_complete(recipe: Recipe) -> bool:
    """Whether `recipe` looks as `complete` leaves it (as far as this can be told without the bundle's limits)."""
    origin = recipe.WhichOneof("origin")
    if origin == "interpolation":
        complete_origin = recipe.interpolation.space != INTERPOLATION_SPACE_UNSPECIFIED
    elif origin == "mixing":
        complete_origin = recipe.mixing.HasField("layer_start") and recipe.mixing.HasField("layer_end")
    else:
        complete_origin = recipe.truncation.HasField("psi") and recipe.truncation.HasField("cutoff")
    if origin in ("interpolation", "mixing"):
        complete_origin &= not recipe.HasField("truncation")
    return (
        origin is not None
        and complete_origin
        and recipe.noise.mode != NOISE_MODE_UNSPECIFIED
        and all(
            edit.WhichOneof("component") == "index"
            and edit.HasField("layer_start")
            and edit.HasField("layer_end")
            and edit.mode != EDIT_MODE_UNSPECIFIED
            for edit in recipe.component_edits
        )
        and all(
            transfer.HasField("rho")
            and transfer.HasField("epsilon")
            and transfer.HasField("strength")
            and all(region.WhichOneof("region") == "index" for region in transfer.regions)
            for transfer in recipe.style_transfers
        )
        and all(is_complete(inner) for inner in inner_recipes(recipe))
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
    """Names the untruncated w that the recipe starts from, within one bundle: "seed:7", with labels "seed:7:" and a
    SHA-256 of them, or "code:" and a SHA-256.

    None for interpolations and mixtures: what is inside them is truncated and edited first, so there is no untruncated
    w and nothing to cache; the recipes inside have keys of their own.
    """
    origin = recipe.WhichOneof("origin")
    if origin == "seed" and recipe.labels:
        labels = json.dumps(dict(recipe.labels), sort_keys=True)
        return f"seed:{recipe.seed}:{hashlib.sha256(labels.encode('ascii')).hexdigest()}"
    if origin == "seed":
        return f"seed:{recipe.seed}"
    if origin == "code":
        return f"code:{hashlib.sha256(np.asarray(recipe.code.values, dtype='<f4').tobytes()).hexdigest()}"
    return None


__all__ = [
    "canonical_json",
    "complete",
    "from_json",
    "is_complete",
    "latent_id",
    "origin_key",
    "recipe_from_code",
    "recipe_from_seed",
    "region_indices",
    "to_json",
]
