"""The signed message by which a platform launches this tool (LTI 1.3, sections 4 and 5; Security Framework, 5.1.3)."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mammoganesis.errors import FailedPrecondition, InvalidArgument, MammoganesisError, Unauthenticated
from services.access.principals import Principal, Role
from services.lti.addresses import service_address
from services.lti.platforms import Platform, object_claim, text_claim, texts_claim
from services.lti.resources import Resource, resource_at
from services.lti.roles import roles_of

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
LINE_ITEM_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
LEEWAY_SECONDS = 60
MAX_AGE_SECONDS = 3600
"""Of a message: `iat` may not lie further back, whatever `exp` says."""
MAX_DATA_CHARACTERS = 16 * 1024


class Message(StrEnum):
    """What a platform may want."""

    RESOURCE = "LtiResourceLinkRequest"
    LINKING = "LtiDeepLinkingRequest"


@dataclass(frozen=True)
class Grading:
    """Where a platform takes grades (AGS).

    Attributes:
        line_item: the column of this link; "" where the platform has made none.
        line_items: where columns can be made; "".
        scopes: that the platform grants.
    """

    line_item: str = ""
    line_items: str = ""
    scopes: tuple[str, ...] = ()

    @property
    def takes_scores(self) -> bool:
        """Whether a grade can be sent."""
        return SCORE_SCOPE in self.scopes and bool(self.line_item or self.makes_columns)

    @property
    def makes_columns(self) -> bool:
        """Whether a column can be made where there is none."""
        return LINE_ITEM_SCOPE in self.scopes and bool(self.line_items)


@dataclass(frozen=True)
class Linking:
    """What a platform wants to be linked with (LTI Deep Linking 2.0, section 4.3).

    Attributes:
        return_url: where the choice is posted.
        data: comes back as it was.
        several: whether more than one may be chosen.
    """

    return_url: str
    data: str = ""
    several: bool = False


@dataclass(frozen=True)
class Launch:
    """Who comes from where to what. No name, no address of a person: they are not read."""

    platform: Platform
    message: Message
    deployment_id: str
    subject: str
    roles: frozenset[Role]
    resource: Resource | None = None
    resource_link_id: str = ""
    context_id: str = ""
    language: str = ""
    grading: Grading = Grading()
    members_url: str = ""
    linking: Linking | None = None

    @property
    def principal(self) -> Principal:
        """Who it is here. The deployment is part of nobody: `sub` is unique within the issuer."""
        return Principal(self.platform.issuer, self.subject, self.roles, (self.platform.name or self.platform.issuer,))

    @property
    def educates(self) -> bool:
        """Whether it is an educator."""
        return Role.EDUCATOR in self.roles


def launch_of(claims: Mapping[str, Any], platform: Platform, nonce: str, base: str, now: float | None = None) -> Launch:
    """Judges the claims of an ID token whose signature is right.

    Args:
        nonce: of the login that it answers.
        base: address of this studio, without "/" at the end.
        now: seconds since 1970; None: those of the clock.

    Raises:
        Unauthenticated: it is not for us, not of this login, or not of this time.
        InvalidArgument: a claim is no such claim.
        FailedPrecondition: it wants what this tool does not do.
    """
    _check_identity(claims, platform, nonce, time.time() if now is None else now)
    if text_claim(claims, f"{CLAIM}version") != "1.3.0":
        raise InvalidArgument(f"{CLAIM}version", claims.get(f"{CLAIM}version"), "1.3.0")
    deployment = text_claim(claims, f"{CLAIM}deployment_id", least=1)
    if deployment not in platform.deployments:
        raise Unauthenticated("deployment_id: not a deployment that the operator has registered for this platform")
    subject = text_claim(claims, "sub")
    if not subject:
        raise FailedPrecondition("the platform does not say who launches (sub): anonymous launches are not taken")
    kind = text_claim(claims, f"{CLAIM}message_type", least=1)
    if kind not in list(Message):
        raise FailedPrecondition(f"message_type: {kind!a} is not one of {', '.join(Message)}")
    roles = roles_of(texts_claim(claims, f"{CLAIM}roles"))
    common = {
        "platform": platform,
        "message": Message(kind),
        "deployment_id": deployment,
        "subject": subject,
        "roles": roles,
        "context_id": text_claim(object_claim(claims, f"{CLAIM}context"), "id"),
        "language": _language(claims),
        "members_url": _service(object_claim(claims, MEMBERS), "context_memberships_url", platform),
        "grading": _grading(claims, platform),
    }
    if kind == Message.LINKING:
        return Launch(**common, linking=_linking(claims, platform))
    link = object_claim(claims, f"{CLAIM}resource_link", needed=True)
    target = text_claim(claims, f"{CLAIM}target_link_uri", 4000, 1)
    return Launch(**common, resource_link_id=text_claim(link, "id", least=1), resource=resource_at(target, base))


def _check_identity(claims: Mapping[str, Any], platform: Platform, nonce: str, now: float) -> None:
    """ID token validation (OpenID Connect Core 3.1.3.7)."""
    if claims.get("iss") != platform.issuer:
        raise Unauthenticated("iss: not the platform that the login began with")
    audience = claims.get("aud")
    several = audience if isinstance(audience, list) else [audience]
    if platform.client_id not in several:
        raise Unauthenticated("aud: the token is for another tool")
    if (len(several) > 1 or "azp" in claims) and claims.get("azp") != platform.client_id:
        raise Unauthenticated("azp: the token was made for another tool")
    expires, issued = _moment(claims, "exp"), _moment(claims, "iat")
    if now >= expires + LEEWAY_SECONDS:
        raise Unauthenticated("exp: the token has expired; launch again")
    if not now - MAX_AGE_SECONDS <= issued <= now + LEEWAY_SECONDS:
        raise Unauthenticated("iat: the token is too old, or of a time to come (do both clocks run right?)")
    if "nbf" in claims and _moment(claims, "nbf") > now + LEEWAY_SECONDS:
        raise Unauthenticated("nbf: the token is of a time to come (do both clocks run right?)")
    found = claims.get("nonce")
    if not isinstance(found, str) or not hmac.compare_digest(found.encode(), nonce.encode()):
        raise Unauthenticated("nonce: not that of the login that this launch answers")


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        raise Unauthenticated(f"{name}: no time")
    return float(value)


def _language(claims: Mapping[str, Any]) -> str:
    """As the platform shows it to somebody; what is no language is none."""
    try:
        return text_claim(object_claim(claims, f"{CLAIM}launch_presentation"), "locale", 35).replace("_", "-")
    except InvalidArgument:
        return ""


def _grading(claims: Mapping[str, Any], platform: Platform) -> Grading:
    service = object_claim(claims, GRADES)
    scopes = tuple(texts_claim(service, "scope"))
    return Grading(_service(service, "lineitem", platform), _service(service, "lineitems", platform), scopes)


def _service(service: Mapping[str, Any], name: str, platform: Platform) -> str:
    """The address of a service; one that may not be asked is none: the launch goes on without it."""
    if not service.get(name):
        return ""
    try:
        return service_address(name, service[name], platform.token_url)
    except MammoganesisError:
        return ""


def _linking(claims: Mapping[str, Any], platform: Platform) -> Linking:
    settings = object_claim(claims, f"{LINKING}deep_linking_settings", needed=True)
    types: Sequence[str] = texts_claim(settings, "accept_types")
    if "ltiResourceLink" not in types:
        raise FailedPrecondition("accept_types: the platform takes no ltiResourceLink, and this tool has nothing else")
    several = settings.get("accept_multiple", False)
    return Linking(
        service_address("deep_link_return_url", settings.get("deep_link_return_url"), platform.token_url),
        text_claim(settings, "data", MAX_DATA_CHARACTERS),
        several is True or several == "true",
    )
