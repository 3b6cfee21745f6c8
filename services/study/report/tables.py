"""Tables of an analysis, one function each: results in, rows out. The same for a study and for ratings of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from mammoganesis.statistics.results import (
    Agreement,
    Binary,
    Breakdown,
    Calibration,
    Comparison,
    ComparisonTest,
    Equivalence,
    ForcedChoice,
    Interval,
    Kappa,
    Mrmc,
    Results,
    Rounds,
    Time,
)
from services.study.conclusions import METHODS, Primary
from services.study.report.document import Table
from services.study.report.texts import NOTHING, Texts

MOST_PAIRS = 15  # of readers, that stand in a table by themselves


def auc_table(results: Results, texts: Texts) -> Table:
    """AUC of each reader, and of all readings."""
    positive = texts.named("positive", results.positive)
    several = results.counts.treatments > 1
    head = [texts("auc.reader"), *([texts("auc.treatment")] if several else [])]
    head += [texts("auc.positives", positive=positive), texts("auc.negatives", positive=positive), texts("measure.auc")]
    head += [texts("auc.se"), texts("auc.interval", level=texts.percent(results.level)), texts("auc.binormal")]
    rows = []
    for reader in results.readers:
        rows.append(
            [
                reader.reader,
                *([reader.treatment] if several else []),
                str(reader.positives),
                str(reader.negatives),
                texts.number(reader.auc),
                texts.number(reader.se, 3),
                texts.interval(reader.interval),
                texts.number(reader.binormal.auc),
            ]
        )
    pooled = results.pooled
    rows.append(
        [
            texts("forest.pooled"),
            *([""] if several else []),
            NOTHING,
            NOTHING,
            texts.number(pooled.auc),
            texts.number(pooled.se, 3),
            texts.interval(pooled.interval),
            texts.number(pooled.binormal.auc),
        ]
    )
    return Table(texts("auc.table"), head, rows, 2 if several else 1, texts("auc.note"))


def binary_table(results: Results, texts: Texts) -> Table | None:
    """Decisions of each reader; None where nobody's rating has a threshold."""
    several = results.counts.treatments > 1
    named = [(f"{each.reader}, {each.treatment}" if several else each.reader, each.binary) for each in results.readers]
    named.append((texts("binary.pooled"), results.pooled.binary))
    found = [(name, binary) for name, binary in named if binary is not None]
    if not found:
        return None
    measures = ("sensitivity", "specificity", "precision", "balanced_accuracy")
    head = [texts("auc.reader"), texts("binary.counts"), *(texts(f"measure.{name}") for name in measures)]
    rows = [[name, *_binary_cells(binary, texts)] for name, binary in found]
    first, counts = found[0][1], results.counts
    positive = texts.named("positive", first.positive)
    baseline = texts.number(counts.positives / counts.cases if counts.cases else None)
    if first.threshold is None:
        note = texts("binary.asked", positive=positive)
    else:
        note = texts("binary.derived", positive=positive, threshold=texts.number(first.threshold, 1))
    note = f"{note} {texts('binary.note', baseline=baseline)}"
    return Table(texts("binary.table"), [*head, texts("binary.p")], rows, 1, note)


def _binary_cells(binary: Binary, texts: Texts) -> list[str]:
    counts = (binary.true_positives, binary.false_positives, binary.true_negatives, binary.false_negatives)
    balanced = binary.balanced_accuracy
    shares = [binary.sensitivity, binary.specificity, binary.precision]
    said = NOTHING if balanced is None else f"{texts.number(balanced.value)} ({texts.interval(balanced.interval)})"
    cells = [f"{texts.number(share.value)} ({texts.interval(share.interval)})" for share in shares]
    return [", ".join(map(str, counts)), *cells, said, texts.p(binary.exact.p)]


def mrmc_table(mrmc: Mrmc, level: float, primary: Primary | None, texts: Texts) -> Table | None:
    """The mean AUC by every method that could be used."""
    head = [texts("mrmc.method"), texts("mrmc.whom"), texts("measure.auc"), texts("auc.se"), texts("mrmc.df")]
    rows = []
    for name in METHODS:
        method = getattr(mrmc, name)
        if method is None:
            continue
        for whom, found in (("random", method.random_readers), ("fixed", method.fixed_readers)):
            rows.append(
                [
                    texts(f"method.{name}"),
                    texts(f"mrmc.{whom}"),
                    texts.number(found.auc, 3),
                    texts.number(found.se, 3),
                    texts.number(found.df, 1),
                    texts.interval(found.interval, 3),
                    texts.p(found.p),
                ]
            )
    if not rows:
        return None
    head += [texts("auc.interval", level=texts.percent(level)), texts("mrmc.p")]
    note = ""
    if primary is not None:
        whom = texts("mrmc.fixed" if primary.fixed else "mrmc.random")
        note = texts("mrmc.note", method=texts(f"method.{primary.method}"), whom=whom)
    return Table(texts("mrmc.table"), head, rows, 2, note)


def equivalence_table(found: Equivalence, texts: Texts) -> Table:
    """The two one-sided tests."""
    low, high = found.chance - found.margin, found.chance + found.margin
    head = [texts("equivalence.margin"), texts("equivalence.low", value=texts.number(low))]
    head += [texts("equivalence.high", value=texts.number(high))]
    head += [texts("equivalence.interval", level=texts.percent(1 - 2 * found.alpha)), texts("equivalence.shown")]
    shown = texts("word.yes" if found.equivalent else "word.no")
    row = [texts.number(found.margin), texts.p(found.p_low), texts.p(found.p_high)]
    return Table(texts("equivalence.table"), head, [[*row, texts.interval(found.interval, 3), shown]])


def rounds_table(rounds: Rounds, texts: Texts) -> Table:
    """The odd-one-out task, reader by reader."""
    head = [texts("auc.reader"), texts("rounds.rounds"), texts("rounds.right"), texts("rounds.errors")]
    head += [texts("rounds.complete"), texts("rounds.p", alternatives=rounds.alternatives)]
    rows = [
        [
            each.reader,
            str(each.rounds),
            str(each.rounds - each.errors),
            str(each.errors),
            texts("word.yes" if each.complete else "word.no"),
            texts.p(each.p_of_rounds),
        ]
        for each in rounds.readers
    ]
    errors = rounds.pooled.trials - rounds.pooled.successes
    pooled = [str(rounds.pooled.trials), str(rounds.pooled.successes), str(errors), "", texts.p(rounds.p_of_rounds)]
    return Table(texts("rounds.table"), head, [*rows, [texts("binary.pooled"), *pooled]])


def choices_table(choices: Sequence[ForcedChoice], texts: Texts) -> Table:
    """The choice of one among m, reader by reader."""
    head = [texts("auc.reader"), texts("choices.right")]
    head.append(texts("choices.p", alternatives=choices[0].alternatives))
    rows = [
        [each.reader or texts("binary.pooled"), texts.proportion(each.proportion), texts.p(each.exact.p)]
        for each in choices
    ]
    return Table(texts("choices.table"), head, rows)


def agreement_table(agreement: Agreement, texts: Texts) -> Table | None:
    """Every kappa."""
    found: list[tuple[str, Kappa]] = [("fleiss", agreement.fleiss)] if agreement.fleiss else []
    pairs = agreement.weighted
    found += [("weighted", kappa) for kappa in pairs if len(pairs) <= MOST_PAIRS]
    found += [("intra", kappa) for kappa in agreement.intra]
    if not found and not pairs:
        return None
    head = [texts(f"agreement.{name}") for name in ("kind", "readers", "cases", "agreement", "kappa")]
    rows = [
        [
            texts(f"agreement.{kind}"),
            ", ".join(filter(None, (kappa.reader, kappa.other))) or texts("binary.pooled"),
            str(kappa.cases),
            texts.percent(kappa.agreement),
            _with_interval(kappa.kappa, kappa.interval, texts),
        ]
        for kind, kappa in found
    ]
    if len(pairs) > MOST_PAIRS:
        rows.append(_all_pairs([kappa.kappa for kappa in pairs if kappa.kappa is not None], texts))
    return Table(texts("agreement.table"), head, rows, 2)


def _all_pairs(kappas: Sequence[float], texts: Texts) -> list[str]:
    """One row for all pairs of readers: the median and the range."""
    name, pairs = texts("agreement.weighted"), texts("agreement.pairs", count=len(kappas))
    if not kappas:
        return [name, pairs, NOTHING, NOTHING, NOTHING]
    middle, ends = texts.number(median(kappas)), Interval(min(kappas), max(kappas))
    return [name, pairs, NOTHING, NOTHING, texts("agreement.range", median=middle, range=texts.interval(ends))]


def breakdown_tables(breakdowns: Sequence[Breakdown], positive: str, texts: Texts) -> list[Table]:
    """The groups of each column; the note stands below the last."""
    last = len(breakdowns) - 1
    return [_breakdown(each, positive, i == last, texts) for i, each in enumerate(breakdowns)]


def _breakdown(breakdown: Breakdown, positive: str, noted: bool, texts: Texts) -> Table:
    decided = any(group.correct is not None for group in breakdown.groups)
    head = [texts("breakdown.group"), texts("breakdown.readings"), texts("measure.auc")]
    if decided:
        head += [texts("breakdown.called", positive=texts.named("positive", positive)), texts("breakdown.correct")]
    rows = []
    for group in breakdown.groups:
        auc = _with_interval(group.auc, group.interval, texts)
        shares = [texts.proportion(group.called_positive), texts.proportion(group.correct)] if decided else []
        edited = breakdown.column == "edit_type"
        name = texts.edit_type(group.value) if edited else texts.named(breakdown.column, group.value)
        rows.append([name, str(group.readings), auc, *shares])
    caption = texts("breakdown.table", column=texts.named("column", breakdown.column))
    return Table(caption, head, rows, 1, texts("breakdown.note") if noted else "")


def calibration_table(calibration: Calibration, positive: str, texts: Texts) -> Table:
    """Each step of the scale."""
    share = texts("calibration.share", positive=texts.named("positive", positive))
    rows = []
    for step in calibration.steps:
        low, high = texts.number(step.low, 0), texts.number(step.high, 0)
        rows.append([low if low == high else f"{low} - {high}", texts.proportion(step.positive)])
    return Table(texts("calibration.table"), [texts("calibration.step"), share], rows)


def time_table(times: Mapping[str, Time], texts: Texts) -> Table:
    """Time of an item, by task."""
    head = [texts("tasks.task"), texts("breakdown.readings"), texts("time.median"), texts("time.mean")]
    head += [texts("time.right"), texts("time.wrong"), texts("time.p"), texts("time.odds")]
    rows = [
        [
            name,
            str(time.readings),
            texts.seconds(time.median),
            texts.seconds(time.mean),
            texts.seconds(time.median_right),
            texts.seconds(time.median_wrong),
            texts.p(time.p),
            _with_interval(time.odds_ratio, time.odds_ratio_interval, texts),
        ]
        for name, time in times.items()
    ]
    return Table(texts("time.table"), head, rows, 1, texts("time.note"))


def comparison_tables(comparison: Comparison, level: float, texts: Texts) -> list[Table]:
    """Whether treatments differ, and by how much."""
    kinds: list[tuple[str, ComparisonTest | None]] = [
        ("rrrc", comparison.random_readers_random_cases),
        ("frrc", comparison.fixed_readers_random_cases),
        ("rrfc", comparison.random_readers_fixed_cases),
    ]
    tests = [(kind, test) for kind, test in kinds if test is not None]
    tables = []
    if tests:
        head = [texts("mrmc.whom"), texts("comparison.statistic"), texts("mrmc.df"), "p"]
        rows = [[texts(f"comparison.{kind}"), *_test_cells(test, texts)] for kind, test in tests]
        tables.append(Table(texts("comparison.table"), head, rows))
    differences = tests[0][1].differences if tests else comparison.one_shot
    if differences:
        head = [texts("comparison.pair"), texts("comparison.difference"), texts("auc.se")]
        head += [texts("auc.interval", level=texts.percent(level)), "p"]
        rows = [
            [
                f"{each.first} - {each.second}",
                texts.number(each.difference, 3),
                texts.number(each.se, 3),
                texts.interval(each.interval, 3),
                texts.p(each.p),
            ]
            for each in differences
        ]
        note = "" if tests or not comparison.reason else texts("reason.table", reason=texts.stated(comparison.reason))
        tables.append(Table(texts("comparison.differences"), head, rows, 1, note))
    return tables


def _test_cells(test: ComparisonTest, texts: Texts) -> list[str]:
    if test.kind == "F":
        df = f"{texts.number(test.df_numerator, 0)}, {texts.number(test.df, 1)}"
        return [f"F {texts.number(test.statistic)}", df, texts.p(test.p)]
    return [f"χ² {texts.number(test.statistic)}", texts.number(test.df, 0), texts.p(test.p)]


def _with_interval(value: float | None, interval: Interval | None, texts: Texts) -> str:
    said = texts.number(value)
    return said if value is None or interval is None else f"{said} ({texts.interval(interval)})"
