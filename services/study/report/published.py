"""The published study beside which a report stands: what its own numbers bear.

MammoGANesis 2020, Table II. Its decisions are rebuilt from the printed shares as whole numbers of 48 generated and 52
real images, with generated as the positive class; where several numbers give the same printed shares, the first. They
are taken as if every reader's right answers lay on the same images first, since which images were which is not known.
"""

from __future__ import annotations

from functools import cache

from mammoganesis.statistics.analysis import Options, OtherTasks, analyse
from mammoganesis.statistics.readings import Reading, gather
from mammoganesis.statistics.results import Results
from mammoganesis.statistics.rounds import Run

GENERATED, REAL = 48, 52
DECISIONS = {"R1": (18, 13), "R2": (31, 9), "R3": (15, 21), "R4": (30, 44)}
"""True and false positives of each reader."""
ROUNDS = {"R1": (3, 3), "R2": (14, 3), "R3": (3, 3), "R4": (3, 3)}
"""Rounds of six images, and wrong ones among them."""


@cache
def published() -> Results:
    """Its analysis."""
    readings = [
        Reading(reader, f"{kind}{case}", kind == "generated", float(case < called))
        for reader, (hits, false_alarms) in DECISIONS.items()
        for kind, count, called in (("generated", GENERATED, hits), ("real", REAL, false_alarms))
        for case in range(count)
    ]
    runs = [Run(reader, rounds, errors) for reader, (rounds, errors) in ROUNDS.items()]
    return analyse(gather(readings), Options(scale=(0.0, 1.0)), OtherTasks(runs))
