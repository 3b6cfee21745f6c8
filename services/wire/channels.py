"""What every channel of ours is opened with."""

from __future__ import annotations

import ipaddress
import re

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
