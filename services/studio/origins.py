"""Calls from other sites' pages (CORS): asked for by the browser before, answered for the origins that are allowed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

REQUEST_HEADERS = (
    "connect-protocol-version",
    "connect-timeout-ms",
    "content-type",
    "grpc-timeout",
    "x-grpc-web",
    "x-user-agent",
)
"""That clients of Connect and gRPC-Web send, besides those that need no permission."""
ANSWER_HEADERS = ("grpc-message", "grpc-status", "grpc-status-details-bin", "retry-after")
REMEMBERED_SECONDS = 7_200  # more than browsers keep a permission


def called_from(origins: Sequence[str], app: ASGIApp) -> ASGIApp:
    """`app` for the pages of some origins too; never with credentials.

    Args:
        origins: such as "https://lms.example.org"; "https://*.example.org" for all below one, "*" for any.
    """
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=["*"] if "*" in origins else [],
        allow_origin_regex="|".join(map(_pattern, origins)),
        allow_methods=["POST"],
        allow_headers=REQUEST_HEADERS,
        expose_headers=ANSWER_HEADERS,
        max_age=REMEMBERED_SECONDS,
    )


def _pattern(origin: str) -> str:
    return re.escape(origin).replace(r"\*", "[a-z0-9._-]+")
