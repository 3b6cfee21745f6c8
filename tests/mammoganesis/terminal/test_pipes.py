"""Output that loses its reader ends no work; real pipes between real processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

PROGRAM = """
import sys
from pathlib import Path
import click
from mammoganesis.terminal.commands import LazyGroup

@click.group(cls=LazyGroup)
def group(): pass

@group.command()
@click.argument("out", type=Path)
def work(out):
    for number in range(20_000):
        click.echo(f"line {number}")
        print("by print", number)
        click.echo(f"note {number}", err=True)
    out.write_text("done")
    return 5

group(["work", sys.argv[1]])
"""


@pytest.mark.parametrize(
    ("reader", "read"),
    [
        ("| head -1", b"line 0\n"),
        ("| true", b""),
        ("2>&1 | head -1", None),
        ("2>&1 | true", b""),
        ("| cat | head -1", b"line 0\n"),
    ],
)
def test_work_goes_on_when_nobody_reads(tmp_path: Path, reader: str, read: bytes | None) -> None:
    script = f'"$0" -c "$1" "$2" 2>"$3" {reader}; exit "${{PIPESTATUS[0]}}"'
    arguments = [sys.executable, PROGRAM, str(tmp_path / "out"), str(tmp_path / "err")]
    done = subprocess.run(["bash", "-c", script, *arguments], cwd=ROOT, capture_output=True, timeout=100)
    assert (done.returncode, done.stderr) == (5, b"")
    assert read is None or done.stdout == read
    assert (tmp_path / "out").read_text() == "done"
    assert "BrokenPipe" not in (tmp_path / "err").read_text()


def test_what_is_read_to_its_end_is_whole(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path / "out")], cwd=ROOT, capture_output=True)
    lines = done.stdout.decode().splitlines()
    assert sorted(lines) == sorted(f"{kind} {i}" for i in range(20_000) for kind in ("line", "by print"))
    assert done.stderr.decode().splitlines() == [f"note {i}" for i in range(20_000)]
    assert done.returncode == 5
