"""Servers that DICOM files are sent to, and how their addresses are written."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from typing import Protocol
from urllib.parse import urlsplit

from mammoganesis.errors import InvalidArgument
from services.sending.instances import Instance

STOW_ALLOWED = "http:// or https:// and the root of a DICOMweb server, such as http://127.0.0.1:8042/dicom-web"
DIMSE_ALLOWED = "HOST:PORT:AET, port 1 to 65535, the title 1 to 16 letters, digits, '_', '-', '.' or spaces"
_PEER = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253}):(?P<port>[0-9]{1,5}):(?P<title>[\w. -]{1,16})", re.A
)


class Connection(Protocol):
    """An open way to a server."""

    def store(self, instance: Instance) -> str:
        """Sends one; "" where the server takes it, else why not.

        Raises:
            Unavailable: the server does not answer (any more).
        """
        ...

    def found(self, instances: list[Instance]) -> set[str]:
        """Of those the identifiers that the server says that it has. Raises Unavailable likewise."""
        ...


class Server(Protocol):
    """A server that may be connected to."""

    @property
    def place(self) -> str:
        """What it is called in messages: without a password."""
        ...

    def connected(self) -> AbstractContextManager[Connection]:
        """A connection, open while the context is.

        Raises:
            Unavailable: it does not answer.
            FailedPrecondition: it answers, but takes nothing from us.
        """
        ...


def stow_server(url: str, field: str = "--stow") -> Server:
    """A DICOMweb server by the address of its root."""
    from services.sending.stow import StowServer

    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) and not parts.fragment
    except ValueError:
        usable = False
    if not usable:
        raise InvalidArgument(field, url, STOW_ALLOWED)
    return StowServer(url.rstrip("/"))


def dimse_server(address: str, field: str = "--dimse") -> Server:
    """A DICOM server by host, port and title of its application entity."""
    from services.sending.dimse import DimseServer

    found = _PEER.fullmatch(address)
    if found is None or not 1 <= int(found["port"]) <= 65535 or not found["title"].strip():
        raise InvalidArgument(field, address, DIMSE_ALLOWED)
    return DimseServer(found["host"].strip("[]"), int(found["port"]), found["title"].strip())
