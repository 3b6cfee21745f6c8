"""Proxies in the environment (`http_proxy` and its like) are for the world outside, never between our processes."""

from __future__ import annotations

from collections.abc import Mapping

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def without_loopback_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with this machine's own addresses among the exceptions, for a process that is started with it."""
    changed = dict(environ)
    for name in ("no_proxy", "NO_PROXY"):
        known = [part.strip() for part in environ.get(name, "").split(",") if part.strip()]
        if "*" not in known:
            changed[name] = ",".join([*known, *(host for host in _LOOPBACK if host not in known)])
    return changed
