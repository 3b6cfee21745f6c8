"""Localisation ROC: a positive case counts for as much as its rating says only where its place was found.

The empirical LROC curve has the share of positives that are rated at or above a threshold and located over the share of
negatives so rated. The area under it is the Mann-Whitney statistic with a positive that was not located ranked below
every negative (Popescu 2007, Med Phys 34:1556; Wunderlich and Noo 2012, IEEE Trans Med Imaging 31:2050): a U-statistic
of two samples as the AUC is, so that its intervals over readers and cases are those of `mrmc`. Who guesses has half the
probability of meeting a place by chance, not 0.5: there is no test against 0.5 here, no margin, and no binormal curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mammoganesis.statistics import delong, mrmc
from mammoganesis.statistics.proportions import proportion
from mammoganesis.statistics.readings import Readings, table
from mammoganesis.statistics.results import Curve, Estimate, Interval, Mrmc, MrmcEstimate, Proportion, Statement
from mammoganesis.statistics.roc import Bools, Floats, placements


@dataclass(frozen=True)
class LrocReader:
    """One reader.

    Attributes:
        positives, negatives: cases read; positives have one place to be found.
        located: of the positives, whatever their rating; with Wilson's interval.
        area: under the empirical LROC curve, 0 to `located.value`; None where one of the classes was not read. The
            interval is DeLong's; None where nothing varies, as where no place was found.
        curve: its corners, from (0, 0) to (1, `located.value`).
    """

    reader: str
    positives: int
    negatives: int
    located: Proportion
    area: float | None
    se: float | None
    interval: Interval | None
    curve: Curve | None


@dataclass(frozen=True)
class LrocMean:
    """The mean of the readers: for new readers and new cases, and for these readers and new cases; `method` as in
    `Mrmc.primary`."""

    method: str
    random_readers: Estimate
    fixed_readers: Estimate


@dataclass(frozen=True)
class Lroc:
    """All readers. `area` and `located` (the localisation fraction) are None with `reason` where there is no interval
    over readers."""

    readers: tuple[LrocReader, ...]
    area: LrocMean | None
    located: LrocMean | None
    reason: Statement | None = None


def analyse(readings: Readings, located: Bools, level: float) -> Lroc | None:
    """LROC of one treatment.

    Args:
        readings: the higher the rating, the surer that something is there; first readings count.
        located: [n], whether the place of a positive was found; of negatives it does not matter.
        level: of intervals.

    Returns:
        None where one of the classes was not read at all.
    """
    first = readings.repeat == 0
    if not first.any() or readings.truth[first].all() or not readings.truth[first].any():
        return None
    readers = tuple(
        _reader(readings, located, first & (readings.reader == name), level)
        for name in dict.fromkeys(readings.reader[first].tolist())
    )
    by_area = _over_readers(readings, ranked(readings.rating, readings.truth, located), level)
    by_place = _over_readers(readings, np.where(readings.truth, np.where(located, 1.0, -1.0), 0.0), level)
    return Lroc(readers, _mean(by_area), _mean(by_place), by_area.reason)


def ranked(rating: Floats, truth: Bools, located: Bools) -> Floats:
    """Ratings [n] with those of positives that were not located below all others, so that their AUC is the area under
    the LROC curve."""
    return np.where(truth & ~located, rating.min() - 1.0, rating)


def curve(rating: Floats, truth: Bools, located: Bools) -> Curve:
    """The corners of the empirical curve, of ratings [n] with both classes among them."""
    thresholds = np.unique(rating)[::-1]
    found, false = rating[truth & located], rating[~truth]
    above = [(int((false >= each).sum()), int((found >= each).sum())) for each in thresholds]
    negatives, positives = len(false), int(truth.sum())
    return Curve(
        (0.0, *(count / negatives for count, _ in above)),
        (0.0, *(count / positives for _, count in above)),
    )


def _reader(readings: Readings, located: Bools, rows: Bools, level: float) -> LrocReader:
    rating, truth, met = readings.rating[rows], readings.truth[rows], located[rows]
    positives = int(truth.sum())
    negatives = len(truth) - positives
    both = positives > 0 and negatives > 0
    ordered = ranked(rating, truth, met)
    found = placements(ordered[~truth], ordered[truth]) if both else None
    spread = delong.estimate(found, level) if found else None
    return LrocReader(
        reader=str(readings.reader[rows][0]),
        positives=positives,
        negatives=negatives,
        located=proportion(int((truth & met).sum()), positives, level),
        area=float(found.auc) if found else None,
        se=spread.se if spread else None,
        interval=spread.interval if spread and spread.se > 0 else None,
        curve=curve(rating, truth, met) if both else None,
    )


def _over_readers(readings: Readings, values: Floats, level: float) -> Mrmc:
    whole = table(readings, values)
    return mrmc.analyse(whole.values[0], whole.truth, level, None)


def _mean(found: Mrmc) -> LrocMean | None:
    method = getattr(found, found.primary) if found.primary else None
    if method is None:
        return None
    return LrocMean(found.primary, _estimate(method.random_readers), _estimate(method.fixed_readers))


def _estimate(found: MrmcEstimate) -> Estimate:
    return Estimate(found.auc, found.se, found.df, found.interval)
