"""From recipes to what the engine draws of: w, ws, and the styles of each image.

    recipe -> w (cache first) -> truncate -> component edits -> affine -> style transfers

A point between two latents and a mixture of two begin with those: their own ws, or of an interpolation in styles their
own styles. Recipes that come together share the runs of mapping and affine; each has the bits that it has alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.editing import components, latents, transfer
from mammoganesis.editing.masks import StyleField, place, together
from mammoganesis.recipe import identity
from mammoganesis.recipe.limits import Limits
from mammoganesis.recipe.masked import shares_of
from mammoganesis.recipe.structure import is_in_styles, is_masked
from mammoganesis.v1.latents_pb2 import Recipe, StyleTransfer
from services.rendering.cache import LatentCache

SMALL_AFFINE = 2**20
"""Multiplications of an affine network that takes 0.1 ms at most on one thread."""


QUICK_W_DIM = 256
"""Numbers of a w that mapping computes sooner than Redis can be asked: in 0.03 to 0.07 ms at 128 x 128, where a command
to Redis takes 0.4 ms of a processor, and a new seed needed two. It stays in the process's own memory."""


class Codes:
    """Of complete recipes of one bundle, with one cache."""

    def __init__(self, bundle: Bundle, cache: LatentCache, limits: Limits) -> None:
        self._bundle, self._cache, self._limits = bundle, cache, limits

    async def ws(self, recipes: Sequence[Recipe]) -> list[ndarray]:
        """ws [num_ws, w_dim] float32 of each recipe in W, after truncation and component edits."""
        found: list[ndarray | None] = [None] * len(recipes)
        points, between, mixed = [], [], []
        for i, recipe in enumerate(recipes):
            origin = recipe.WhichOneof("origin")
            (between if origin == "interpolation" else mixed if origin == "mixing" else points).append(i)
        w_of_points = await self._origins([recipes[i] for i in points])
        alike: dict[tuple[int, float, int], list[int]] = {}  # what is truncated alike, by its places in `points`
        for at, (i, w) in enumerate(zip(points, w_of_points, strict=True)):
            truncation = recipes[i].truncation
            alike.setdefault((len(w), truncation.psi, truncation.cutoff), []).append(at)
        for (_, psi, cutoff), places in alike.items():
            w = np.stack([w_of_points[at] for at in places])
            ws = latents.truncate(w, self._bundle.w_avg, psi, cutoff, self._limits.num_ws)
            for at, each in zip(places, ws, strict=True):
                found[points[at]] = each
        if between:
            ends = [recipes[i].interpolation for i in between]
            inner = await self.ws([part for end in ends for part in (end.start, end.end)])
            for i, end, start, stop in zip(between, ends, inner[::2], inner[1::2], strict=True):
                found[i] = latents.interpolate(start, stop, end.fraction)
        if mixed:
            mixtures = [recipes[i].mixing for i in mixed]
            inner = await self.ws([part for each in mixtures for part in (each.base, each.style)])
            for i, each, base, style in zip(mixed, mixtures, inner[::2], inner[1::2], strict=True):
                found[i] = latents.mix(base, style, each.layer_start, each.layer_end)
        return [self._edited(ws, recipe) for ws, recipe in zip(found, recipes, strict=True) if ws is not None]

    async def fields(self, recipes: Sequence[Recipe]) -> list[StyleField]:
        """The styles of each recipe, after its style transfers."""
        found: list[StyleField | None] = [None] * len(recipes)
        in_styles = [i for i, recipe in enumerate(recipes) if is_in_styles(recipe)]
        if in_styles:
            ends = [recipes[i].interpolation for i in in_styles]
            inner = await self.fields([part for end in ends for part in (end.start, end.end)])
            for i, end, start, stop in zip(in_styles, ends, inner[::2], inner[1::2], strict=True):
                masks, first, second = together(start, stop)
                found[i] = StyleField(latents.interpolate(first, second, end.fraction), masks)
        in_w = [i for i, field in enumerate(found) if field is None]
        if in_w:
            ws = await self.ws([recipes[i] for i in in_w])
            styles = await self._computed(self._bundle.styles_of_rows, np.stack(ws))
            for i, row in zip(in_w, styles, strict=True):
                found[i] = StyleField.uniform(row)
        transfers = [item for recipe in recipes for item in recipe.style_transfers]
        references = iter(await self.fields([item.reference for item in transfers]) if transfers else ())
        fields = []
        for recipe, field in zip(recipes, found, strict=True):
            assert field is not None, "every recipe is in styles or in W"
            for item in recipe.style_transfers:
                field = await self._transferred(field, item, next(references))
            fields.append(field)
        return fields

    def query(self, item: StyleTransfer) -> ndarray:
        """q [num_styles] bool: the channels that a complete style transfer moves."""
        bundle = self._bundle
        if is_masked(item):
            q = np.ones(self._limits.num_styles, dtype=bool)
            for layer in bundle.low_resolution_layers:
                q[bundle.layer_slices[layer]] = False
            return q
        regions = bundle.regions
        assert regions is not None, "validation lets no style transfer through without regions"
        special = {entry.layer: entry.epsilon for entry in item.layer_epsilons}
        epsilons = transfer.epsilon_per_layer(item.epsilon, special, self._limits.num_style_layers)
        share = transfer.region_share(regions.contributions, [region.index for region in item.regions])
        return transfer.query(share, bundle.layer_slices, item.rho, epsilons)

    def _edited(self, ws: ndarray, recipe: Recipe) -> ndarray:
        catalogue = self._bundle.components
        if catalogue is None or not recipe.component_edits:
            return ws
        return components.edit(ws, catalogue.components, catalogue.deviations, catalogue.mean, recipe.component_edits)

    async def _transferred(self, field: StyleField, item: StyleTransfer, reference: StyleField) -> StyleField:
        if is_masked(item):
            shares = await asyncio.to_thread(shares_of, item.mask, self._limits.resolution)
            return place(field, reference, np.float32(item.strength) * shares, ~self.query(item))
        masks, styles, others = together(field, reference)
        return StyleField(transfer.transfer(styles, others, self.query(item), item.strength), masks)

    async def _origins(self, recipes: Sequence[Recipe]) -> list[ndarray]:
        """w [1, w_dim] or [num_ws, w_dim] float32 of seeds and explicit codes, before truncation."""
        keys = [_seed_key(recipe) for recipe in recipes]
        of_seeds = await self._w_of_seeds({key: recipe for key, recipe in zip(keys, recipes, strict=True) if key})
        return [
            of_seeds[key] if key else latents.from_code(recipe.code.values, self._limits.w_dim)
            for key, recipe in zip(keys, recipes, strict=True)
        ]

    async def _w_of_seeds(self, recipes: Mapping[str, Recipe]) -> dict[str, ndarray]:
        """w [1, w_dim] of the seeds, by origin key."""
        digest, shape, here = self._bundle.digest, (1, self._limits.w_dim), self._limits.w_dim <= QUICK_W_DIM
        cached = await self._cache.get_many_w(digest, list(recipes), shape, here)
        found = {key: w for key, w in zip(recipes, cached, strict=True) if w is not None and np.isfinite(w).all()}
        missing = {key: recipe for key, recipe in recipes.items() if key not in found}
        if missing:
            z = latents.z_from_seeds((recipe.seed for recipe in missing.values()), self._limits.z_dim)
            labels = [recipe.labels for recipe in missing.values()]
            w = await self._computed(self._bundle.w_of_rows, z, labels)
            made = {key: w[i : i + 1] for i, key in enumerate(missing)}
            await self._cache.put_many_w(digest, made, here)
            found |= made
        return found

    async def _computed(self, work: Callable[..., ndarray], *given: Any) -> ndarray:
        """By mapping or affine: of a large bundle in a thread, of a small one here, as it takes less than a thread is
        asked for."""
        dims = self._bundle.manifest.dimensions
        if dims.w_dim * dims.num_styles <= SMALL_AFFINE:
            return work(*given)
        return await asyncio.to_thread(work, *given)


def _seed_key(recipe: Recipe) -> str | None:
    """The origin key of a seed; None of a code, which is there already."""
    return identity.origin_key(recipe) if recipe.WhichOneof("origin") == "seed" else None
