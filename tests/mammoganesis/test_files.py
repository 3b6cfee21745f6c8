"""Files and folders appear whole or not at all, here and elsewhere, and a full disk is said as such."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from upath import UPath

from mammoganesis import files
from mammoganesis.errors import ConfigurationError, DiskFull
from tests.places import ROOT
from tests.support.small_disk import small_disk


def test_a_file_is_written_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "new" / "a.bin"
    files.write(place, b"one")
    files.write(place, b"two")
    assert place.read_bytes() == b"two"
    assert os.listdir(place.parent) == ["a.bin"]


def test_a_file_elsewhere() -> None:
    place = UPath("memory://files-test/folder/a.bin")
    files.write(place, b"one")
    assert place.read_bytes() == b"one"
    files.remove(place.parent)
    assert not place.exists()


def test_a_full_disk_is_named_and_keeps_what_was_there(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        files.write(disk / "a.bin", b"old")
        with pytest.raises(DiskFull) as caught:
            files.write(disk / "a.bin", bytes(2**21))
        assert "a.bin" in caught.value.message
        assert str(2**21) in caught.value.message
        assert "\n" not in caught.value.message
        assert (disk / "a.bin").read_bytes() == b"old"
        assert os.listdir(disk) == ["a.bin"]


def test_copying_to_a_full_disk(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(2**21))
    with small_disk(tmp_path / "disk") as disk:
        with pytest.raises(DiskFull):
            files.copy(tmp_path / "a", disk / "a")
        assert os.listdir(disk) == []


def test_a_file_that_cannot_be_written_is_named_as_a_person_knows_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("no folder")
    with pytest.raises(OSError, match=r"a") as caught:
        files.write(tmp_path / "a" / "b.png", b"")
    assert ".part" not in str(caught.value)
    with small_disk(tmp_path / "disk") as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(OSError, match=r"Read-only file system: '.*/disk/b.png'$"):
            files.write(disk / "b.png", b"")


def test_readers_see_the_old_or_the_new_file_and_nothing_between(tmp_path: Path) -> None:
    place = tmp_path / "a.bin"
    files.write(place, b"0" * 200_000)
    program = (
        "import sys; from pathlib import Path; from mammoganesis import files\n"
        "for i in range(60): files.write(Path(sys.argv[1]), str(i % 10).encode() * 200_000)"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(place)], cwd=ROOT)
    until = time.monotonic() + 60
    while child.poll() is None and time.monotonic() < until:
        content = place.read_bytes()
        assert len(content) == 200_000
        assert len(set(content)) == 1
    assert child.wait() == 0


def test_an_unknown_address() -> None:
    with pytest.raises(ConfigurationError, match="nowhere://"):
        files.location("nowhere://bucket/run")
