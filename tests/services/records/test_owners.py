"""Whose things are, where identity is on: a job is its owner's, and who asked for an image is not told to everybody."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import StatusCode

from mammoganesis.v1 import bulk_service_pb2 as bulk_pb
from mammoganesis.v1 import registry_pb2 as pb
from mammoganesis.v1 import registry_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from mammoganesis.v1.bulk_pb2 import BulkJob
from services.access import assertions
from services.access.principals import Principal, Role
from tests.support.bulk_runner import working
from tests.support.recorded import Recorded, recorded
from tests.support.serving import TINY

STUDIO = "a-secret-of-the-studio-and-the-edge-0123"


def _who(name: str, *roles: Role) -> Principal:
    return Principal("https://issuer.example", f"auth0|{name}", frozenset(roles))


ADA, BEN = _who("ada", Role.RESEARCHER), _who("ben", Role.RESEARCHER)
OPERATOR, LEARNER, AUDITOR = _who("olga", Role.OPERATOR), _who("lea", Role.LEARNER), _who("aki", Role.AUDITOR)


def _as(principal: Principal) -> dict[str, Any]:
    return {"metadata": ((assertions.METADATA, assertions.said(principal, STUDIO)),)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    folder = tmp_path_factory.mktemp("records")
    edge = {"identity": "on", "studio_secret": STUDIO}
    with recorded(folder, bulk_destinations=str(folder / "bulk"), edge=edge) as running:
        yield running


def _job(server: Recorded, principal: Principal, token: str | None = None, count: int = 4) -> bulk_pb.Job:
    document = BulkJob(format="mammoganesis-bulk", format_version=1, count=count)
    request = bulk_pb.CreateJobRequest(token=token or secrets.token_urlsafe(16), job=document)
    return server.bulk.CreateJob(request, **_as(principal)).job


def test_a_researcher_sees_and_cancels_their_own_jobs_and_an_operator_all(server: Recorded) -> None:
    token = secrets.token_urlsafe(16)
    mine, other = _job(server, ADA, token), _job(server, BEN)
    assert (mine.owner, other.owner) == (ADA.key, BEN.key)
    assert _job(server, ADA, token).job_id == mine.job_id
    with pytest.raises(grpc.RpcError) as caught:
        _job(server, BEN, token)
    assert caught.value.code() is StatusCode.ABORTED  # type: ignore[attr-defined]

    def listed(principal: Principal) -> set[str]:
        return {job.job_id for job in server.bulk.ListJobs(bulk_pb.ListJobsRequest(), **_as(principal)).jobs}

    assert listed(ADA) == {mine.job_id}
    assert listed(BEN) == {other.job_id}
    assert listed(OPERATOR) == {mine.job_id, other.job_id}
    for rpc, kind in (
        (server.bulk.GetJob, bulk_pb.GetJobRequest),
        (server.bulk.CancelJob, bulk_pb.CancelJobRequest),
        (lambda request, **more: next(server.bulk.WatchJob(request, **more)), bulk_pb.WatchJobRequest),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            rpc(kind(job_id=mine.job_id), **_as(BEN))
        assert caught.value.code() is StatusCode.NOT_FOUND  # type: ignore[attr-defined]
        assert rpc(kind(job_id=mine.job_id), **_as(ADA)).job.owner == ADA.key
    ended = server.bulk.CancelJob(bulk_pb.CancelJobRequest(job_id=other.job_id), **_as(OPERATOR)).job
    assert ended.state == bulk_pb.JOB_STATE_CANCELLED


def test_images_of_a_job_are_registered_as_its_owners(server: Recorded, tmp_path: Path) -> None:
    mine = _job(server, ADA, count=2)
    with working(server, tmp_path, TINY, bulk_destinations=server.environment["MAMMOGANESIS_BULK_DESTINATIONS"]):
        watching = server.bulk.WatchJob(bulk_pb.WatchJobRequest(job_id=mine.job_id), timeout=120, **_as(ADA))
        *_, last = watching
    assert last.job.state == bulk_pb.JOB_STATE_DONE
    assert len(_registered(server, pb.RegistryFilter(caller=ADA.key), 2)) == 2


def test_who_asked_for_an_image_is_told_to_those_whom_the_registry_is_open_to(server: Recorded) -> None:
    with grpc.insecure_channel(server.address) as channel:
        sampling: Any = sampling_pb2_grpc.SamplingServiceStub(channel)
        registry: Any = registry_pb2_grpc.RegistryServiceStub(channel)
        (image,) = sampling.Sample(sampling_pb2.SampleRequest(seeds=[4242]), **_as(LEARNER)).images
        assert image.burned_in
        (entry,) = _registered(server, pb.RegistryFilter(latent_id=image.latent_id), 1)
        assert entry.caller == LEARNER.key
        assert entry.host.startswith("ipv4:127.0.0.1")
        for principal, caller in ((LEARNER, ""), (ADA, LEARNER.key), (OPERATOR, LEARNER.key), (AUDITOR, LEARNER.key)):
            found = registry.VerifyImage(pb.VerifyImageRequest(image=image.data), **_as(principal))
            assert [match.entry.caller for match in found.matches] == [caller]
            assert bool(found.matches[0].entry.host) == bool(caller)
            assert found.matches[0].entry.number == entry.number


def _registered(server: Recorded, which: pb.RegistryFilter, count: int) -> list[pb.RegistryEntry]:
    """Entries, as soon as there are `count`; the test's own time limit ends the wait."""
    with grpc.insecure_channel(server.address) as channel:
        registry: Any = registry_pb2_grpc.RegistryServiceStub(channel)
        while True:
            request = pb.ListRegistryRequest(filter=which, page_size=100)
            if len(found := list(registry.ListRegistry(request, **_as(AUDITOR)).entries)) >= count:
                return found
            time.sleep(0.05)
