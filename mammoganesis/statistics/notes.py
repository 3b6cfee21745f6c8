"""What a reader of the results must be told: limits that the numbers alone do not show."""

from __future__ import annotations

import dataclasses

from mammoganesis.statistics.results import Binary, Interval, Mrmc, Results

FEW_READERS = 5  # fewer say little about other readers
APART = 0.2  # of two readers' AUCs: their mean describes neither


def notes_on(found: Results) -> Results:
    """The results with their notes."""
    return dataclasses.replace(found, notes=(*_design(found), *_mrmc(found), *_decisions(found), *independence(found)))


def _design(found: Results) -> list[str]:
    notes = []
    counts = found.counts
    if counts.readers < FEW_READERS:
        notes.append(
            f"{_count(counts.readers, 'reader')}: the interval for new readers is wide, and rests on the assumption "
            "that these are like the others."
        )
    if not counts.crossed:
        notes.append("Not every reader has read every case: the one-shot U-statistic is the method for that.")
    if counts.repeated:
        notes.append(
            f"{_count(counts.repeated, 'repeated reading')} tell how readers agree with themselves and are left out of "
            "everything else."
        )
    return notes


def _mrmc(found: Results) -> list[str]:
    notes = []
    for treatment, of in found.mrmc.items():
        where = f" under {treatment}" if len(found.mrmc) > 1 else ""
        aucs = [r.auc for r in found.readers if r.treatment == treatment and r.auc is not None]
        if len(aucs) > 1 and max(aucs) - min(aucs) > APART:
            notes.append(
                f"The readers' AUCs{where} lie between {min(aucs):.2f} and {max(aucs):.2f}: their mean describes none."
            )
        notes += _equivalence(of, where)
    return notes


def _equivalence(of: Mrmc, where: str) -> list[str]:
    method = getattr(of, of.primary) if of.primary else None
    if method is None:
        return []
    random = method.random_readers
    text = f"AUC {random.auc:.2f} ({_shown(random.interval)}){where}"
    if of.equivalence is not None:
        low, high = of.equivalence.chance - of.equivalence.margin, of.equivalence.chance + of.equivalence.margin
        verdict = "is shown" if of.equivalence.equivalent else "is not shown"
        return [
            f"{text}: equivalence to chance within {low:.2f} to {high:.2f} {verdict} (p {of.equivalence.p:.3f}; "
            f"interval of the test {_shown(of.equivalence.interval)})."
        ]
    if random.interval.low <= 0.5 <= random.interval.high:
        return [
            f"{text} does not differ from chance by this study. That does not show that real and generated cannot be "
            "told apart: that takes a test of equivalence with a margin set beforehand."
        ]
    return []


def _decisions(found: Results) -> list[str]:
    if found.pooled.binary is None:
        return ["There are no decisions, so no shares: neither a threshold nor the scale of the ratings is known."]
    return [
        f"Sensitivity, precision and all other shares take {found.positive!r} for the positive class.",
        *_unequal(found.pooled.binary),
    ]


def _unequal(pooled: Binary) -> list[str]:
    positives = pooled.true_positives + pooled.false_negatives
    negatives = pooled.true_negatives + pooled.false_positives
    if positives == negatives:
        return []
    share = max(positives, negatives) / (positives + negatives)
    return [
        f"{_count(positives, 'reading')} of positive and {negatives} of negative cases: calling all of them the same "
        f"is right in up to {share:.0%}, which the exact test against 1/2 takes for skill. Balanced accuracy is 0.50 "
        "then, and is what to look at."
    ]


def independence(found: Results) -> list[str]:
    """Of whatever is counted over several readers."""
    counted = found.pooled.binary is not None or found.rounds is not None or bool(found.forced_choice)
    if not counted or found.counts.readers < 2:
        return []
    return [
        "Shares of all readers together, their intervals and their exact tests take every answer as independent. "
        "Answers of one reader, or about one case, resemble each other: these intervals are too narrow and these p too "
        "small."
    ]


def _shown(interval: Interval) -> str:
    return f"{interval.low:.2f} to {interval.high:.2f}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
