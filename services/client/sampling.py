"""The client's methods for new images."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.recipe.limits import DEFAULT_FOUND_SEEDS, DEFAULT_INTERPOLATION_STEPS
from mammoganesis.v1 import model_pb2, sampling_pb2
from mammoganesis.v1.images_pb2 import GeneratedImage
from mammoganesis.v1.latents_pb2 import Latent
from services.client import messages
from services.client.answers import Description, FoundSeed, InterpolationStep
from services.client.choices import PICTURE, SAMPLING, Picture, Sampling
from services.client.image import Image
from services.client.messages import LatentLike
from services.client.transport import Transport

# A long stream is asked for in calls of this many images, or of as many as the server allows if those are fewer, so
# that each has its own deadline and a lost connection costs little.
IMAGES_PER_STREAM_CALL = 256


class SamplingCalls:
    """SamplingService and ModelService; see `services.client.Client`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._max_images_per_stream: int | None = None  # the server's; None: not asked yet

    def model(self) -> model_pb2.GetModelResponse:
        """Dimensions, digest, intended use, attribution, licence, labels, and the limits of the server."""
        return self._transport.unary("GetModel", model_pb2.GetModelRequest())

    def sample(
        self,
        seeds: Sequence[int] = (),
        latents: Sequence[LatentLike] = (),
        *,
        sampling: Sampling = SAMPLING,
        picture: Picture = PICTURE,
        without_cache: bool = False,
    ) -> list[Image]:
        """1 to 64 images in one answer, seeds first, then latents.

        Args:
            seeds: each 0 to 4294967295.
            latents: recipes, ids, images or codes; recipes bring their own truncation and noise.
            sampling: truncation, noise and labels, given or drawn, for the seeds.
            picture: form, mark and resolution.
            without_cache: the server computes all of it anew, as `verify` wants it.

        Raises:
            FailedPrecondition: beside what every call raises, of a server that does not know `without_cache`, or labels
                that are drawn.

        Example:
            >>> [image.latent_id for image in client.sample(range(4), sampling=Sampling(psi=0.8))]
        """
        request = sampling_pb2.SampleRequest(
            seeds=[messages.checked_int64(seed, f"seeds[{index}]") for index, seed in enumerate(seeds)],
            latents=_latents(latents),
            truncation=messages.truncation(sampling.psi, sampling.cutoff),
            noise=messages.noise(sampling.noise, sampling.noise_seed),
            labels=sampling.labels,
            labels_drawn=sampling.labels_drawn,
            format=messages.image_format(picture),
            without_cache=without_cache,
        )
        images = self._transport.unary("Sample", request).images
        if without_cache and any(image.latent_cached for image in images):  # a server leaves out what it does not know
            raise FailedPrecondition("without_cache: this server is older than that, and has used its cache; update it")
        if seeds:
            self._check_drawn(images[0], sampling)
        return [Image(image) for image in images]

    def allowed(self, latents: Sequence[LatentLike], *, picture: Picture = PICTURE) -> list[Image | None]:
        """As `sample` of 1 to 64 latents, but where an image is too near to a training image (of a server whose guard
        is on) there is None in its place, and the others are given."""
        request = sampling_pb2.SampleRequest(
            latents=_latents(latents), format=messages.image_format(picture), leave_out_too_near=True
        )
        answer = self._transport.unary("Sample", request)
        left_out, images = set(answer.left_out), iter(answer.images)
        return [None if place in left_out else Image(next(images)) for place in range(len(latents))]

    def stream(
        self,
        seeds: Iterable[int],
        *,
        sampling: Sampling = SAMPLING,
        picture: Picture = PICTURE,
    ) -> Iterator[Image]:
        """Images one after the other, in the order of the seeds; any number of them. Arguments as in `sample`.

        Leaving the loop stops the server's work.

        Example:
            >>> for image in client.stream(range(1000)):
            ...     image.save(f"{image.recipe.seed:08d}.png")
        """
        remaining = iter(seeds)
        images_per_call = min(IMAGES_PER_STREAM_CALL, self._stream_limit())
        while chunk := list(islice(remaining, images_per_call)):
            request = sampling_pb2.StreamSamplesRequest(
                seed_list=sampling_pb2.SeedList(
                    seeds=[messages.checked_int64(seed, f"seeds[{index}]") for index, seed in enumerate(chunk)]
                ),
                truncation=messages.truncation(sampling.psi, sampling.cutoff),
                noise=messages.noise(sampling.noise, sampling.noise_seed),
                labels=sampling.labels,
                labels_drawn=sampling.labels_drawn,
                format=messages.image_format(picture),
            )
            for response in self._transport.stream("StreamSamples", request):
                if response.index == 0:
                    self._check_drawn(response.image, sampling)
                yield Image(response.image)

    def find_seeds(
        self,
        seeds: range,
        ranges: Mapping[str, tuple[float | None, float | None]],
        count: int = DEFAULT_FOUND_SEEDS,
        *,
        sampling: Sampling = SAMPLING,
        picture: Picture = PICTURE,
    ) -> Iterator[FoundSeed]:
        """The seeds whose images measure as wished, in their order; the server draws every image until then.

        Args:
            seeds: 1 to 1024 to look at, one after the other.
            ranges: least and most by the name of a measure, such as "breast_area" or "dense_share"; None: any.
            count: to find, 1 to 64.
            sampling: truncation, noise and labels.
            picture: form, mark and resolution.

        Example:
            >>> dense = client.find_seeds(range(200), {"dense_share": (0.4, None)}, 8)
        """
        if seeds.step != 1:
            raise InvalidArgument("seeds", f"a step of {seeds.step}", "1")
        request = sampling_pb2.FindSeedsRequest(
            seed_range=sampling_pb2.SeedRange(first=messages.checked_int64(seeds.start, "seeds"), count=len(seeds)),
            ranges=[
                sampling_pb2.MeasureRange(name=name, least=least, most=most) for name, (least, most) in ranges.items()
            ],
            count=count,
            truncation=messages.truncation(sampling.psi, sampling.cutoff),
            noise=messages.noise(sampling.noise, sampling.noise_seed),
            labels=sampling.labels,
            labels_drawn=sampling.labels_drawn,
            format=messages.image_format(picture),
        )
        for place, response in enumerate(self._transport.stream("FindSeeds", request)):
            if place == 0:
                self._check_drawn(response.image, sampling)
            measures = {measure.name: measure.value for measure in response.measures}
            yield FoundSeed(response.seed, measures, Image(response.image))

    def _check_drawn(self, image: GeneratedImage, sampling: Sampling) -> None:
        """Refuses the first image of an answer whose labels were to be drawn, and were not."""
        if not sampling.labels_drawn:
            return
        expected = messages.drawn_labels(image.recipe.seed, sampling, self.model()) or {}
        if dict(image.recipe.labels) != dict(expected):
            raise FailedPrecondition("labels_drawn: this server is older than that, and has drawn none; update it")

    def _stream_limit(self) -> int:
        """Images that the server sends in one stream at most; asked for once."""
        if self._max_images_per_stream is None:
            self._max_images_per_stream = self.model().limits.max_images_per_stream
        return self._max_images_per_stream

    def interpolate(
        self,
        start: LatentLike,
        end: LatentLike,
        steps: int = DEFAULT_INTERPOLATION_STEPS,
        *,
        space: str = "w",
        noise: str | None = None,
        noise_seed: int = 0,
        picture: Picture = PICTURE,
    ) -> Iterator[InterpolationStep]:
        """Equal steps from start to end, both included.

        Args:
            start, end: latents; in "w" without style transfers.
            steps: images, 2 to 256.
            space: "w" or "styles".
            noise: "const", "random" (from noise_seed) or "none"; None or "own": between the start's and the end's.
            picture: form, mark and resolution.
        """
        request = sampling_pb2.InterpolateRequest(
            start=messages.latent(start, "start"),
            end=messages.latent(end, "end"),
            steps=steps,
            noise=None if noise is None else messages.noise(noise, noise_seed),
            format=messages.image_format(picture),
            space=messages.space(space),
        )
        for response in self._transport.stream("Interpolate", request):
            yield InterpolationStep(response.fraction, Image(response.image))

    def mix(
        self,
        base: LatentLike,
        style: LatentLike,
        layers: tuple[int, int] | None = None,
        *,
        noise: str | None = None,
        noise_seed: int = 0,
        picture: Picture = PICTURE,
    ) -> Image:
        """Style mixing: some layers of `style`, the others of `base`.

        Args:
            base, style: latents without style transfers.
            layers: (layer_start, layer_end) taken from `style`, the end excluded; None: all.
            noise: "const", "random" (from noise_seed) or "none"; None or "own": the base's.
            picture: form, mark and resolution.

        Example:
            >>> client.mix(7, 12, layers=(4, 12)).save("mixed.png")
        """
        request = sampling_pb2.MixStylesRequest(
            base=messages.latent(base, "base"),
            style=messages.latent(style, "style"),
            noise=None if noise is None else messages.noise(noise, noise_seed),
            format=messages.image_format(picture),
        )
        messages.set_layers(request, layers)
        return Image(self._transport.unary("MixStyles", request).image)

    def redraw(
        self,
        latent: LatentLike,
        noise_seeds: Sequence[int],
        *,
        picture: Picture = PICTURE,
    ) -> list[Image]:
        """The same latent with other noise: fine texture changes, what the latent decides stays.

        Args:
            latent: what to draw again.
            noise_seeds: 1 to 64, each 0 to 4294967295; one image each.
            picture: form, mark and resolution.
        """
        request = sampling_pb2.RedrawNoiseRequest(
            latent=messages.latent(latent),
            noise_seeds=[messages.checked_int64(seed, f"noise_seeds[{i}]") for i, seed in enumerate(noise_seeds)],
            format=messages.image_format(picture),
        )
        return [Image(image) for image in self._transport.unary("RedrawNoise", request).images]

    def describe(self, latent: LatentLike, language: str = "") -> Description:
        """What a recipe does, in plain words; renders nothing.

        Args:
            latent: what to describe.
            language: of the sentences, such as "fr"; "" for English.

        Example:
            >>> print(*client.describe(7).sentences)
        """
        request = sampling_pb2.DescribeRecipeRequest(latent=messages.latent(latent), language=language)
        response = self._transport.unary("DescribeRecipe", request)
        return Description(list(response.sentences), response.recipe, response.latent_id)


def _latents(latents: Sequence[LatentLike]) -> list[Latent]:
    return [messages.latent(value, f"latents[{index}]") for index, value in enumerate(latents)]
