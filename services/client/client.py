"""The client: one method an RPC, Python values in, images out."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
from mammoganesis.v1 import latents_pb2, model_pb2, pca_editing_pb2, sampling_pb2, style_transfer_pb2

from services.client import messages
from services.client.image import Image
from services.client.messages import ComponentEditLike, LatentLike
from services.client.transport import ChannelTransport, LocalTransport, Transport

# A long stream is asked for in calls of this many images, or of as many as the server allows if those are fewer, so
# that each has its own deadline and a lost connection costs little.
IMAGES_PER_STREAM_CALL = 256


class SweepStep(NamedTuple):
    """One image of a sweep."""

    sigmas: float  # displacement in standard deviations
    image: Image


class InterpolationStep(NamedTuple):
    """One image on the way between two latents."""

    fraction: float  # 0 (start) to 1 (end)
    image: Image


class Transfer(NamedTuple):
    """A style transfer."""

    image: Image
    channels_moved: int  # of all style channels


class Segmentation(NamedTuple):
    """The regions of one image."""

    labels: np.ndarray  # [grid_size, grid_size] uint8, region index of each cell
    label_map_png: bytes  # PNG, 8 bits, the image's size: region index of each pixel
    recipe: latents_pb2.Recipe
    latent_id: str


class Client:
    """A synchronous client; a context manager; safe to share between threads.

    Wherever a latent is asked for, any of these will do: a seed (int), a latent id ("lat_..."), a Recipe, an Image
    from an earlier answer, the path of one of our PNG files (pathlib.Path), or a code w [w_dim] or
    ws [num_ws, w_dim] (array).
    Formats are "png" (8 bits), "png16" and "raw" (float32). Every method raises the errors of `services.errors`:
    InvalidArgument (with field, value and range), NotFound, FailedPrecondition, ResourceExhausted, DeadlineExceeded,
    Unavailable, Unauthenticated.

    Example:
        >>> with Client.connect("127.0.0.1:50051") as client:
        ...     image = client.sample(seeds=[7], psi=0.65)[0]
        ...     denser = client.edit(image, [(0, 2.0)])
        ...     denser.save("denser.png")
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._max_images_per_stream: int | None = None  # the server's; None: not asked yet

    @classmethod
    def connect(
        cls,
        address: str = "127.0.0.1:50051",
        *,
        deadline_seconds: float = 120.0,
        max_message_bytes: int = 64 * 2**20,
    ) -> Self:
        """A client of a running server; connects at the first call.

        Args:
            address: "host:port" of the edge.
            deadline_seconds: of one call without stream; a stream has five times as much.
            max_message_bytes: largest message either way.
        """
        return cls(ChannelTransport(address, deadline_seconds, max_message_bytes))

    @classmethod
    def local(
        cls,
        bundle: str | os.PathLike[str] | None = None,
        *,
        intra_op_threads: int | None = None,
        max_batch_size: int | None = None,
    ) -> Self:
        """A client without a server: the same servicers, in this process.

        What is None comes from the configuration (`services.config`): the environment, or its defaults.

        Args:
            bundle: folder of the bundle.
            intra_op_threads: threads of one synthesis; 0 leaves it to the runtime.
            max_batch_size: images synthesised at once, 1 to 256.

        Raises:
            BundleError: the bundle is missing, damaged or of another format.
        """
        return cls(LocalTransport(bundle, intra_op_threads=intra_op_threads, max_batch_size=max_batch_size))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self.close()

    def close(self) -> None:
        """Closes the connection, or ends the engine of a local client."""
        self._transport.close()

    def model(self) -> model_pb2.GetModelResponse:
        """Dimensions, digest, intended use, attribution, licence, and the limits of the server."""
        return self._transport.unary("GetModel", model_pb2.GetModelRequest())

    def sample(
        self,
        seeds: Sequence[int] = (),
        latents: Sequence[LatentLike] = (),
        *,
        psi: float | None = None,
        cutoff: int | None = None,
        noise: str = "const",
        noise_seed: int = 0,
        format: str = "png",
        burn_in_mark: bool = False,
    ) -> list[Image]:
        """1 to 64 images in one answer, seeds first, then latents.

        Args:
            seeds: each 0 to 4294967295.
            latents: recipes, ids, images or codes; recipes bring their own truncation and noise.
            psi: truncation, 0 (the mean image) to 2; None: the server's default, 0.65.
            cutoff: number of leading layers truncated; None: all.
            noise: "const", "random" (from noise_seed) or "none".
            format: "png", "png16" or "raw".
            burn_in_mark: write "SYNTHETIC - NOT FOR DIAGNOSIS" into the pixels.

        Example:
            >>> [image.latent_id for image in client.sample(seeds=range(4))]
        """
        request = sampling_pb2.SampleRequest(
            seeds=[messages.checked_int64(seed, f"seeds[{index}]") for index, seed in enumerate(seeds)],
            latents=[messages.latent(value, f"latents[{index}]") for index, value in enumerate(latents)],
            truncation=messages.truncation(psi, cutoff),
            noise=messages.noise(noise, noise_seed),
            format=messages.image_format(format, burn_in_mark),
        )
        return [Image(image) for image in self._transport.unary("Sample", request).images]

    def stream(
        self,
        seeds: Iterable[int],
        *,
        psi: float | None = None,
        cutoff: int | None = None,
        noise: str = "const",
        noise_seed: int = 0,
        format: str = "png",
        burn_in_mark: bool = False,
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
                truncation=messages.truncation(psi, cutoff),
                noise=messages.noise(noise, noise_seed),
                format=messages.image_format(format, burn_in_mark),
            )
            for response in self._transport.stream("StreamSamples", request):
                yield Image(response.image)

    def _stream_limit(self) -> int:
        """Images that the server sends in one stream at most; asked for once."""
        if self._max_images_per_stream is None:
            self._max_images_per_stream = self.model().limits.max_images_per_stream
        return self._max_images_per_stream

    def interpolate(
        self,
        start: LatentLike,
        end: LatentLike,
        steps: int = 8,
        *,
        noise: str | None = None,
        noise_seed: int = 0,
        format: str = "png",
    ) -> Iterator[InterpolationStep]:
        """Equal steps from start to end in W, both included.

        Args:
            start, end: latents without style transfers.
            steps: images, 2 to 256.
            noise: "const", "random" (from noise_seed) or "none"; None: the start's.
            format: "png", "png16" or "raw".
        """
        request = sampling_pb2.InterpolateRequest(
            start=messages.latent(start, "start"),
            end=messages.latent(end, "end"),
            steps=steps,
            noise=None if noise is None else messages.noise(noise, noise_seed),
            format=messages.image_format(format),
        )
        for response in self._transport.stream("Interpolate", request):
            yield InterpolationStep(response.fraction, Image(response.image))

    def list_components(self) -> list[pca_editing_pb2.Component]:
        """The principal components of W, by falling variance."""
        return list(self._transport.unary("ListComponents", pca_editing_pb2.ListComponentsRequest()).components)

    def edit(
        self,
        latent: LatentLike,
        edits: Sequence[ComponentEditLike],
        *,
        format: str = "png",
        burn_in_mark: bool = False,
    ) -> Image:
        """One latent, moved along components.

        Args:
            latent: what to edit; the edits add to those it already has.
            edits: 1 to 64 of (component, sigmas) or (component, sigmas, layer_start, layer_end); a component is an
                index or a curated name, sigmas are standard deviations, -20 to 20.
            format: "png", "png16" or "raw".

        Example:
            >>> client.edit(7, [(0, 2.0), (3, -1.5, 0, 6)]).save("edited.png")
        """
        request = pca_editing_pb2.EditComponentsRequest(
            latent=messages.latent(latent),
            edits=[messages.component_edit(edit) for edit in edits],
            format=messages.image_format(format, burn_in_mark),
        )
        return Image(self._transport.unary("EditComponents", request).image)

    def sweep(
        self,
        latent: LatentLike,
        component: int | str,
        *,
        sigmas_start: float = -3.0,
        sigmas_end: float = 3.0,
        steps: int = 7,
        layers: tuple[int, int] | None = None,
        format: str = "png",
        burn_in_mark: bool = False,
    ) -> Iterator[SweepStep]:
        """A strip: the same latent at equal steps along one component.

        Args:
            latent: what to move.
            component: index or curated name.
            sigmas_start, sigmas_end: first and last displacement in standard deviations, -20 to 20.
            steps: images, both ends included, 2 to 64.
            layers: (layer_start, layer_end), the end excluded; None: the curated range, or all.
            format: "png", "png16" or "raw".
        """
        request = pca_editing_pb2.SweepComponentRequest(
            latent=messages.latent(latent),
            edit=messages.component_edit((component, 0.0) if layers is None else (component, 0.0, *layers)),
            sigmas_start=sigmas_start,
            sigmas_end=sigmas_end,
            steps=steps,
            format=messages.image_format(format, burn_in_mark),
        )
        for response in self._transport.stream("SweepComponent", request):
            yield SweepStep(response.sigmas, Image(response.image))

    def list_regions(self) -> style_transfer_pb2.ListRegionsResponse:
        """The semantic regions, the size of their grid, and the names of the style layers."""
        return self._transport.unary("ListRegions", style_transfer_pb2.ListRegionsRequest())

    def transfer(
        self,
        target: LatentLike,
        reference: LatentLike,
        regions: int | str | Sequence[int | str],
        *,
        rho: float | None = None,
        epsilon: float | None = None,
        layer_epsilons: Mapping[int, float] | None = None,
        strength: float | None = None,
        format: str = "png",
        burn_in_mark: bool = False,
    ) -> Transfer:
        """The target with the style of regions taken from the reference.

        Args:
            target: the image that changes.
            reference: the image that gives its style.
            regions: one or several indices or curated names.
            rho: a channel qualifies above rho / (1 + rho), 0 to 1; None: 0.1.
            epsilon: budget per layer, 0 (nothing moves) to 512; None: 40.
            layer_epsilons: another epsilon for single style layers, by layer.
            strength: 0 (target unchanged) to 1; None: 1.
            format: "png", "png16" or "raw".

        Example:
            >>> image, channels_moved = client.transfer(target=7, reference=12, regions=[2], epsilon=80)
        """
        request = style_transfer_pb2.TransferStyleRequest(
            target=messages.latent(target, "target"),
            reference=messages.latent(reference, "reference"),
            regions=messages.regions(regions),
            rho=rho,
            epsilon=epsilon,
            layer_epsilons=messages.layer_epsilons(layer_epsilons or {}),
            strength=strength,
            format=messages.image_format(format, burn_in_mark),
        )
        response = self._transport.unary("TransferStyle", request)
        return Transfer(Image(response.image), response.channels_moved)

    def segment(self, latent: LatentLike) -> Segmentation:
        """The label map of an image."""
        request = style_transfer_pb2.SegmentRegionsRequest(latent=messages.latent(latent))
        response = self._transport.unary("SegmentRegions", request)
        labels = np.frombuffer(response.labels, np.uint8).reshape(response.grid_size, response.grid_size)
        return Segmentation(labels, response.label_map_png, response.recipe, response.latent_id)
