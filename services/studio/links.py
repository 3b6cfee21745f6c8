"""Who holds a shared link has its pictures drawn, without a login: the page of a link shows recipes, and asks for
nothing else than `CALLS_OF_A_LINK`.

The holder is told to the edge as a learner of the issuer "link", whose subject is the link's digest, so that quotas and
the registry know one link from another. Whether a token is a link's is asked of records, by OpenLink, which is open to
all, and remembered for `REMEMBERED_SECONDS`: so long a revoked link still has pictures drawn that its holder knows.
"""

from __future__ import annotations

import hashlib
import time

import grpc

from mammoganesis.errors import Unavailable
from mammoganesis.v1.cases_pb2 import OpenLinkRequest
from services.access.principals import Principal, Role
from services.studio.calls import RPCS, CallFailed, Edge

HEADER = "x-mammoganesis-link"
CALLS_OF_A_LINK = frozenset(
    f"/mammoganesis.v1.{name}"
    for name in (
        "ModelService/GetModel",
        "PcaEditingService/ListComponents",
        "StyleTransferService/ListRegions",
        "SamplingService/Sample",
    )
)
REMEMBERED_SECONDS = 60
MAX_REMEMBERED = 10_000
MAX_TOKEN = 256
_OPEN = RPCS["/mammoganesis.v1.CaseService/OpenLink"]
_NO_LINK = (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT)


class Links:
    """The links of one edge's records."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._known: dict[str, float] = {}  # digest -> time.monotonic() until which it is not asked for again

    async def holder(self, token: str) -> Principal | None:
        """Who holds a link; None where the token is none's.

        Raises:
            Unavailable: records does not answer.
        """
        if not 0 < len(token) <= MAX_TOKEN:
            return None
        digest, now = hashlib.sha256(token.encode()).hexdigest()[:32], time.monotonic()
        if self._known.get(digest, 0.0) <= now:
            try:
                await self._edge.answer(_OPEN, OpenLinkRequest(token=token))
            except CallFailed as error:
                if error.code in _NO_LINK:
                    return None
                raise Unavailable(error.message) from None
            self._known = {name: until for name, until in self._known.items() if until > now}
            if len(self._known) < MAX_REMEMBERED:
                self._known[digest] = now + REMEMBERED_SECONDS
        return Principal("link", digest, frozenset({Role.LEARNER}))
