"""SamplingService: Sample, StreamSamples, Interpolate."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import numpy as np
from mammoganesis.v1.latents_pb2 import Interpolation, Noise, Recipe, Truncation
from mammoganesis.v1.sampling_pb2 import (
    InterpolateRequest,
    InterpolateResponse,
    SampleRequest,
    SampleResponse,
    StreamSamplesRequest,
    StreamSamplesResponse,
)

from services import recipes, validation
from services.calls import CallContext
from services.renderer import Renderer

DEFAULT_INTERPOLATION_STEPS = 8


class SamplingServicer:
    """New images, from seeds, latents and points between latents."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    async def Sample(self, request: SampleRequest, call: CallContext) -> SampleResponse:  # noqa: N802
        """One image per seed and latent, in order, through one call of the engine."""
        validation.check_sample(request, self._renderer.limits)
        truncation, noise = _truncation(request), _noise(request)
        wanted = [self._from_seed(seed, truncation, noise) for seed in request.seeds]
        for i, latent in enumerate(request.latents):
            wanted.append(await self._renderer.resolve(latent, f"latents[{i}]", truncation, noise))
        return SampleResponse(images=await self._renderer.render_many(wanted, request.format, call))

    async def StreamSamples(  # noqa: N802
        self, request: StreamSamplesRequest, call: CallContext
    ) -> AsyncGenerator[StreamSamplesResponse]:
        """One image per message, in the order of the request; stops computing when the iterator is closed."""
        validation.check_stream_samples(request, self._renderer.limits)
        truncation, noise = _truncation(request), _noise(request)
        wanted = (self._from_seed(seed, truncation, noise) for seed in _seeds(request))
        async with aclosing(self._renderer.render_stream(wanted, request.format, call)) as stream:
            index = 0
            async for image in stream:
                yield StreamSamplesResponse(index=index, image=image)
                index += 1

    async def Interpolate(  # noqa: N802
        self, request: InterpolateRequest, call: CallContext
    ) -> AsyncGenerator[InterpolateResponse]:
        """Equal steps from start to end in W, both included; one image per message."""
        limits = self._renderer.limits
        validation.check_interpolate(request, limits)
        start = await self._renderer.resolve(request.start, "start")
        end = await self._renderer.resolve(request.end, "end")
        noise = request.noise if request.HasField("noise") else start.noise
        steps = request.steps if request.HasField("steps") else DEFAULT_INTERPOLATION_STEPS
        fractions = [float(fraction) for fraction in np.linspace(0, 1, steps)]
        wanted = [
            Recipe(interpolation=Interpolation(start=start, end=end, fraction=fraction), noise=noise)
            for fraction in fractions
        ]
        # What came by latent id is only now known: transfers in it, or too deep a nesting.
        validation.check_recipe(wanted[0], limits, "start and end")
        complete = (recipes.complete(recipe, limits) for recipe in wanted)
        async with aclosing(self._renderer.render_stream(complete, request.format, call)) as stream:
            index = 0
            async for image in stream:
                yield InterpolateResponse(index=index, fraction=fractions[index], image=image)
                index += 1

    def _from_seed(self, seed: int, truncation: Truncation | None, noise: Noise | None) -> Recipe:
        return recipes.complete(recipes.recipe_from_seed(seed, truncation, noise), self._renderer.limits)


def _seeds(request: StreamSamplesRequest) -> Iterator[int]:
    if request.WhichOneof("source") == "seed_list":
        yield from request.seed_list.seeds
    else:
        yield from range(request.seed_range.first, request.seed_range.first + request.seed_range.count)


def _truncation(request: SampleRequest | StreamSamplesRequest) -> Truncation | None:
    return request.truncation if request.HasField("truncation") else None


def _noise(request: SampleRequest | StreamSamplesRequest) -> Noise | None:
    return request.noise if request.HasField("noise") else None
