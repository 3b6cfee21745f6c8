"""Images of bulk jobs count in their owners' quotas: a real edge, records, a runner, and Redis."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from mammoganesis.v1 import bulk_service_pb2 as pb
from mammoganesis.v1 import quota_pb2, sampling_pb2
from mammoganesis.v1.bulk_pb2 import BulkJob, BulkSeedRange, BulkSeeds
from mammoganesis.v1.quota_pb2_grpc import QuotaServiceStub
from mammoganesis.v1.sampling_pb2_grpc import SamplingServiceStub
from services.access import assertions
from services.access.principals import Principal, Role
from services.access.shared_secrets import SharedSecret
from services.bulk import served
from services.bulk.queue import JobQueue, pulse_file
from services.bulk.runner import Runner
from services.edge import quotas
from services.process.config import Config
from services.wire.retry import retry_seconds
from tests.support.edge_backend import SECRET
from tests.support.recorded import Recorded, recorded
from tests.support.redis_server import RedisServer, running_redis
from tests.support.serving import TINY

STUDIO = "a-secret-of-the-studio-and-the-edge-0123"
ADA = Principal("https://issuer.example", "ada", frozenset({Role.RESEARCHER}), ("ward", "choir"))
BEN = Principal("https://issuer.example", "ben", frozenset({Role.RESEARCHER}), ("ward",))
DAY = 86_400
RAW_BYTES = 4 * 32 * 32  # of an image of the tiny bundle, as a runner is sent it
LIMITS = {
    "default": {"images_per_day": 1},
    "roles": {"researcher": {"images_per_day": 20, "bytes_per_day": 10**9, "calls_per_minute": 10_000}},
    "groups": {"ward": {"images_per_day": 24}},
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as server:
        yield server


class Clock:
    """The time of the edge, which goes on as the test says."""

    def __init__(self) -> None:
        self.now = time.time() // DAY * DAY + DAY / 2  # noon

    def time(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(quotas, "time", SimpleNamespace(time=clock.time))
    monkeypatch.setattr(served, "QUOTA_AGAIN_SECONDS", 0.2)
    return clock


@contextmanager
def running(tmp_path: Path, server: RedisServer, **more: Any) -> Iterator[Recorded]:
    file = tmp_path / "quotas.json"
    file.write_text(json.dumps(LIMITS))
    edge = {"identity": "on", "studio_secret": STUDIO, "quotas_file": file, "redis_url": server.url, **more}
    with recorded(tmp_path / "records", edge=edge, bulk_destinations=str(tmp_path / "out")) as found:
        yield found


@contextmanager
def working(records: Recorded, folder: Path) -> Iterator[None]:
    """A runner in this process, whose time to ask again is the test's."""
    place = f"127.0.0.1:{records.environment['MAMMOGANESIS_RECORDS_PORT']}"
    config = Config.from_environment(records.environment).changed(
        bundle=TINY, max_batch_size=2, bulk_calls_at_once=1, records_address=place
    )
    stopped, queue = threading.Event(), JobQueue(place, SharedSecret(SECRET))
    thread = threading.Thread(target=Runner(config, queue, pulse_file(folder), stopped).run)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        queue.close()


def as_(principal: Principal) -> dict[str, Any]:
    return {"metadata": ((assertions.METADATA, assertions.said(principal, STUDIO)),)}


def asked(
    records: Recorded, images: int, principal: Principal = ADA, token: str | None = None, name: str = "job"
) -> pb.Job:
    seeds = BulkSeeds(ranges=[BulkSeedRange(first=5, count=images)])
    document = BulkJob(format="mammoganesis-bulk", format_version=1, seeds=seeds, shard_images=4, destination=name)
    request = pb.CreateJobRequest(token=token or secrets.token_hex(16), job=document)
    return records.bulk.CreateJob(request, **as_(principal)).job


def refused(records: Recorded, *arguments: Any, **named: Any) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        asked(records, *arguments, **named)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED, caught.value  # type: ignore[attr-defined]
    return caught.value


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


def watched(records: Recorded, job: pb.Job, enough: Callable[[pb.Job], bool]) -> pb.Job:
    """The job as soon as it is so; the test's own time limit ends the wait."""
    request = pb.WatchJobRequest(job_id=job.job_id)
    for each in records.bulk.WatchJob(request, timeout=240, metadata=records.word):  # which has no quota
        if enough(each.job):
            return each.job
    raise AssertionError(each.job)


def ended(records: Recorded, job: pb.Job) -> pb.Job:
    return watched(records, job, lambda now: now.HasField("ended_at"))


def test_images_of_a_job_count_for_its_owner_and_their_groups(tmp_path: Path, server: RedisServer) -> None:
    """By the roles that the owner had when it was asked for; a job that is larger than what is left is refused."""
    with running(tmp_path, server) as records, working(records, tmp_path):
        assert ended(records, asked(records, 8)).state == pb.JOB_STATE_DONE
        assert images_used(records) == (8, 8)
        found = used(records)
        assert found["bytes_per_day", "of yours"] > 8 * RAW_BYTES
        assert found["calls_per_minute", "of yours"] < 8  # what the test has asked for itself, within one minute
        assert "20 are all that there ever are" in str(refused(records, 21, name="large").details())
        error = refused(records, 13, name="large")
        assert str(error.details()).startswith(
            "job: 13 images are to be drawn, and 12 of 20 are left today: quota images_per_day of yours: 8 of 20 are "
            "used, and 13 more asked for; try again at "
        )
        assert (retry_seconds(error) or 0) > 0
        assert "and 16 of 24 are left today: quota images_per_day of group ward" in str(
            refused(records, 17, BEN, name="large").details()
        )
        token = secrets.token_hex(16)
        last = asked(records, 12, token=token, name="last")
        assert ended(records, last).state == pb.JOB_STATE_DONE
        assert images_used(records) == (20, 20)
        assert asked(records, 12, token=token, name="last").job_id == last.job_id  # is no second one
        refused(records, 1, name="more")


def test_a_job_whose_owner_has_used_up_the_day_waits_for_the_next_and_goes_on(
    tmp_path: Path, server: RedisServer, clock: Clock
) -> None:
    with running(tmp_path, server) as records:
        job, second = asked(records, 12), asked(records, 20, name="second")  # each would fit
        sample(records, 9)
        with working(records, tmp_path):
            waits = watched(records, job, lambda now: now.HasField("waits_until"))
            assert "quota images_per_day of yours: " in waits.trouble
            assert waits.state == pb.JOB_STATE_RUNNING
            midnight = clock.now // DAY * DAY + DAY
            assert abs(waits.waits_until.seconds - (time.time() + midnight - clock.now)) < 60
            assert images_used(records) == (19, 19)  # two images a call
        with working(records, tmp_path):  # another runner goes on with it, and waits as well
            watched(records, job, lambda now: now.HasField("waits_until"))
            of_ben = asked(records, 2, BEN, name="of-ben")  # whose quota is not used up: it goes first
            assert ended(records, of_ben).state == pb.JOB_STATE_DONE
            assert records.bulk.GetJob(pb.GetJobRequest(job_id=job.job_id), **as_(ADA)).job.HasField("waits_until")
            clock.now += DAY
            assert ended(records, job).state == pb.JOB_STATE_DONE
            waits = watched(records, second, lambda now: now.HasField("waits_until"))
            clock.now += DAY
            done = ended(records, second)
            assert (done.state, done.done, done.trouble) == (pb.JOB_STATE_DONE, 20, "")
            assert not done.HasField("waits_until")
        assert not records.bulk.GetJob(pb.GetJobRequest(job_id=job.job_id), **as_(ADA)).job.trouble
    for name, images in (("job", 12), ("second", 20)):
        lines = (tmp_path / "out" / name / "manifest.jsonl").read_text().splitlines()
        assert [json.loads(line)["seed"] for line in lines] == list(range(5, 5 + images))  # nothing lost, nothing twice


def test_what_a_job_has_left_is_what_it_asks_for_when_it_goes_on(
    tmp_path: Path, server: RedisServer, clock: Clock
) -> None:
    with running(tmp_path, server) as records:
        job = asked(records, 12)
        sample(records, 11)
        with working(records, tmp_path):
            watched(records, job, lambda now: now.HasField("waits_until"))
            records.bulk.CancelJob(pb.CancelJobRequest(job_id=job.job_id), **as_(ADA))
            left = ended(records, job)  # today, and what waits is dropped
            assert (left.state, left.done) == (pb.JOB_STATE_CANCELLED, 8)
            clock.now += DAY
            sample(records, 16)
            refused(records, 12, name="another")
            document = records.bulk.GetJob(pb.GetJobRequest(job_id=job.job_id), **as_(ADA)).document
            request = pb.CreateJobRequest(token=secrets.token_hex(16), job=document)
            again = records.bulk.CreateJob(request, **as_(ADA)).job
            assert ended(records, again).done == 12
            assert images_used(records)[0] == 20


@pytest.mark.parametrize("without", ["open", "closed"])
def test_a_job_outlives_a_redis_that_is_away(tmp_path: Path, server: RedisServer, without: str) -> None:
    with running(tmp_path, server, quotas_without_redis=without) as records:
        job = asked(records, 8)
        server.kill()
        with working(records, tmp_path):
            if without == "closed":
                waits = watched(records, job, lambda now: bool(now.trouble))
                assert "quotas cannot be counted at the moment" in waits.trouble
                server.start()
            assert ended(records, job).state == pb.JOB_STATE_DONE


def test_pictures_that_records_draws_for_somebody_count(tmp_path: Path, server: RedisServer) -> None:
    """Once: in images; the bytes are those of the answer that holds them."""
    from mammoganesis.v1 import cases_pb2
    from tests.support.recorded import case

    educator = Principal("https://issuer.example", "edu", frozenset({Role.EDUCATOR, Role.RESEARCHER}), ("ward",))
    with running(tmp_path, server) as records:
        made = records.cases.CreateCase(cases_pb2.CreateCaseRequest(case=case()), **as_(educator)).case
        before = images_used(records, educator)
        request = cases_pb2.ExportCasesRequest(case_ids=[made.case_id], format=cases_pb2.CASE_FILE_FORMAT_ZIP)
        size = sum(len(each.SerializeToString()) for each in records.cases.ExportCases(request, **as_(educator)))

        def settled() -> dict[tuple[str, str], int]:
            while (found := used(records, educator))["bytes_per_day", "of yours"] < size:
                time.sleep(0.05)
            return found

        found = settled()
        assert (before, images_used(records, educator)) == ((0, 0), (2, 2))
        assert found["bytes_per_day", "of yours"] < 2 * size
        sample(records, 17, educator)
        with pytest.raises(grpc.RpcError) as caught:
            list(records.cases.ExportCases(request, **as_(educator)))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED  # type: ignore[attr-defined]
        assert (retry_seconds(caught.value) or 0) > 1
