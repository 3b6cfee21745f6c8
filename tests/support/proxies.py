"""Proxies in the environment that lead nowhere: whoever asks them does not get far."""

from __future__ import annotations

DEAD_PROXIES = {
    name: "http://127.0.0.1:9"
    for lower in ("http_proxy", "https_proxy", "grpc_proxy", "all_proxy")
    for name in (lower, lower.upper())
} | {"no_proxy": "", "NO_PROXY": ""}
"""With no exceptions, whatever the tests' own environment says."""
