"""Files and folders of this machine appear whole, or not at all, and are on the disk then; a full one is named."""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mammoganesis import disk
from mammoganesis.errors import DiskFull
from tests.places import ROOT
from tests.support.small_disk import small_disk


def test_many_files_are_written_whole_into_folders_that_are_made(tmp_path: Path) -> None:
    contents = {tmp_path / f"study{number % 3}" / f"{number}.bin": bytes([number]) * 999 for number in range(9)}
    (tmp_path / "study0").mkdir()
    (tmp_path / "study0" / "0.bin").write_bytes(b"old")
    disk.write_all(contents)
    found = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == contents
    disk.write_all({})


def test_many_files_are_on_the_disk_afterwards(tmp_path: Path) -> None:
    """As the file system tells: where their bytes stand is not open any more."""
    if not_on_disk(tmp_path, lambda place: place.write_bytes(bytes(99_999))) is not True:
        pytest.skip("this file system does not tell what is not on the disk yet")
    assert not_on_disk(tmp_path, lambda place: disk.write_all({place: bytes(99_999)})) is False


def not_on_disk(folder: Path, write: Callable[[Path], object]) -> bool | None:
    """Whether bytes of a file wait for the disk, by FS_IOC_FIEMAP of Linux; None where that is not known."""
    place = folder / secrets.token_hex(8)
    write(place)
    request, told = 0xC020660B, bytearray(struct.pack("=QQIIII", 0, 2**63, 0, 0, 8, 0) + bytes(8 * 56))
    with place.open("rb") as file:
        try:
            fcntl.ioctl(file, request, told)
        except OSError:
            return None
    count = struct.unpack_from("=I", told, 20)[0]
    flags = [struct.unpack_from("=I", told, 32 + 56 * extent + 40)[0] for extent in range(count)]
    return any(flag & 0x4 for flag in flags)  # FIEMAP_EXTENT_DELALLOC


def test_on_a_full_disk_those_that_had_room_are_whole(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as room:
        with pytest.raises(DiskFull) as caught:
            disk.write_all({room / "a.bin": b"small", room / "b.bin": bytes(2**21), room / "c.bin": b"small"})
        assert "b.bin" in caught.value.message
        assert (room / "a.bin").read_bytes() == b"small"
        assert os.listdir(room) == ["a.bin"]


def test_a_folder_on_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as room:
        with pytest.raises(DiskFull), disk.new_folder(room / "bundle") as folder:
            (folder / "b").write_bytes(bytes(2**21))
        assert os.listdir(room) == []


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "bundle"
    with disk.new_folder(target) as folder:
        (folder / "a").write_text("a")
        assert not target.exists()
    assert (target / "a").read_text() == "a"
    assert os.listdir(target.parent) == ["bundle"]
    with pytest.raises(FileExistsError), disk.new_folder(target):
        pass


def test_a_folder_whose_making_fails_never_appears(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), disk.new_folder(tmp_path / "bundle") as folder:
        folder.write_text("a")
    assert os.listdir(tmp_path) == []


def test_what_a_killed_process_leaves_behind_is_found(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from mammoganesis import disk\n"
        "with disk.new_folder(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'a').write_text('a'); print('up', flush=True); time.sleep(600)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "bundle")], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline() == "up\n"
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert not (tmp_path / "bundle").exists()
    (left,) = disk.leftovers(tmp_path)
    assert (left / "a").read_text() == "a"
