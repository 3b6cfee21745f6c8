"""How many readers and cases a study of one modality needs, before it starts.

The variance of one reader's AUC over cases is the binormal one of Obuchowski and McClish (1997):
V(A) / P with V = 0.0099 exp(-a^2 / 2) (5 a^2 + 8 + (a^2 + 8) P / N), a = 1.414 Phi^-1(A). Over readers and cases it is
(sd^2 + V / P (1 + (R - 1) r)) / R with sd the spread of the readers' true AUCs and r the correlation of two readers'
errors on the same cases; degrees of freedom as Hillis, Obuchowski and Berbaum (2011), Acad Radiol 18:129.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

from mammoganesis.errors import InvalidArgument
from mammoganesis.statistics.intervals import LEVEL, quantile

MAX_READERS = 1000
MAX_CASES = 100_000
LIMITS = {  # of a design's numbers, wherever they are asked for
    "auc": (0.01, 0.99),
    "readers": (1, MAX_READERS),
    "positives": (2, MAX_CASES),
    "negatives": (2, MAX_CASES),
    "reader_sd": (0.0, 0.5),
    "correlation": (0.0, 1.0),
    "chance": (0.01, 0.99),
    "level": (0.5, 0.999),
    "margin": (0.01, 0.49),
}
GOALS = {"power": (0.5, 0.999), "width": (0.01, 1.0)}
"""Of what a study may be wanted to reach: the probability of showing it, and the whole width of the interval."""
_GRID = (np.arange(2000) + 0.5) / 2000


@dataclass(frozen=True)
class Design:
    """What is planned and what is assumed, each within LIMITS.

    Attributes:
        auc: the true mean AUC.
        reader_sd: spread of the readers' true AUCs; 0 also says that the study is about these readers alone.
        correlation: of two readers' errors on the same cases.
        chance: the AUC to differ from or to be equivalent to.
        margin: of equivalence; None for none.
        level: of the interval; alpha of the test of a difference is 1 - level, of each one-sided test also.
    """

    auc: float
    readers: int
    positives: int
    negatives: int
    reader_sd: float = 0.05
    correlation: float = 0.3
    chance: float = 0.5
    margin: float | None = None
    level: float = LEVEL

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InvalidArgument(name, value, f"{low:g} to {high:g}")


@dataclass(frozen=True)
class Size:
    """What a design is expected to give. `power_*` are probabilities; `power_equivalence` is None without a margin.

    `power_difference` is that of finding the AUC different from chance, `half_width` half of the interval's width.
    """

    se: float
    df: float
    half_width: float
    power_difference: float
    power_equivalence: float | None


def auc_variance(auc: float, positives: int, negatives: int) -> float:
    """Of one reader's AUC over new cases."""
    a2 = float(1.414 * scipy.stats.norm.ppf(auc)) ** 2
    v = 0.0099 * math.exp(-a2 / 2) * (5 * a2 + 8 + (a2 + 8) * positives / negatives)
    return v / positives


def expect(design: Design) -> Size:
    """What to expect of a design."""
    se, df = _spread(design, design.auc)
    quantile_two_sided = quantile(df, 0.5 + design.level / 2)
    return Size(
        se=se,
        df=df,
        half_width=quantile_two_sided * se,
        power_difference=_power_difference(design, se, df),
        power_equivalence=None if design.margin is None else _power_equivalence(design, design.margin, se, df),
    )


def readers_for(design: Design, enough: Callable[[Size], bool]) -> int | None:
    """The fewest readers, from 1 or with a spread of readers from 2, with which `enough` holds; None if none do."""
    fewest = 2 if design.reader_sd > 0 else 1
    return _fewest(lambda n: enough(expect(dataclasses.replace(design, readers=n))), fewest, MAX_READERS)


def cases_for(design: Design, enough: Callable[[Size], bool]) -> tuple[int, int] | None:
    """The fewest (positives, negatives) in the design's proportion with which `enough` holds; None if none do."""
    ratio = design.negatives / design.positives

    def sized(positives: int) -> Design:
        negatives = min(MAX_CASES, max(2, round(positives * ratio)))
        return dataclasses.replace(design, positives=positives, negatives=negatives)

    found = _fewest(lambda n: enough(expect(sized(n))), 2, MAX_CASES)
    return None if found is None else (found, sized(found).negatives)


def _spread(design: Design, auc: float) -> tuple[float, float]:
    """SE and df of the readers' mean; df infinite where readers do not differ."""
    r, between = design.readers, design.reader_sd**2
    error = auc_variance(auc, design.positives, design.negatives)
    covariance = design.correlation * error
    variance = (between + error + (r - 1) * covariance) / r
    if between == 0:
        return math.sqrt(variance), math.inf
    if r < 2:
        raise InvalidArgument("readers", r, "2 or more where readers differ, or a reader_sd of 0")
    return math.sqrt(variance), (r - 1) * (r * variance / (between + error - covariance)) ** 2


def _power_difference(design: Design, se: float, df: float) -> float:
    null_se, _ = _spread(design, design.chance)
    if math.isinf(df):
        critical = quantile(df, 0.5 + design.level / 2) * null_se
        apart = abs(design.auc - design.chance)
        return float(scipy.stats.norm.sf((critical - apart) / se) + scipy.stats.norm.cdf((-critical - apart) / se))
    critical = float(scipy.stats.f.ppf(design.level, 1, df))
    return float(scipy.stats.ncf.sf(critical, 1, df, ((design.auc - design.chance) / se) ** 2))


def _power_equivalence(design: Design, margin: float, se: float, df: float) -> float:
    """Both one-sided tests reject; the mean is normal and its estimated SE an independent root of chi-squared."""
    spreads = np.ones(1) if math.isinf(df) else np.sqrt(scipy.stats.chi2.ppf(_GRID, df) / df)
    room = quantile(df, design.level) * spreads
    apart = (design.auc - design.chance) / se
    inside = scipy.stats.norm.cdf(margin / se - room - apart) - scipy.stats.norm.cdf(-margin / se + room - apart)
    return float(np.maximum(inside, 0).mean())


def _fewest(enough: Callable[[int], bool], low: int, high: int) -> int | None:
    """By halving, `enough` being false up to somewhere and true from there on."""
    if not enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
