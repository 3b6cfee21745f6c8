"""What a command has done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.serving import TINY

LOCAL = ["--local", "--bundle", str(TINY)]


@dataclass
class Ran:
    """Exit code and what was printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]
