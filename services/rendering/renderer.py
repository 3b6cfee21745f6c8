"""From a recipe to an image: the way that all services share.

    recipe -> styles (`codes.py`) -> engine -> encode

Everything up to the engine is small vector arithmetic in this process; the engine does the heavy part, for all services
in common batches. The cache only saves time: without it, or with a broken one, the same bytes come out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError
from numpy import ndarray

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.editing import measures
from mammoganesis.editing.masks import StyleField
from mammoganesis.errors import TooNear
from mammoganesis.pictures.c2pa_manifest import manifest_signer_of
from mammoganesis.pictures.formats import burns_in, chosen_encoding, positioned
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.pictures.signature import signer_of
from mammoganesis.recipe import identity, names
from mammoganesis.recipe.noise import noise_terms
from mammoganesis.v1.images_pb2 import (
    IMAGE_ENCODING_RAW_FLOAT32,
    GeneratedImage,
    ImageFormat,
    Timing,
)
from mammoganesis.v1.latents_pb2 import Recipe, StyleTransfer
from services.process.config import Config
from services.rendering.cache import LatentCache
from services.rendering.calls import CallContext
from services.rendering.codes import Codes
from services.rendering.encoding import encoded, is_quick, made_smaller
from services.rendering.jobs import Engine, SynthesisJob, SynthesisResult, images_of_a_run
from services.rendering.streaming import in_order

Measures = Mapping[str, float]


@dataclass(frozen=True)
class _Known:
    """What is known of a complete recipe."""

    latent_id: str
    is_remembered: bool  # another call may name it by the id


class Renderer:
    """Turns recipes into images of one bundle, through one engine and one cache."""

    def __init__(self, bundle: Bundle, engine: Engine, cache: LatentCache, config: Config) -> None:
        self.bundle = bundle
        self.limits = bundle.limits(config.call_limits)
        self._engine = engine
        self._cache = cache
        self._codes = Codes(bundle, cache, self.limits)
        self._config = config
        self._window = config.stream_window_images
        run = images_of_a_run(self.limits.resolution**2, config.max_batch_size)
        self._at_once = max(1, min(run, self._window // 2))
        self._signer = signer_of(config.signing_key_file)
        self._manifest_signer = manifest_signer_of(config.c2pa_certificates_file, config.c2pa_key_file)

    async def remembered(self, latent_id: str) -> Recipe | None:
        """The complete recipe behind a latent id; None when the cache does not hold it (any more)."""
        stored = await self._cache.get_recipe(latent_id)
        return None if stored is None else self._verified(stored, latent_id)

    def without_cache(self) -> Renderer:
        """One that computes everything itself, for who checks what others have computed."""
        return Renderer(self.bundle, self._engine, LatentCache.none(), self._config)

    def of_bundle(self, recipe: Recipe) -> Recipe:
        """A recipe as it leaves the program: it says which bundle it belongs to."""
        return identity.of_bundle(recipe, self.limits.bundle_digest, self.limits.bundle_name)

    async def ws(self, recipe: Recipe) -> ndarray:
        """ws [num_ws, w_dim] float32 of a complete recipe in W, after truncation and component edits."""
        return (await self._codes.ws([recipe]))[0]

    async def field(self, recipe: Recipe) -> StyleField:
        """The styles of a complete recipe, after its style transfers."""
        return (await self._codes.fields([recipe]))[0]

    def query(self, item: StyleTransfer) -> ndarray:
        """q [num_styles] bool: the channels that a complete style transfer moves."""
        return self._codes.query(item)

    async def image_and_features(self, recipe: Recipe, call: CallContext) -> tuple[ndarray, ndarray]:
        """The image [C, H, W] float32, -1 to 1, of a complete recipe, and the activations [Cf, g, g] float32 that the
        region catalogue clusters. Of an image with several sets of styles they are those of its own set, and the same
        as of all where the clustered layer is a low one."""
        field = await self.field(recipe)
        own = SynthesisJob(field.own, noise_terms(recipe), features=True, background=call.background)
        jobs = [own] if field.further is None else [self._job(recipe, field, False, call), own]
        results = await self._engine.synthesize(jobs, call.deadline)
        if any(result.too_near for result in results):
            raise self._refusal([recipe])
        features = results[-1].features
        assert features is not None, "an engine gives the features that a job wants"
        return results[0].image, features

    async def render(self, recipe: Recipe, image_format: ImageFormat, call: CallContext) -> GeneratedImage:
        """The image of a complete recipe. Its time counts from this call."""
        (image,) = await self.render_many([recipe], image_format, call)
        return image

    async def render_many(
        self, wanted: Sequence[Recipe], image_format: ImageFormat, call: CallContext
    ) -> list[GeneratedImage]:
        """The images of complete recipes, in order, through one call of the engine.

        Recipes that differ in nothing but their noise share the work before it. Raises what `Engine.synthesize` raises,
        and TooNear for images that are too near to a training image; `image_format` has passed
        `services.servicers.requests.check_format`.
        """
        started = time.perf_counter()
        results, known = await self._drawn_and_known(wanted, image_format, call)
        if refused := [recipe for recipe, result in zip(wanted, results, strict=True) if result.too_near]:
            raise self._refusal(refused)
        return await self._finished(wanted, results, known, image_format, started)

    async def render_allowed(
        self, wanted: Sequence[Recipe], image_format: ImageFormat, call: CallContext
    ) -> tuple[list[GeneratedImage], list[int]]:
        """As `render_many`, but images that are too near to a training image are left out: the others in order, and the
        positions of those left out."""
        started = time.perf_counter()
        results, known = await self._drawn_and_known(wanted, image_format, call)
        given = [i for i, result in enumerate(results) if not result.too_near]
        images = await self._finished(
            *_chosen(given, wanted, results, known), image_format=image_format, started=started
        )
        return images, [i for i, result in enumerate(results) if result.too_near]

    async def _drawn_and_known(
        self, wanted: Sequence[Recipe], image_format: ImageFormat, call: CallContext
    ) -> tuple[list[SynthesisResult], list[_Known]]:
        """What is known of them is found out and remembered while the engine draws, which was asked before."""
        drawing = self._drawn(wanted, image_format, self._is_preview(image_format), call)
        results, known = await asyncio.gather(drawing, self._remembered(wanted))
        return results, known

    async def _remembered(self, recipes: Sequence[Recipe]) -> list[_Known]:
        """Of complete recipes, which are in the cache then."""
        ids = [identity.latent_id(recipe, self.bundle.digest) for recipe in recipes]
        stored = {each: recipe.SerializeToString(deterministic=True) for each, recipe in zip(ids, recipes, strict=True)}
        kept = await self._cache.put_recipes(stored) if stored else {}
        return [_Known(each, kept[each]) for each in ids]

    async def _drawn(
        self, wanted: Sequence[Recipe], image_format: ImageFormat, preview: bool, call: CallContext
    ) -> list[SynthesisResult]:
        for recipe in wanted:
            positioned(image_format, recipe)  # refused before anything is drawn
        call.check()
        keys = [_without_noise(recipe) for recipe in wanted]
        distinct = dict(zip(keys, wanted, strict=True))
        fields = dict(zip(distinct, await self._codes.fields(list(distinct.values())), strict=True))
        jobs = [self._job(recipe, fields[key], preview, call) for recipe, key in zip(wanted, keys, strict=True)]
        return list(await self._engine.synthesize(jobs, call.deadline))

    async def drawn(self, wanted: Sequence[Recipe], call: CallContext) -> list[SynthesisResult]:
        """What the engine draws of complete recipes, in order, for who encodes it; of images that are too near to a
        training image the results say so. Raises what `Engine.synthesize` raises."""
        return await self._drawn(wanted, ImageFormat(encoding=IMAGE_ENCODING_RAW_FLOAT32), False, call)

    def _refusal(self, refused: Sequence[Recipe]) -> TooNear:
        """With the latent ids of the images, by which whoever asked knows them."""
        return TooNear([identity.latent_id(recipe, self.bundle.digest) for recipe in refused])

    def render_stream(
        self, wanted: Iterable[Recipe], image_format: ImageFormat, call: CallContext
    ) -> AsyncGenerator[GeneratedImage]:
        """The images of complete recipes one after the other, in order; see `in_order`. It ends with TooNear at the
        first that is too near to a training image."""

        async def make(recipes: Sequence[Recipe]) -> list[GeneratedImage | Exception]:
            started = time.perf_counter()
            results, known = await self._drawn_and_known(recipes, image_format, call)
            given = [i for i, result in enumerate(results) if not result.too_near]
            images = iter(
                await self._finished(
                    *_chosen(given, recipes, results, known), image_format=image_format, started=started
                )
            )
            return [
                self._refusal([recipe]) if result.too_near else next(images)
                for recipe, result in zip(recipes, results, strict=True)
            ]

        return in_order(wanted, make, self._window, self._at_once)

    def measured_stream(
        self, wanted: Iterable[Recipe], keep: Callable[[Measures], bool], image_format: ImageFormat, call: CallContext
    ) -> AsyncGenerator[tuple[Measures, GeneratedImage | None]]:
        """What `measures.measure` says of the images of complete recipes, in order, and those images of which `keep`
        wants it; see `in_order`. An image that is too near to a training image has no measures, and is not kept."""

        async def make(recipes: Sequence[Recipe]) -> list[tuple[Measures, GeneratedImage | None] | Exception]:
            started = time.perf_counter()
            results = await self._drawn(recipes, image_format, False, call)
            found = await asyncio.to_thread(lambda: [_measured(result) for result in results])
            kept = [i for i, result in enumerate(results) if not result.too_near and keep(found[i])]
            known = await self._remembered([recipes[i] for i in kept])
            chosen, drawn = _chosen(kept, recipes, results)
            images = await self._finished(chosen, drawn, known, image_format, started)
            by_place = dict(zip(kept, images, strict=True))
            return [(measured, by_place.get(i)) for i, measured in enumerate(found)]

        return in_order(wanted, make, self._window, self._at_once)

    def _verified(self, stored: bytes, latent_id: str) -> Recipe | None:
        """The recipe, when it is the one that the id was made from; a cache is not to be trusted with more."""
        try:
            recipe = Recipe.FromString(stored)
            return recipe if identity.latent_id(recipe, self.bundle.digest) == latent_id else None
        except (DecodeError, ValueError):
            return None

    def _is_preview(self, image_format: ImageFormat) -> bool:
        return image_format.resolution not in (0, self.limits.resolution)

    def _job(self, recipe: Recipe, field: StyleField, preview: bool, call: CallContext) -> SynthesisJob:
        """There is no preview network for several sets of styles: such an image is drawn whole."""
        further = field.further
        small = preview and further is None
        return SynthesisJob(field.own, noise_terms(recipe), preview=small, further=further, background=call.background)

    async def _finished(
        self,
        recipes: Sequence[Recipe],
        results: Sequence[SynthesisResult],
        known: Sequence[_Known],
        image_format: ImageFormat,
        started: float,
    ) -> list[GeneratedImage]:
        """What the engine has drawn of complete recipes, none of it too near, encoded. `started`: time.perf_counter()
        from which their time counts."""
        if not recipes:
            return []
        given = [self._given(*drawn, image_format) for drawn in zip(recipes, results, known, strict=True)]
        if all(is_quick(image, image_format, provenance) for image, provenance in given):
            files = [encoded(image, image_format, provenance) for image, provenance in given]
        else:
            whole = (asyncio.to_thread(encoded, image, image_format, provenance) for image, provenance in given)
            files = await asyncio.gather(*whole)
        milliseconds = (time.perf_counter() - started) * 1000
        return [
            GeneratedImage(
                data=data,
                encoding=chosen_encoding(image_format),
                width=image.shape[2],
                height=image.shape[1],
                channels=image.shape[0],
                recipe=self.of_bundle(provenance.recipe),
                latent_id=provenance.latent_id,
                bundle_digest=provenance.bundle_digest,
                timing=Timing(
                    total_milliseconds=milliseconds,
                    queue_milliseconds=result.queue_milliseconds,
                    synthesis_milliseconds=result.synthesis_milliseconds,
                    batch_size=result.batch_size,
                ),
                latent_cached=about.is_remembered,
                execution_provider=result.provider,
                precision=result.precision,
                burned_in=burns_in(image_format),
                file_stem=names.file_stem(provenance.recipe, self.limits),
                mark_place=mark,
            )
            for (image, provenance), result, about, (data, mark) in zip(given, results, known, files, strict=True)
        ]

    def _given(
        self, recipe: Recipe, result: SynthesisResult, known: _Known, image_format: ImageFormat
    ) -> tuple[ndarray, Provenance]:
        """The image [C, H, W] that is encoded, and what its file says of itself."""
        digest, preview = self.bundle.digest, self._is_preview(image_format)
        provenance = Provenance(
            recipe,
            known.latent_id,
            digest,
            result.provider,
            result.precision,
            preview,
            self.limits.bundle_name,
            self._signer,
            self._manifest_signer,
        )
        return made_smaller(result.image, self.limits.preview_resolution) if preview else result.image, provenance


def _chosen(places: Sequence[int], *lists: Sequence[Any]) -> list[list[Any]]:
    """What stands at these places of each list."""
    return [[each[i] for i in places] for each in lists]


def _without_noise(recipe: Recipe) -> bytes:
    """What names the styles of a complete recipe within one bundle."""
    bare = Recipe()
    bare.CopyFrom(recipe)
    bare.ClearField("noise")
    return bare.SerializeToString(deterministic=True)


def _measured(result: SynthesisResult) -> Measures:
    """Of an image that the engine has drawn; nothing of one that is too near."""
    return {} if result.too_near else measures.measure((result.image.mean(axis=0) + 1) / 2)
