"""Child processes: their output, their end, and the end of what they have started."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from services.process.children import Child, descendants, runs
from tests.places import ROOT

# Ignores SIGTERM and has a child in a session of its own that does so too.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) == 1:
    subprocess.Popen([sys.executable, __file__, "below"], start_new_session=True)
else:
    print("both are up", flush=True)
time.sleep(600)
"""
# Ends at once when asked, and leaves a child behind.
CARELESS = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; print('both are up', flush=True); time.sleep(600)"])
time.sleep(600)
"""


def started(program: str, folder: Path) -> Child:
    script = folder / "program.py"
    script.write_text(program)
    return Child("program", [sys.executable, str(script)], {"MARK": "1"}, folder)


@pytest.fixture
def child(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Child]:
    child = started(request.param, tmp_path)
    yield child
    child.stop(0)


def until_up(child: Child) -> list[psutil.Process]:
    """The processes below it, once both are there."""
    while "both are up" not in child.lines():
        time.sleep(0.02)
    return descendants(child.pid)


@pytest.mark.parametrize("child", [STUBBORN], indirect=True)
def test_a_stubborn_one_is_killed_with_what_is_below_it(child: Child) -> None:
    below = until_up(child)
    assert len(below) == 1
    assert child.stop(0.2, 0.2) is False
    assert child.exit_code == -signal.SIGKILL
    assert not any(runs(process) for process in below)


@pytest.mark.parametrize("child", [CARELESS], indirect=True)
def test_what_outlives_it_is_ended_too(child: Child) -> None:
    below = until_up(child)
    assert child.stop(30, 0.2) is False
    assert child.exit_code == -signal.SIGTERM
    assert not any(runs(process) for process in below)


@pytest.mark.parametrize("child", [CARELESS], indirect=True)
def test_orphans_of_one_that_was_killed_are_known(child: Child) -> None:
    below = until_up(child)
    assert child.note_descendants() == set(below)
    child._process.kill()
    child._process.wait()
    assert all(runs(process) for process in below)
    child.stop(1, 0.2)
    assert not any(runs(process) for process in below)


@pytest.mark.parametrize("child", ["pass"], indirect=True)
def test_who_has_the_id_of_one_that_has_ended_is_left_alone(child: Child) -> None:
    while child.exit_code is None:
        time.sleep(0.02)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as others:
        child._process.pid = os.getpid()  # as if the system had given its id to this process, which has a child
        assert child.note_descendants() == set()
        child.send_signal(signal.SIGKILL)
        child.stop(1, 0)
        assert others.poll() is None
        others.kill()


@pytest.mark.parametrize("child", ["print('x' * 1000, flush=True); import time; time.sleep(600)"], indirect=True)
def test_a_log_begins_anew_on_a_full_disk_too(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    while child.log.stat().st_size < 1000:
        time.sleep(0.02)

    def full(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    child.bound_log(1000)
    assert child.log.read_bytes() == b""
    assert [path.name for path in child.log.parent.glob("*.log*")] == ["program.log"]
    child.log.unlink()
    child.bound_log(1000)


@pytest.mark.parametrize("child", ["import os, sys; print(sorted(os.environ)); sys.exit(3)"], indirect=True)
def test_environment_output_and_exit_code(child: Child) -> None:
    while child.exit_code is None:
        time.sleep(0.02)
    assert child.exit_code == 3
    assert "'MARK'" in child.lines()[0]
    assert "'PATH'" not in child.lines()[0]  # the environment is what was given, whole
    child.start()
    while child.exit_code is None:
        time.sleep(0.02)
    assert len(child.log.read_text().splitlines()) == 2  # the log goes on
    assert len(child.lines()) == 1  # of the latest start


# Adopts orphans, starts a child that leaves one behind and dies at once, and tells what it finds.
ADOPTING = """
import os, sys, time
from pathlib import Path
from services.process.children import Child, adopt_orphans, end_stragglers, orphans
adopt_orphans()
folder = Path(sys.argv[1])
program = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
other = Child("other", [sys.executable, "-c", "import time; time.sleep(600)"], {}, folder)
careless = Child("careless", [sys.executable, "-c", program], {}, folder)
while careless.exit_code is None:
    time.sleep(0.01)
(orphan,) = orphans([other, careless])
assert not end_stragglers([orphan], 0.1)
assert orphans([other, careless]) == []
assert other.exit_code is None
other.stop(1)
print("done")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux lets a process adopt orphans")
def test_orphans_are_adopted_and_ended(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ADOPTING, str(tmp_path)], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "done\n", done.stderr


COUNTING = """
import itertools, time
for number in itertools.count():
    print(number, flush=True)
    time.sleep(0.001)
"""


@pytest.mark.parametrize("child", [COUNTING], indirect=True)
def test_a_log_is_bounded_while_the_process_writes_on(child: Child) -> None:
    most, turns, largest = 2_000, 0, 0
    while turns < 3:
        largest = max(largest, child.log.stat().st_size)
        before = child.log.with_name("program.log.1")
        last = before.stat().st_mtime_ns if before.exists() else 0
        child.bound_log(most)
        turns += before.exists() and before.stat().st_mtime_ns != last
        time.sleep(0.01)
    time.sleep(0.1)
    numbers = [int(line) for line in child.lines()]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert b"\0" not in child.log.read_bytes()
    old = [int(line) for line in child.log.with_name("program.log.1").read_text().split()]
    assert most // 6 < len(old)
    assert old[-1] < numbers[0]
    assert {path.name for path in child.log.parent.iterdir()} == {"program.py", "program.log", "program.log.1"}
