"""What is started again, how often, and what ends everything. The parts are small programs."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from mammoganesis.errors import Unavailable
from services.launch import supervision
from services.launch.supervision import CLUSTER, EDGE, REDIS, STUDIO
from tests.support.supervised import NEEDED, OPTIONAL, Watch


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


def test_what_never_gets_well_was_not_ready(watch: Watch) -> None:
    watch.add(replace(NEEDED, start_seconds=0.05), well=lambda: False)
    with pytest.raises(Unavailable, match=r"needed was not ready within 0\.05 s"):
        watch.until(lambda: False)
