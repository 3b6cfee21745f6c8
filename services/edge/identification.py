"""Who makes a call of the edge, and whether they may: before anything of it is read or forwarded."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

import grpc

from mammoganesis.errors import InvalidArgument, MammoganesisError, PermissionDenied, Unauthenticated
from services.access import assertions, bearer, client_certificates, fetching, service_tokens
from services.access.bearer import Bearer, Rules
from services.access.issuer import keys_of, reading_of
from services.access.permissions import check_rpc
from services.access.principals import ANONYMOUS, EVERYBODY, SERVICE, Principal
from services.access.rereading import Reread
from services.access.shared_secrets import SharedSecret
from services.observability.logs import event
from services.observability.occasionally import Occasionally
from services.process.config import Config
from services.process.fields import variable
from services.wire.metadata import EDGE_SECRET, PRINCIPAL, Metadata, brings_secret

logger = logging.getLogger(__name__)

AUTHORIZATION = "authorization"
NOTE_ACTION = "/mammoganesis.v1.AuditService/NoteAction"
_SCHEME = "bearer "


@dataclass(frozen=True)
class Caller:
    """Who a call is made for.

    Attributes:
        principal: whose call it is.
        is_ours: whether one of our own services makes it, which has judged it before.
        by_studio: whether the studio makes it, for whoever sits at a browser.
        host: from where, by the studio's word; "": from where the connection is.
    """

    principal: Principal
    is_ours: bool = False
    by_studio: bool = False
    host: str = ""


class Identification:
    """What calls bring to say who makes them.

    Where `identity` is off nobody is asked, and all are EVERYBODY; the studio still says from where. Where it is on,
    the first of these counts, and two of the second and third are refused

        the edge's secret        one of our own services, with the principal that it draws for
        the studio's word        who sits at a browser (`services.access.assertions`)
        a bearer token           of the identity provider, or drawn by `mammoganesis token create`
        a client certificate     of the connection
        nothing                  ANONYMOUS

    Raises:
        InvalidArgument: a file of the settings is not what it has to be.
    """

    def __init__(self, config: Config) -> None:
        self._asks = config.identity == "on"
        self._edge_secret = SharedSecret.of(config, "edge_secret")
        self._studio_secret = SharedSecret.of(config, "studio_secret")
        self._refusals = Refusals()
        self._client = fetching.new_client()
        if not self._asks:
            return
        name = variable("service_tokens_file")
        self._tokens = Reread(name, config.service_tokens_file, lambda content: service_tokens.read(content, name), ())
        self._certificates = _certificates(config)
        self._bearer = self._of_provider(config) if config.oidc_audience else None

    async def close(self) -> None:
        """Ends the connections to the identity provider."""
        await self._client.aclose()

    async def caller(self, metadata: Metadata, context: grpc.aio.ServicerContext) -> Caller:
        """Who makes a call.

        Raises:
            Unauthenticated: what the call brings is not valid.
            Unavailable: what judges it is away: the identity provider, or a file of this server.
        """
        try:
            return await self._found(metadata, context)
        except MammoganesisError as error:
            self._refusals.note(error, "", None)
            raise

    def check(self, caller: Caller, path: str) -> None:
        """Whether somebody may make a call of a public RPC. The studio notes what it has refused to whoever has not
        logged in.

        Raises:
            Unauthenticated: the call has to bring something and does not.
            PermissionDenied: none of the caller's roles may make it.
        """
        if not self._asks or caller.is_ours or (caller.by_studio and path == NOTE_ACTION):
            return
        try:
            check_rpc(caller.principal, path)
        except MammoganesisError as error:
            self._refusals.note(error, path, caller.principal)
            raise

    async def _found(self, metadata: Metadata, context: grpc.aio.ServicerContext) -> Caller:
        if brings_secret(metadata, self._edge_secret.valid):
            return Caller(_told(metadata) or (SERVICE if self._asks else EVERYBODY), is_ours=True)
        if not self._asks:
            return self._of_everybody(metadata)
        if _values(metadata, EDGE_SECRET):
            raise Unauthenticated(f"{EDGE_SECRET}: not the edge's")
        words, tokens = _values(metadata, assertions.METADATA), _values(metadata, AUTHORIZATION)
        if words and tokens:
            raise Unauthenticated(f"{AUTHORIZATION}: a call brings either it or {assertions.METADATA}, not both")
        if words:
            word = assertions.heard(_only(assertions.METADATA, words), self._studio_secret.valid)
            return Caller(word.principal, by_studio=True, host=word.host)
        if tokens:
            return Caller(await self._of_token(_token(_only(AUTHORIZATION, tokens))))
        return Caller(self._of_connection(context) or ANONYMOUS)

    def _of_everybody(self, metadata: Metadata) -> Caller:
        words = _values(metadata, assertions.METADATA)
        with suppress(Unauthenticated):
            if words and self._studio_secret.valid:
                return Caller(EVERYBODY, host=assertions.heard(words[0], self._studio_secret.valid).host)
        return Caller(EVERYBODY)

    async def _of_token(self, token: str) -> Principal:
        if service_tokens.is_one(token):
            return service_tokens.bearer_of(self._tokens.content(), token)
        if self._bearer is None:
            raise Unauthenticated("token: no token of this server, and it has no identity provider to ask")
        return await self._bearer.principal(token)

    def _of_connection(self, context: grpc.aio.ServicerContext) -> Principal | None:
        shown = context.auth_context()
        pem = b"".join(shown.get("x509_pem_cert", ()))
        if not pem:
            return None
        names = shown.get("x509_subject_alternative_name") or shown.get("x509_common_name") or ()
        roles = {} if self._certificates is None else self._certificates.content()
        return client_certificates.bearer_of(pem, [name.decode(errors="replace") for name in names], roles)

    def _of_provider(self, config: Config) -> Bearer:
        rules = Rules(
            config.oidc_issuer or "", config.oidc_audience, config.oidc_leeway_seconds, config.oidc_max_token_seconds
        )
        keys, reading, path = keys_of(config, self._client), reading_of(config), config.revoked_tokens_file
        if path is None:
            return Bearer(rules, keys, reading)
        name = variable("revoked_tokens_file")
        revoked = Reread(name, path, lambda content: bearer.read_revoked(content, name))
        return Bearer(rules, keys, reading, revoked.content)


class Refusals:
    """What is refused, counted for the log: a line a minute of each kind, however many try."""

    def __init__(self) -> None:
        self._counted: Counter[str] = Counter()
        self._lines = Occasionally()

    def note(self, error: MammoganesisError, path: str, principal: Principal | None) -> None:
        """One call was refused."""
        kind = type(error).__name__
        self._counted[kind] += 1
        if (more := self._lines.due(kind)) is not None:
            who = {"principal": principal.key} if isinstance(error, PermissionDenied) and principal else {}
            fields = {"path": path, "reason": error.message, "since_start": self._counted[kind], **who}
            event(logger, logging.WARNING, f"refused: {kind}{more}", fields)


def _certificates(config: Config) -> Reread[client_certificates.Roles] | None:
    if config.certificate_roles_file is None:
        return None
    name = variable("certificate_roles_file")
    return Reread(name, config.certificate_roles_file, lambda content: client_certificates.read_roles(content, name))


def _told(metadata: Metadata) -> Principal | None:
    """Whom one of our own services names, where it does."""
    told = _values(metadata, PRINCIPAL)
    try:
        return Principal.from_metadata(told[0]) if told else None
    except InvalidArgument as error:
        raise error.named(PRINCIPAL) from None


def _values(metadata: Metadata, key: str) -> list[str]:
    return [value.decode("latin-1") if isinstance(value, bytes) else value for name, value in metadata if name == key]


def _only(key: str, values: list[str]) -> str:
    if len(values) > 1:
        raise Unauthenticated(f"{key}: {len(values)} of them; a call brings one")
    return values[0]


def _token(authorization: str) -> str:
    """Of "Bearer TOKEN" (RFC 6750, section 2.1)."""
    scheme, token = authorization[: len(_SCHEME)], authorization[len(_SCHEME) :]
    if scheme.lower() != _SCHEME or not token or any(not "!" <= letter <= "~" for letter in token):
        raise Unauthenticated(f'{AUTHORIZATION}: not "Bearer", one space, and a token')
    return token
