"""The odd-one-out task: rounds until so many errors.

A reader who guesses errs with q = 1 - 1 / alternatives, so the number of rounds until the e-th error is negative
binomial: e / q rounds are expected, 3.6 of six images until three errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from mammoganesis.statistics.proportions import against_chance
from mammoganesis.statistics.results import ReaderRounds, Rounds


@dataclass(frozen=True)
class Run:
    """What one reader did: rounds, those with errors among them, and the mean seconds of a round (NaN: not known)."""

    reader: str
    rounds: int
    errors: int
    seconds: float = float("nan")


def analyse(runs: Sequence[Run], alternatives: int = 6, allowed_errors: int = 3) -> Rounds | None:
    """Of all runs, each until its `allowed_errors`-th error or until it was broken off (its survival then counts as
    censored); None without runs."""
    if not runs:
        return None
    chance = 1 / alternatives
    readers = tuple(
        ReaderRounds(
            run.reader,
            run.rounds,
            run.errors,
            run.errors >= allowed_errors,
            against_chance(run.rounds - run.errors, run.rounds, chance),
            p_of_rounds([run], chance, allowed_errors),
        )
        for run in runs
    )
    rounds, errors = sum(run.rounds for run in runs), sum(run.errors for run in runs)
    seconds = np.array([run.seconds for run in runs])
    return Rounds(
        alternatives=alternatives,
        allowed_errors=allowed_errors,
        readers=readers,
        mean_rounds=rounds / len(runs),
        expected_by_chance=allowed_errors / (1 - chance),
        survival=survival(runs, allowed_errors),
        by_chance=guessing(max(run.rounds for run in runs), alternatives, allowed_errors),
        pooled=against_chance(rounds - errors, rounds, chance),
        p_of_rounds=p_of_rounds(runs, chance, allowed_errors),
        seconds=float(np.nanmean(seconds)) if np.isfinite(seconds).any() else None,
    )


def p_of_rounds(runs: Sequence[Run], chance: float, allowed_errors: int) -> float:
    """The probability of so many right rounds or more in all runs together by guessing. One-sided: long runs speak
    against guessing.

    Up to its last error a run's right rounds are negative binomial; of one that was broken off, at a number of rounds
    that its errors did not set, they are binomial.
    """
    finished = [run for run in runs if run.errors >= allowed_errors]
    errors = sum(run.errors for run in finished)
    broken_off = sum(run.rounds for run in runs) - sum(run.rounds for run in finished)
    right = sum(run.rounds - run.errors for run in runs)
    n = np.arange(broken_off + 1)  # right rounds of the runs that were broken off
    rest = scipy.stats.nbinom.sf(right - n - 1, errors, 1 - chance) if errors else (n >= right).astype(np.float64)
    return float(scipy.stats.binom.pmf(n, broken_off, chance) @ rest)


def survival(runs: Sequence[Run], allowed_errors: int) -> tuple[float, ...]:
    """Kaplan and Meier's share of readers who go on after 0, 1, 2... rounds, up to the longest run."""
    lengths = np.array([run.rounds for run in runs])
    broken_off = np.array([run.errors < allowed_errors for run in runs])
    longest = int(lengths.max())
    if broken_off.all():
        return (1.0,) * (longest + 1)
    found = scipy.stats.ecdf(scipy.stats.CensoredData.right_censored(lengths, broken_off)).sf
    return tuple(np.asarray(found.evaluate(np.arange(longest + 1)), dtype=float).tolist())


def guessing(longest: int, alternatives: int, allowed_errors: int) -> tuple[float, ...]:
    """The same of readers who guess: P(rounds > n) for n of 0 to `longest`."""
    n = np.arange(longest + 1)
    return tuple(scipy.stats.nbinom.sf(n - allowed_errors, allowed_errors, 1 - 1 / alternatives).tolist())
