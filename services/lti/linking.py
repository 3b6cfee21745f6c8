"""The answer to a deep linking request: what an educator has chosen (LTI Deep Linking 2.0, section 4.4)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.lti.launches import CLAIM, LINKING, Linking
from services.lti.platforms import Platform
from services.lti.resources import Kind, Resource

RESPONSE = "LtiDeepLinkingResponse"
SECONDS = 300
MAX_TITLE = 200


@dataclass(frozen=True)
class Chosen:
    """One thing that becomes a link in a course.

    Attributes:
        points: that a quiz can give; 0: it has no grade.
    """

    resource: Resource
    title: str
    points: float = 0


def content_item(chosen: Chosen, base: str) -> dict[str, Any]:
    """An ltiResourceLink; a quiz comes with a column in the platform's gradebook."""
    item: dict[str, Any] = {
        "type": "ltiResourceLink",
        "title": chosen.title[:MAX_TITLE],
        "url": chosen.resource.address(base),
    }
    if chosen.resource.kind is Kind.QUIZ and chosen.points:
        item["lineItem"] = {
            "label": chosen.title[:MAX_TITLE],
            "scoreMaximum": chosen.points,
            "resourceId": chosen.resource.resource_id,
        }
    return item


def response_claims(
    platform: Platform, deployment_id: str, wanted: Linking, chosen: Sequence[Chosen], base: str, message: str = ""
) -> dict[str, Any]:
    """What is signed and posted to the platform. `message`: for who has chosen; "" for none."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": platform.client_id,
        "aud": platform.issuer,
        "iat": now,
        "exp": now + SECONDS,
        "nonce": secrets.token_urlsafe(24),
        f"{CLAIM}message_type": RESPONSE,
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}deployment_id": deployment_id,
        f"{LINKING}content_items": [content_item(one, base) for one in chosen],
    }
    if wanted.data:
        claims[f"{LINKING}data"] = wanted.data
    if message:
        claims[f"{LINKING}msg"] = message
    return claims
