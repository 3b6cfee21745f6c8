"""Choosing the generated one among m images: right answers against 1/m, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mammoganesis.statistics.proportions import against_chance, proportion
from mammoganesis.statistics.results import ForcedChoice


@dataclass(frozen=True)
class Choice:
    """One answer: of how many images one was to be chosen, and whether it was the right one."""

    reader: str
    alternatives: int
    right: bool


def analyse(choices: Sequence[Choice], level: float) -> tuple[ForcedChoice, ...]:
    """Of each number of alternatives: each reader's share of right answers, then that of all ("")."""
    found = []
    for alternatives in sorted({choice.alternatives for choice in choices}):
        here = [choice for choice in choices if choice.alternatives == alternatives]
        for reader in [*dict.fromkeys(choice.reader for choice in here), ""]:
            own = [choice.right for choice in here if reader in ("", choice.reader)]
            test = against_chance(sum(own), len(own), 1 / alternatives)
            found.append(ForcedChoice(reader, alternatives, proportion(sum(own), len(own), level), test))
    return tuple(found)
