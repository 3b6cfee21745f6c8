"""What else a direction moves, measured on images of some seeds, so that a curator sees it before the bundle has it.

    POST /curation/effects    of {"direction": {...}} as catalogue.json has it, gives {"side_effects": [{"attribute",
                              "at_start", "at_end", "num_seeds"}, ...]} as catalogue.json takes them

`mammoganesis-training evaluate directions` measures the same on more seeds and against real images. Errors are those of
`failures`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mammoganesis.bundle.catalogue_file import read_catalogue
from mammoganesis.bundle.curated import check_directions, check_indices, direction_of, sigmas_range
from mammoganesis.bundle.v1.manifest_pb2 import NamedComponent
from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.pictures.png import read_png
from mammoganesis.recipe.edits import edits_along
from mammoganesis.v1.latents_pb2 import ComponentEdit, Latent, Recipe
from mammoganesis.v1.model_pb2 import GetModelRequest, GetModelResponse
from mammoganesis.v1.sampling_pb2 import SampleRequest, SampleResponse
from services.client.choices import Sampling
from services.client.messages import drawn_labels
from services.studio.bodies import read_object, read_text
from services.studio.calls import Edge, answer_or_cancel
from services.studio.takeaway import IMAGES_PER_CALL, MODEL, SAMPLE

SEEDS = 16  # moved, both ways
REFERENCE_SEEDS = 48  # whose images say how much an attribute varies; the first of them are moved
FLOOR = 0.005  # deviation of an attribute below which its differences mean nothing
MIN_RESOLUTION = 16  # of what can be measured
REMEMBERED = 500


@dataclass(frozen=True)
class _Images:
    """What the images of a bundle measure that nobody has moved."""

    digest: str
    values: NDArray[np.float64]  # [REFERENCE_SEEDS, number of attributes]

    @property
    def deviations(self) -> NDArray[np.float64]:
        return np.maximum(self.values.std(axis=0), FLOOR)


class Effects:
    """Measures directions of one edge's model, one at a time, and remembers what it has found."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._measuring = asyncio.Lock()
        self._unmoved: _Images | None = None
        self._found: dict[tuple[str, bytes], list[dict[str, Any]]] = {}

    async def handle(self, request: Request) -> Response:
        """One POST /curation/effects."""
        content = read_object(await read_text(request))
        direction = content.get("direction")
        if not isinstance(direction, dict):
            raise InvalidArgument("direction", direction, "a JSON object")
        try:
            named = read_catalogue({"directions": [direction]}).directions[0]
            effects = await answer_or_cancel(request, self._of(named))
        except InvalidArgument as error:
            raise error.named(error.field.replace("directions[0]", "direction")) from None
        return JSONResponse({"side_effects": effects})

    async def _of(self, named: NamedComponent) -> list[dict[str, Any]]:
        model = await self._edge.answer(MODEL, GetModelRequest())
        assert isinstance(model, GetModelResponse)
        sizes = model.dimensions
        if sizes.resolution < MIN_RESOLUTION:
            raise FailedPrecondition(f"images of {sizes.resolution} pixels are too small to be measured")
        check_indices([named], "directions", sizes.num_components)
        check_directions([named], "directions", sizes.num_ws)
        moves = NamedComponent(
            index=named.index, layer_start=named.layer_start, layer_end=named.layer_end, reversed=named.reversed
        )
        moves.further.extend(named.further)
        moves.sigmas_start, moves.sigmas_end = sigmas_range(named)
        key = (model.bundle_digest, moves.SerializeToString(deterministic=True))
        async with self._measuring:
            if key not in self._found:
                found = await self._measured(model, moves)
                self._found = dict([*self._found.items(), (key, found)][-REMEMBERED:])
            return self._found[key]

    async def _measured(self, model: GetModelResponse, moves: NamedComponent) -> list[dict[str, Any]]:
        from mammoganesis.editing.measures import SEEDS_BY  # SciPy: the studio's start need not wait for it

        if self._unmoved is None or self._unmoved.digest != model.bundle_digest:
            unmoved = [_recipe(seed, model) for seed in range(REFERENCE_SEEDS)]
            self._unmoved = _Images(model.bundle_digest, await self._drawn(unmoved))
        ends = []
        for sigmas in (moves.sigmas_start, moves.sigmas_end):
            edits = edits_along(direction_of(moves), sigmas)
            moved = await self._drawn([_recipe(seed, model, edits) for seed in range(SEEDS)])
            ends.append((moved - self._unmoved.values[:SEEDS]).mean(axis=0) / self._unmoved.deviations)
        return [
            {"attribute": name, "at_start": round(float(low), 4), "at_end": round(float(high), 4), "num_seeds": SEEDS}
            for name, low, high in zip(SEEDS_BY, *ends, strict=True)
        ]

    async def _drawn(self, recipes: Sequence[Recipe]) -> NDArray[np.float64]:
        """[number of recipes, number of attributes]: what their images measure."""
        rows = []
        for first in range(0, len(recipes), IMAGES_PER_CALL):
            latents = [Latent(recipe=recipe) for recipe in recipes[first : first + IMAGES_PER_CALL]]
            answer = await self._edge.answer(SAMPLE, SampleRequest(latents=latents))
            assert isinstance(answer, SampleResponse)
            rows += [await run_in_threadpool(_attributes, image.data) for image in answer.images]
        return np.array(rows)


def _recipe(seed: int, model: GetModelResponse, edits: Sequence[ComponentEdit] = ()) -> Recipe:
    """Of a seed, with labels as often as the training images have them."""
    return Recipe(seed=seed, labels=drawn_labels(seed, Sampling(labels_drawn=True), model), component_edits=edits)


def _attributes(png: bytes) -> list[float]:
    from mammoganesis.editing.measures import SEEDS_BY, measure

    pixels = read_png(png).pixels.astype(np.float64) / 255
    found = measure(pixels if pixels.ndim == 2 else pixels.mean(axis=-1))
    return [found[name] for name in SEEDS_BY]
