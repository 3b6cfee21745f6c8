"""RegistryService: whether an image is ours; and the servicer as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mammoganesis.errors import FailedPrecondition, InvalidArgument, MammoganesisError, TooNear
from mammoganesis.pictures.alteration import Alteration, altered_copy, within_bytes
from mammoganesis.pictures.encoding import decode
from mammoganesis.pictures.pixels import has_mark, to_eight
from mammoganesis.pictures.signature import SignatureState, Signed
from mammoganesis.texts.languages import Language, language_of
from mammoganesis.texts.said import Likeness, of_error, said
from mammoganesis.v1 import registry_pb2 as pb
from mammoganesis.v1.latents_pb2 import Recipe
from services.access.permissions import WHO_READS_RECORDS
from services.client.choices import Picture
from services.client.client import Client
from services.client.provenance import TOO_NEAR, verify
from services.client.verdicts import Verdict, Verification
from services.records.calls.registering import RegisteringCalls
from services.records.calls.registry import RegistryCalls
from services.records.rules.registry import picture_of, seen
from services.records.sql.database import Database
from services.rendering.calls import CallContext

_UNKNOWN = frozenset({Verdict.NOT_OURS, Verdict.NO_PNG, Verdict.RECIPE_LOST})
"""Verdicts on a file alone, of which the registry may know more."""
MAX_PICTURE_BYTES = 3 * 2**20
"""Of the drawing in an answer: gRPC clients take 4 MiB of it all unless they are told otherwise."""
WHO_ASKED = ("caller", "host", "request_id", "destination")
"""Of an entry, and where it went: what is for those alone whom the registry is open to."""
_SENT = {Verdict.NO_PNG: "NOT_OURS"}


class RegistryServicer(RegistryCalls, RegisteringCalls):
    """All of RegistryService.

    Args:
        database: of records.
        client: of the edge, for recipes that are drawn again.
    """

    def __init__(self, database: Database, client: Client) -> None:
        super().__init__(database)
        self._client = client

    async def VerifyImage(  # noqa: N802
        self, request: pb.VerifyImageRequest, call: CallContext
    ) -> pb.VerifyImageResponse:
        """By its recipe, else by the registry."""
        language = language_of(request.language) if request.language else None
        async with self._reading:
            answer = await asyncio.to_thread(self._verify, request.image, language)
        if not call.principal.roles & WHO_READS_RECORDS:
            for match in answer.matches:
                for name in WHO_ASKED:
                    match.entry.ClearField(name)
        return answer

    def _verify(self, data: bytes, language: Language | None) -> pb.VerifyImageResponse:
        if not data:
            raise InvalidArgument("image", "an empty file", "a file")
        found = verify(self._client, data)
        matches = self._found(data)
        if found.verdict in _UNKNOWN and matches:
            found = self._by_registry(data, matches)
        name = _SENT.get(found.verdict, found.verdict.name)
        answer = pb.VerifyImageResponse(
            verdict=f"IMAGE_VERDICT_{name}", detail=found.told(language), matches=matches, **_signature(found.signature)
        )
        if found.alteration is not None:
            answer.alteration.CopyFrom(_sent(found.alteration))
        if (recipe := _recipe(data)) is not None:
            answer.recipe.CopyFrom(recipe)
        return answer

    def _found(self, data: bytes) -> list[pb.RegistryMatch]:
        """Entries that a file may be a copy of; none for what is no picture."""
        try:
            return self._matches(seen(data))
        except InvalidArgument:
            return []

    def _by_registry(self, data: bytes, matches: Sequence[pb.RegistryMatch]) -> Verification:
        nearest = matches[0]
        entry = nearest.entry
        handed_out = {"number": entry.number, "moment": entry.answered_at.ToJsonString()}
        if nearest.same_pixels:
            return Verification(Verdict.RECIPE_FOUND, (said("verify.entry", **handed_out),))
        key = "verify.near.mirrored" if nearest.mirrored else "verify.near"
        near = said(key, likeness=Likeness(nearest.likeness), **handed_out)
        result = Verification(Verdict.NEAR_MATCH, (near,))
        here = picture_of(data)
        try:
            picture = Picture(mark=has_mark(here.values))
            (image,) = self._client.sample(latents=[entry.recipe], picture=picture, without_cache=True)
        except TooNear as error:
            return replace(result, grounds=(near, said("verify.not_drawn", message=of_error(error, TOO_NEAR))))
        except (InvalidArgument, FailedPrecondition):  # of another bundle
            return replace(result, grounds=(near, said("verify.near.other_bundle")))
        there = to_eight(image.pixels(), 255)
        found = altered_copy(to_eight(here.values, here.white), there[:, ::-1].copy() if nearest.mirrored else there)
        return replace(result, alteration=found)


def _recipe(data: bytes) -> Recipe | None:
    """What a file says of itself."""
    try:
        return decode(data, resaved=True).recipe
    except MammoganesisError:
        return None


def _signature(found: Signed) -> dict[str, Any]:
    """Fields of the answer; none where nothing was signed."""
    if found.state is SignatureState.NONE:
        return {}
    return {"signature": f"IMAGE_SIGNATURE_{found.state.name}", "signing_key_id": found.key_id}


def _sent(found: Alteration) -> pb.PictureAlteration:
    areas = [pb.PictureArea(**vars(area)) for area in found.areas]
    return pb.PictureAlteration(areas=areas, share=found.share, picture=within_bytes(found.picture, MAX_PICTURE_BYTES))
