"""Addresses that platforms name: https alone, but for the machine itself, on which people try things out.

A platform elsewhere names nothing on this machine: what is asked there would be asked from within.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from mammoganesis.errors import InvalidArgument

MAX_CHARACTERS = 2000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|\[[0-9a-f:.]+\]")
_ALLOWED = f"an https address of up to {MAX_CHARACTERS} ASCII characters, without a user and a fragment"


def web_address(field: str, value: object) -> str:
    """`value`, where it is an address that may be asked; http is for the loopback interface alone.

    Raises:
        InvalidArgument: it is none.
    """
    if not isinstance(value, str) or not 0 < len(value) <= MAX_CHARACTERS or not _is_plain(value):
        raise InvalidArgument(field, value, _ALLOWED)
    parts = _parts(value)
    if (
        parts is None
        or not parts.hostname
        or parts.username is not None
        or parts.fragment
        or not _HOST.fullmatch(parts.netloc.lower().removesuffix(f":{parts.port}").removesuffix(":"))
    ):
        raise InvalidArgument(field, value, _ALLOWED)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise InvalidArgument(field, value, _ALLOWED)
    return value


def service_address(field: str, value: object, named_by: str) -> str:
    """The same for an address that a platform names, which has the address `named_by` itself.

    Raises:
        InvalidArgument: it is none, or is on this machine while the platform is not.
    """
    address = web_address(field, value)
    if is_here(address) and not is_here(named_by):
        raise InvalidArgument(field, address, "an address that is not on this machine")
    return address


def is_here(address: str) -> bool:
    """Whether an address says that it is on this machine, or its own network's (169.254.0.0/16), however it spells it.
    What names resolve to is not asked for."""
    host = (urlsplit(address).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        try:  # "127.1", "0x7f000001", "2130706433"
            found = ipaddress.ip_address(socket.inet_aton(host))
        except OSError:
            return False
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_loopback or found.is_link_local or found.is_unspecified


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, as browsers write an origin."""
    parts = urlsplit(address)
    port = "" if parts.port in (None, {"https": 443, "http": 80}.get(parts.scheme)) else f":{parts.port}"
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def with_query(address: str, **parameters: str) -> str:
    """The address with parameters added to those that it has; empty ones are left out."""
    parts = urlsplit(address)
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), *((k, v) for k, v in parameters.items() if v)]
    return urlunsplit(parts._replace(query=urlencode(pairs)))


def below(address: str, name: str) -> str:
    """The address with one more step in its path; what it asks with stays (such as Moodle's `?type_id=1`)."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}"))


def _is_plain(value: str) -> bool:
    return value.isascii() and value.isprintable() and not set(value) & set(" \\")


def _parts(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    return parts
