"""LtiService: for who keeps the server."""

from __future__ import annotations

import asyncio

from mammoganesis.errors import InvalidArgument
from mammoganesis.v1 import lti_pb2 as pb
from services.lti.addresses import web_address
from services.lti.platforms import MAX_CHARACTERS, Platform, checked
from services.records.calls.messages import stamp
from services.records.sql.database import Database
from services.records.sql.lti import PlatformRow, Platforms
from services.records.sql.lti_deliveries import Deliveries
from services.rendering.calls import CallContext

_FIELDS = ("issuer", "client_id", "authorization_url", "token_url", "jwks_url", "token_audience", "name", "platform_id")


class LtiServicer:
    """Platforms that may launch."""

    def __init__(self, database: Database, deliveries: Deliveries) -> None:
        self._platforms, self._deliveries = Platforms(database), deliveries

    async def SavePlatform(self, request: pb.SavePlatformRequest, call: CallContext) -> pb.SavePlatformResponse:  # noqa: N802
        """One issuer and client id is one platform."""
        row = await asyncio.to_thread(self._platforms.save, *stored(request.platform))
        return pb.SavePlatformResponse(platform=message(row))

    async def ListPlatforms(self, request: pb.ListPlatformsRequest, call: CallContext) -> pb.ListPlatformsResponse:  # noqa: N802
        """With what waits for each."""
        answer = pb.ListPlatformsResponse()
        for row in await asyncio.to_thread(self._platforms.listed):
            waiting, given_up, trouble = await asyncio.to_thread(self._deliveries.standing, row.platform_id)
            answer.platforms.add(platform=message(row), waiting=waiting, given_up=given_up, trouble=trouble)
        return answer

    async def RemovePlatform(self, request: pb.RemovePlatformRequest, call: CallContext) -> pb.RemovePlatformResponse:  # noqa: N802
        """What its learners have answered stays."""
        await asyncio.to_thread(self._platforms.remove, request.platform_id)
        return pb.RemovePlatformResponse()

    async def CreateEnrolment(  # noqa: N802
        self, request: pb.CreateEnrolmentRequest, call: CallContext
    ) -> pb.CreateEnrolmentResponse:
        """The one time that the token is told."""
        if len(request.name) > MAX_CHARACTERS or not request.name.isprintable():
            raise InvalidArgument("name", request.name, f"a text of up to {MAX_CHARACTERS} characters")
        if request.issuer:
            web_address("issuer", request.issuer)
        token, ends_at = await asyncio.to_thread(self._platforms.invite, request.name, request.issuer)
        return pb.CreateEnrolmentResponse(token=token, ends_at=stamp(ends_at))


def platform_of(message: pb.LtiPlatform) -> Platform:
    """A message as it is judged."""
    return Platform(deployments=tuple(message.deployment_ids), **{name: getattr(message, name) for name in _FIELDS})


def stored(sent: pb.LtiPlatform) -> tuple[str, str, str, bytes]:
    """Name, issuer, client id and body of a platform that may be written down. Raises InvalidArgument for others."""
    checked(platform_of(sent))
    bare = pb.LtiPlatform()
    bare.CopyFrom(sent)
    bare.ClearField("platform_id")
    bare.ClearField("created_at")
    bare.DiscardUnknownFields()
    return sent.name, sent.issuer, sent.client_id, bare.SerializeToString(deterministic=True)


def message(row: PlatformRow) -> pb.LtiPlatform:
    """As it is sent."""
    sent = pb.LtiPlatform.FromString(row.body)
    sent.platform_id = row.platform_id
    sent.created_at.CopyFrom(stamp(row.created_at))
    return sent
