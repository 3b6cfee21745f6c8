"""Files and folders appear whole or not at all, here and elsewhere, and a full disk is said as such."""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
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


def test_many_files_are_written_whole_into_folders_that_are_made(tmp_path: Path) -> None:
    contents = {tmp_path / f"study{number % 3}" / f"{number}.bin": bytes([number]) * 999 for number in range(9)}
    (tmp_path / "study0").mkdir()
    (tmp_path / "study0" / "0.bin").write_bytes(b"old")
    files.write_all(contents)
    found = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == contents
    files.write_all({})


def test_many_files_are_on_the_disk_afterwards(tmp_path: Path) -> None:
    """As the file system tells: where their bytes stand is not open any more."""
    if not_on_disk(tmp_path, lambda place: place.write_bytes(bytes(99_999))) is not True:
        pytest.skip("this file system does not tell what is not on the disk yet")
    assert not_on_disk(tmp_path, lambda place: files.write_all({place: bytes(99_999)})) is False


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
    with small_disk(tmp_path / "disk") as disk:
        with pytest.raises(DiskFull) as caught:
            files.write_all({disk / "a.bin": b"small", disk / "b.bin": bytes(2**21), disk / "c.bin": b"small"})
        assert "b.bin" in caught.value.message
        assert (disk / "a.bin").read_bytes() == b"small"
        assert os.listdir(disk) == ["a.bin"]


def test_a_folder_on_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        with pytest.raises(DiskFull), files.new_folder(disk / "bundle") as folder:
            (folder / "b").write_bytes(bytes(2**21))
        assert os.listdir(disk) == []


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


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "bundle"
    with files.new_folder(target) as folder:
        (folder / "a").write_text("a")
        assert not target.exists()
    assert (target / "a").read_text() == "a"
    assert os.listdir(target.parent) == ["bundle"]
    with pytest.raises(FileExistsError), files.new_folder(target):
        pass


def test_a_folder_whose_making_fails_never_appears(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), files.new_folder(tmp_path / "bundle") as folder:
        folder.write_text("a")
    assert os.listdir(tmp_path) == []


def test_what_a_killed_process_leaves_behind_is_found(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from mammoganesis import files\n"
        "with files.new_folder(Path(sys.argv[1])) as folder:\n"
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
    (left,) = files.leftovers(tmp_path)
    assert (left / "a").read_text() == "a"


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
