"""One line for every error, and what was probably meant."""

from __future__ import annotations

import errno
import os

import click
import pytest
from click.testing import CliRunner

import services.cli
import training.cli
from mammoganesis.errors import DataError, DiskFull
from mammoganesis.terminal.commands import LazyGroup, did_you_mean, one_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/data/x.png"), "/data/x.png: permission denied"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/x.png"), "/data/x.png: the disk is full"),
        (
            DiskFull("/data/x.png", 12, 3),
            "/data/x.png: the disk is full; 12 bytes were to be written, 3 bytes are free",
        ),
        (DataError("two\nlines"), "two lines"),
        (OSError("of a library"), "of a library"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_an_error_is_one_line_with_file_and_reason(error: Exception, line: str) -> None:
    assert one_line(error) == line


def test_what_was_meant_is_suggested_in_its_own_capitals() -> None:
    assert did_you_mean("densty", ["Density", "size"]) == "; did you mean 'Density'?"
    assert did_you_mean("xyz", ["Density", "size"]) == ""


@pytest.mark.parametrize("program", [services.cli.group, training.cli.main], ids=lambda program: program.name)
def test_an_unexpected_error_is_one_line_and_its_traceback_is_shown_when_asked_for(
    program: LazyGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    def broken() -> None:
        raise RuntimeError("no\nway")

    monkeypatch.setitem(program.commands, "broken", broken)
    result = CliRunner().invoke(program, ["broken"])
    assert result.exit_code == 1
    assert result.output == f"error: unexpected RuntimeError: no way (`{program.name} --debug ...` shows where)\n"
    assert program.name in ("mammoganesis", "mammoganesis-training")
    result = CliRunner().invoke(program, ["--debug", "broken"])
    assert isinstance(result.exception, RuntimeError)
    assert "--debug" in CliRunner().invoke(program, ["--help"]).output
