"""The bar on a terminal, and the silence elsewhere."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

from mammoganesis.terminal.progress import progress

WORK = """
from mammoganesis.terminal.progress import progress
with progress(4, "drawing", "image") as bar:
    for _ in range(4):
        bar.update()
with progress(2_000_000, "", "code") as bar:
    bar.update(1_500_000)
    bar.refresh()
"""


def on_a_terminal(code: str) -> str:
    """What Python writes to stderr where that is a terminal."""
    ours, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    subprocess.run([sys.executable, "-c", code], stderr=terminal, stdout=subprocess.DEVNULL, check=True)
    os.set_blocking(ours, False)
    written = os.read(ours, 2**16)  # before the terminal is closed: some systems forget what nobody has read by then
    os.close(terminal)
    os.close(ours)
    return written.decode()


def test_a_terminal_sees_a_bar_with_its_name_and_unit():
    written = on_a_terminal(WORK)
    assert "drawing:   0%" in written
    assert "0/4" in written
    assert "image/s" in written
    assert "1.50M/2.00M" in written
    assert "100%" not in written.splitlines()[-1]  # nothing of it is left standing


def test_nothing_is_written_where_stderr_is_no_terminal(capfd: pytest.CaptureFixture[str]):
    with progress(3, "drawing") as bar:
        bar.update()
        bar.update(2)
    with progress(None, "drawing", "step") as bar:
        bar.update()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("show", [True, False])
def test_a_caller_may_decide(show: bool, capfd: pytest.CaptureFixture[str]):
    with progress(3, "drawing", "image", show) as bar:
        bar.update(3)
    assert ("drawing" in capfd.readouterr().err) is show
