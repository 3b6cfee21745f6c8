"""Who is in a course, as the platform tells it (LTI Names and Role Provisioning Services 2.0). Shown, never kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mammoganesis.errors import InvalidArgument
from services.access.principals import Role
from services.lti.addresses import service_address
from services.lti.roles import roles_of

SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
MAX_MEMBERS = 5000
MAX_NAME = 200


@dataclass(frozen=True)
class Member:
    """Somebody in a course."""

    subject: str
    name: str
    learns: bool


def members_of(page: Any) -> list[Member]:
    """Of one page of the platform's answer; those who are not active are left out.

    Raises:
        InvalidArgument: it is no such page.
    """
    listed = page.get("members") if isinstance(page, Mapping) else None
    if not isinstance(listed, list):
        raise InvalidArgument("members", listed, "a list of members")
    return [_member(one) for one in listed if isinstance(one, Mapping) and one.get("status", "Active") == "Active"]


def next_page(link: str, before: str) -> str:
    """The address of the next page, of the answer's Link header (RFC 8288); "" for none. `before`: of this page."""
    for target, parameters in re.findall(r"<([^<>]+)>((?:\s*;\s*[^,<]*)*)", link):
        if re.search(r'rel\s*=\s*"?next"?(?:\s|;|,|$)', parameters):
            return service_address("link", target, before)
    return ""


def _member(one: Mapping[str, Any]) -> Member:
    subject, roles = one.get("user_id"), one.get("roles")
    if not isinstance(subject, str) or not subject:
        raise InvalidArgument("members: user_id", subject, "a text")
    given: Sequence[str] = [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []
    parts = [one.get("name")] if one.get("name") else [one.get("given_name"), one.get("family_name")]
    name = " ".join(part for part in parts if isinstance(part, str))
    return Member(subject, name[:MAX_NAME], Role.LEARNER in roles_of(given))
