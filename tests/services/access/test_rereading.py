"""A file of settings is read again when it has changed, and refused as a whole while it says nothing usable."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mammoganesis.errors import InvalidArgument, Unavailable
from services.access import rereading
from services.access.rereading import Reread


def _number(content: bytes) -> int:
    try:
        return int(content)
    except ValueError:
        raise InvalidArgument("FILE", content, "a number") from None


@pytest.fixture(autouse=True)
def _looking_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rereading, "LOOK_SECONDS", 0.0)


def test_what_is_written_while_a_process_runs_is_heard(tmp_path: Path) -> None:
    file = tmp_path / "file"
    reread = Reread("FILE", file, _number, absent=0)
    assert reread.content() == 0
    for text, expected in (("7", 7), ("8", 8), ("10", 10)):
        file.write_text(text)
        assert reread.content() == expected
    file.unlink()
    assert reread.content() == 0


def test_while_it_cannot_be_read_it_is_refused_and_then_heard_again(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("1")
    reread = Reread("FILE", file, _number)
    file.write_text("one")
    with pytest.raises(Unavailable, match="FILE"):
        reread.content()
    file.unlink()
    with pytest.raises(Unavailable):
        reread.content()
    file.write_text("2")
    assert reread.content() == 2
    os.chmod(file, 0o666)
    with pytest.raises(Unavailable):
        reread.content()


def test_what_cannot_be_used_at_the_start_is_named(tmp_path: Path) -> None:
    names = ("words", "large", "writable", "folder")
    words, large, writable, folder = (tmp_path / name for name in names)
    words.write_text("one")
    large.write_bytes(b"1" * (rereading.MAX_BYTES + 1))
    writable.write_text("1")
    writable.chmod(0o622)
    folder.mkdir()
    for file, allowed in (
        (tmp_path / "absent", "a file that is there"),
        (words, "a number"),
        (large, "a file of at most 1048576 bytes"),
        (writable, "chmod go-w"),
        (folder, "a file that can be read"),
    ):
        with pytest.raises(InvalidArgument, match=allowed):
            Reread("FILE", file, _number)


def test_a_list_that_must_be_there_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    """Of revoked tokens, say."""
    with pytest.raises(InvalidArgument, match="a file that is there"):
        Reread("FILE", tmp_path / "file", _number)
