"""Secrets of a running system are changed while clients call: every process goes by the files, and nobody notices."""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest

from mammoganesis.v1 import cases_pb2, pca_editing_pb2, sampling_pb2, style_transfer_pb2
from mammoganesis.v1.cases_pb2_grpc import CaseServiceStub
from mammoganesis.v1.pca_editing_pb2_grpc import PcaEditingServiceStub
from mammoganesis.v1.sampling_pb2_grpc import SamplingServiceStub
from mammoganesis.v1.style_transfer_pb2_grpc import StyleTransferServiceStub
from services.access.rereading import LOOK_SECONDS
from tests.e2e.system import System, until
from tests.e2e.test_exposure import sample_without_edge

pytestmark = pytest.mark.cluster

CALLS_OF_EACH = 5
"""That begin after all processes have had the time to read a file."""


@dataclass
class Clients:
    """Who calls, each in its own way, again and again."""

    begun: dict[str, list[float]] = field(default_factory=dict)  # calls that went well
    failures: Counter[str] = field(default_factory=Counter)
    done: threading.Event = field(default_factory=threading.Event)

    def call(self, name: str, make: Callable[[int], object]) -> None:
        """Until they are done."""
        number = 0
        while not self.done.is_set():
            number, moment = number + 1, time.monotonic()
            try:
                make(number)
                self.begun.setdefault(name, []).append(moment)
            except (grpc.RpcError, OSError) as error:
                self.failures[f"{name}: {error}"] += 1

    def have_called_since(self, moment: float) -> bool:
        """Whether everybody has, often enough."""
        return all(sum(each > moment for each in times) >= CALLS_OF_EACH for times in self.begun.values())


@contextmanager
def calling(system: System) -> Iterator[Clients]:
    clients = Clients()
    with system.channel() as channel:
        sampling, editing = SamplingServiceStub(channel), PcaEditingServiceStub(channel)
        transfer, cases = StyleTransferServiceStub(channel), CaseServiceStub(channel)

        def through_the_studio(_: int) -> None:
            address = f"{system.studio_url}/mammoganesis.v1.CaseService/ListCases"
            asked = urllib.request.Request(address, b"{}", {"content-type": "application/json"})
            without_proxies = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with without_proxies.open(asked, timeout=60) as answer:
                json.load(answer)

        ways: dict[str, Callable[[int], object]] = {
            "sample": lambda i: sampling.Sample(sampling_pb2.SampleRequest(seeds=[i]), timeout=60),
            "edit": lambda i: editing.ListComponents(pca_editing_pb2.ListComponentsRequest(), timeout=60),
            "regions": lambda i: transfer.ListRegions(style_transfer_pb2.ListRegionsRequest(), timeout=60),
            "cases": lambda i: cases.ListCases(cases_pb2.ListCasesRequest(), timeout=60),
            "studio": through_the_studio,
        }
        for name, make in ways.items():
            make(0)
            clients.begun[name] = []
        threads = [threading.Thread(target=clients.call, args=way) for way in ways.items()]
        for thread in threads:
            thread.start()
        try:
            yield clients
        finally:
            clients.done.set()
            for thread in threads:
                thread.join()


def put(file: Path, *lines: str) -> None:
    """As a whole, as the handbook has it."""
    new = file.with_suffix(".new")
    new.write_text("".join(f"{line}\n" for line in lines))
    new.chmod(0o600)
    os.replace(new, file)


def test_both_secrets_are_changed_and_no_call_fails(system: System) -> None:
    with calling(system) as clients:
        for file in (system.edge_secret_file, system.studio_secret_file):
            old, new = file.read_text().strip(), secrets.token_hex(32)
            for lines in ((old, new), (new, old), (new,)):
                put(file, *lines)
                read = time.monotonic() + 2 * LOOK_SECONDS
                until(lambda read=read: clients.have_called_since(read))
            if file == system.edge_secret_file:
                before = {"x_mammoganesis_edge_secret": old}
                error = sample_without_edge(system.serve_address, application="sampling", **before)
                assert error.code() is grpc.StatusCode.UNAUTHENTICATED  # type: ignore[attr-defined]
    assert not clients.failures
    assert "records refuses" not in (system.folder / "edge.log").read_text()  # what goes there later, either
