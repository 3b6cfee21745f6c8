"""The odd-one-out task: the paper's rounds, the law of guessing by simulation, and runs that were broken off."""

import numpy as np
import pytest

from mammoganesis.statistics import rounds
from mammoganesis.statistics.rounds import Run

PAPER = [Run("R1", 3, 3, 40.1), Run("R2", 14, 3, 24.6), Run("R3", 3, 3), Run("R4", 3, 3)]


def test_the_papers_rounds() -> None:
    found = rounds.analyse(PAPER)
    assert found is not None
    assert found.mean_rounds == 5.75
    assert found.expected_by_chance == pytest.approx(3.6)
    assert (found.pooled.successes, found.pooled.trials) == (11, 23)
    assert found.pooled.p == pytest.approx(5e-4, abs=5e-5)
    second = found.readers[1]
    assert (second.exact.successes, second.exact.trials) == (11, 14)
    assert second.p_of_rounds == pytest.approx(1.5e-7, abs=5e-9)
    assert all(reader.exact.successes == 0 for reader in found.readers if reader.reader != "R2")
    assert found.survival[:4] == (1, 1, 1, 0.25)
    assert found.survival[13:] == (0.25, 0)


def test_the_papers_times() -> None:
    """Its four means of seconds a round add up to 4 x 25.675."""
    found = rounds.analyse([Run(str(n), 3, 3, seconds) for n, seconds in enumerate((40.1, 24.6, 19.0, 19.0))])
    assert found is not None
    assert round(found.seconds or 0, 1) == 25.7


def test_guessing_is_as_simulated() -> None:
    rng = np.random.default_rng(1)
    errors = rng.random((20_000, 40)) < 5 / 6
    lengths = (np.cumsum(errors, axis=1) < 3).sum(axis=1) + 1
    assert lengths.mean() == pytest.approx(3.6, abs=0.02)
    expected = [(lengths > n).mean() for n in range(9)]
    np.testing.assert_allclose(rounds.guessing(8, 6, 3), expected, atol=0.01)
    assert rounds.p_of_rounds([Run("a", 6, 3)], 1 / 6, 3) == pytest.approx((lengths >= 6).mean(), abs=0.005)


def test_runs_that_were_broken_off_are_censored() -> None:
    runs = [Run("a", 4, 3), Run("b", 6, 1), Run("c", 8, 3)]
    found = rounds.survival(runs, 3)
    assert found == pytest.approx((1, 1, 1, 1, 2 / 3, 2 / 3, 2 / 3, 2 / 3, 0))
    complete = rounds.analyse(runs)
    assert complete is not None
    assert [reader.complete for reader in complete.readers] == [True, False, True]
    assert rounds.survival([Run("a", 2, 0)], 3) == (1, 1, 1)


def test_no_errors_yet_is_as_likely_as_so_many_lucky_guesses() -> None:
    assert rounds.p_of_rounds([Run("a", 4, 0)], 1 / 6, 3) == pytest.approx((1 / 6) ** 4)


def test_a_run_that_was_broken_off_is_as_likely_as_at_most_its_errors() -> None:
    """Written out: five rounds with one error or none, where the fifth was the last whatever it brought."""
    written_out = (1 / 6) ** 5 + 5 * (5 / 6) * (1 / 6) ** 4
    assert rounds.p_of_rounds([Run("a", 5, 1)], 1 / 6, 3) == pytest.approx(written_out)
    found = rounds.analyse([Run("a", 5, 1)])
    assert found is not None
    assert found.readers[0].p_of_rounds == found.p_of_rounds == pytest.approx(written_out)


def test_finished_runs_and_those_broken_off_add_up_as_simulated() -> None:
    """Right rounds of one reader until three errors, and of two who were stopped after four and seven rounds."""
    rng = np.random.default_rng(2)
    finished = rng.negative_binomial(3, 5 / 6, 200_000)
    broken_off = rng.binomial(4 + 7, 1 / 6, 200_000)
    runs = [Run("a", 5, 3), Run("b", 4, 2), Run("c", 7, 2)]
    found = rounds.p_of_rounds(runs, 1 / 6, 3)
    assert found == pytest.approx(float((finished + broken_off >= 2 + 2 + 5).mean()), rel=0.1)


def test_who_guesses_is_seldom_found_to_know_where_the_images_end_runs_early() -> None:
    rng = np.random.default_rng(3)
    errors = np.cumsum(rng.random((1000, 4, 5)) < 5 / 6, axis=2)
    lengths = np.minimum((errors < 3).sum(axis=2) + 1, 5)
    made = np.take_along_axis(errors, lengths[..., None] - 1, axis=2)[..., 0]
    found = [
        rounds.p_of_rounds([Run("", int(n), int(e)) for n, e in zip(*study, strict=True)], 1 / 6, 3)
        for study in zip(lengths, made, strict=True)
    ]
    assert np.mean(np.array(found) <= 0.05) <= 0.05


def test_nobody_has_read() -> None:
    assert rounds.analyse([]) is None
