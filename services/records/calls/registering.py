"""RegistryService: RegisterImages, for images that did not pass the edge, or that went elsewhere afterwards."""

from __future__ import annotations

import asyncio
import hashlib

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures.encoding import decode
from mammoganesis.pictures.formats import chosen_encoding
from mammoganesis.pictures.pixels import pixels_sha256
from mammoganesis.pictures.provenance import Content
from mammoganesis.recipe.fields import text, within
from mammoganesis.recipe.identity import is_complete, latent_id, without_bundle
from mammoganesis.v1 import registry_pb2 as pb
from mammoganesis.v1.latents_pb2 import Recipe
from services.access.principals import EVERYBODY
from services.records.calls.registry import MAX_CALLER
from services.records.rules.registry import looks, shown_in
from services.records.sql.database import now
from services.records.sql.registry import NewRow, Registry
from services.rendering.calls import CallContext

MAX_IMAGES = 256
MAX_DESTINATION = 1000  # characters
RPC = "RegistryService/RegisterImages"


class RegisteringCalls:
    """Takes files of ours. What serves it has the registry, and says how many files are read at a time."""

    _registry: Registry
    _reading: asyncio.Semaphore

    async def RegisterImages(  # noqa: N802
        self, request: pb.RegisterImagesRequest, call: CallContext
    ) -> pb.RegisterImagesResponse:
        """All of a request, or nothing of it."""
        text("destination", request.destination, MAX_DESTINATION, least=1, lines=False)
        within("images", len(request.images), 1, MAX_IMAGES, "files")
        async with self._reading:
            rows = await asyncio.to_thread(_rows, request, call)
        return pb.RegisterImagesResponse(added=await asyncio.to_thread(self._registry.add, rows, {}))


def _rows(request: pb.RegisterImagesRequest, call: CallContext) -> list[NewRow]:
    caller = "" if call.principal == EVERYBODY else call.principal.key[:MAX_CALLER]
    found: dict[str, NewRow] = {}  # a file that is named twice is one
    for i, data in enumerate(request.images):
        row = _row(data, f"images[{i}]", request.destination, caller, call.request_id)
        found.setdefault(row.answer_id, row)
    return list(found.values())


def _row(data: bytes, field: str, destination: str, caller: str, request_id: str) -> NewRow:
    """Raises InvalidArgument for what is no image of ours with the pixels that it was written with."""
    content = decode(data, field)
    recipe, (look,) = _recipe(content, field), looks([shown_in(content)])
    if pixels_sha256(content.pixels) != content.pixels_sha256:
        raise InvalidArgument(field, "other pixels than those it was written with", "an image as it was written")
    height, width = content.pixels.shape[:2]
    named = f"{destination}\n{hashlib.sha256(data).hexdigest()}"
    return NewRow(
        answer_id=hashlib.sha256(named.encode()).hexdigest()[:32],
        place=0,
        answered_at=now(),
        caller=caller,
        host="",
        request_id=request_id,
        rpc=RPC,
        encoding=chosen_encoding(content.image_format),
        width=width,
        height=height,
        latent_id=content.latent_id,
        bundle_digest=content.bundle_digest,
        pixels_sha256=look.pixels_sha256,
        recipe=recipe.SerializeToString(deterministic=True),
        texture=look.texture,
        code=look.code,
        destination=destination,
    )


def _recipe(content: Content, field: str) -> Recipe:
    """Of a file, with its bundle."""
    if content.recipe is None:
        raise InvalidArgument(field, "a file without a recipe", "a PNG or DICOM file made by MammoGANesis")
    bare = without_bundle(content.recipe)
    if not is_complete(bare) or latent_id(bare, content.bundle_digest) != content.latent_id:
        raise InvalidArgument(field, "a recipe that is not that of its latent id", "an image as it was written")
    recipe = Recipe()
    recipe.CopyFrom(content.recipe)
    recipe.bundle_digest = content.bundle_digest
    return recipe
