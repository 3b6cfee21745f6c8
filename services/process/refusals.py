"""How a process of ours that cannot start says so: one line on standard error, and an exit code that tells whoever
started it whether another start may help."""

from __future__ import annotations

import sys

from mammoganesis.errors import FailedPrecondition, InvalidArgument, MammoganesisError

WRONG_SETTINGS = 78
"""Exit code (EX_CONFIG of sysexits.h): with the same settings the next start ends as this one."""
FAILED = 1
"""Exit code: the next start may do better, as where a port was taken."""


def cannot_start(process: str, error: MammoganesisError) -> int:
    """Says why; returns the exit code."""
    print(f"{process}: {error.message}", file=sys.stderr)
    return WRONG_SETTINGS if isinstance(error, (InvalidArgument, FailedPrecondition)) else FAILED
