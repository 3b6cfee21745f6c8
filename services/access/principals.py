"""Who somebody is: a subject that an issuer vouches for, with roles and groups."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mammoganesis.errors import InvalidArgument
from mammoganesis.json_text import read_json

MAX_CHARACTERS = 256
"""Of a subject, an issuer, a group or a name."""
MAX_GROUPS = 64
MAX_TOLD_BYTES = 4096
"""Of groups that one of our processes tells another: what a call's metadata has room for beside all else."""
OWN_ISSUERS = frozenset({"nobody", "service", "studio", "token", "certificate", "link"})
"""Who vouches where no identity provider and no learning platform does."""


class Role(StrEnum):
    """What somebody does here; one person may have several."""

    READER = "reader"  # takes part in reader studies
    LEARNER = "learner"  # takes quizzes, looks at cases, makes marked images
    EDUCATOR = "educator"  # writes cases and quizzes, sees their results
    RESEARCHER = "researcher"  # runs studies and bulk jobs, takes unmarked images
    OPERATOR = "operator"  # keeps the service: jobs of all, curation, sending, the registry
    AUDITOR = "auditor"  # reads the audit log and the registry, and changes nothing


@dataclass(frozen=True)
class Principal:
    """Who makes a call.

    Attributes:
        issuer: who vouches for the subject: the URL of an identity provider, or one of ours, such as "token".
        subject: the issuer's name of somebody, never given to another; no name or address of a person is needed.
        roles: none: may do what everybody may.
        groups: of the issuer, by which quotas are shared; such as a department.
        name: to greet somebody with; never written down or logged.
    """

    issuer: str
    subject: str
    roles: frozenset[Role] = frozenset()
    groups: tuple[str, ...] = ()
    name: str = field(default="", compare=False, repr=False)

    @property
    def key(self) -> str:
        """One text for one principal, for quotas, the registry and the audit log: "issuer|subject"."""
        return f"{self.issuer}|{self.subject}"

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads; without the name."""
        return {
            "issuer": self.issuer,
            "subject": self.subject,
            "roles": sorted(self.roles),
            "groups": list(self.groups),
        }

    @property
    def is_somebody(self) -> bool:
        """Whether it is known who this is, and it is none of our own processes."""
        return self not in (ANONYMOUS, SERVICE, EVERYBODY)

    def to_metadata(self, groups: Iterable[str] = ()) -> str:
        """What one of our processes tells another beside the secret that both have: base64url of the JSON.

        Args:
            groups: of its own, for who asks for images on its behalf: of these the edge makes use alone. Of more than a
                call's metadata can hold (MAX_TOLD_BYTES) those that come first are told.
        """
        held, told = 0, []
        for group in groups:
            held += len(group.encode())
            if held <= MAX_TOLD_BYTES:
                told.append(group)
        named = {name: value for name, value in self.to_json().items() if name != "groups"}
        named |= {"groups": told} if told else {}
        text = json.dumps(named, ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode()

    @classmethod
    def from_metadata(cls, value: str) -> Principal:
        """Raises InvalidArgument for what `to_metadata` has not written."""
        try:
            told = read_json(base64.b64decode(value, altchars=b"-_", validate=True).decode())
        except (binascii.Error, ValueError):
            raise InvalidArgument("principal", value, "base64url of a JSON object") from None
        return cls.from_json(told)

    @classmethod
    def from_json(cls, value: Any) -> Principal:
        """Raises InvalidArgument for what is none."""
        if not isinstance(value, dict):
            raise InvalidArgument("principal", value, "an object with issuer, subject, roles and groups")
        texts = [value.get("issuer"), value.get("subject")]
        groups, roles = value.get("groups", []), value.get("roles", [])
        for name, text in zip(("issuer", "subject"), texts, strict=True):
            if not _is_name(text):
                raise InvalidArgument(f"principal.{name}", text, f"a text of 1 to {MAX_CHARACTERS} characters")
        if not (isinstance(groups, list) and len(groups) <= MAX_GROUPS and all(map(_is_name, groups))):
            allowed = f"a list of at most {MAX_GROUPS} texts of 1 to {MAX_CHARACTERS} characters"
            raise InvalidArgument("principal.groups", groups, allowed)
        if not (isinstance(roles, list) and all(role in list(Role) for role in roles)):
            raise InvalidArgument("principal.roles", roles, f"a list of {', '.join(Role)}")
        return cls(str(texts[0]), str(texts[1]), frozenset(map(Role, roles)), tuple(groups))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_CHARACTERS


ANONYMOUS = Principal("nobody", "anonymous")
"""Who has said nothing of themselves, where identity is asked for."""

SERVICE = Principal("service", "internal", frozenset(Role))
"""One of our own processes, on nobody's behalf."""

EVERYBODY = Principal("nobody", "everybody", frozenset(Role))
"""Whoever calls where identity is off: all roles."""
