"""Who the claims of an identity provider's token speak of: subject, roles, groups, name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mammoganesis.errors import InvalidArgument, Unauthenticated
from services.access.principals import MAX_CHARACTERS, MAX_GROUPS, Principal, Role

PREFIX = "mammoganesis-"
EVERY_VALUE = "*"
_ALLOWED = (
    'a JSON object of a claim\'s values and the roles that each gives, such as {"teachers": ["educator"]}; "*": all '
    f"who log in; roles: {', '.join(Role)}"
)


@dataclass(frozen=True)
class Reading:
    """How claims are read.

    Attributes:
        roles_claim: where the roles stand: a claim's name, or names with dots between for one within another, such as
            "realm_access.roles".
        groups_claim: where the groups stand, likewise; "": they are not read.
        roles: which roles a value gives; None: a role's own name, with or without `PREFIX` before it.
    """

    roles_claim: str = "roles"
    groups_claim: str = ""
    roles: Mapping[str, frozenset[Role]] | None = field(default=None)

    def principal(self, claims: Mapping[str, Any], issuer: str) -> Principal:
        """Who the claims speak of, without a role where they give none.

        Raises:
            Unauthenticated: they name no subject.
        """
        subject = claims.get("sub")
        if not (isinstance(subject, str) and 0 < len(subject) <= MAX_CHARACTERS):
            raise Unauthenticated(f"token: no subject (sub) of 1 to {MAX_CHARACTERS} characters")
        groups = _texts(_found(claims, self.groups_claim)) if self.groups_claim else []
        name = next((claims[key] for key in ("name", "preferred_username") if isinstance(claims.get(key), str)), "")
        roles = self._roles(_texts(_found(claims, self.roles_claim)))
        return Principal(issuer, subject, roles, tuple(groups[:MAX_GROUPS]), name[:MAX_CHARACTERS])

    def is_in(self, claims: Mapping[str, Any]) -> bool:
        """Whether the claims have all that is read."""
        return all(_found(claims, name) is not None for name in (self.roles_claim, self.groups_claim) if name)

    def _roles(self, values: Sequence[str]) -> frozenset[Role]:
        if self.roles is not None:
            return frozenset().union(*(self.roles.get(value, frozenset()) for value in (EVERY_VALUE, *values)))
        own = {role.value: role for role in Role} | {PREFIX + role.value: role for role in Role}
        return frozenset(own[value.lower()] for value in values if value.lower() in own)


def read_roles(content: Any, name: str, allowed: str = _ALLOWED) -> Mapping[str, frozenset[Role]]:
    """The roles that values of a claim give, of a JSON file.

    Args:
        name: of the setting that names the file, for errors.
        allowed: what it may say, for errors.

    Raises:
        InvalidArgument: it is no such content.
    """
    if not isinstance(content, dict) or not content:
        raise InvalidArgument(name, content, allowed)
    for value, roles in content.items():
        if not (isinstance(roles, list) and all(role in list(Role) for role in roles)):
            raise InvalidArgument(f"{name}: {value}", roles, allowed)
    return {value: frozenset(map(Role, roles)) for value, roles in content.items()}


def _found(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, which may have dots itself (a URL), or by its way."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str) and 0 < len(text) <= MAX_CHARACTERS]
