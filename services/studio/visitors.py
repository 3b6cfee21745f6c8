"""Who the studio answers: set by what judges a request, read by what calls the edge for it."""

from __future__ import annotations

from contextvars import ContextVar

from services.access.principals import Principal

VISITOR: ContextVar[Principal | None] = ContextVar("visitor", default=None)
"""Of the request that is being answered; None: nobody has said who they are."""
