"""Whether confidence is deserved: of the readings at each step of the scale, the share that was positive indeed."""

from __future__ import annotations

import numpy as np

from mammoganesis.statistics.proportions import proportion
from mammoganesis.statistics.results import Calibration, Step
from mammoganesis.statistics.roc import Bools, Floats

MAX_STEPS = 10  # more different ratings are put together into so many steps of about the same size


def calibrate(truth: Bools, ratings: Floats, scale: tuple[float, float] | None, level: float) -> Calibration | None:
    """The steps of ratings [n] of cases with truth [n].

    Args:
        scale: the lowest and the highest step that readers could choose; None: those that they have chosen.

    Returns:
        None where all ratings are the same.
    """
    low, high = scale or (float(ratings.min()), float(ratings.max()))
    if low >= high:
        return None
    expected = (ratings - low) / (high - low)
    values, place = np.unique(ratings, return_inverse=True)
    if len(values) > MAX_STEPS:
        edges = np.unique(np.quantile(ratings, np.linspace(0, 1, MAX_STEPS + 1)[1:-1]))
        _, place = np.unique(np.searchsorted(edges, ratings, side="left"), return_inverse=True)
    steps, means, distance = [], [], 0.0
    for number in range(place.max() + 1):
        here = place == number
        positive = proportion(int(truth[here].sum()), int(here.sum()), level)
        steps.append(Step(float(ratings[here].min()), float(ratings[here].max()), positive))
        means.append(float(expected[here].mean()))
        distance += abs(means[-1] - float(truth[here].mean())) * here.mean()
    brier = float(((expected - truth) ** 2).mean())
    return Calibration(tuple(steps), tuple(means), brier, float(distance))
