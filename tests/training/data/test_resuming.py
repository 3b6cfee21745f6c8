"""A set is the same to the byte however many processes read and however often they are killed."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from mammoganesis import files
from mammoganesis.errors import DataError, FailedPrecondition
from tests.places import ROOT
from tests.support.mammograms import mammogram, write_png
from training.data import prepare as preparing
from training.data.journal import NAME, Journal
from training.data.options import PrepareOptions
from training.data.preparation import Preparation
from training.data.prepare import WORK, prepare

SIDE = 32
SHARD = 4 * SIDE**2  # four images
KILLED = """
import json, multiprocessing, os, signal, sys
from pathlib import Path
from training.data import shards
from training.data.options import PrepareOptions
from training.data.preparation import Preparation
from training.data.prepare import prepare

if __name__ == "__main__":
    take = Preparation.take

    def counted(self, outcome):
        take(self, outcome)
        if self.done == int(sys.argv[3]):
            print(json.dumps([child.pid for child in multiprocessing.active_children()]), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

    Preparation.take = counted
    shards.SHARD_BYTES = int(sys.argv[4])
    prepare([Path(sys.argv[1])], Path(sys.argv[2]), PrepareOptions(resolution=32, workers=2, strict=False))
"""


class StoppedError(Exception):
    """What stands for the end of a process."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """22 images, of which one is damaged, one there twice and one a copy that was saved again."""
    folder = tmp_path / "in"
    for seed in range(20):
        write_png(folder / f"{seed:02d}.png", mammogram(seed, 60, 45))
    write_png(folder / "05b.png", mammogram(5, 60, 45))
    (folder / "07b.png").write_bytes(b"\x89PNG no more")
    (folder / "notes.txt").write_text("text")
    return folder


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.data.shards.SHARD_BYTES", SHARD)


OPTIONS = PrepareOptions(resolution=SIDE)


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def stopped(source: Path, out: files.Location, after: int) -> None:
    """Prepares so many files and ends, as a process does: nothing is tidied up."""
    take = Preparation.take

    def counted(self: Preparation, outcome: object) -> None:
        if self.done == after:
            raise StoppedError
        take(self, outcome)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Preparation, "take", counted)
        with pytest.raises(StoppedError):
            prepare([source], out, OPTIONS)


def test_the_number_of_processes_does_not_matter(source: Path, tmp_path: Path) -> None:
    alone = prepare([source], tmp_path / "one", OPTIONS)
    several = prepare([source], tmp_path / "two", dataclasses.replace(OPTIONS, workers=2))
    assert content(tmp_path / "two") == content(tmp_path / "one")
    assert several["images"] == alone["images"]
    assert several["left_out"] == alone["left_out"]
    assert [shard["images"] for shard in alone["shards"]] == [4, 4, 4, 4, 4]
    assert set(content(tmp_path / "one")) == {"index.json", "report.html", *(f"shard-0000{n}.npy" for n in range(5))}


def test_a_stopped_preparation_goes_on_where_it_was(source: Path, tmp_path: Path) -> None:
    whole = prepare([source], tmp_path / "whole", OPTIONS)
    for after in (0, 1, 4, 5, 9, 17, 21):
        out = tmp_path / str(after)
        stopped(source, out, after)
        assert not (out / "index.json").exists()
        assert prepare([source], out, OPTIONS)["left_out"] == whole["left_out"]
        assert content(out) == content(tmp_path / "whole")


@pytest.mark.parametrize(
    "damage", ["half a line", "another line", "half an image", "another image", "no image", "no lines"]
)
def test_what_a_machine_that_went_down_has_lost_is_done_again(source: Path, tmp_path: Path, damage: str) -> None:
    prepare([source], tmp_path / "whole", OPTIONS)
    stopped(source, tmp_path / "set", 16)  # within a shard
    journal, partial = tmp_path / "set" / WORK / NAME, tmp_path / "set" / WORK / "shard.part"
    if damage == "half a line":
        journal.write_bytes(journal.read_bytes()[:-40])
    elif damage == "another line":
        lines = journal.read_bytes().splitlines(keepends=True)
        lines[7] = lines[7].replace(b'"row":{', b'"row":[{')
        journal.write_bytes(b"".join(lines))
    elif damage == "half an image":
        partial.write_bytes(partial.read_bytes()[:-500])
    elif damage == "another image":
        partial.write_bytes(partial.read_bytes()[: -(SIDE**2)] + bytes(SIDE**2))
    elif damage == "no image":
        partial.unlink()
    else:
        journal.write_bytes(b"")
    prepare([source], tmp_path / "set", OPTIONS)
    assert content(tmp_path / "set") == content(tmp_path / "whole")


def test_what_is_read_otherwise_does_not_go_on(source: Path, tmp_path: Path) -> None:
    stopped(source, tmp_path / "set", 9)
    other = dataclasses.replace(OPTIONS, resolution=16)
    with pytest.raises(DataError, match=r"holds an unfinished set of other files or options; .* --replace"):
        prepare([source], tmp_path / "set", other)
    write_png(source / "new.png", mammogram(77))
    with pytest.raises(DataError, match="unfinished set of other files"):
        prepare([source], tmp_path / "set", OPTIONS)
    (tmp_path / "set" / "mine.txt").write_text("kept")
    index = prepare([source], tmp_path / "set", dataclasses.replace(other, replace=True))
    assert len(index["images"]) == 21
    assert set(content(tmp_path / "set")) == {
        "index.json",
        "report.html",
        "shard-00000.npy",
        "shard-00001.npy",
        "mine.txt",
    }
    with pytest.raises(DataError, match=r"already holds a training set \(index.json\); .*--replace"):
        prepare([source], tmp_path / "set", other)


def test_two_processes_do_not_prepare_one_set(source: Path, tmp_path: Path) -> None:
    with (
        Journal(tmp_path / "set" / WORK, tmp_path / "set", "fingerprint"),
        pytest.raises(FailedPrecondition, match="another process is preparing this set"),
    ):
        prepare([source], tmp_path / "set", OPTIONS)


def test_a_set_that_another_process_prepares_is_not_replaced_meanwhile(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    prepare([source], out, OPTIONS)
    with Journal(out / WORK, out, "fingerprint"):
        before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
        with pytest.raises(FailedPrecondition, match="another process is preparing this set"):
            prepare([source], out, dataclasses.replace(OPTIONS, replace=True))
        assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_a_set_that_is_ended_while_sources_are_listed_stays(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, collect = tmp_path / "set", preparing.collect

    def slow(*asked: Any) -> Any:
        monkeypatch.setattr(preparing, "collect", collect)
        prepare([source], out, OPTIONS)
        return collect(*asked)

    monkeypatch.setattr(preparing, "collect", slow)
    with pytest.raises(DataError, match="already holds a training set"):
        prepare([source], out, dataclasses.replace(OPTIONS, resolution=16))
    assert json.loads((out / "index.json").read_text())["resolution"] == SIDE
    assert not (out / WORK).exists()


def test_a_killed_preparation_goes_on_and_leaves_no_process(source: Path, tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    whole = prepare([source], tmp_path / "whole", OPTIONS)
    for after in (7, 18):
        command = [sys.executable, str(script), str(source), str(tmp_path / "set"), str(after), str(SHARD)]
        run = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=300
        )
        assert run.returncode == -9, run.stderr
        workers = [psutil.Process(pid) for pid in json.loads(run.stdout) if psutil.pid_exists(pid)]
        assert psutil.wait_procs(workers, timeout=120)[1] == []
        lines = (tmp_path / "set" / WORK / NAME).read_text().splitlines()
        assert sum("shard" not in json.loads(line.partition(" ")[2]) for line in lines[1:]) == after
    assert prepare([source], tmp_path / "set", OPTIONS)["left_out"] == whole["left_out"]
    assert content(tmp_path / "set") == content(tmp_path / "whole")


def test_a_set_elsewhere_goes_on_from_the_users_own_folder(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.data.prepare.OWN_FOLDER", str(tmp_path / "own"))
    out = files.location("memory://resumed/set")
    files.remove(out)
    prepare([source], tmp_path / "whole", OPTIONS)
    stopped(source, out, 10)
    assert sorted(path.name for path in out.iterdir()) == ["shard-00000.npy", "shard-00001.npy"]
    [work] = (tmp_path / "own").iterdir()
    assert work.stat().st_mode & 0o077 == 0
    prepare([source], out, OPTIONS)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == content(tmp_path / "whole")
    assert list((tmp_path / "own").iterdir()) == []
