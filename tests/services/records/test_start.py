"""What a process of records is when it has started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

THREADS = "import services.records.__main__, numpy, os; print(len(os.listdir('/proc/self/task')))"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts the threads of Linux")
def test_products_of_matrices_have_no_threads_of_their_own_unless_asked_for() -> None:
    """OpenBLAS starts as many as there are processors, when NumPy is imported."""

    def threads(asked: dict[str, str]) -> int:
        others = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
        command = [sys.executable, "-c", THREADS]
        return int(subprocess.run(command, env=others | asked, capture_output=True, text=True, check=True).stdout)

    assert threads({}) == 1
    if (os.cpu_count() or 1) > 1:
        assert threads({"OPENBLAS_NUM_THREADS": "2"}) > 1
