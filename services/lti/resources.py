"""What a platform's link can lead to: a case, a collection of them, a quiz, a study's reading."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from mammoganesis.errors import InvalidArgument
from services.lti.addresses import origin_of


class Kind(StrEnum):
    """Of a resource; its ids begin so."""

    CASE = "case"
    COLLECTION = "collection"
    QUIZ = "quiz"
    STUDY = "study"


@dataclass(frozen=True)
class Resource:
    """Something of this tool that can be launched. Its id is no secret: who may see it is judged at the launch."""

    kind: Kind
    resource_id: str

    @classmethod
    def of(cls, resource_id: str, field: str = "resource") -> Resource:
        """Raises InvalidArgument where the id is none."""
        found = re.fullmatch(f"({'|'.join(Kind)})_[0-9a-f]{{32}}", resource_id)
        if found is None:
            raise InvalidArgument(field, resource_id, f'{", ".join(Kind)} with "_" and 32 hexadecimal digits')
        return cls(Kind(found[1]), resource_id)

    def address(self, base: str) -> str:
        """Its target_link_uri at the studio of this address."""
        return f"{base}/lti/{self.resource_id}"


def resource_at(target_link_uri: str, base: str) -> Resource | None:
    """What an address of the studio at `base` names; None: the tool itself.

    Raises:
        InvalidArgument: the address is not within the studio.
    """
    refused = InvalidArgument("target_link_uri", target_link_uri, f"an address below {base}/lti")
    try:
        parts = urlsplit(target_link_uri)
        within = origin_of(target_link_uri) == origin_of(base) and not parts.username
    except ValueError:
        raise refused from None
    start = urlsplit(base).path
    path = parts.path.removeprefix(start) if parts.path.startswith(start) else "elsewhere"
    if not within or not re.fullmatch(r"/?|/lti(/[a-z0-9_]*)?", path):
        raise refused
    name = path.removeprefix("/lti").strip("/")
    if name in ("", "launch"):
        return None
    try:
        return Resource.of(name)
    except InvalidArgument:
        raise refused from None
