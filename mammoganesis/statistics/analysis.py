"""The whole analysis of a study: from readings to results."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mammoganesis.statistics import agreement, binormal, breakdown, calibration, mrmc, reading_time, rounds
from mammoganesis.statistics.delong import estimate
from mammoganesis.statistics.equivalence import Margin
from mammoganesis.statistics.forced_choice import Choice
from mammoganesis.statistics.forced_choice import analyse as analyse_choices
from mammoganesis.statistics.intervals import LEVEL
from mammoganesis.statistics.notes import notes_on
from mammoganesis.statistics.pooling import pooled_auc
from mammoganesis.statistics.proportions import binary
from mammoganesis.statistics.readings import Readings, Table, table
from mammoganesis.statistics.results import Agreement, Counts, Kappa, Pooled, ReaderResult, Results
from mammoganesis.statistics.roc import Bools, curve, placements

PARTS = 6  # of the work, for a bar
MAX_PAIRED = 50  # readers, of whom each pair has a kappa of its own


@dataclass(frozen=True)
class Options:
    """What the numbers mean.

    Attributes:
        positive: what truth True stands for.
        level: of all intervals.
        scale: the lowest and the highest rating that readers could give; None where it is not known.
        threshold: a rating above it is a decision for `positive`; None: the middle of the scale, or of 0 and 1 where
            all ratings are one of these. Decisions that readers were asked for go before it.
        margin: of equivalence; None for none.
    """

    positive: str = "generated"
    level: float = LEVEL
    scale: tuple[float, float] | None = None
    threshold: float | None = None
    margin: Margin | None = None


@dataclass(frozen=True)
class OtherTasks:
    """What readers did beside rating single images: odd-one-out rounds, and choices of one among m."""

    runs: Sequence[rounds.Run] = ()
    alternatives: int = 6
    allowed_errors: int = 3
    choices: Sequence[Choice] = ()


def analyse(
    readings: Readings,
    options: Options | None = None,
    others: OtherTasks | None = None,
    told: Callable[[], object] = lambda: None,
) -> Results:
    """Everything that the readings bear.

    Args:
        told: called after each of PARTS parts of the work.
    """
    options, others = options or Options(), others or OtherTasks()
    decided = _decisions(readings, options)
    whole = table(readings)
    readers = tuple(
        _reader(readings, decided, (reader, treatment), options)
        for treatment in whole.treatments
        for reader in whole.readers
        if ((readings.reader == reader) & (readings.treatment == treatment)).any()
    )
    told()
    pooled = _pooled(readings, decided, options)
    told()
    by_treatment = {
        name: mrmc.analyse(whole.values[t], whole.truth, options.level, options.margin)
        for t, name in enumerate(whole.treatments)
    }
    told()
    several = len(whole.treatments) > 1
    comparison = mrmc.compare(whole.treatments, whole.values, whole.truth, options.level) if several else None
    told()
    agreed = _agreement(readings, decided, whole, options)
    told()
    first = readings.where(readings.repeat == 0)
    first_decided = None if decided is None else decided[readings.repeat == 0]
    right = None if first_decided is None else first_decided == first.truth
    found = Results(
        positive=options.positive,
        level=options.level,
        counts=_counts(readings, whole),
        readers=readers,
        pooled=pooled,
        mrmc=by_treatment,
        comparison=comparison,
        agreement=agreed,
        rounds=rounds.analyse(others.runs, others.alternatives, others.allowed_errors),
        forced_choice=analyse_choices(others.choices, options.level),
        breakdowns=breakdown.analyse(first, first_decided, options.level),
        calibration=calibration.calibrate(first.truth, first.rating, options.scale, options.level),
        time=reading_time.analyse(first.seconds, right, first.reader, options.level),
    )
    told()
    return notes_on(found)


def _threshold(readings: Readings, options: Options) -> float | None:
    if options.threshold is not None:
        return options.threshold
    if options.scale is not None:
        return sum(options.scale) / 2
    return 0.5 if np.isin(readings.rating, (0, 1)).all() else None


def _decisions(readings: Readings, options: Options) -> Bools | None:
    """[n], or None where nothing tells what a rating decides."""
    if readings.decision is not None:
        return readings.decision
    threshold = _threshold(readings, options)
    return None if threshold is None else readings.rating > threshold


def _meaning(readings: Readings, options: Options) -> tuple[str, float | None]:
    return options.positive, None if readings.decision is not None else _threshold(readings, options)


def _reader(readings: Readings, decided: Bools | None, which: tuple[str, str], options: Options) -> ReaderResult:
    rows = (readings.reader == which[0]) & (readings.treatment == which[1]) & (readings.repeat == 0)
    truth, ratings = readings.truth[rows], readings.rating[rows]
    positives = int(truth.sum())
    both = 0 < positives < len(truth)
    found = placements(ratings[~truth], ratings[truth]) if both else None
    spread = estimate(found, options.level) if found else None
    return ReaderResult(
        reader=which[0],
        treatment=which[1],
        positives=positives,
        negatives=len(truth) - positives,
        auc=float(found.auc) if found else None,
        se=spread.se if spread else None,
        interval=spread.interval if spread else None,
        curve=curve(truth, ratings),
        binormal=binormal.fit(truth, ratings),
        binary=None if decided is None else binary(truth, decided[rows], _meaning(readings, options), options.level),
    )


def _pooled(readings: Readings, decided: Bools | None, options: Options) -> Pooled:
    rows = readings.repeat == 0
    truth, ratings, case = readings.truth[rows], readings.rating[rows], readings.case[rows]
    auc, spread = pooled_auc(truth, ratings, case, options.level)
    return Pooled(
        readings=len(ratings),
        auc=auc,
        se=spread.se if spread else None,
        interval=spread.interval if spread else None,
        curve=curve(truth, ratings),
        binormal=dataclasses.replace(binormal.fit(truth, ratings), se=None),
        binary=None if decided is None else binary(truth, decided[rows], _meaning(readings, options), options.level),
    )


def _agreement(readings: Readings, decided: Bools | None, whole: Table, options: Options) -> Agreement | None:
    """Each case under each treatment is a unit of its own."""
    readers = len(whole.readers)
    units = np.moveaxis(whole.values, 1, 0).reshape(readers, -1)
    fleiss = None
    if decided is not None and readers > 1:
        answers = np.moveaxis(table(readings, decided.astype(np.float64)).values, 1, 0).reshape(readers, -1)
        fleiss = agreement.fleiss(answers[:, ~np.isnan(answers).any(axis=0)] > 0.5, options.level)
    weighted = []
    named = list(zip(whole.readers, units, strict=True)) if readers <= MAX_PAIRED else []
    for (one, first), (two, second) in itertools.combinations(named, 2):
        both = ~np.isnan(first) & ~np.isnan(second)
        weighted.append(agreement.weighted((one, two), first[both], second[both], options.level))
    intra = _intra(readings, options)
    return Agreement(fleiss, tuple(weighted), intra) if fleiss or weighted or intra else None


def _intra(readings: Readings, options: Options) -> tuple[Kappa, ...]:
    """Of each reader with repeated readings: the first against the second reading of a case."""
    names = list(zip(readings.treatment.tolist(), readings.reader.tolist(), readings.case.tolist(), strict=True))
    by_repeat = [
        {name: rating for name, rating, n in zip(names, readings.rating, readings.repeat, strict=True) if n == wanted}
        for wanted in (0, 1)
    ]
    twice = [name for name in by_repeat[1] if name in by_repeat[0]]
    found = []
    for reader in dict.fromkeys(name[1] for name in twice):
        pairs = np.array([[ratings[name] for name in twice if name[1] == reader] for ratings in by_repeat])
        found.append(agreement.weighted((reader, reader), pairs[0], pairs[1], options.level))
    return tuple(found)


def _counts(readings: Readings, whole: Table) -> Counts:
    return Counts(
        readers=len(whole.readers),
        treatments=len(whole.treatments),
        cases=len(whole.truth),
        positives=int(whole.truth.sum()),
        negatives=int((~whole.truth).sum()),
        readings=int((readings.repeat == 0).sum()),
        repeated=int((readings.repeat > 0).sum()),
        crossed=not np.isnan(whole.values).any(),
    )
