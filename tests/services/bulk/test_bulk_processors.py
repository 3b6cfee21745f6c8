"""How many threads the workers of a bulk job get."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from services.bulk.processors import threads_of_workers, threads_that_fit, usable_processors


def test_affinity_and_quota_bound_the_machines_processors(tmp_path: Path) -> None:
    allowed = len(os.sched_getaffinity(0))
    assert usable_processors(tmp_path) == allowed  # no quota there
    for text, most in (("max 100000", allowed), ("100000 100000", 1), ("50000 100000", 1), ("150000 100000", 2)):
        (tmp_path / "cpu.max").write_text(text)
        assert usable_processors(tmp_path) == min(allowed, most)
    (tmp_path / "cpu.max").unlink()
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu/cpu.cfs_period_us").write_text("100000\n")
    for text, most in (("-1\n", allowed), ("100000\n", 1)):
        (tmp_path / "cpu/cpu.cfs_quota_us").write_text(text)
        assert usable_processors(tmp_path) == min(allowed, most)


def test_a_process_bound_to_one_processor_counts_one() -> None:
    code = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
    code += "from services.bulk.processors import usable_processors; print(usable_processors())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "1\n"


@pytest.mark.parametrize(
    ("processors", "workers", "threads"),
    [
        ([8], 2, 4),
        ([8], 3, 2),
        ([2], 4, 1),  # more workers than processors
        ([4.0, 4.0], 2, 4),
        ([4, 4], 1, 4),  # a worker has one machine
        ([3, 3, 3], 4, 1),  # two threads would leave the fourth worker without a place
        ([0, 16, 16], 2, 16),  # a head that takes no work
        ([], 3, 1),
    ],
)
def test_threads_that_fit(processors: list[float], workers: int, threads: int) -> None:
    assert threads_that_fit(processors, workers) == threads


def test_workers_that_all_have_a_place_on_a_cluster() -> None:
    assert threads_of_workers([0, 4.0, 4.0], None, 2) == 4
    assert threads_of_workers([0, 4.0, 4.0], 2, 4) == 2


def test_workers_without_a_place_on_a_cluster_are_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"--workers: 3 is not allowed; allowed: 1 to 2,"):
        threads_of_workers([5, 5], 3, 3)
    with pytest.raises(InvalidArgument, match=r"--workers: 5 is not allowed; allowed: 1 to 4,"):
        threads_of_workers([2, 2], None, 5)
    with pytest.raises(InvalidArgument, match=r"--threads-per-worker: 6 is not allowed; allowed: 1 to 5,"):
        threads_of_workers([5, 5], 6, 1)
    for processors in ([], [0, 0.5]):
        with pytest.raises(FailedPrecondition, match="no processors"):
            threads_of_workers(processors, None, 1)
