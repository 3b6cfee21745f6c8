"""Private folders: where they can be, whose they are, and what is cleared of those that killed runs have left."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mammoganesis.errors import DiskFull, Unavailable
from services.process import folders
from services.process.children import runs
from services.process.folders import PREFIX, check_parent, clear_left_overs, lasting_folder, private_folder
from tests.places import ROOT
from tests.support.small_disk import small_disk

ROOM = 2**20

# Owns a folder with a secret and a child in a session of its own that writes there; says both.
OWNER = """
import subprocess, sys, time
from services.process.folders import private_folder
with private_folder(0) as folder:
    (folder / "token").write_text("secret")
    log = open(folder / "child.log", "w")
    program = "import time; time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", program], stdout=log, start_new_session=True)
    print(folder, child.pid, flush=True)
    time.sleep(600)
"""


class Owner:
    """A process that owns a folder."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self.process.stdout
        with self.process.stdout as stdout:
            folder, child = stdout.readline().split()
        self.folder, self.child = Path(folder), psutil.Process(int(child))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def parent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of the test's own, with a path short enough."""
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as name:
        monkeypatch.setenv("TMPDIR", name)
        monkeypatch.setattr(folders, "LEFT_SECONDS", 0.1)
        yield Path(name)


@pytest.fixture
def owner(parent: Path) -> Iterator[Owner]:
    owner = Owner()
    yield owner
    owner.kill()
    if runs(owner.child):
        owner.child.kill()


def test_it_is_private_and_gone_afterwards(parent: Path) -> None:
    with private_folder(ROOM) as folder:
        assert folder.parent == parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "token").write_text("secret")
    assert not folder.exists()


def test_what_a_killed_run_has_left_is_ended_and_taken_away(owner: Owner) -> None:
    owner.kill()
    assert (owner.folder / "token").exists()
    assert runs(owner.child)
    said: list[str] = []
    clear_left_overs(said.append)
    assert not owner.folder.exists()
    assert not runs(owner.child)
    assert said == [f"cleared what a killed run had left: {owner.folder} and 1 processes"]
    clear_left_overs(said.append)
    assert len(said) == 1


def test_what_a_living_run_owns_stays(owner: Owner) -> None:
    with private_folder(ROOM) as own:
        clear_left_overs()
        assert own.exists()
    assert (owner.folder / "token").exists()
    assert runs(owner.child)
    os.kill(owner.process.pid, signal.SIGSTOP)  # it stands still and lives
    clear_left_overs()
    assert (owner.folder / "token").exists()


def test_links_and_what_is_another_users_stay(parent: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    (parent / f"{PREFIX}link").symlink_to(tmp_path)
    (parent / f"{PREFIX}file").write_text("")
    foreign = parent / f"{PREFIX}foreign"
    foreign.mkdir()
    if os.getuid() == 0:
        os.chown(foreign, 65534, 65534)
    clear_left_overs()
    assert (tmp_path / "mine").exists()
    assert (parent / f"{PREFIX}link").is_symlink()
    assert (parent / f"{PREFIX}file").exists()
    assert foreign.exists() == (os.getuid() == 0)


def test_who_only_reads_there_is_left_alone(owner: Owner) -> None:
    reader = subprocess.Popen(["tail", "-f", str(owner.folder / "child.log")], stdout=subprocess.DEVNULL)
    try:
        while not psutil.Process(reader.pid).open_files():
            time.sleep(0.01)
        owner.kill()
        clear_left_overs()
        assert not owner.folder.exists()
        assert reader.poll() is None
    finally:
        reader.kill()
        reader.wait()


def test_a_folder_that_is_cleared_before_it_is_locked_is_made_anew(
    parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = folders._lock, []

    def cleared_first(folder: Path) -> int | None:
        calls.append(folder)
        if len(calls) == 1:
            clear_left_overs()
            assert not folder.exists()
        return real(folder)

    monkeypatch.setattr(folders, "_lock", cleared_first)
    with private_folder(ROOM) as folder:
        assert folder.exists()
        assert folder != calls[0]


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_a_parent_where_nothing_can_be_made_is_named(kind: str, parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = parent / "x"
    if kind == "file":
        place.write_text("")
    monkeypatch.setenv("TMPDIR", str(place))
    reason = {"missing": "no such file or directory", "file": "not a directory"}[kind]
    with pytest.raises(Unavailable, match=f"{place}: no folder can be made there: {reason}; TMPDIR can name another"):
        check_parent(ROOM)


def test_a_full_parent_is_named_with_its_bytes(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(parent / "d", ROOM // 2) as disk:
        monkeypatch.setenv("TMPDIR", str(disk))
        wanted = rf"{disk}: the disk is full; {ROOM} bytes were to be written, \d+ bytes are free; TMPDIR"
        with pytest.raises(DiskFull, match=wanted), private_folder(ROOM):
            pass
        assert list(disk.iterdir()) == []


def test_paths_of_sockets_fit_or_the_parent_is_tmp(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the longest name that Ray makes, by its own rule."""
    for bytes_more, expected in ((0, None), (1, Path("/tmp"))):
        place = parent / ("x" * (folders._MOST_BYTES - len(f"{parent}/") + bytes_more))
        place.mkdir()
        monkeypatch.setenv("TMPDIR", str(place))
        assert check_parent(ROOM) == (expected or place)
    (parent / "y").mkdir()
    with private_folder(ROOM) as folder:
        assert re.fullmatch(rf"/tmp/{PREFIX}[a-z0-9_]{{8}}", str(folder))
    monkeypatch.setattr(folders, "_SHORT_PARENT", str(parent / "missing"))
    length = len(str(place))
    with pytest.raises(Unavailable, match=f"TMPDIR, {place}, has {length} bytes, and sockets below it allow 2[0-9]"):
        check_parent(ROOM)


WRITER = "import sys, time; file = open(sys.argv[1], 'a'); print('open', flush=True); time.sleep(600)"


def test_a_folder_that_stays_is_one_runs_at_a_time_and_keeps_what_is_in_it(tmp_path: Path) -> None:
    kept = tmp_path / "a" / "logs"
    with lasting_folder(kept) as folder:
        (folder / "edge.log").write_text("a line\n")
        with pytest.raises(Unavailable, match="logs is another's"), lasting_folder(kept):
            pass
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    with lasting_folder(kept) as folder:
        assert [path.name for path in folder.iterdir()] == ["edge.log"]
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="file cannot be written to: file exists"), lasting_folder(tmp_path / "file"):
        pass


def test_what_a_killed_run_has_left_in_a_folder_that_stays_is_ended_and_nobody_else(tmp_path: Path) -> None:
    processes = []
    for words in (["services.edge"], ["other"]):
        command = [sys.executable, "-c", WRITER, str(tmp_path / f"{words[0]}.log"), *words]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    ours, other = processes
    try:
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "open\n"
        with lasting_folder(tmp_path):
            assert ours.poll() == -signal.SIGKILL
            assert other.poll() is None
    finally:
        for process in processes:
            process.kill()
            process.communicate()
