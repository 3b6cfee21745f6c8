"""Work in several processes: in order, and beyond what kills one of them."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import psutil
import pytest

from mammoganesis.pictures.exclusions import Reason
from tests.support.mammograms import mammogram, write_dicom, write_png
from tests.support.worker_tasks import DEADLY, STUCK, fragile, greedy, hang, hanging, refusing, squared
from training.data.dicom import ReadOptions
from training.data.options import PrepareOptions
from training.data.prepare import prepare
from training.data.workers import AHEAD, FEWEST, Limits, Lost, in_order


def lost(number: int, why: Lost) -> int:
    return -number if why is Lost.KILLED else -1000 - number


def missed(number: int, why: Lost) -> str:
    return f"{number} {why.value}"


class HangingOptions(ReadOptions):
    """Reading one file of DICOM hangs for real, in the processes that read."""

    def __getattribute__(self, name: str) -> object:
        if name == "taken" and multiprocessing.parent_process() is not None:
            hang()
        return super().__getattribute__(name)


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    assert list(in_order(squared, range(50), workers, lost)) == [number**2 for number in range(50)]


def test_what_kills_its_process_is_told_and_nothing_else_is_lost() -> None:
    expected = [-number if number in DEADLY else number**2 for number in range(48)]
    assert list(in_order(fragile, range(48), 2, lost)) == expected


def test_what_never_ends_is_told_and_nothing_else_is_lost() -> None:
    expected = [-1000 - number if number == STUCK else number**2 for number in range(48)]
    assert list(in_order(hanging, range(48), 2, lost, Limits(seconds=4))) == expected


def test_memory_without_end_is_refused_and_the_process_goes_on() -> None:
    few = 256 * 2**20
    found = list(in_order(greedy, [1, 1024, 2, 4096], 1, missed, Limits(memory_bytes=few)))
    assert found == ["1048576 bytes", "refused", "2097152 bytes", "refused"]


def test_a_file_that_hangs_its_reader_is_left_out_with_the_reason(tmp_path: Path) -> None:
    write_dicom(tmp_path / "in" / "0.dcm", mammogram(0).astype(np.uint16))
    for number in (1, 2):
        write_png(tmp_path / "in" / f"{number}.png", mammogram(number))
    limits = Limits(seconds=8)
    options = PrepareOptions(resolution=32, test_fraction=0.0, workers=1, limits=limits, reading=HangingOptions())
    account = prepare([tmp_path / "in"], tmp_path / "set", options)
    assert [Path(row["source"]).name for row in account["images"]] == ["1.png", "2.png"]
    (left_out,) = account["left_out"]
    assert (Path(left_out["name"]).name, left_out["reason"]) == ("0.dcm", Reason.DAMAGED)
    assert left_out["sentence"] == "is not read within 8 seconds (--file-seconds)"


def test_few_are_under_way_at_a_time() -> None:
    taken = []

    def items() -> object:
        for number in range(200):
            taken.append(number)
            yield number

    results = in_order(squared, items(), 2, lost)  # type: ignore[arg-type]
    next(results)
    assert len(taken) <= 2 * max(FEWEST, AHEAD) + 1
    results.close()  # type: ignore[attr-defined]


def test_an_error_of_ours_is_raised_and_no_process_stays() -> None:
    before = set(psutil.Process().children())
    with pytest.raises(ValueError, match="0 is refused"):
        list(in_order(refusing, range(48), 2, lost))
    left = [
        child for child in psutil.Process().children() if child not in before and "spawn_main" in str(child.cmdline())
    ]
    assert psutil.wait_procs(left, timeout=120)[1] == []
