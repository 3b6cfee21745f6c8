"""Quotas at a real edge with real records, drawing and Redis: who has how much, what is used, and the edge's time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc

from mammoganesis.v1 import quota_pb2, sampling_pb2
from mammoganesis.v1.quota_pb2_grpc import QuotaServiceStub
from mammoganesis.v1.sampling_pb2_grpc import SamplingServiceStub
from services.access import assertions
from services.access.principals import Principal, Role
from tests.support.recorded import Recorded, recorded
from tests.support.redis_server import RedisServer
from tests.support.serving import TINY

STUDIO = "a-secret-of-the-studio-and-the-edge-0123"
ADA = Principal("https://issuer.example", "ada", frozenset({Role.RESEARCHER}), ("ward", "choir"))
BEN = Principal("https://issuer.example", "ben", frozenset({Role.RESEARCHER}), ("ward",))
EDUCATOR = Principal("https://issuer.example", "edu", frozenset({Role.EDUCATOR, Role.RESEARCHER}), ("ward",))
DAY = 86_400
RAW_BYTES = 4 * 32 * 32  # of an image of the tiny bundle, as a runner is sent it
LIMITS = {
    "default": {"images_per_day": 1},
    "roles": {"researcher": {"images_per_day": 20, "bytes_per_day": 10**9, "calls_per_minute": 10_000}},
    "groups": {"ward": {"images_per_day": 24}},
}


class Clock:
    """The time of the edge, which goes on as the test says."""

    def __init__(self) -> None:
        self.now = time.time() // DAY * DAY + DAY / 2  # noon

    def time(self) -> float:
        return self.now


@contextmanager
def running(folder: Path, server: RedisServer, bundle: Path = TINY, **more: Any) -> Iterator[Recorded]:
    file = folder / "quotas.json"
    file.write_text(json.dumps(LIMITS))
    # A busy machine may take its time to count.
    counting = {"quotas_file": file, "redis_url": server.url, "redis_timeout_seconds": 5}
    edge = {"identity": "on", "studio_secret": STUDIO, **counting, **more}
    with recorded(folder / "records", bundle=bundle, edge=edge, bulk_destinations=str(folder / "out")) as found:
        yield found


def as_(principal: Principal) -> dict[str, Any]:
    return {"metadata": ((assertions.METADATA, assertions.said(principal, STUDIO)),)}


def sample(records: Recorded, images: int, principal: Principal = ADA) -> None:
    with grpc.insecure_channel(records.address) as channel:
        SamplingServiceStub(channel).Sample(sampling_pb2.SampleRequest(seeds=range(images)), **as_(principal))


def used(records: Recorded, principal: Principal = ADA) -> dict[tuple[str, str], int]:
    with grpc.insecure_channel(records.address) as channel:
        states = QuotaServiceStub(channel).GetQuota(quota_pb2.GetQuotaRequest(), **as_(principal)).quotas
    return {(state.quota, state.whose): state.used for state in states}


def images_used(records: Recorded, principal: Principal = ADA) -> tuple[int, int]:
    """Of the principal, and of the ward."""
    found = used(records, principal)
    return found["images_per_day", "of yours"], found["images_per_day", "of group ward"]
