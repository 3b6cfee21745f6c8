"""Parts that run and are not well, cannot be asked, stand still, or have lost what is below them."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

import pytest

from mammoganesis.errors import InvalidArgument
from services.launch import supervision
from services.process.children import Process, descendants, runs
from tests.support.supervised import NEEDED, Watch


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


def test_what_ends_while_its_parts_are_looked_for_has_ended(watch: Watch) -> None:
    watched = watch.add(NEEDED, well=lambda: False)

    def kill(below: object) -> str:
        os.kill(watched.child.pid, signal.SIGKILL)
        while watched.child.exit_code is None:
            time.sleep(0.01)
        return "has lost raylet"

    watched.lost, watched.fallen = kill, lambda below: "has lost raylet"
    watch.until(lambda: bool(watch.said))
    assert watch.said[0].startswith("needed ended with exit code -9, by SIGKILL; it is started again")


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
