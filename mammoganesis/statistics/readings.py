"""Readings as they come, one an image and reader, and as the arrays that the statistics work on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mammoganesis.errors import InvalidArgument
from mammoganesis.statistics.roc import Bools, Floats

ONE_TREATMENT = "all"  # the name of the treatment where there is only one
MAX_CELLS = 20_000_000  # treatments x readers x cases
MAX_RATERS = 2000  # treatments x readers

Names = NDArray[np.str_]


@dataclass(frozen=True)
class Reading:
    """What one reader said of one case.

    Attributes:
        truth: whether the case is positive.
        rating: finite; the higher, the surer that it is positive.
        repeat: 0 for the first reading of the case by this reader under this treatment, which alone counts for the
            ROC; 1 and on for later ones, which tell how a reader agrees with himself.
        decision: whether the reader called it positive, where that was asked.
        seconds: above 0; None where it is not known.
        groups: to which group the case belongs, by column, such as {"view": "MLO"}; "" for none.
    """

    reader: str
    case: str
    truth: bool
    rating: float
    treatment: str = ONE_TREATMENT
    repeat: int = 0
    decision: bool | None = None
    seconds: float | None = None
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Readings:
    """The same, column by column, each [n]; `decision` None where not every reading has one."""

    reader: Names
    case: Names
    truth: Bools
    rating: Floats
    treatment: Names
    repeat: NDArray[np.int64]
    decision: Bools | None
    seconds: Floats
    groups: Mapping[str, Names]

    def __len__(self) -> int:
        return len(self.rating)

    def where(self, rows: Bools) -> Readings:
        """Some of the readings, by a mask [n]."""
        return Readings(
            self.reader[rows],
            self.case[rows],
            self.truth[rows],
            self.rating[rows],
            self.treatment[rows],
            self.repeat[rows],
            None if self.decision is None else self.decision[rows],
            self.seconds[rows],
            {name: column[rows] for name, column in self.groups.items()},
        )


@dataclass(frozen=True)
class Table:
    """First readings of one quantity as a table, NaN where a reader has not read a case.

    Attributes:
        readers, treatments, cases: names in the order of the axes.
        truth: [C].
        values: [T, R, C].
    """

    readers: tuple[str, ...]
    treatments: tuple[str, ...]
    truth: Bools
    values: Floats


def gather(rows: Sequence[Reading]) -> Readings:
    """The readings as columns.

    Raises:
        InvalidArgument: there are none, or too many; a rating or a time is not allowed; a case has two truths; or a
            reader has two readings of a case with the same `repeat`. The field is readings[i], i from 0.
    """
    if not rows:
        raise InvalidArgument("readings", None, "1 or more")
    seen: set[tuple[str, str, str, int]] = set()
    truths: dict[str, bool] = {}
    for number, row in enumerate(rows):
        if not np.isfinite(row.rating):
            raise InvalidArgument(f"readings[{number}].rating", row.rating, "a finite number")
        if row.seconds is not None and not (np.isfinite(row.seconds) and row.seconds >= 0):
            raise InvalidArgument(f"readings[{number}].seconds", row.seconds, "a number of seconds, 0 or more")
        if truths.setdefault(row.case, row.truth) != row.truth:
            allowed = f"one truth a case; case {row.case!r} had {int(not row.truth)} before"
            raise InvalidArgument(f"readings[{number}].truth", int(row.truth), allowed)
        key = (row.treatment, row.reader, row.case, row.repeat)
        if key in seen:
            allowed = "each case once a reader and treatment, unless `repeat` tells the readings apart"
            raise InvalidArgument(f"readings[{number}].case", row.case, allowed)
        seen.add(key)
    raters, cases = len({(row.treatment, row.reader) for row in rows}), len(truths)
    if raters > MAX_RATERS or raters * cases > MAX_CELLS:
        allowed = f"at most {MAX_RATERS} readers (in each treatment), and {MAX_CELLS} readers times cases"
        raise InvalidArgument("readings", f"{raters} readers of {cases} cases", allowed)
    columns = sorted({name for row in rows for name in row.groups})
    decided = all(row.decision is not None for row in rows)
    return Readings(
        reader=np.array([row.reader for row in rows]),
        case=np.array([row.case for row in rows]),
        truth=np.array([row.truth for row in rows], dtype=bool),
        rating=np.array([row.rating for row in rows], dtype=np.float64),
        treatment=np.array([row.treatment for row in rows]),
        repeat=np.array([row.repeat for row in rows], dtype=np.int64),
        decision=np.array([row.decision for row in rows], dtype=bool) if decided else None,
        seconds=np.array([np.nan if row.seconds is None else row.seconds for row in rows], dtype=np.float64),
        groups={name: np.array([row.groups.get(name, "") for row in rows]) for name in columns},
    )


def table(readings: Readings, values: Floats | None = None) -> Table:
    """The first readings, each name in the order in which it comes.

    Args:
        values: [n], what to put into the table; None for the ratings.
    """
    first = readings.repeat == 0
    axes = [_numbered(column) for column in (readings.treatment, readings.reader, readings.case)]
    (treatments, t), (readers, r), (cases, c) = axes
    filled = np.full((len(treatments), len(readers), len(cases)), np.nan)
    filled[t[first], r[first], c[first]] = (readings.rating if values is None else values)[first]
    truth = np.zeros(len(cases), dtype=bool)
    truth[c] = readings.truth
    return Table(readers, treatments, truth, filled)


def _numbered(names: Names) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """The different names in the order of their first place, and of each row the number of its name."""
    sorted_names, places, numbers = np.unique(names, return_index=True, return_inverse=True)
    order = np.argsort(places)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return tuple(sorted_names[order].tolist()), back[numbers]
