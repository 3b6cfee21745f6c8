"""How recipes stand inside one another."""

from __future__ import annotations

from collections.abc import Iterator

from mammoganesis.v1.latents_pb2 import INTERPOLATION_SPACE_STYLES, LOCALITY_MASKED, Latent, Recipe, StyleTransfer

_INNER = {"interpolation": ("start", "end"), "mixing": ("base", "style")}  # origins that hold recipes


def inner_recipes(recipe: Recipe) -> list[Recipe]:
    """The recipes directly inside `recipe`, those of its origin first."""
    origin = recipe.WhichOneof("origin")
    inner = [getattr(getattr(recipe, origin), name) for name in _INNER[origin]] if origin in _INNER else []
    return inner + [transfer.reference for transfer in recipe.style_transfers]


def count_recipes(recipe: Recipe) -> int:
    """Number of recipes in `recipe`: itself, references, ends of interpolations and parts of mixtures."""
    return 1 + sum(count_recipes(inner) for inner in inner_recipes(recipe))


def recipes_in(latent: Latent) -> int:
    """Number of recipes that a latent is known to hold before it is looked up."""
    return count_recipes(latent.recipe) if latent.WhichOneof("kind") == "recipe" else 1


def is_in_styles(recipe: Recipe) -> bool:
    """Whether the recipe's origin is an interpolation of styles, which is no point in W."""
    return recipe.WhichOneof("origin") == "interpolation" and recipe.interpolation.space == INTERPOLATION_SPACE_STYLES


def is_masked(transfer: StyleTransfer) -> bool:
    """Whether its styles differ between the pixels of an image."""
    return transfer.locality == LOCALITY_MASKED


def has_style_sets(recipe: Recipe) -> bool:
    """Whether its image has other styles at one pixel than at another: by a masked transfer of its own, of a reference
    that channels come from, or of an end of an interpolation in styles."""
    inner = [transfer.reference for transfer in recipe.style_transfers]
    if is_in_styles(recipe):
        inner += [recipe.interpolation.start, recipe.interpolation.end]
    return any(map(is_masked, recipe.style_transfers)) or any(map(has_style_sets, inner))


def of_style_sets(recipe: Recipe) -> Iterator[tuple[str, Recipe]]:
    """The recipes whose styles are seen side by side in an image, with their paths in it: itself (""), and the
    references of its masked transfers, and theirs."""
    yield "", recipe
    for i, transfer in enumerate(recipe.style_transfers):
        if is_masked(transfer):
            for path, inner in of_style_sets(transfer.reference):
                yield f"style_transfers[{i}].reference.{path}", inner
