"""What is said of parts that have ended, and of what the kernel and Ray have ended."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from services.launch import endings
from services.launch.supervision import Supervision
from tests.support.supervised import OPTIONAL, Watch

LOUD = """
import os, signal, sys, time
print("out", flush=True)
for number in range(8):
    print(f"line {number} " + "x" * 400, file=sys.stderr, flush=True)
"""


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("sys.exit(3)", "ended with exit code 3;"),
        ("sys.exit(0)", "ended with exit code 0, as if somebody had asked it to;"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "ended with exit code -15, by SIGTERM;"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "ended with exit code -11, by SIGSEGV;"),
        ("os.kill(os.getpid(), signal.SIGRTMIN + 2)", "ended with exit code -36, by signal 36;"),
        ("raise RuntimeError('the reason')", "ended with exit code 1;"),
    ],
)
def test_every_end_is_told_with_its_code_and_its_last_words(watch: Watch, end: str, told: str) -> None:
    optional = watch.add(OPTIONAL, LOUD + end)
    watch.until(lambda: optional.deaths >= 1)
    first, *words = watch.said[0].split("\n")
    assert first.startswith(f"optional {told}")
    assert len(words) == 5
    assert all(len(word) <= 12 + 300 for word in words)
    last = "RuntimeError: the reason" if "reason" in end else "line 7 xxx"
    assert last in words[-1]


def test_who_is_killed_for_want_of_memory_is_told_whoever_it_is(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert endings.killed_for_memory() >= 0
    counts = tmp_path / "vmstat"
    monkeypatch.setattr(endings, "KERNEL_COUNTS", counts)
    for number in (0, 0, 2, 2):
        counts.write_text(f"nr_free_pages 1\noom_kill {number}\noom_killer 7\n")
        watch.supervision.look()
    assert watch.said == ["no memory was left: the kernel has killed 2 processes of this machine (dmesg)"]
    told = [{"engine/Engine": 2, "Worker": 1}, {}]
    again = Supervision(watch.said.append, lambda child, trouble: "", ended_by_ray=lambda: told.pop(0))
    again.look()
    again.look()
    assert watch.said[1].startswith(
        "memory ran short: Ray has ended 1 of Worker, 2 of engine/Engine, and starts others"
    )
    assert len(watch.said) == 2
    counts.unlink()
    assert endings.killed_for_memory() == 0


def test_who_does_not_end_as_it_was_asked_to_is_told_at_the_end(watch: Watch) -> None:
    """Also of what has ended by itself since the latest look, such as beside the first pictures."""
    gone = watch.add(OPTIONAL, "raise SystemExit(7)")
    deaf = watch.add(replace(OPTIONAL, name="deaf"), DEAF)
    wrong = watch.add(replace(OPTIONAL, name="wrong"), WRONG)
    watch.add(replace(OPTIONAL, name="good"))
    for child in (deaf.child, wrong.child):
        while "up" not in child.lines():
            time.sleep(0.01)
    while gone.child.exit_code is None:
        time.sleep(0.01)
    watch.supervision.stop(lambda part: 0.2 if part.name == "deaf" else 60)
    told = [line.partition("\n")[0] for line in watch.said]
    assert told == [
        "wrong ended with exit code 9",
        "deaf has not ended, with all that is below it, in 0.2 s, and was killed",
        "optional had ended with exit code 7 before",
    ]


DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
WRONG = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
print("up", flush=True)
time.sleep(600)
"""


def test_of_a_part_that_got_the_signal_too_one_line_is_told(watch: Watch) -> None:
    """A program with native code writes where it was when the signal came."""
    ended = watch.add(OPTIONAL, "import os; print('*** SIGTERM received', flush=True); os.kill(os.getpid(), 15)")
    while ended.child.exit_code is None:
        time.sleep(0.01)
    watch.supervision.stop(lambda part: 60)
    assert watch.said == ["optional had ended with exit code -15, by SIGTERM before"]
