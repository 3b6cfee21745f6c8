"""SamplingService: Sample, StreamSamples, FindSeeds, Interpolate, MixStyles, RedrawNoise, DescribeRecipe."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from mammoganesis.editing import latents
from mammoganesis.editing.measures import SEEDS_BY
from mammoganesis.recipe import descriptions, identity
from mammoganesis.texts.languages import language_of
from mammoganesis.v1.latents_pb2 import NOISE_MODE_RANDOM, Noise, Recipe
from mammoganesis.v1.sampling_pb2 import (
    DescribeRecipeRequest,
    DescribeRecipeResponse,
    FindSeedsRequest,
    FindSeedsResponse,
    InterpolateRequest,
    InterpolateResponse,
    Measure,
    MeasureRange,
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
from services.rendering.renderer import Measures, Renderer
from services.servicers import composition, requests


class SamplingServicer:
    """New images, from seeds, latents, points between latents and mixtures of them."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        layers = [layer.name for layer in renderer.bundle.manifest.style_layers]
        self._words = descriptions.Words.of(renderer.limits, layers)

    async def Sample(self, request: SampleRequest, call: CallContext) -> SampleResponse:  # noqa: N802
        """One image per seed and latent, in order, through one call of the engine."""
        limits = self._renderer.limits
        requests.check_sample(request, limits)
        requests.check_taken(request, limits, call)
        of_seed = composition.of_seeds(self._renderer, request)
        wanted = list(map(of_seed, request.seeds))
        for i, latent in enumerate(request.latents):
            part = await composition.part(self._renderer, latent, f"latents[{i}]", request)
            wanted.append(part.complete(limits))
        renderer = self._renderer.without_cache() if request.without_cache else self._renderer
        if request.leave_out_too_near:
            images, left_out = await renderer.render_allowed(wanted, request.format, call)
            return SampleResponse(images=images, left_out=left_out)
        return SampleResponse(images=await renderer.render_many(wanted, request.format, call))

    async def StreamSamples(  # noqa: N802
        self, request: StreamSamplesRequest, call: CallContext
    ) -> AsyncGenerator[StreamSamplesResponse]:
        """One image per message, in the order of the request; stops computing when the iterator is closed."""
        requests.check_stream_samples(request, self._renderer.limits)
        requests.check_taken(request, self._renderer.limits, call)
        of_seed = composition.of_seeds(self._renderer, request)
        wanted = map(of_seed, _seeds(request))
        async with aclosing(self._renderer.render_stream(wanted, request.format, call)) as stream:
            index = 0
            async for image in stream:
                yield StreamSamplesResponse(index=index, image=image)
                index += 1

    async def FindSeeds(  # noqa: N802
        self, request: FindSeedsRequest, call: CallContext
    ) -> AsyncGenerator[FindSeedsResponse]:
        """The seeds of a range whose images measure as wished; stops computing when the iterator is closed."""
        requests.check_find_seeds(request, self._renderer.limits)
        requests.check_taken(request, self._renderer.limits, call)
        of_seed = composition.of_seeds(self._renderer, request)
        first, left = request.seed_range.first, requests.seeds_wanted(request)
        seeds = range(first, first + requests.images_drawn(request))

        def keep(found: Measures) -> bool:
            return all(_measures(found[wanted.name], wanted) for wanted in request.ranges)

        wanted = map(of_seed, seeds)
        async with aclosing(self._renderer.measured_stream(wanted, keep, request.format, call)) as stream:
            examined = 0
            async for found, image in stream:
                examined += 1
                if image is None:
                    continue
                measures = [Measure(name=name, value=found[name]) for name in SEEDS_BY]
                yield FindSeedsResponse(seed=seeds[examined - 1], image=image, measures=measures, examined=examined)
                left -= 1
                if not left:
                    return

    async def Interpolate(  # noqa: N802
        self, request: InterpolateRequest, call: CallContext
    ) -> AsyncGenerator[InterpolateResponse]:
        """Equal steps from start to end in W or in styles, both included; one image per message."""
        requests.check_interpolate(request, self._renderer.limits)
        requests.check_taken(request, self._renderer.limits, call)
        start = await composition.part(self._renderer, request.start, "start")
        end = await composition.part(self._renderer, request.end, "end")
        requests.check_recipes_together([start.recipe, end.recipe], 1, "start and end")
        first = composition.interpolated(request, start, end).complete(self._renderer.limits)
        fractions = latents.equal_steps(0, 1, requests.images_drawn(request))
        wanted = (_at(first, fraction) for fraction in fractions)
        async with aclosing(self._renderer.render_stream(wanted, request.format, call)) as stream:
            index = 0
            async for image in stream:
                yield InterpolateResponse(index=index, fraction=fractions[index], image=image)
                index += 1

    async def MixStyles(self, request: MixStylesRequest, call: CallContext) -> MixStylesResponse:  # noqa: N802
        """Some layers of one latent in another."""
        requests.check_mix_styles(request, self._renderer.limits)
        requests.check_taken(request, self._renderer.limits, call)
        base = await composition.part(self._renderer, request.base, "base")
        style = await composition.part(self._renderer, request.style, "style")
        requests.check_recipes_together([base.recipe, style.recipe], 1, "base and style")
        recipe = composition.mixed(request, base, style).complete(self._renderer.limits)
        return MixStylesResponse(image=await self._renderer.render(recipe, request.format, call))

    async def RedrawNoise(self, request: RedrawNoiseRequest, call: CallContext) -> RedrawNoiseResponse:  # noqa: N802
        """The same latent with other noise, one image per noise seed."""
        requests.check_redraw_noise(request, self._renderer.limits)
        requests.check_taken(request, self._renderer.limits, call)
        latent = await composition.part(self._renderer, request.latent, "latent")
        recipe = latent.complete(self._renderer.limits)
        wanted = []
        for seed in request.noise_seeds:
            redrawn = Recipe()
            redrawn.CopyFrom(recipe)
            redrawn.noise.CopyFrom(Noise(mode=NOISE_MODE_RANDOM, seed=seed))
            wanted.append(redrawn)
        return RedrawNoiseResponse(images=await self._renderer.render_many(wanted, request.format, call))

    async def DescribeRecipe(  # noqa: N802
        self, request: DescribeRecipeRequest, call: CallContext
    ) -> DescribeRecipeResponse:
        """What a recipe does, in plain words; renders nothing."""
        language = language_of(request.language)
        latent = await composition.part(self._renderer, request.latent, "latent")
        recipe = latent.complete(self._renderer.limits)
        return DescribeRecipeResponse(
            sentences=descriptions.describe(recipe, self._words, language),
            recipe=self._renderer.of_bundle(recipe),
            latent_id=identity.latent_id(recipe, self._renderer.bundle.digest),
        )


def _at(first: Recipe, fraction: float) -> Recipe:
    """The step of an interpolation at `fraction`, as complete as the first one."""
    recipe = Recipe()
    recipe.CopyFrom(first)
    recipe.interpolation.fraction = fraction
    return recipe


def _measures(value: float, wanted: MeasureRange) -> bool:
    """Whether a measure is as wished."""
    least, most = wanted.HasField("least"), wanted.HasField("most")
    return (not least or value >= wanted.least) and (not most or value <= wanted.most)


def _seeds(request: StreamSamplesRequest) -> Iterator[int]:
    if request.WhichOneof("source") == "seed_list":
        yield from request.seed_list.seeds
    else:
        yield from range(request.seed_range.first, request.seed_range.first + request.seed_range.count)
