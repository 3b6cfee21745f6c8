"""The audit log as a file: JSON lines, an entry or a checkpoint each, which proves itself without the server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mammoganesis.errors import InvalidArgument
from mammoganesis.json_text import NotJson, read_json
from services.access.audit_chain import Chain, Checkpoint
from services.access.audit_entries import canonical, microseconds, moment

MAX_LINE_BYTES = 2**17
"""An entry of 32 targets and 64 images has less."""


def entry_line(text: str, hash: str) -> str:
    """An entry (its text) and its hash."""
    return f'{{"entry":{text},"hash":"{hash}"}}\n'


def checkpoint_line(checkpoint: Checkpoint) -> str:
    """A checkpoint."""
    values = {"number": checkpoint.number, "hash": checkpoint.hash, "at": moment(checkpoint.at)}
    values |= {"pruned": checkpoint.pruned, "signature": checkpoint.signature}
    return canonical({"checkpoint": values}) + "\n"


def check_lines(lines: Iterable[bytes], chain: Chain, field: str = "file") -> None:
    """Tells `chain` of a whole file.

    Raises:
        InvalidArgument: a line is neither an entry nor a checkpoint.
    """
    for i, line in enumerate(lines, 1):
        if not line.strip():
            continue
        allowed = "an entry or a checkpoint of an exported audit log"
        if len(line) > MAX_LINE_BYTES:
            raise InvalidArgument(
                f"{field}: line {i}", f"{len(line)} bytes", f"{allowed}, up to {MAX_LINE_BYTES} bytes"
            )
        try:
            values = read_json(line)
            if "checkpoint" in values:
                chain.checkpoint(_checkpoint(values["checkpoint"]))
            else:
                chain.entry(canonical(values["entry"]), str(values["hash"]))
        except (NotJson, KeyError, TypeError, ValueError):
            raise InvalidArgument(f"{field}: line {i}", line[:60].decode(errors="replace"), allowed) from None
    chain.end()


def _checkpoint(values: Any) -> Checkpoint:
    return Checkpoint(
        number=int(values["number"]),
        hash=str(values["hash"]),
        at=microseconds(values["at"]),
        pruned=bool(values["pruned"]),
        signature=str(values["signature"]),
    )
