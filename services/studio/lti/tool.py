"""This tool: its address, its keys, and what records remembers for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf.message import Message

from mammoganesis.errors import InvalidArgument
from mammoganesis.private_files import warn_of_readers
from services.access.assertions import said
from services.access.principals import Principal
from services.access.shared_secrets import SharedSecret
from services.lti.tokens import ToolKeys
from services.process.fields import variable
from services.studio.calls import RPCS, Edge

_SERVICE = "/mammoganesis.v1.LtiLaunchService/"
_STUDIO = Principal("studio", "studio")


@dataclass(frozen=True)
class LtiSettings:
    """Of a studio that is a tool of learning platforms.

    Attributes:
        base: its address as browsers see it, without "/" at the end.
        key_file: its private keys; read again when the file changes.
        secret: that the edge and records share with the studio.
        xapi_endpoint, xapi_key_file: of a learning record store; None: none.
    """

    base: str
    key_file: Path
    secret: SharedSecret
    xapi_endpoint: str | None = None
    xapi_key_file: Path | None = None


@dataclass
class Tool:
    """What all of its addresses share."""

    settings: LtiSettings
    edge: Edge
    _read: tuple[float, ToolKeys] | None = field(default=None, init=False)

    @property
    def base(self) -> str:
        """The studio's address."""
        return self.settings.base

    @property
    def keys(self) -> ToolKeys:
        """As the file has them now. Raises InvalidArgument where it has none and never had."""
        file = self.settings.key_file
        try:
            changed = file.stat().st_mtime
            if self._read is None or self._read[0] != changed:
                self._read = changed, ToolKeys(file.read_text())
                warn_of_readers(file, variable("lti_key_file"), "the private key")
        except (OSError, ValueError, InvalidArgument) as error:
            if self._read is None:  # one that is being written is read the next time
                reason = error.message if isinstance(error, InvalidArgument) else "cannot be read"
                raise InvalidArgument("lti_key_file", file, f"a file of keys ({reason})") from None
        return self._read[1]

    @property
    def secret(self) -> str:
        """By which its word is taken, as it is now."""
        return str(self.settings.secret.sent)

    async def ask(self, request: Message) -> Any:
        """What records says to a request of LtiLaunchService, with the studio's word. Raises CallFailed."""
        rpc = RPCS[_SERVICE + type(request).__name__.removesuffix("Request")]
        request.word = said(_STUDIO, self.secret)  # type: ignore[attr-defined]
        return await self.edge.answer(rpc, request)
