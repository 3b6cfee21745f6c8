"""Who makes a call of the edge, and whether they may: before anything of it is read or forwarded."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from mammoganesis.errors import InvalidArgument, Unauthenticated
from services.access import assertions
from services.access.permissions import check_rpc
from services.access.principals import ANONYMOUS, EVERYBODY, SERVICE, Principal
from services.process.config import Config
from services.wire.metadata import EDGE_SECRET, PRINCIPAL, Metadata, brings_secret


@dataclass(frozen=True)
class Caller:
    """Who a call is made for.

    Attributes:
        principal: whose call it is.
        is_ours: whether one of our own services makes it, which has judged it before.
    """

    principal: Principal
    is_ours: bool = False


class Identification:
    """What calls bring to say who makes them.

    Where `identity` is off nobody is asked, and all are EVERYBODY. Where it is on, a call brings one of

        the edge's secret        one of our own services, with the principal that it draws for
        the studio's word        who sits at a browser (`services.access.assertions`)
        nothing                  ANONYMOUS
    """

    def __init__(self, config: Config) -> None:
        self._asks = config.identity == "on"
        self._edge_secret = config.edge_secret
        self._studio_secrets = [config.studio_secret] if config.studio_secret else []

    async def caller(self, metadata: Metadata, context: grpc.aio.ServicerContext) -> Caller:
        """Who makes a call.

        Raises:
            Unauthenticated: what the call brings is not valid.
        """
        if brings_secret(metadata, self._edge_secret):
            return Caller(_told(metadata), is_ours=True)
        if not self._asks:
            return Caller(EVERYBODY)
        if _values(metadata, EDGE_SECRET):
            raise Unauthenticated(f"{EDGE_SECRET}: not the edge's")
        if words := _values(metadata, assertions.METADATA):
            return Caller(assertions.heard(_only(assertions.METADATA, words), self._studio_secrets))
        return Caller(ANONYMOUS)

    def check(self, caller: Caller, path: str) -> None:
        """Whether somebody may make a call of a public RPC.

        Raises:
            Unauthenticated: the call has to bring something and does not.
            PermissionDenied: none of the caller's roles may make it.
        """
        if self._asks and not caller.is_ours:
            check_rpc(caller.principal, path)


def _told(metadata: Metadata) -> Principal:
    """Whom one of our own services names."""
    told = _values(metadata, PRINCIPAL)
    try:
        return Principal.from_metadata(told[0]) if told else SERVICE
    except InvalidArgument as error:
        raise error.named(PRINCIPAL) from None


def _values(metadata: Metadata, key: str) -> list[str]:
    return [value.decode("latin-1") if isinstance(value, bytes) else value for name, value in metadata if name == key]


def _only(key: str, values: list[str]) -> str:
    if len(values) > 1:
        raise Unauthenticated(f"{key}: {len(values)} of them; a call brings one")
    return values[0]
