"""What an analysis finds: frozen values, one tree, which `as_json.to_json` makes into the keys of results.json.

AUCs, proportions and their standard errors lie in 0 to 1. An interval covers with the probability `Results.level`; it
is [low, high] in JSON. What could not be computed is None, and the `reason` beside it says why in a statement. A
number that is not finite (the df of a test by the normal distribution) is null in JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Statement:
    """What people are to be told, without words: `code` is that of a sentence of `mammoganesis.texts.statements`, whose
    gaps `values` fill. With a value `count` the sentence has a singular."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Interval:
    """A confidence interval; that of an AUC or another share has limits within 0 to 1, see `intervals.of_share`."""

    low: float
    high: float


@dataclass(frozen=True)
class Proportion:
    """`count` of `total`, with Wilson's interval; None where there are none of which to take a part."""

    count: int
    total: int
    value: float | None
    interval: Interval | None


@dataclass(frozen=True)
class ExactTest:
    """The exact binomial test, two-sided, of `successes` among `trials` against the probability `chance`."""

    successes: int
    trials: int
    chance: float
    p: float


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error and interval; df infinite where the normal distribution serves."""

    value: float
    se: float
    df: float
    interval: Interval


@dataclass(frozen=True)
class Curve:
    """The corners of an empirical ROC curve, from (0, 0) to (1, 1): fractions of the negatives and of the positives."""

    false_positive: tuple[float, ...]
    true_positive: tuple[float, ...]


@dataclass(frozen=True)
class Binormal:
    """TPF = Phi(a + b Phi^-1(FPF)) by maximum likelihood; all None with `reason` where it does not converge."""

    a: float | None
    b: float | None
    auc: float | None
    se: float | None
    reason: Statement | None = None


@dataclass(frozen=True)
class Binary:
    """Decisions: a rating above `threshold` says `positive`; None where readers were asked for the decision itself.
    `exact` tests the share of right decisions against 1/2."""

    positive: str
    threshold: float | None
    true_positives: int
    false_positives: int
    true_negatives: int
    false_negatives: int
    sensitivity: Proportion
    specificity: Proportion
    precision: Proportion
    negative_predictive_value: Proportion
    accuracy: Proportion
    balanced_accuracy: Estimate | None
    exact: ExactTest


@dataclass(frozen=True)
class ReaderResult:
    """One reader under one treatment. `interval` is DeLong's; `auc` None where one of the classes was not read."""

    reader: str
    treatment: str
    positives: int
    negatives: int
    auc: float | None
    se: float | None
    interval: Interval | None
    curve: Curve | None
    binormal: Binormal
    binary: Binary | None


@dataclass(frozen=True)
class Pooled:
    """All readings as one heap. The interval takes the readings of a case as one cluster (Obuchowski 1997), so it
    speaks of these readers and new cases; the binormal curve has no standard error here."""

    readings: int
    auc: float | None
    se: float | None
    interval: Interval | None
    curve: Curve | None
    binormal: Binormal
    binary: Binary | None


@dataclass(frozen=True)
class MrmcEstimate:
    """The mean AUC of the readers. `p` is two-sided against 0.5."""

    auc: float
    se: float
    df: float
    interval: Interval
    p: float


@dataclass(frozen=True)
class MrmcMethod:
    """One method of covariance: for new readers and new cases, and for these readers and new cases."""

    random_readers: MrmcEstimate
    fixed_readers: MrmcEstimate


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests of |AUC - chance| < margin: `p` the larger of the two, `interval` at 1 - 2 alpha."""

    chance: float
    margin: float
    alpha: float
    p_low: float
    p_high: float
    p: float
    interval: Interval
    equivalent: bool


@dataclass(frozen=True)
class Mrmc:
    """The interval of one treatment over readers and cases.

    `jackknife` and `delong` are None with `reason` where some reader has not read some case; `ustatistic` then is the
    one-shot estimate, which is `one_shot` in any case. `primary` names the method whose interval for new readers is
    the one to quote, "" where there is none; `equivalence` is by that method, None without a margin.
    """

    jackknife: MrmcMethod | None
    delong: MrmcMethod | None
    ustatistic: MrmcMethod | None
    one_shot: MrmcMethod | None
    primary: str
    equivalence: Equivalence | None
    reason: Statement | None = None


@dataclass(frozen=True)
class Difference:
    """AUC of `first` less AUC of `second`, with a two-sided p against 0."""

    first: str
    second: str
    difference: float
    se: float
    df: float
    interval: Interval
    p: float


@dataclass(frozen=True)
class ComparisonTest:
    """All treatments equal? `kind` is "F" or "chi2"; `df` that of the denominator of F, or that of chi2."""

    kind: str
    statistic: float
    df_numerator: float
    df: float
    p: float
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Components:
    """Variances and covariances of Obuchowski and Rockette's model. Those of readers may be below zero."""

    reader: float
    treatment_by_reader: float
    covariance_1: float
    covariance_2: float
    covariance_3: float
    error: float


@dataclass(frozen=True)
class Comparison:
    """Two or more treatments. `one_shot` are the differences by U-statistics, which partially crossed data allow; the
    rest is None there, with `reason`."""

    treatments: tuple[str, ...]
    random_readers_random_cases: ComparisonTest | None
    fixed_readers_random_cases: ComparisonTest | None
    random_readers_fixed_cases: ComparisonTest | None
    components: Components | None
    one_shot: tuple[Difference, ...]
    reason: Statement | None = None


@dataclass(frozen=True)
class Kappa:
    """Agreement beyond chance: 1 full, 0 as by chance. `reader` and `other` are "" for all together."""

    reader: str
    other: str
    cases: int
    agreement: float | None
    kappa: float | None
    interval: Interval | None
    reason: Statement | None = None


@dataclass(frozen=True)
class Agreement:
    """`fleiss` of the decisions of all readers, over the cases that all have read; `weighted` (quadratic) of the
    ratings of each pair, of up to 50 readers; `intra` of each reader's first and repeated ratings of a case."""

    fleiss: Kappa | None
    weighted: tuple[Kappa, ...]
    intra: tuple[Kappa, ...]


@dataclass(frozen=True)
class ReaderRounds:
    """A reader's run in the odd-one-out task. `complete`: the last error allowed was made. `p_of_rounds`: how likely
    one who guesses lasts as long or longer."""

    reader: str
    rounds: int
    errors: int
    complete: bool
    exact: ExactTest
    p_of_rounds: float


@dataclass(frozen=True)
class Rounds:
    """The odd-one-out task, `alternatives` images a round, until `allowed_errors` errors.

    `survival[n]` is the Kaplan-Meier share of readers who are still reading after n rounds, `by_chance[n]` that of
    readers who guess. `expected_by_chance` rounds: allowed_errors / (1 - 1 / alternatives). `seconds` a round.
    """

    alternatives: int
    allowed_errors: int
    readers: tuple[ReaderRounds, ...]
    mean_rounds: float
    expected_by_chance: float
    survival: tuple[float, ...]
    by_chance: tuple[float, ...]
    pooled: ExactTest
    p_of_rounds: float
    seconds: float | None


@dataclass(frozen=True)
class ForcedChoice:
    """The choice of one among m: right answers of a reader ("" for all) against 1/m."""

    reader: str
    alternatives: int
    proportion: Proportion
    exact: ExactTest


@dataclass(frozen=True)
class Group:
    """The readings of one group of cases, such as those of one view.

    A group of positives alone, such as edited images, has its AUC against the negatives of all groups
    (`negatives_of_all`); one of negatives alone has none. `called_positive` and `correct` are shares of decisions.
    """

    value: str
    readings: int
    positives: int
    negatives: int
    negatives_of_all: bool
    auc: float | None
    se: float | None
    interval: Interval | None
    called_positive: Proportion | None
    correct: Proportion | None


@dataclass(frozen=True)
class Breakdown:
    """The groups of one column."""

    column: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Step:
    """The readings with ratings of `low` to `high`: how many of them were positive indeed."""

    low: float
    high: float
    positive: Proportion


@dataclass(frozen=True)
class Calibration:
    """Whether confidence is deserved. `expected` is the rating spread evenly over 0 to 1 from the lowest to the
    highest step of the scale; `brier` its mean squared error and `error` its mean distance from the observed share."""

    steps: tuple[Step, ...]
    expected: tuple[float, ...]
    brier: float
    error: float


@dataclass(frozen=True)
class Time:
    """Seconds an image. `p` is of the Mann-Whitney test of right against wrong answers; `odds_ratio` of a right answer
    for a doubling of the time, each reader having a level of his own (logistic regression)."""

    readings: int
    median: float
    mean: float
    median_right: float | None
    median_wrong: float | None
    p: float | None
    odds_ratio: float | None
    odds_ratio_interval: Interval | None
    reason: Statement | None = None


@dataclass(frozen=True)
class Counts:
    """What went in. `crossed`: every reader has read every case under every treatment."""

    readers: int
    treatments: int
    cases: int
    positives: int
    negatives: int
    readings: int
    repeated: int
    crossed: bool


@dataclass(frozen=True)
class Results:
    """Everything; of tasks that the study has not, None or nothing. `notes` are limits that a reader must know."""

    positive: str
    level: float
    counts: Counts
    readers: tuple[ReaderResult, ...]
    pooled: Pooled
    mrmc: Mapping[str, Mrmc]
    comparison: Comparison | None = None
    agreement: Agreement | None = None
    rounds: Rounds | None = None
    forced_choice: tuple[ForcedChoice, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    calibration: Calibration | None = None
    time: Time | None = None
    notes: tuple[Statement, ...] = ()
