"""The state of a preparation: what is collected, the shards, and the journal from which both come back."""

from __future__ import annotations

from typing import Any

from mammoganesis.files import Location
from mammoganesis.pictures.exclusions import Reason
from training.data.collection import Collection, Facts
from training.data.journal import Journal, Line, packed, taken_up, unpacked
from training.data.mammogram import Prepared
from training.data.options import PrepareOptions
from training.data.shards import Shards
from training.data.source import LeftOut


class Preparation:
    """Takes up one file after the other."""

    def __init__(self, journal: Journal, out: Location, options: PrepareOptions) -> None:
        """Begin, or go on where the journal ends."""
        self.found = Collection()
        self.done = 0  # files
        self._journal, self._keep_near = journal, options.keep_near_duplicates
        self._shards = Shards(out, journal.work, (1, options.resolution, options.resolution), options.bits)
        journal.cut(taken_up(journal.lines, self._shards.resume))
        for line in journal.lines:
            self._replay(line)
        journal.forget()
        self._close_if_full()

    def _replay(self, line: Line) -> None:
        if "shard" in line:
            return
        self.done += 1
        if "reason" in line:
            self.found.left_out.append(LeftOut(line["name"], Reason(line["reason"]), line["sentence"]))
            return
        same = None if line["same"] is None else (line["same"][0], line["same"][1])
        one = Facts(unpacked(line["thumbnail"]), line["patient"], line["instance"], line["remark"], line["row"])
        self.found.add(one, same, self._keep_near)

    def take(self, outcome: Prepared | LeftOut) -> None:
        """Take up what was made of the next file.

        Raises:
            DiskFull: there is no room.
        """
        self.done += 1
        if isinstance(outcome, LeftOut):
            self.found.left_out.append(outcome)
            self._journal.append({"name": outcome.name, "reason": outcome.reason, "sentence": outcome.sentence})
            return
        one = outcome.facts
        same = self.found.same(one)
        line: Line = {"patient": one.patient, "instance": one.instance, "remark": one.remark, "row": dict(one.row)}
        kept = self.found.add(one, same, self._keep_near)
        if kept:
            self._shards.add(outcome.image)
        self._journal.append({**line, "same": same, "kept": kept, "thumbnail": packed(one.thumbnail)})
        self._close_if_full()

    def _close_if_full(self) -> None:
        if self._shards.is_full:
            self._journal.append({"shard": self._shards.end()})

    def finish(self) -> list[dict[str, Any]]:
        """The lines of the index for all shards."""
        if self._shards.begun:
            self._journal.append({"shard": self._shards.end()})
        return self._shards.written

    def close(self) -> None:
        """Leave everything as it is."""
        self._shards.close()

    def remove(self) -> None:
        """Take away all that was written, where no set can come of it."""
        self._shards.remove()
        self._journal.remove()
