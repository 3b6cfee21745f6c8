"""How a part has ended, in words: its code or its signal, what it has said last, and where its log is; and whether the
machine had no memory left, which the kernel tells nobody but its own log."""

from __future__ import annotations

import re
import shutil
import signal
import tempfile
from pathlib import Path

from mammoganesis.terminal.commands import one_line
from services.process.children import Child
from services.process.refusals import WRONG_SETTINGS

LAST_LINES, LONGEST_LINE = 5, 300
STOPPED_CODES = frozenset({0, -signal.SIGTERM, 128 + signal.SIGTERM})
"""Of a part that has ended because it was asked to."""
KERNEL_COUNTS = Path("/proc/vmstat")


def how(code: int) -> str:
    """Such as "ended with exit code -9, by SIGKILL"; `code`: as `Child.exit_code` has it."""
    text = f"ended with exit code {code}"
    if code < 0:
        return f"{text}, by {_signal_name(-code)}"
    if code == WRONG_SETTINGS:
        return f"{text}: it cannot start with these settings"
    return f"{text}, as if somebody had asked it to" if code in STOPPED_CODES else text


def last_words(child: Child) -> list[str]:
    """The last lines that it has written since its start, each cut to `LONGEST_LINE` characters."""
    try:
        lines = [line for line in child.lines() if line.strip()]
    except OSError:  # somebody has taken its log away
        return []
    return [line[:LONGEST_LINE] for line in lines[-LAST_LINES:]]


def obituary(child: Child, trouble: str) -> str:
    """The text of an error that ends everything, of a part whose log goes with the private folder: a copy is kept."""
    try:
        kept = Path(tempfile.mkdtemp(prefix="mammoganesis-log-")) / child.log.name
        shutil.copy(child.log, kept)
    except OSError as error:  # what happened is told all the same
        return f"{child.name} {trouble}: {_last_word(child)} (its log could not be kept: {one_line(error)})"
    return f"{child.name} {trouble}: {_last_word(child)} (log: {kept})"


def obituary_with_log(child: Child, trouble: str) -> str:
    """The same of one whose log stays."""
    return f"{child.name} {trouble}: {_last_word(child)} (log: {child.log})"


def _last_word(child: Child) -> str:
    return next(reversed(last_words(child)), "it said nothing")


def killed_for_memory() -> int:
    """Processes, of anybody, that the kernel has killed since the machine's start because there was no memory left in
    the machine or in a control group; 0 where nobody counts them."""
    try:
        found = re.search(r"^oom_kill (\d+)$", KERNEL_COUNTS.read_text(), re.MULTILINE)
    except OSError:  # not Linux
        return 0
    return int(found[1]) if found else 0


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time one
        return f"signal {number}"
