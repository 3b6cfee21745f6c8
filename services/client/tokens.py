"""The token by which a client says who it is: from a value, or from a file that is read again when it has changed."""

from __future__ import annotations

import os
from pathlib import Path

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from services.wire.channels import is_loopback
from services.wire.metadata import Metadata

AUTHORIZATION = "authorization"
MAX_TOKEN = 16 * 2**10
_ALLOWED = f"one token: 1 to {MAX_TOKEN} printable ASCII characters without spaces"


class Token:
    """One token.

    Args:
        text: the token itself; or
        file: that holds it, alone; whoever renews tokens (an agent of the provider's, Kubernetes) writes it anew.

    Raises:
        InvalidArgument: both are given, or what is given is no token.
    """

    def __init__(self, text: str | None = None, file: str | os.PathLike[str] | None = None) -> None:
        if (text is None) == (file is None):
            raise InvalidArgument(
                "token", None if text is None else "a token and a file", "one of token and token_file"
            )
        self._text, self._file = "", None if file is None else Path(file)
        self._state: tuple[int, ...] = ()
        if text is not None:
            self._text = _checked("token", text)
        self.metadata()

    def metadata(self) -> Metadata:
        """What a call brings along.

        Raises:
            InvalidArgument: the file cannot be read, or holds no token any more.
        """
        if self._file is not None:
            self._read(self._file)
        return ((AUTHORIZATION, f"Bearer {self._text}"),)

    def _read(self, path: Path) -> None:
        try:
            found = os.stat(path)
            state = (found.st_ino, found.st_mtime_ns, found.st_size)
            if state == self._state:
                return
            with path.open("rb") as file:
                content = file.read(MAX_TOKEN + 2)
        except OSError as error:
            raise InvalidArgument("token_file", path, f"a file that can be read ({error.strerror})") from None
        self._text, self._state = _checked("token_file", content.decode("latin-1").strip()), state


def check_way(address: str, is_encrypted: bool, over_plaintext: bool) -> None:
    """Whether a token may go to an address.

    Raises:
        FailedPrecondition: others could read it on the way.
    """
    if is_encrypted or over_plaintext or is_loopback(address):
        return
    raise FailedPrecondition(
        f"a token would go to {address} where everybody on the way can read it: use TLS (--ca, Client.connect's ca), "
        "or say MAMMOGANESIS_TOKEN_OVER_PLAINTEXT=on (token_over_plaintext) where the way is yours"
    )


def _checked(name: str, text: str) -> str:
    """Raises InvalidArgument without the value, which is a secret even where it is a bad one."""
    if not (0 < len(text) <= MAX_TOKEN and all("!" <= letter <= "~" for letter in text)):
        raise InvalidArgument(name, f"{len(text)} characters", _ALLOWED)
    return text
