"""What a reader of the results must be told: limits that the numbers alone do not show."""

from __future__ import annotations

import dataclasses

from mammoganesis.statistics.results import Binary, Mrmc, Results, Statement

FEW_READERS = 5  # fewer say little about other readers
APART = 0.2  # of two readers' AUCs: their mean describes neither


def notes_on(found: Results) -> Results:
    """The results with their notes."""
    return dataclasses.replace(found, notes=(*_design(found), *_mrmc(found), *_decisions(found), *independence(found)))


def _design(found: Results) -> list[Statement]:
    counts = found.counts
    candidates = [
        (counts.readers < FEW_READERS, Statement("note.readers", {"count": counts.readers})),
        (not counts.crossed, Statement("note.partly_crossed")),
        (counts.repeated > 0, Statement("note.repeated", {"count": counts.repeated})),
    ]
    return [note for holds, note in candidates if holds]


def _mrmc(found: Results) -> list[Statement]:
    notes = []
    for treatment, of in found.mrmc.items():
        under = {"treatment": treatment} if len(found.mrmc) > 1 else {}
        aucs = [r.auc for r in found.readers if r.treatment == treatment and r.auc is not None]
        if len(aucs) > 1 and max(aucs) - min(aucs) > APART:
            notes.append(_under("note.apart", {"low": min(aucs), "high": max(aucs)}, under))
        notes += _equivalence(of, under)
    return notes


def _under(code: str, values: dict[str, object], under: dict[str, str]) -> Statement:
    """A note on one of several treatments names it."""
    return Statement(f"{code}.under" if under else code, values | under)


def _equivalence(of: Mrmc, under: dict[str, str]) -> list[Statement]:
    method = getattr(of, of.primary) if of.primary else None
    if method is None:
        return []
    random, tested = method.random_readers, of.equivalence
    values: dict[str, object] = {"auc": random.auc, "interval": random.interval}
    if tested is not None:
        values |= {"low": tested.chance - tested.margin, "high": tested.chance + tested.margin}
        values |= {"p": tested.p, "narrow": tested.interval}
        return [_under("note.equivalent" if tested.equivalent else "note.not_equivalent", values, under)]
    if random.interval.low <= 0.5 <= random.interval.high:
        return [_under("note.no_difference", values, under)]
    return []


def _decisions(found: Results) -> list[Statement]:
    if found.pooled.binary is None:
        return [Statement("note.no_decisions")]
    return [Statement("note.positive", {"positive": found.positive}), *_unequal(found.pooled.binary)]


def _unequal(pooled: Binary) -> list[Statement]:
    positives = pooled.true_positives + pooled.false_negatives
    negatives = pooled.true_negatives + pooled.false_positives
    if positives == negatives:
        return []
    percent = round(100 * max(positives, negatives) / (positives + negatives))
    return [Statement("note.unequal", {"positives": positives, "negatives": negatives, "percent": percent})]


def independence(found: Results) -> list[Statement]:
    """Of whatever is counted over several readers."""
    counted = found.pooled.binary is not None or found.rounds is not None or bool(found.forced_choice)
    return [Statement("note.independence")] if counted and found.counts.readers >= 2 else []
