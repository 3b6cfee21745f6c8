"""What every channel of ours is opened with."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

import grpc

from services.wire.metadata import REQUEST_ID

_SIZES = re.compile(r"\((\d+) vs\. (\d+)\)")
_SCHEME = re.compile(r"(dns:(//[^/]*/)?|ipv4:|ipv6:)", re.ASCII)


def channel_options(address: str, max_message_bytes: int) -> list[tuple[str, str | int]]:
    """Options of a gRPC channel to `address`.

    Args:
        address: "host:port", "[::1]:port", "unix:path" or a target of gRPC's, such as "dns:///host:port".
        max_message_bytes: largest message either way; -1 for no limit.
    """
    options: list[tuple[str, str | int]] = [
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.max_send_message_length", max_message_bytes),
    ]
    if is_loopback(address):
        options.append(("grpc.enable_http_proxy", 0))  # http_proxy in the environment is for the world outside
    return options


def is_loopback(address: str) -> bool:
    """Whether `address` (as in `channel_options`) is this machine, where no proxy leads."""
    if address.startswith(("unix:", "unix-abstract:")):
        return True
    place = address[match.end() :] if (match := _SCHEME.match(address)) else address
    host = re.sub(r":\d+$", "", place).strip("[]") if place.count(":") == 1 or "]" in place else place
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified


def status_from(
    error: grpc.RpcError, address: str, max_message_bytes: int, seconds: float
) -> tuple[grpc.StatusCode, str]:
    """Status and message of a call that failed: the server's words where they are the server's, ours for gRPC's.

    Args:
        error: of a call on a channel to `address`, from `grpc` or `grpc.aio`.
        max_message_bytes: largest message that the channel takes.
        seconds: that the call had.
    """
    code: grpc.StatusCode = error.code()  # type: ignore[attr-defined]
    if not is_of_grpc(error):
        return code, error.details() or ""  # type: ignore[attr-defined]
    words = {
        grpc.StatusCode.UNAVAILABLE: f"no answer from {address}: nothing serves there, or it has gone",
        grpc.StatusCode.DEADLINE_EXCEEDED: f"no answer from {address} within {seconds:g} seconds",
        grpc.StatusCode.RESOURCE_EXHAUSTED: _too_large(error.details() or "", max_message_bytes),  # type: ignore[attr-defined]
        grpc.StatusCode.CANCELLED: "the call was cancelled, or the client is closed",
    }
    return code, words.get(code, f"{address} does not answer as a MammoGANesis server does")


def is_of_grpc(error: grpc.RpcError) -> bool:
    """Whether gRPC says so itself, and not the server."""
    trailing: Iterable[tuple[str, str | bytes]] = error.trailing_metadata() or ()  # type: ignore[attr-defined]
    return all(key != REQUEST_ID for key, _ in trailing)  # which the edge adds to all that it says


def _too_large(details: str, max_message_bytes: int) -> str:
    """What gRPC's core means where it finds something too large: the answer on this side, or the request."""
    sizes = _SIZES.search(details)
    size, most = (f" has {sizes[1]} bytes", f": {sizes[2]}") if sizes else (" is larger", "")
    if details.startswith("CLIENT: Received"):
        return (
            f"the answer{size}, more than this client takes: {max_message_bytes} (max_message_bytes); ask for fewer "
            "images or stream them"
        )
    return f"the request{size}, more than the server takes{most}; send fewer latents in a call, or recipes for codes"
