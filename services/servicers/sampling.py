"""SamplingService: Sample, StreamSamples, Interpolate, MixStyles, RedrawNoise, DescribeRecipe."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing

import numpy as np

from mammoganesis.recipe import completion, descriptions
from mammoganesis.recipe.limits import DEFAULT_INTERPOLATION_STEPS
from mammoganesis.v1.latents_pb2 import NOISE_MODE_RANDOM, Interpolation, Mixing, Noise, Recipe, Truncation
from mammoganesis.v1.sampling_pb2 import (
    DescribeRecipeRequest,
    DescribeRecipeResponse,
    InterpolateRequest,
    InterpolateResponse,
    MixStylesRequest,
    MixStylesResponse,
    RedrawNoiseRequest,
    RedrawNoiseResponse,
    SampleRequest,
    SampleResponse,
    StreamSamplesRequest,
    StreamSamplesResponse,
)
from services.rendering.calls import CallContext
from services.rendering.renderer import Renderer
from services.servicers import requests


class SamplingServicer:
    """New images, from seeds, latents, points between latents and mixtures of them."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        layers = [layer.name for layer in renderer.bundle.manifest.style_layers]
        self._words = descriptions.Words.of(renderer.limits, layers)

    async def Sample(self, request: SampleRequest, call: CallContext) -> SampleResponse:  # noqa: N802
        """One image per seed and latent, in order, through one call of the engine."""
        requests.check_sample(request, self._renderer.limits)
        truncation, noise = _truncation(request), _noise(request)
        wanted = [self._from_seed(seed, truncation, noise, request.labels) for seed in request.seeds]
        for i, latent in enumerate(request.latents):
            wanted.append(await self._renderer.resolve(latent, f"latents[{i}]", truncation, noise))
        return SampleResponse(images=await self._renderer.render_many(wanted, request.format, call))

    async def StreamSamples(  # noqa: N802
        self, request: StreamSamplesRequest, call: CallContext
    ) -> AsyncGenerator[StreamSamplesResponse]:
        """One image per message, in the order of the request; stops computing when the iterator is closed."""
        requests.check_stream_samples(request, self._renderer.limits)
        truncation, noise = _truncation(request), _noise(request)
        wanted = (self._from_seed(seed, truncation, noise, request.labels) for seed in _seeds(request))
        async with aclosing(self._renderer.render_stream(wanted, request.format, call)) as stream:
            index = 0
            async for image in stream:
                yield StreamSamplesResponse(index=index, image=image)
                index += 1

    async def Interpolate(  # noqa: N802
        self, request: InterpolateRequest, call: CallContext
    ) -> AsyncGenerator[InterpolateResponse]:
        """Equal steps from start to end in W or in styles, both included; one image per message."""
        limits = self._renderer.limits
        requests.check_interpolate(request, limits)
        start = await self._renderer.resolve(request.start, "start")
        end = await self._renderer.resolve(request.end, "end")
        noise = request.noise if request.HasField("noise") else start.noise
        steps = request.steps if request.HasField("steps") else DEFAULT_INTERPOLATION_STEPS
        fractions = [float(fraction) for fraction in np.linspace(0, 1, steps)]
        wanted = [
            Recipe(
                interpolation=Interpolation(start=start, end=end, fraction=fraction, space=request.space), noise=noise
            )
            for fraction in fractions
        ]
        # What came by latent id is only now known: transfers in it, or too deep a nesting.
        requests.check_recipe(wanted[0], limits, "start and end")
        complete = (completion.complete(recipe, limits) for recipe in wanted)
        async with aclosing(self._renderer.render_stream(complete, request.format, call)) as stream:
            index = 0
            async for image in stream:
                yield InterpolateResponse(index=index, fraction=fractions[index], image=image)
                index += 1

    async def MixStyles(self, request: MixStylesRequest, call: CallContext) -> MixStylesResponse:  # noqa: N802
        """Some layers of one latent in another."""
        limits = self._renderer.limits
        requests.check_mix_styles(request, limits)
        base = await self._renderer.resolve(request.base, "base")
        style = await self._renderer.resolve(request.style, "style")
        mixing = Mixing(
            base=base,
            style=style,
            layer_start=request.layer_start if request.HasField("layer_start") else None,
            layer_end=request.layer_end if request.HasField("layer_end") else None,
        )
        recipe = Recipe(mixing=mixing, noise=request.noise if request.HasField("noise") else base.noise)
        requests.check_recipe(recipe, limits, "base and style")  # as for Interpolate
        complete = completion.complete(recipe, limits)
        return MixStylesResponse(image=await self._renderer.render(complete, request.format, call))

    async def RedrawNoise(self, request: RedrawNoiseRequest, call: CallContext) -> RedrawNoiseResponse:  # noqa: N802
        """The same latent with other noise, one image per noise seed."""
        requests.check_redraw_noise(request, self._renderer.limits)
        latent = await self._renderer.resolve(request.latent, "latent")
        wanted = []
        for seed in request.noise_seeds:
            recipe = Recipe()
            recipe.CopyFrom(latent)
            recipe.noise.CopyFrom(Noise(mode=NOISE_MODE_RANDOM, seed=seed))
            wanted.append(recipe)
        return RedrawNoiseResponse(images=await self._renderer.render_many(wanted, request.format, call))

    async def DescribeRecipe(  # noqa: N802
        self, request: DescribeRecipeRequest, call: CallContext
    ) -> DescribeRecipeResponse:
        """What a recipe does, in plain words; renders nothing."""
        requests.check_describe_recipe(request, self._renderer.limits)
        recipe = await self._renderer.resolve(request.latent, "latent")
        return DescribeRecipeResponse(
            sentences=descriptions.describe(recipe, self._words),
            recipe=recipe,
            latent_id=completion.latent_id(recipe, self._renderer.bundle.digest),
        )

    def _from_seed(
        self, seed: int, truncation: Truncation | None, noise: Noise | None, labels: Mapping[str, str]
    ) -> Recipe:
        return completion.complete(completion.recipe_from_seed(seed, truncation, noise, labels), self._renderer.limits)


def _seeds(request: StreamSamplesRequest) -> Iterator[int]:
    if request.WhichOneof("source") == "seed_list":
        yield from request.seed_list.seeds
    else:
        yield from range(request.seed_range.first, request.seed_range.first + request.seed_range.count)


def _truncation(request: SampleRequest | StreamSamplesRequest) -> Truncation | None:
    return request.truncation if request.HasField("truncation") else None


def _noise(request: SampleRequest | StreamSamplesRequest) -> Noise | None:
    return request.noise if request.HasField("noise") else None
