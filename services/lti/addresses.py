"""Addresses that platforms name: https alone, but for the machine itself, on which people try things out."""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from mammoganesis.errors import InvalidArgument

MAX_CHARACTERS = 2000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ALLOWED = f"an https address of up to {MAX_CHARACTERS} characters, without a user and a fragment"


def web_address(field: str, value: object) -> str:
    """`value`, where it is an address that may be asked; http is for the loopback interface alone.

    Raises:
        InvalidArgument: it is none.
    """
    if not isinstance(value, str) or not 0 < len(value) <= MAX_CHARACTERS or not value.isprintable() or " " in value:
        raise InvalidArgument(field, value, _ALLOWED)
    parts = _parts(value)
    if parts is None or not parts.hostname or parts.username is not None or parts.fragment or "\\" in value:
        raise InvalidArgument(field, value, _ALLOWED)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise InvalidArgument(field, value, _ALLOWED)
    return value


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


def _parts(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    return parts
