"""The client's methods for the learning platforms of a server."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.timestamp_pb2 import Timestamp

from mammoganesis.v1 import lti_pb2 as pb
from services.client.transport import Transport


class PlatformCalls:
    """LtiService; see `services.client.Client`. A server has it, a local client has not."""

    _transport: Transport

    def platforms(self) -> Sequence[pb.LtiPlatformStanding]:
        """All learning platforms that may launch, with what waits to be sent to them."""
        return self._transport.unary("ListPlatforms", pb.ListPlatformsRequest()).platforms

    def save_platform(self, platform: pb.LtiPlatform) -> pb.LtiPlatform:
        """Registers a platform; one issuer and client id is one platform."""
        return self._transport.unary("SavePlatform", pb.SavePlatformRequest(platform=platform)).platform

    def remove_platform(self, platform_id: str) -> None:
        """It launches no more."""
        self._transport.unary("RemovePlatform", pb.RemovePlatformRequest(platform_id=platform_id))

    def invite_platform(self, name: str = "", issuer: str = "") -> tuple[str, Timestamp]:
        """A token by which one platform may register itself, and when it ends.

        Args:
            issuer: the only one that may; "": any.
        """
        answer = self._transport.unary("CreateEnrolment", pb.CreateEnrolmentRequest(name=name, issuer=issuer))
        return answer.token, answer.ends_at
