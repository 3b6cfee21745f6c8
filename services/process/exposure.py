"""Whether an interface is this machine's own."""

from __future__ import annotations

import ipaddress


def is_loopback_host(host: str) -> bool:
    """Whether an interface to listen on is this machine's own."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
