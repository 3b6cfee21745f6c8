"""The readings by groups of cases: synthesised and edited, view, density, edit type."""

from __future__ import annotations

import numpy as np

from mammoganesis.statistics.pooling import pooled_auc
from mammoganesis.statistics.proportions import proportion
from mammoganesis.statistics.readings import Readings
from mammoganesis.statistics.results import Breakdown, Group
from mammoganesis.statistics.roc import Bools


def analyse(readings: Readings, decided: Bools | None, level: float) -> tuple[Breakdown, ...]:
    """Each column of groups.

    Args:
        readings: first ones alone.
        decided: [n] whether the reader called it positive; None where that is not known.
    """
    found = []
    for column, values in readings.groups.items():
        names = [name for name in np.unique(values).tolist() if name]
        groups = tuple(_group(readings, decided, (name, values == name), level) for name in names)
        if groups:
            found.append(Breakdown(column, groups))
    return tuple(found)


def _group(readings: Readings, decided: Bools | None, which: tuple[str, Bools], level: float) -> Group:
    name, rows = which
    own = int(rows.sum())
    called = right = None
    if decided is not None:
        called = proportion(int(decided[rows].sum()), own, level)
        right = proportion(int((decided == readings.truth)[rows].sum()), own, level)
    borrowed = bool(readings.truth[rows].all())
    if borrowed:
        rows = rows | ~readings.truth
    truth = readings.truth[rows]
    auc, spread = pooled_auc(truth, readings.rating[rows], readings.case[rows], level)
    return Group(
        value=name,
        readings=own,
        positives=int(truth.sum()),
        negatives=int((~truth).sum()),
        negatives_of_all=borrowed,
        auc=auc,
        se=spread.se if spread else None,
        interval=spread.interval if spread else None,
        called_positive=called,
        correct=right,
    )
