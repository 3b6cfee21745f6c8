"""TCP ports of this machine: whether one can be listened on, and where some are free."""

from __future__ import annotations

import errno
import os
import random
import socket
import time

# Below the range that Linux takes the ports of outgoing connections from (32768 and up), above the well-known ones.
_LOWEST, _HIGHEST = 15_000, 30_000


def problem(host: str, port: int) -> str | None:
    """Why nothing can listen on `host`:`port` now, such as "Address already in use"; None when it can."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror:
        return "no such host"
    except OSError as error:
        return os.strerror(error.errno or 0)
    return None


PASSING_SECONDS = 10.0
"""That a server waits for a port which no other listens on."""


def lasting_problem(host: str, port: int) -> str | None:
    """The same as `problem`, after a wait where nobody listens there: then the port has been taken by a connection of
    this machine to elsewhere, as Linux takes any from its range for these, and they mostly end soon."""
    ends = time.monotonic() + PASSING_SECONDS
    while (reason := problem(host, port)) == os.strerror(errno.EADDRINUSE) and not _is_listened_on(host, port):
        if time.monotonic() >= ends:
            return (
                f"{reason} by a connection to elsewhere; keep the port (sysctl net.ipv4.ip_local_reserved_ports={port})"
            )
        time.sleep(0.2)
    return reason


def _is_listened_on(host: str, port: int) -> bool:
    try:
        socket.create_connection((dialled(host).strip("[]"), port), timeout=1).close()
    except ConnectionRefusedError:
        return False
    except OSError:
        pass
    return True


EVERY_INTERFACE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "[::]": "[::1]"}
"""Hosts that stand for every interface, and what this machine dials for each."""


def dialled(host: str) -> str:
    """The host, as it stands before ":port", under which this machine reaches a server that listens on `host`."""
    if host in EVERY_INTERFACE:
        return EVERY_INTERFACE[host]
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def free_block(count: int) -> int:
    """The first of `count` ports in a row that are all free on every interface at this moment.

    Raises:
      OSError: none found.
    """
    for _ in range(200):
        first = random.randrange(_LOWEST, _HIGHEST - count)
        if all(problem("0.0.0.0", port) is None for port in range(first, first + count)):
            return first
    raise OSError(f"no {count} free ports in a row between {_LOWEST} and {_HIGHEST}")
