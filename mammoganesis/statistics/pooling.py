"""The AUC of the readings of several readers as one heap."""

from __future__ import annotations

import numpy as np

from mammoganesis.statistics.delong import clustered
from mammoganesis.statistics.intervals import by_normal
from mammoganesis.statistics.readings import Names
from mammoganesis.statistics.results import Estimate
from mammoganesis.statistics.roc import Bools, Floats, placements


def pooled_auc(truth: Bools, ratings: Floats, case: Names, level: float) -> tuple[float | None, Estimate | None]:
    """Of ratings [n] of cases [n], by name, with truth [n]: the AUC (None where a class is missing), and the AUC with
    its interval over new cases (None where a class has fewer than two cases)."""
    if truth.all() or not truth.any():
        return None, None
    found = placements(ratings[~truth], ratings[truth])
    auc = float(found.auc)
    numbers = np.unique(case, return_inverse=True)[1]
    cases = numbers[truth], numbers[~truth]
    if min(len(np.unique(of_class)) for of_class in cases) < 2:
        return auc, None
    return auc, by_normal(auc, clustered(found, cases), level)
