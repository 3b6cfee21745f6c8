"""What is started again, how often, and what ends everything. The parts are small programs."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mammoganesis.errors import InvalidArgument, Unavailable
from services.launch import endings, supervision
from services.launch.supervision import CLUSTER, EDGE, REDIS, STUDIO, Part, Supervision, Watched
from services.process.children import Child, Process, descendants, runs

LONG = "import time; time.sleep(600)"
OPTIONAL = Part("optional", False, 60, 60, "it goes without")
NEEDED = Part("needed", True, 60, 60, "nothing goes")


class Watch:
    """A supervision of small programs, with the lines that it says."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        self.supervision = Supervision(self.said.append, lambda child, trouble: f"{child.name} {trouble}")
        self._folder = folder

    def add(self, part: Part, program: str = LONG, well: Callable[[], bool | None] = lambda: True) -> Watched:
        child = Child(part.name, [sys.executable, "-c", program], {}, self._folder)
        watched = Watched(part, child, well=well)
        self.supervision.add(watched)
        return watched

    def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.supervision.look()

    def killed_and_back(self, watched: Watched) -> None:
        pid = watched.child.pid
        os.kill(pid, signal.SIGKILL)
        self.until(lambda: watched.child.pid != pid and watched.has_been_well)


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    for name in ("POLL_SECONDS", "START_HEALTH_SECONDS", "HEALTH_SECONDS", "FIRST_PAUSE_SECONDS"):
        monkeypatch.setattr(supervision, name, 0.01)
    monkeypatch.setattr(supervision, "LONGEST_PAUSE_SECONDS", 0.04)
    watch = Watch(tmp_path)
    yield watch
    watch.supervision.stop(lambda part: 1)


def test_the_table() -> None:
    assert [part.name for part in (CLUSTER, EDGE) if part.needed] == ["cluster", "edge"]
    assert not REDIS.needed
    assert not STUDIO.needed


def test_what_is_not_needed_is_started_again_without_end(watch: Watch) -> None:
    needed, optional = watch.add(NEEDED), watch.add(OPTIONAL)
    watch.until(watch.supervision.ready)
    pid = needed.child.pid
    for _ in range(2 * supervision.MAX_DEATHS):
        watch.killed_and_back(optional)
    assert needed.child.pid == pid
    assert optional.deaths == 2 * supervision.MAX_DEATHS
    assert "optional ended with exit code -9, by SIGKILL; it is started again; until then it goes without" in watch.said
    assert watch.said[-1] == "optional is back"


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


def test_the_pauses_grow_and_shrink_again_after_a_calm_time(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    optional = watch.add(OPTIONAL)
    watch.until(watch.supervision.ready)
    for _ in range(5):
        watch.killed_and_back(optional)
    pauses = [line.partition("again")[2].partition(";")[0] for line in watch.said if "again" in line]
    assert pauses == ["", " in 0.01 s", " in 0.02 s", " in 0.04 s", " in 0.04 s"]
    monkeypatch.setattr(supervision, "CALM_SECONDS", 0.0)
    watch.until(lambda: optional.deaths == 0)


def test_what_is_needed_is_started_again_some_times(watch: Watch) -> None:
    needed = watch.add(NEEDED)
    watch.until(watch.supervision.ready)
    for _ in range(supervision.MAX_DEATHS - 1):
        watch.killed_and_back(needed)
    os.kill(needed.child.pid, signal.SIGKILL)
    with pytest.raises(Unavailable, match="needed ended with exit code -9"):
        watch.until(lambda: False)


def test_a_start_that_fails_ends_only_what_is_needed(watch: Watch) -> None:
    optional = watch.add(OPTIONAL, "raise SystemExit(3)")
    watch.until(lambda: optional.deaths >= 2)
    assert watch.supervision.ready()
    watch.add(NEEDED, "raise SystemExit(4)", well=lambda: False)
    watch.supervision._started = False
    with pytest.raises(Unavailable, match="needed ended with exit code 4"):
        watch.until(lambda: False)


ABORTS_ONCE = """
import os, pathlib, time
first = not pathlib.Path("FILE").exists()
pathlib.Path("FILE").touch()
if first:
    print("the reason", flush=True)
    os.abort()
time.sleep(600)
"""


def test_what_is_needed_and_dies_while_all_starts_is_started_again(watch: Watch, tmp_path: Path) -> None:
    """Also where it has been well already, and something else has not yet: all is not up while it is away."""
    slow = watch.add(OPTIONAL, well=lambda: up)
    needed = watch.add(NEEDED, ABORTS_ONCE.replace("FILE", str(tmp_path / "second")), well=lambda: True)
    up = False
    watch.until(lambda: needed.due is not None)
    up = slow.has_been_well = True
    assert not watch.supervision.ready()
    watch.until(watch.supervision.ready)
    first, *words = watch.said[0].split("\n")
    assert first == "needed ended with exit code -6, by SIGABRT; it is started again; until then nothing goes"
    assert words == ["          | the reason"]
    assert watch.said[1:] == ["needed is back"]


def test_what_always_dies_while_all_starts_ends_everything(watch: Watch) -> None:
    needed = watch.add(NEEDED, "raise SystemExit(4)", well=lambda: False)
    with pytest.raises(Unavailable, match="needed ended with exit code 4"):
        watch.until(lambda: False)
    assert needed.deaths == supervision.MAX_DEATHS


def test_what_has_never_been_well_is_given_up_after_its_time(watch: Watch) -> None:
    needed = watch.add(replace(NEEDED, start_seconds=0), "raise SystemExit(4)", well=lambda: None)
    with pytest.raises(Unavailable, match="needed ended with exit code 4"):
        watch.until(lambda: False)
    assert needed.deaths == 1


def test_wrong_settings_end_everything_at_once_but_only_while_all_starts(watch: Watch, tmp_path: Path) -> None:
    """A certificate that is being replaced may be right the next time."""
    watch.add(replace(OPTIONAL, name="wrong"), "raise SystemExit(78)")
    needed = watch.add(NEEDED, "raise SystemExit(78)", well=lambda: False)
    with pytest.raises(Unavailable, match="needed ended with exit code 78: it cannot start with these settings"):
        watch.until(lambda: False)
    assert needed.deaths == 1
    watch.supervision._started = True
    with pytest.raises(Unavailable, match="needed ended with exit code 78"):
        watch.until(lambda: False)
    assert needed.deaths == supervision.MAX_DEATHS


def test_what_runs_but_is_not_well_is_started_again(watch: Watch) -> None:
    state: list[bool | None] = [True]
    sick = watch.add(replace(NEEDED, sick_seconds=0.05), well=lambda: state[0])
    watch.until(watch.supervision.ready)
    first = sick.child.pid
    state[0] = None  # cannot be known: nothing is done about it
    end = time.monotonic() + 0.2
    watch.until(lambda: time.monotonic() > end)
    assert sick.child.pid == first
    state[0] = False
    watch.until(lambda: sick.child.pid != first)
    assert watch.said == ["needed has not been well for 0.05 s; it is started again; until then nothing goes"]
    state[0] = True
    watch.until(lambda: sick.has_been_well)
    assert watch.said[-1] == "needed is back"


def test_time_in_which_nobody_asked_makes_nobody_sick(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The launcher waits for the end of one part, and the first answer of another after that comes too late."""
    monkeypatch.setattr(supervision, "LONGEST_COUNTED_SECONDS", 0.05)
    answers = [True]
    patient = watch.add(replace(NEEDED, sick_seconds=0.3), well=lambda: answers.pop() if len(answers) > 1 else True)
    watch.until(watch.supervision.ready)
    first = patient.child.pid
    for _ in range(3):
        time.sleep(0.5)
        answers.append(False)
        watch.until(lambda: len(answers) == 1)
    assert patient.child.pid == first
    assert watch.said == []


def test_a_question_that_fails_says_nothing_of_the_part(watch: Watch) -> None:
    """A file of certificates that is being replaced, for the question itself."""
    trouble: list[Exception] = []

    def well() -> bool:
        if trouble:
            raise trouble[-1]
        return True

    asked = watch.add(replace(NEEDED, sick_seconds=0.05), well=well)
    watch.until(watch.supervision.ready)
    first = asked.child.pid
    for error in (InvalidArgument("tls_ca_file", "ca.pem", "PEM certificates"), OSError(5, "Input/output error", "f")):
        trouble.append(error)
        end = time.monotonic() + 0.3
        watch.until(lambda end=end: time.monotonic() > end)
    trouble.clear()
    watch.until(lambda: not watch.supervision._troubles)
    assert asked.child.pid == first
    assert len(watch.said) == 2, "each once"
    assert watch.said[0].startswith("needed cannot be asked how it is: tls_ca_file")
    assert watch.said[1] == "needed cannot be asked how it is: f: input/output error"


def test_a_question_that_fails_ends_the_start(watch: Watch) -> None:
    def well() -> bool:
        raise InvalidArgument("tls_ca_file", "ca.pem", "PEM certificates")

    watch.add(NEEDED, well=well)
    with pytest.raises(InvalidArgument):
        watch.until(lambda: False)


def test_where_no_process_is_to_be_had_the_others_go_on(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    needed, optional = watch.add(NEEDED), watch.add(OPTIONAL)
    watch.until(watch.supervision.ready)
    pid, start, failures = needed.child.pid, optional.child.start, [BlockingIOError(11, "try again")] * 2

    def fails_twice() -> None:
        if failures:
            raise failures.pop()
        start()

    monkeypatch.setattr(optional.child, "start", fails_twice)
    watch.killed_and_back(optional)
    assert needed.child.pid == pid
    assert sum("optional could not be started: resource temporarily" in line for line in watch.said) == 2
    assert watch.said[-1] == "optional is back"


def test_what_stands_still_is_killed_and_started_again(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM waits for a process that stands still to go on, which it never does."""
    monkeypatch.setattr(supervision, "END_SECONDS", 0.1)
    first = 0
    frozen = watch.add(replace(NEEDED, sick_seconds=0.05), well=lambda: frozen.child.pid != first)
    watch.until(watch.supervision.ready)
    first = frozen.child.pid
    os.kill(first, signal.SIGSTOP)
    watch.until(lambda: frozen.child.pid != first and frozen.has_been_well)
    assert watch.said[-1] == "needed is back"


def test_what_never_gets_well_was_not_ready(watch: Watch) -> None:
    watch.add(replace(NEEDED, start_seconds=0.05), well=lambda: False)
    with pytest.raises(Unavailable, match=r"needed was not ready within 0\.05 s"):
        watch.until(lambda: False)


FORKS = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; print('below', flush=True); time.sleep(600)"])
time.sleep(600)
"""


def test_what_a_part_started_ends_with_it_also_before_it_is_well(watch: Watch) -> None:
    watched = watch.add(NEEDED, FORKS, well=lambda: None)
    seen: list[Process] = []
    watched.lost = lambda below: "never asked before it is well"
    watch.until(lambda: "below" in watched.child.lines())
    seen += descendants(watched.child.pid)
    watch.until(lambda: watched._asked_at > 0 and len(watched.child._below) == 1)
    first = watched.child.pid
    os.kill(first, signal.SIGKILL)
    watch.until(lambda: watched.child.pid != first)
    assert seen
    assert not any(map(runs, seen))


def test_what_has_lost_its_parts_is_started_again_cleared(watch: Watch) -> None:
    lost: list[str | None] = [None]
    cleared = []
    watched = watch.add(NEEDED)
    watched.lost, watched.clear = lambda below: lost.pop() if lost else None, lambda: cleared.append(1)
    watch.until(watch.supervision.ready)
    first = watched.child.pid
    lost.append("has lost raylet")
    watch.until(lambda: watched.child.pid != first)
    assert cleared == [1]
    assert watch.said == ["needed has lost raylet; it is started again; until then nothing goes"]


def test_what_loses_its_parts_while_it_starts_is_not_waited_for(watch: Watch) -> None:
    """A raylet that dies before the applications are up; one that has not come yet is not missed."""
    watched = watch.add(NEEDED, well=lambda: False)
    watched.lost = lambda below: "has lost raylet"
    watch.until(lambda: watched._asked_at > 0)
    watched._asked_at = 0.0
    assert watched.trouble() is None
    watched.fallen = watched.lost
    watched._asked_at = 0.0
    assert watched.trouble() == "has lost raylet"


def test_what_is_still_said_of_the_one_before_makes_nobody_well(watch: Watch) -> None:
    """A new cluster whose daemons are not there yet, while the edge still says that all is well."""
    lost: list[str | None] = ["has lost raylet"]
    watched = watch.add(NEEDED)
    watched.lost = lambda below: lost[0]
    asked = [watch.supervision.look() for _ in range(20)]
    assert asked
    assert not watched.has_been_well
    lost[0] = None
    watch.until(lambda: watched.has_been_well)
    assert watch.said == []
