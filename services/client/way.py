"""The way from a client to an edge: TLS on it, and who the client says it is."""

from __future__ import annotations

import os
from typing import TypedDict

from services.client.tokens import Token, check_way
from services.wire.tls import Trust

File = str | os.PathLike[str]


class Way(TypedDict, total=False):
    """Keywords of `Client.connect`.

    Attributes:
        ca: file of PEM certificates of the authorities that are trusted, or "system" for those of the machine; by it
            TLS is used. None: no TLS.
        certificate, key: PEM files of a client certificate and its key, for an edge that asks for one.
        server_name: that the edge's certificate must have; "": the host of the address.
        token: by which the client says who it is, to an edge whose identity is on; or
        token_file: that holds one, and is read again when it changes.
        token_over_plaintext: whether a token may go to another machine without TLS.
    """

    ca: File | None
    certificate: File | None
    key: File | None
    server_name: str
    token: str | None
    token_file: File | None
    token_over_plaintext: bool


def taken(address: str, way: Way) -> tuple[Trust | None, Token | None]:
    """What a client trusts, None without TLS, and the token that it brings.

    Raises:
        TypeError: a keyword is none of `Way`.
        InvalidArgument: a file is not what it has to be, or goes with one that is not given.
        FailedPrecondition: others could read the token on its way.
    """
    if unknown := sorted(set(way) - set(Way.__annotations__)):
        raise TypeError(f"connect() got an unexpected keyword argument {unknown[0]!r}")
    trust = Trust.given(way.get("ca"), way.get("certificate"), way.get("key"), way.get("server_name", ""))
    text, file = way.get("token"), way.get("token_file")
    if text is None and file is None:
        return trust, None
    token = Token(text, file)
    check_way(address, trust is not None, way.get("token_over_plaintext", False))
    return trust, token
