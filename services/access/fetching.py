"""JSON from addresses of an issuer, over HTTP: bounded in bytes and time, without following it anywhere else."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx

from mammoganesis.errors import Unavailable, shown
from mammoganesis.json_text import NotJson, read_json

Http = httpx.AsyncClient
SECONDS = 10.0
MAX_BYTES = 512 * 2**10


def is_safe(address: str) -> bool:
    """Whether an address may be asked: https, or http on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if not host or not port_is_one or parts.username is not None or not address.isascii():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def new_client() -> Http:
    """For one process; it trusts what the environment says (SSL_CERT_FILE, https_proxy)."""
    return Http(verify=_trusted(), timeout=SECONDS, follow_redirects=False, headers={"accept": "application/json"})


@cache
def _trusted() -> ssl.SSLContext:
    """Read once: there are many certificates."""
    return httpx.create_ssl_context()


async def fetched(http: Http, address: str, headers: Mapping[str, str] | None = None) -> Any:
    """The JSON at an address.

    Raises:
        Unavailable: there is none, or none of ours to read.
    """
    status, content = await _answer(http, built(http, "GET", address, headers=headers))
    if status != httpx.codes.OK:
        raise Unavailable(f"{address} answers with HTTP {status}")
    return content


async def posted(
    http: Http, address: str, form: Mapping[str, str], basic: tuple[str, str] | None = None
) -> tuple[int, Any]:
    """Status and JSON of the answer to a form; None for what is no JSON.

    Args:
        basic: name and secret of a client, sent as RFC 6749, section 2.3.1 has it; None: neither.

    Raises:
        Unavailable: nobody answers, not in time, or with more than `MAX_BYTES`.
    """
    request = built(http, "POST", address, data=dict(form))
    if basic is not None:
        request = next(httpx.BasicAuth(*map(quote_plus, basic)).auth_flow(request))
    return await _answer(http, request)


@dataclass(frozen=True)
class Answered:
    """An answer: its HTTP status, its JSON (None for what is none), its headers by their names in small letters."""

    status: int
    content: Any
    headers: Mapping[str, str]


async def _answer(http: Http, request: httpx.Request) -> tuple[int, Any]:
    answer = await answered(http, request)
    return answer.status, answer.content


def built(http: Http, method: str, address: str, **content: Any) -> httpx.Request:
    """A request, for `answered`; `content`: as httpx takes it.

    Raises:
        Unavailable: nothing can be sent to such an address, or with such headers.
    """
    try:
        return http.build_request(method, address, **content)
    except (httpx.InvalidURL, ValueError):  # of what is no name of a host (IDNA), and no ASCII
        raise Unavailable(f"{shown(address)} cannot be asked") from None


async def answered(http: Http, request: httpx.Request) -> Answered:
    """The answer to a request.

    Raises:
        Unavailable: nobody answers, not in time, or with more than `MAX_BYTES`.
    """
    address = str(request.url.copy_with(query=None))
    if not is_safe(address):
        raise Unavailable(f"{address} is neither https nor on this machine")
    try:
        response = await http.send(request, stream=True)
        try:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > MAX_BYTES:
                    raise Unavailable(f"{address} answers with more than {MAX_BYTES} bytes")
        finally:
            await response.aclose()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(f"{address} does not answer ({type(error).__name__})") from None
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        return Answered(response.status_code, read_json(bytes(body)), headers)
    except NotJson:
        return Answered(response.status_code, None, headers)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
