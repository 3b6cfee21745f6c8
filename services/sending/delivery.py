"""The run: everything is stored, then counted by what the server says that it has."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.sending.instances import Instance
from services.sending.servers import Server

WAIT_SECONDS = 15.0
"""Longest wait until a server that has taken files lists them: many index them after they have answered."""
PAUSE_SECONDS = 0.25


@dataclass(frozen=True)
class Delivery:
    """What became of files."""

    place: str
    found: Sequence[Instance]  # that the server says that it has
    missing: Mapping[str, str]  # name of a file -> why it is not there

    @property
    def told(self) -> str:
        """Such as "3 of 3 files are at http://... now, in 1 study"."""
        count, studies = len(self.found), len({instance.study_uid for instance in self.found})
        of = count + len(self.missing)
        where = f", in {studies} {'study' if studies == 1 else 'studies'}" if count else ""
        return f"{count} of {of} file{'s' * (of != 1)} found at {self.place} afterwards{where}"


def deliver(
    server: Server, instances: Sequence[Instance], stored: Callable[[int], object] = lambda count: None
) -> Delivery:
    """Sends files, then asks for each; `stored` is called with 1 after each that was sent.

    A file counts when the server lists it: a store that was answered with success is not believed.

    Raises:
        Unavailable: the server does not answer (any more).
        FailedPrecondition: it takes nothing from us, or cannot say what it has.
    """
    refused: dict[str, str] = {}
    with server.connected() as connection:
        for instance in instances:
            if why := connection.store(instance):
                refused[instance.instance_uid] = why
            stored(1)
        until = time.monotonic() + WAIT_SECONDS
        while True:
            there = connection.found(list(instances))
            awaited = {instance.instance_uid for instance in instances} - there - refused.keys()
            if not awaited or time.monotonic() > until:
                break
            time.sleep(PAUSE_SECONDS)
    missing = {
        instance.name: refused.get(instance.instance_uid, "the server took it, but does not list it")
        for instance in instances
        if instance.instance_uid not in there
    }
    return Delivery(server.place, [each for each in instances if each.instance_uid in there], missing)
