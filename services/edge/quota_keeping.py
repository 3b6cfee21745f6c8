"""The counts of the day in a file, for a Redis that forgets them when it ends: the one that `serve` starts itself.

One edge, alone before its Redis, writes down each minute and at its end what Redis has counted. Beside the counts
stands a mark; where that is missing Redis has become empty, and gets back what was written, in one step with the mark,
beside what has been counted since.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from mammoganesis import disk
from mammoganesis.errors import MammoganesisError
from mammoganesis.json_text import NotJson, read_json
from services.access.quotas import MAX_LIMIT
from services.edge.quota_counts import Counts, Entry
from services.observability.logs import event

logger = logging.getLogger(__name__)

KEEP_SECONDS = 60.0
"""Between two looks: what a Redis that is killed forgets at most."""
DAY = 86_400
MAX_KEPT = 2000
"""Counts; of more callers and groups than these one is as new after a restart."""
MAX_FILE_BYTES = 2**22
MARK = Entry("kept", 0, seconds=3650 * DAY)
"""Asked for with every call, so that the first one after Redis has forgotten is the last that goes by what it says."""


class Keeper:
    """Of one edge.

    Args:
        file: what is kept; a damaged one is put aside.
    """

    def __init__(self, file: Path, counts: Counts) -> None:
        self._file, self._counts = file, counts
        self._kept = _read(file)
        self._written: Mapping[str, int] = dict(self._kept)

    def saw(self, entries: Iterable[Entry]) -> None:
        """These were counted in Redis."""
        for each in entries:
            if each.seconds == DAY and len(self._kept) < MAX_KEPT:
                self._kept.setdefault(each.key, 0)

    async def look(self, day: int) -> None:
        """Gives Redis back what it has forgotten, and writes down what it has; `day`: the number of today's window."""
        self._kept = {key: count for key, count in self._kept.items() if key.endswith(f":{day}")}
        back = [Entry(key, count, seconds=DAY) for key, count in self._kept.items() if count]
        given = await self._counts.asked([replace(MARK, amount=1, limit=1), *back])
        if given is None:  # it is away
            return
        if given.refused is None and back:
            event(logger, logging.INFO, "quotas: redis was empty; counts of today are back", {"counts": len(back)})
        keys = list(self._kept)
        found = await self._counts.asked([Entry(key, 0, seconds=DAY) for key in keys]) if keys else None
        if found is not None:
            self._kept |= dict(zip(keys, found.counts, strict=True))
        now = dict(self._kept)
        if now != self._written:
            try:
                await asyncio.to_thread(disk.write_secret, self._file, json.dumps(now).encode(), replace=True)
                self._written = now
            except (MammoganesisError, OSError) as error:
                event(logger, logging.WARNING, "quotas: counts are not kept", {"reason": str(error)})


def _read(file: Path) -> dict[str, int]:
    """What is kept; nothing where there is no file, or none that says it."""
    try:
        with file.open("rb") as opened:
            found = read_json(opened.read(MAX_FILE_BYTES))
        kept = isinstance(found, dict) and len(found) <= MAX_KEPT
        if kept and all(type(count) is int and 0 <= count <= MAX_LIMIT for count in found.values()):
            return dict(found)
        reason = "no counts of quotas"
    except FileNotFoundError:
        return {}
    except (OSError, NotJson) as error:
        reason = str(error)
    aside = file.with_suffix(".damaged")
    with suppress(OSError):
        file.replace(aside)
    event(logger, logging.WARNING, "quotas: kept counts are put aside", {"file": str(aside), "reason": reason})
    return {}
