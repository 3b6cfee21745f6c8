"""What names a recipe: its canonical text, its latent id, the bundle that it belongs to, the w that it starts from.

Only complete recipes have an id: the text of another would change with a default or a curated name.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache

import numpy as np

from mammoganesis.recipe.canonical import to_json
from mammoganesis.recipe.structure import inner_recipes, is_masked
from mammoganesis.v1.latents_pb2 import (
    EDIT_MODE_UNSPECIFIED,
    INTERPOLATION_SPACE_UNSPECIFIED,
    LOCALITY_UNSPECIFIED,
    NOISE_MODE_UNSPECIFIED,
    Recipe,
)


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
            transfer.locality != LOCALITY_UNSPECIFIED
            and transfer.HasField("strength")
            and all(map(transfer.HasField, ("mask",) if is_masked(transfer) else ("rho", "epsilon")))
            and transfer.mask.HasField("feather") == is_masked(transfer)
            and all(region.WhichOneof("region") == "index" for region in transfer.regions)
            for transfer in recipe.style_transfers
        )
        and all(is_complete(inner) for inner in inner_recipes(recipe))
    )


def canonical_json(recipe: Recipe) -> str:
    """The one JSON text of a complete recipe (see `mammoganesis.recipe.canonical`), ASCII, without its bundle.

    Raises ValueError for a recipe that is not complete: its text would change with the defaults.
    """
    if not is_complete(recipe):
        raise ValueError("canonical JSON is made of complete recipes only; call complete() first")
    return to_json(without_bundle(recipe))


def latent_id(recipe: Recipe, bundle_digest: str) -> str:
    """ "lat_" and 32 hexadecimal digits: the first 128 bits of SHA-256 over digest, newline and canonical JSON."""
    return id_of_text(canonical_json(recipe), bundle_digest)


def id_of_text(text: str, bundle_digest: str) -> str:
    """`latent_id` of the recipe whose `canonical_json` is there already."""
    return "lat_" + hashlib.sha256(f"{bundle_digest}\n{text}".encode("ascii")).hexdigest()[:32]


def of_bundle(recipe: Recipe, digest: str, name: str) -> Recipe:
    """`recipe` as it leaves the program: it says which bundle it belongs to. A new recipe.

    Args:
        digest: of the bundle, 64 hexadecimal digits.
        name: name and version, such as "demo 0.2.1".
    """
    named = without_bundle(recipe)
    named.bundle_digest, named.bundle_name = digest, name
    return named


def text_of_bundle(text: str, digest: str, name: str) -> str:
    """The canonical text of a complete recipe with its bundle: `to_json` of what `of_bundle` gives, which is that of
    the recipe behind the two names, as keys are sorted.

    Args:
        text: `canonical_json` of the recipe.
        digest, name: as of `of_bundle`.
    """
    return f"{_beginning(digest, name)}{text[1:]}"


@lru_cache(maxsize=8)
def _beginning(digest: str, name: str) -> str:
    fields = (("bundle_digest", digest), ("bundle_name", name))
    return "{" + "".join(f'"{field}":{json.dumps(value)},' for field, value in fields if value)


def without_bundle(recipe: Recipe) -> Recipe:
    """`recipe` without what it says of its bundle, in the recipes inside it too. A new recipe."""
    bare = Recipe()
    bare.CopyFrom(recipe)
    pending = [bare]
    while pending:
        inner = pending.pop()
        for field in ("bundle_digest", "bundle_name"):
            if getattr(inner, field):  # clearing a field of what is absent would make it present
                inner.ClearField(field)
        pending += inner_recipes(inner)
    return bare


def origin_name(recipe: Recipe) -> str:
    """Names a seed or a code: "seed:7", or "code:" and a SHA-256 of its numbers."""
    if recipe.WhichOneof("origin") == "seed":
        return f"seed:{recipe.seed}"
    return f"code:{hashlib.sha256(np.asarray(recipe.code.values, dtype='<f4').tobytes()).hexdigest()}"


def origin_key(recipe: Recipe) -> str | None:
    """Names the untruncated w that the recipe starts from, within one bundle: its `origin_name`, with labels ":" and a
    SHA-256 of them.

    None for interpolations and mixtures: what is inside them is truncated and edited first, so there is no untruncated
    w and nothing to cache; the recipes inside have keys of their own.
    """
    if recipe.WhichOneof("origin") not in ("seed", "code"):
        return None
    if not recipe.labels:
        return origin_name(recipe)
    labels = json.dumps(dict(recipe.labels), sort_keys=True)
    return f"{origin_name(recipe)}:{hashlib.sha256(labels.encode('ascii')).hexdigest()}"
