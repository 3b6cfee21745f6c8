"""Names of frozen networks that options take; without torch, so that a command line can show them at once."""

from __future__ import annotations

from typing import Literal, get_args

Frozen = Literal["none", "lite0"]  # behind a projected discriminator
Judge = Literal["random-projection", "lite0", "opennsfw"]  # behind metrics

FROZEN: tuple[str, ...] = tuple(name for name in get_args(Frozen) if name != "none")
JUDGES: tuple[str, ...] = get_args(Judge)
