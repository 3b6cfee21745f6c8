"""Dynamic registration (LTI Dynamic Registration 1.0): a platform's administrator pastes one address, and the two sides
tell each other the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from services.lti import members
from services.lti.addresses import origin_of, service_address, web_address
from services.lti.launches import LINE_ITEM_SCOPE, SCORE_SCOPE, Message
from services.lti.platforms import Platform, checked, object_claim, text_claim, texts_claim

CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
SCOPES = (LINE_ITEM_SCOPE, SCORE_SCOPE, members.SCOPE)
TITLE = "MammoGANesis"
DESCRIPTION = "Synthetic mammograms: teaching cases, quizzes and reader studies. Not for diagnosis."
DESCRIPTION_FR = "Mammographies synthétiques : cas d'enseignement, quiz et études de lecture. Pas pour le diagnostic."


def registration_endpoint(configuration: Mapping[str, Any], address: str, issuer: str = "") -> str:
    """Where a platform takes a tool's registration.

    Args:
        address: of the configuration.
        issuer: that the operator has invited; "": any, which must then be at home where its configuration is, so that
            nobody registers as somebody else (section 3.4).

    Raises:
        InvalidArgument: it is no configuration of an OpenID provider with LTI.
        FailedPrecondition: it cannot do what every LTI platform must.
    """
    found = web_address("issuer", text_claim(configuration, "issuer", least=1))
    if issuer and found != issuer:
        raise InvalidArgument("issuer", found, issuer)
    if not issuer and origin_of(found) != origin_of(address):
        allowed = f"an issuer at {origin_of(address)}, or one that the invitation names (--issuer)"
        raise InvalidArgument("issuer", found, allowed)
    object_claim(configuration, PLATFORM, needed=True)
    offered = texts_claim(configuration, "id_token_signing_alg_values_supported")
    if offered and "RS256" not in offered:
        raise FailedPrecondition("the platform does not sign by RS256, which LTI asks for")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        service_address(name, configuration.get(name), address)
    return service_address("registration_endpoint", configuration.get("registration_endpoint"), address)


def tool_registration(base: str, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """What this tool, whose studio stands at `base`, says of itself; only what the platform offers is asked for."""
    offered = texts_claim(configuration, "scopes_supported")
    asked = [scope for scope in SCOPES if scope in offered] if offered else list(SCOPES)
    start = f"{base}/lti/launch"
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": f"{base}/lti/login",
        "redirect_uris": [start],
        "client_name": TITLE,
        "jwks_uri": f"{base}/lti/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(asked),
        CONFIGURATION: {
            "domain": base.split("://", 1)[1].split("/", 1)[0],
            "description": DESCRIPTION,
            "description#fr": DESCRIPTION_FR,
            "target_link_uri": start,
            "claims": ["iss", "sub"],  # no names, no addresses: they are not wanted
            "messages": [
                {"type": Message.RESOURCE.value, "target_link_uri": start},
                {"type": Message.LINKING.value, "target_link_uri": start, "label": TITLE},
            ],
        },
    }


def enrolled(configuration: Mapping[str, Any], answer: Mapping[str, Any], name: str) -> Platform:
    """The platform that has taken the registration.

    Raises:
        InvalidArgument: it has not answered as it should.
    """
    told = object_claim(answer, CONFIGURATION)
    deployment = text_claim(told, "deployment_id")
    if not deployment:
        allowed = (
            "the deployment id; where the platform shows one later, register by hand (mammoganesis lti platform add)"
        )
        raise InvalidArgument("deployment_id", None, allowed)
    audience = text_claim(configuration, "authorization_server", 510)
    return checked(
        Platform(
            issuer=text_claim(configuration, "issuer", least=1),
            client_id=text_claim(answer, "client_id", least=1),
            deployments=(deployment,),
            authorization_url=text_claim(configuration, "authorization_endpoint", 2000, 1),
            token_url=text_claim(configuration, "token_endpoint", 2000, 1),
            jwks_url=text_claim(configuration, "jwks_uri", 2000, 1),
            token_audience=audience,
            name=name,
        )
    )
