"""What a learning platform signs, by PyJWT and cryptography: nothing of it is made by the library that reads it."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import RSAAlgorithm

from services.lti.platforms import Platform

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
PERSON = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
BASE = "https://studio.example.org/mammo"
QUIZ = "quiz_" + "a1" * 16
PLATFORM = Platform(
    issuer="https://lms.example.org",
    client_id="client-7",
    deployments=("1", "d:2"),
    authorization_url="https://lms.example.org/auth?x=1",
    token_url="https://lms.example.org/token",
    jwks_url="https://lms.example.org/jwks",
    name="Course platform",
)


class Signer:
    """An RSA key with a name."""

    def __init__(self, kid: str, bits: int = 2048) -> None:
        self.kid, self.private = kid, rsa.generate_private_key(65537, bits)

    @property
    def pem(self) -> str:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def public(self) -> dict[str, Any]:
        return {**json.loads(RSAAlgorithm.to_jwk(self.private.public_key())), "kid": self.kid, "use": "sig"}

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [{"kty": "EC", "kid": self.kid, "crv": "P-256", "x": "a", "y": "b"}, self.public]}

    def signed(self, claims: dict[str, Any], algorithm: str = "RS256", **header: Any) -> str:
        return jwt.encode(claims, self.private, algorithm, headers={"kid": self.kid, **header})


def launch_claims(nonce: str, /, **changed: Any) -> dict[str, Any]:
    """A resource link launch of a learner, as in LTI 1.3, appendix B; None takes a claim away."""
    now = int(time.time())
    claims = {
        "iss": PLATFORM.issuer,
        "aud": [PLATFORM.client_id],
        "azp": PLATFORM.client_id,
        "sub": "a6d5c443-1f51-4783-ba1a-7686ffe3b54a",
        "exp": now + 60,
        "iat": now,
        "nonce": nonce,
        "name": "Ms Jane Marie Doe",
        "given_name": "Jane",
        "family_name": "Doe",
        "email": "jane@platform.example.edu",
        f"{LTI}message_type": "LtiResourceLinkRequest",
        f"{LTI}version": "1.3.0",
        f"{LTI}deployment_id": "1",
        f"{LTI}target_link_uri": f"{BASE}/lti/{QUIZ}",
        f"{LTI}resource_link": {"id": "200d101f-2c14-434a-a0f3-57c2a42369fd", "title": "Masses"},
        f"{LTI}roles": [f"{PERSON}Student", f"{MEMBERSHIP}Learner"],
        f"{LTI}context": {"id": "c1d887f0", "label": "RAD 101", "title": "Breast imaging"},
        f"{LTI}launch_presentation": {"document_target": "iframe", "locale": "fr_CH"},
        f"{AGS}claim/endpoint": {
            "scope": [f"{AGS}scope/lineitem", f"{AGS}scope/score"],
            "lineitems": "https://lms.example.org/items?type=3",
            "lineitem": "https://lms.example.org/items/8/lineitem?type=3",
        },
        f"{NRPS}claim/namesroleservice": {
            "context_memberships_url": "https://lms.example.org/members",
            "service_versions": ["2.0"],
        },
    }
    changes = {(f"{LTI}{k}" if k in _SHORT else k): v for k, v in changed.items()}
    return {name: value for name, value in (claims | changes).items() if value is not None}


_SHORT = ("message_type", "version", "deployment_id", "target_link_uri", "resource_link", "roles", "context")


def linking_claims(
    nonce: str, /, return_url: str = "https://lms.example.org/deep?c=1", **changed: Any
) -> dict[str, Any]:
    """A deep linking request of an instructor, as in LTI Deep Linking 2.0, appendix."""
    settings = {
        "deep_link_return_url": return_url,
        "accept_types": ["link", "file", "html", "ltiResourceLink", "image"],
        "accept_presentation_document_targets": ["iframe", "window", "embed"],
        "accept_multiple": True,
        "data": f"csrftoken:{uuid.UUID(int=7)}",
    }
    claims = launch_claims(nonce, message_type="LtiDeepLinkingRequest", roles=[f"{MEMBERSHIP}Instructor"])
    claims[f"{DEEP}deep_linking_settings"] = settings
    del claims[f"{LTI}resource_link"]
    return {name: value for name, value in (claims | changed).items() if value is not None}
