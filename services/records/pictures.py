"""What records asks the engine's services for, through the edge: complete recipes and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import grpc
import numpy as np
from numpy.typing import NDArray

from mammoganesis.editing.labels import LabelMixture
from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.pictures.pixels import burn_in_mark, found_mark
from mammoganesis.pictures.png import carries_mark, marked_png, read_png
from mammoganesis.recipe.drawing import Catalogue, Direction
from mammoganesis.v1.images_pb2 import (
    IMAGE_ENCODING_PNG_8,
    IMAGE_ENCODING_PNG_16,
    IMAGE_ENCODING_RAW_FLOAT32,
    GeneratedImage,
    ImageFormat,
    MarkPlace,
)
from mammoganesis.v1.latents_pb2 import Latent, Recipe
from mammoganesis.v1.model_pb2 import GetModelRequest, GetModelResponse
from mammoganesis.v1.model_pb2_grpc import ModelServiceStub
from mammoganesis.v1.pca_editing_pb2 import ListComponentsRequest
from mammoganesis.v1.pca_editing_pb2_grpc import PcaEditingServiceStub
from mammoganesis.v1.quota_pb2 import GetQuotaRequest, QuotaState
from mammoganesis.v1.quota_pb2_grpc import QuotaServiceStub
from mammoganesis.v1.sampling_pb2 import DescribeRecipeRequest, DescribeRecipeResponse, SampleRequest
from mammoganesis.v1.sampling_pb2_grpc import SamplingServiceStub
from mammoganesis.v1.style_transfer_pb2 import ListRegionsRequest, SegmentRegionsRequest
from mammoganesis.v1.style_transfer_pb2_grpc import StyleTransferServiceStub
from services.access.quotas import Quota
from services.access.shared_secrets import SharedSecret
from services.rendering.calls import CallContext
from services.wire.channels import channel_options, status_from
from services.wire.error_info import with_details
from services.wire.metadata import COUNTED, EDGE_SECRET, PRINCIPAL, REGISTRATION, UNREGISTERED, Metadata, taking
from services.wire.statuses import error_of
from services.wire.tls import Trust, open_aio_channel

IMAGES_PER_CALL = 4
LONGEST_SECONDS = 600.0
IMAGES_COUNT = (COUNTED, str(Quota.IMAGES_PER_DAY))
"""What is drawn here was asked for by a call that draws nothing itself; the bytes of its answers count by that."""


class Pictures:
    """A client of one edge.

    Args:
        edge_address: host:port; need not be up yet.
        max_message_bytes: largest answer taken from it.
        secret: of the edge, by which it knows us.
        trust: of TLS; None: the edge has none.
    """

    def __init__(
        self, edge_address: str, max_message_bytes: int, secret: SharedSecret, trust: Trust | None = None
    ) -> None:
        self._secret, self._metadata = secret, taking(max_message_bytes)
        self._address, self._max_message_bytes = edge_address, max_message_bytes
        options = [*channel_options(edge_address, max_message_bytes), ("grpc.max_reconnect_backoff_ms", 2_000)]
        self._channel = open_aio_channel(edge_address, options, trust)
        self._sampling: Any = SamplingServiceStub(self._channel)
        self._model: Any = ModelServiceStub(self._channel)
        self._editing: Any = PcaEditingServiceStub(self._channel)
        self._quotas: Any = QuotaServiceStub(self._channel)
        self._transfer: Any = StyleTransferServiceStub(self._channel)

    async def close(self) -> None:
        """Closes the connection."""
        await self._channel.close()

    async def model(self, call: CallContext) -> GetModelResponse:
        """What is being served."""
        return await self._ask(self._model.GetModel, GetModelRequest(), call)

    async def quotas(self, call: CallContext) -> Sequence[QuotaState]:
        """What counts for who calls, as it stands."""
        return (await self._ask(self._quotas.GetQuota, GetQuotaRequest(), call)).quotas

    async def complete(self, latent: Latent, field: str, call: CallContext) -> Recipe:
        """The complete recipe of a latent, with its bundle.

        Raises:
            MammoganesisError: as DescribeRecipe refuses it, with `field` for the latent's place.
        """
        return (await self.described(latent, field, call)).recipe

    async def described(
        self, latent: Latent, field: str, call: CallContext, language: str = ""
    ) -> DescribeRecipeResponse:
        """The complete recipe of a latent, and what it does in words of a language; raises as `complete`."""
        try:
            request = DescribeRecipeRequest(latent=latent, language=language)
            return await self._ask(self._sampling.DescribeRecipe, request, call)
        except InvalidArgument as error:
            raise error.named(field + error.field.removeprefix("latent")) from None
        except FailedPrecondition as error:
            raise FailedPrecondition(f"{field}{error.message.removeprefix('latent')}") from None

    async def catalogue(self, call: CallContext) -> Catalogue:
        """What the bundle that is being served offers to recipes."""
        model = await self.model(call)
        listed = await self._ask(self._editing.ListComponents, ListComponentsRequest(), call)
        regions = await self._ask(self._transfer.ListRegions, ListRegionsRequest(), call)
        fields = {field.name: tuple(field.values) for field in model.label_fields}
        images = [entry.labels for entry in model.label_mixture for _ in range(entry.images)]
        return Catalogue(
            bundle_digest=model.bundle_digest,
            bundle_name=f"{model.name} {model.version}",
            resolution=model.dimensions.resolution,
            directions=[Direction(each.name, each.sigmas_start, each.sigmas_end) for each in listed.directions],
            regions=[region.name for region in regions.regions if region.name and not region.rejected],
            mixture=LabelMixture.of_images(images, fields) if fields and images else None,
            indices={region.name: region.index for region in regions.regions},
            masked=model.max_style_sets > 1,
        )

    async def label_map(self, latent: Latent, call: CallContext) -> NDArray[np.uint8]:
        """[H, W], the region of each pixel of an image."""
        found = await self._ask(self._transfer.SegmentRegions, SegmentRegionsRequest(latent=latent), call)
        return np.asarray(read_png(found.label_map_png).pixels, np.uint8)

    async def draw(self, recipes: Sequence[Recipe], call: CallContext, registered: bool = True) -> list[GeneratedImage]:
        """Images of complete recipes as PNG without the mark in them, of 16 bits where the model is greyscale.

        `registered`: as handed out. What somebody is asked about is not: the registry would give the answer away.
        """
        greyscale = (await self.model(call)).dimensions.channels == 1
        encoding = IMAGE_ENCODING_PNG_16 if greyscale else IMAGE_ENCODING_PNG_8
        return await self._drawn(recipes, ImageFormat(encoding=encoding), call, registered)

    async def draw_raw(self, recipes: Sequence[Recipe], call: CallContext) -> list[GeneratedImage]:
        """Images of complete recipes as raw float32 of one channel.

        Raises:
            FailedPrecondition: the model draws in colour.
        """
        if (await self.model(call)).dimensions.channels != 1:
            raise FailedPrecondition("format: this model draws in colour; DICOM is for greyscale models")
        return await self._drawn(recipes, ImageFormat(encoding=IMAGE_ENCODING_RAW_FLOAT32), call)

    async def _drawn(
        self, recipes: Sequence[Recipe], wanted: ImageFormat, call: CallContext, registered: bool = True
    ) -> list[GeneratedImage]:
        drawn: list[GeneratedImage] = []
        for start in range(0, len(recipes), IMAGES_PER_CALL):
            latents = [Latent(recipe=recipe) for recipe in recipes[start : start + IMAGES_PER_CALL]]
            request = SampleRequest(latents=latents, format=wanted)
            more = (IMAGES_COUNT,) if registered else (IMAGES_COUNT, (REGISTRATION, UNREGISTERED))
            drawn.extend((await self._ask(self._sampling.Sample, request, call, more)).images)
        return drawn

    async def _ask(self, method: Any, request: Any, call: CallContext, more: Metadata = ()) -> Any:
        seconds = call.remaining()
        seconds = LONGEST_SECONDS if seconds is None else seconds
        principal = call.principal
        who = (EDGE_SECRET, str(self._secret.sent)), (PRINCIPAL, principal.to_metadata(principal.groups))
        try:
            return await method(request, timeout=seconds, metadata=(*self._metadata, *who, *more))
        except grpc.aio.AioRpcError as error:
            refused = error_of(*status_from(error, self._address, self._max_message_bytes, seconds))
            raise with_details(refused, error) from None


def without_recipe(image: GeneratedImage, mark: bool, mirrored: bool) -> bytes:
    """The PNG file of an image that was drawn without the mark, marked as synthetic, without anything that says how it
    came to be.

    Args:
        mark: whether "SYNTHETIC - NOT FOR DIAGNOSIS" is burnt in.
        mirrored: whether the picture is shown mirrored: the mark is written so that it can be read then.
    """
    pixels = read_png(image.data).pixels
    if mark:
        pixels = burn_in_mark(pixels, mirrored)
    return marked_png(pixels, burned_in=mark)


def place_of_mark(data: bytes) -> MarkPlace | None:
    """Where the mark stands in a file of `without_recipe`; None: nowhere, or it is too small to be read."""
    found = found_mark(read_png(data).pixels) if carries_mark(data) else None
    return None if found is None else MarkPlace(**asdict(found))
