"""The goals, one module each: a function that proves one at a size, and what it found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Finding:
    """Of one goal.

    Attributes:
        goal: in words.
        counts: what was done and what came.
        broken: the promises that did not hold; none is what is wanted.
    """

    goal: str
    counts: Mapping[str, Any]
    broken: Sequence[str] = field(default_factory=tuple)

    def __str__(self) -> str:
        told = "\n".join(f"    {name}: {value}" for name, value in self.counts.items())
        verdict = "\n".join(f"    BROKEN: {each}" for each in self.broken) or "    holds"
        return f"{self.goal}\n{told}\n{verdict}"

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, path: Path) -> Finding:
        return cls(**json.loads(path.read_text()))
