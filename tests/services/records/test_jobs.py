"""BulkService through a real edge: what is taken, what is refused, and what a job comes to, whoever is killed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import StatusCode

from mammoganesis.errors import Aborted, InvalidArgument, Unauthenticated
from mammoganesis.v1 import bulk_service_pb2 as pb
from mammoganesis.v1.bulk_pb2 import BulkEdit, BulkJob
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.latents_pb2 import Recipe, Truncation
from services.access.shared_secrets import SharedSecret
from services.bulk.queue import JobQueue
from services.bulk.reasons import Code
from services.records.rules.destinations import overlap, placed
from tests.support.recorded import Recorded, recorded

ROOTS = ("/srv/bulk", "s3://bucket/mammograms", "/srv/bulk/deep")


def job(**fields: Any) -> BulkJob:
    return BulkJob(**({"format": "mammoganesis-bulk", "format_version": 1, "count": 20} | fields))


def asked(records: Recorded, document: BulkJob, token: str | None = None) -> pb.Job:
    request = pb.CreateJobRequest(token=token or secrets.token_urlsafe(16), job=document)
    return records.bulk.CreateJob(request).job


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """Records that allows little."""
    folder = tmp_path_factory.mktemp("records")
    limits = {"bulk_max_images": 1000, "bulk_max_queued": 3}
    with recorded(folder, bulk_destinations=ROOTS, **limits) as running:
        yield running


@pytest.fixture
def none_left(server: Recorded) -> Iterator[Recorded]:
    """Every job of a test ends with it."""
    yield server
    for each in server.bulk.ListJobs(pb.ListJobsRequest()).jobs:
        server.bulk.CancelJob(pb.CancelJobRequest(job_id=each.job_id))
    for each in server.bulk.ListJobs(pb.ListJobsRequest()).jobs:
        assert each.state not in (pb.JOB_STATE_QUEUED, pb.JOB_STATE_RUNNING)


def refusal(records: Recorded, document: BulkJob, token: str | None = None) -> tuple[StatusCode, str]:
    with pytest.raises(grpc.RpcError) as refused:
        asked(records, document, token)
    return refused.value.code(), refused.value.details()  # type: ignore[attr-defined]


def test_a_job_from_its_document_to_its_end(none_left: Recorded) -> None:
    made = asked(none_left, job(title="Dense", seed=5, destination="teaching/dense"))
    assert (made.state, made.images, made.done, made.before) == (pb.JOB_STATE_QUEUED, 20, 0, 0)
    assert made.destination == "/srv/bulk/teaching/dense"
    watching = none_left.bulk.WatchJob(pb.WatchJobRequest(job_id=made.job_id), timeout=60)
    assert next(watching).job == made

    runner = none_left.runner()
    taken = runner.take()
    assert taken.job.job_id == made.job_id
    assert taken.job.state == pb.JOB_STATE_RUNNING
    assert (taken.document.seed, taken.document.destination) == (5, "/srv/bulk/teaching/dense")
    assert len(taken.document.bundle_digest) == 64
    assert not none_left.runner().take().HasField("job")  # one at a time
    assert runner.take().job.job_id == made.job_id  # told again what it has

    told = {"images_per_second": 4.0, "trouble": "the store does not answer"}
    assert not runner.report(made.job_id, done=8, **told).cancel
    now = next(each.job for each in watching if each.job.done == 8)
    assert (now.images_per_second, now.seconds_left, now.trouble) == (4.0, 3.0, "the store does not answer")
    runner.report(made.job_id, done=20, ended=pb.JOB_STATE_DONE)
    runner.report(made.job_id, done=20, ended=pb.JOB_STATE_DONE)  # sent again
    last = list(watching)[-1].job
    assert (last.state, last.done, last.trouble) == (pb.JOB_STATE_DONE, 20, "")
    assert last.HasField("ended_at")
    found = none_left.bulk.GetJob(pb.GetJobRequest(job_id=made.job_id))
    assert [(each.state, each.done) for each in found.events] == [(1, 0), (2, 0), (5, 20)]
    assert found.document.title == "Dense"
    assert none_left.bulk.CancelJob(pb.CancelJobRequest(job_id=made.job_id)).job == last  # it has ended


def test_asking_again_makes_no_second_job(none_left: Recorded) -> None:
    token = secrets.token_urlsafe(16)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: asked(none_left, job(seed=1), token), range(4)))
    assert len({each.job_id for each in made}) == 1
    assert made[0].destination == f"/srv/bulk/{made[0].job_id}"
    code, words = refusal(none_left, job(seed=2), token)
    assert (code, words) == (StatusCode.ABORTED, "token: there is another job of this token")


@pytest.mark.parametrize(
    ("document", "code", "words"),
    [
        ({"count": 1001}, StatusCode.INVALID_ARGUMENT, "job: images: 1001 is not allowed; allowed: 1 to 1000 images"),
        ({"destination": "/etc/cron.d"}, StatusCode.INVALID_ARGUMENT, "below /srv/bulk or s3://bucket/mammograms or"),
        (
            {"picture": ImageFormat(encoding="IMAGE_ENCODING_DICOM", side="SIDE_LEFT")},
            StatusCode.INVALID_ARGUMENT,
            "job.picture.view: nothing is not allowed; allowed: VIEW_CC or VIEW_MLO",
        ),
        ({"destination": "../x"}, StatusCode.INVALID_ARGUMENT, "job.destination: '../x' is not allowed"),
        (
            {"edits": [BulkEdit(directions=["happiness"])]},
            StatusCode.INVALID_ARGUMENT,
            "job.edits[0].directions[0]: 'happiness' is not allowed",
        ),
        (
            {"recipe": Recipe(truncation=Truncation(psi=3))},
            StatusCode.INVALID_ARGUMENT,
            "job.recipe.truncation.psi: 3.0 is not allowed; allowed: 0 to 2",
        ),
        ({"format_version": 2}, StatusCode.INVALID_ARGUMENT, "job.format_version"),
        ({"bundle_digest": "0" * 64}, StatusCode.FAILED_PRECONDITION, "job.bundle_digest: the job is for bundle 0000"),
    ],
)
def test_what_cannot_be_done_is_refused_at_once(
    none_left: Recorded, document: dict[str, Any], code: StatusCode, words: str
) -> None:
    found, told = refusal(none_left, job(**document))
    assert found is code
    assert words in told


def test_few_jobs_wait_and_none_shares_a_destination(none_left: Recorded) -> None:
    first = asked(none_left, job(destination="a"))
    for other in ("a", "a/b", "/srv/bulk/a"):
        code, words = refusal(none_left, job(destination=other))
        assert code is StatusCode.FAILED_PRECONDITION
        assert f"{first.job_id}, which has not ended, writes there" in words
    assert [asked(none_left, job()).before for _ in range(2)] == [1, 2]
    assert refusal(none_left, job())[0] is StatusCode.RESOURCE_EXHAUSTED
    none_left.bulk.CancelJob(pb.CancelJobRequest(job_id=first.job_id))
    assert asked(none_left, job(destination="a")).before == 2
    listed = none_left.bulk.ListJobs(pb.ListJobsRequest(page_size=2))
    assert [each.before for each in listed.jobs] == [2, 1]
    assert (list(listed.limits.destinations), listed.limits.max_queued) == (list(ROOTS), 3)
    further = none_left.bulk.ListJobs(pb.ListJobsRequest(page_size=2, page_token=listed.next_page_token))
    assert further.jobs[0].created_at.ToNanoseconds() < listed.jobs[1].created_at.ToNanoseconds()


def test_a_job_that_is_worked_on_ends_after_its_shard(none_left: Recorded) -> None:
    made, runner = asked(none_left, job()), none_left.runner()
    runner.take()
    told = none_left.bulk.CancelJob(pb.CancelJobRequest(job_id=made.job_id)).job
    assert told.state == pb.JOB_STATE_CANCELLING
    assert runner.report(made.job_id, done=8).cancel
    runner.report(made.job_id, done=16, ended=pb.JOB_STATE_CANCELLED)
    ended = none_left.bulk.GetJob(pb.GetJobRequest(job_id=made.job_id)).job
    assert (ended.state, ended.done) == (pb.JOB_STATE_CANCELLED, 16)
    with pytest.raises(Aborted):
        runner.report(made.job_id, done=20, ended=pb.JOB_STATE_DONE)


def test_a_failure_says_why(none_left: Recorded) -> None:
    made, runner = asked(none_left, job()), none_left.runner()
    runner.take()
    why = pb.JobReason(code=Code.DISK_FULL, values={"place": "/srv/bulk/teaching"})
    runner.report(made.job_id, done=3, ended=pb.JOB_STATE_FAILED, reason="the disk is full", coded_reason=why)
    failed = none_left.bulk.ListJobs(pb.ListJobsRequest()).jobs[0]
    assert (failed.state, failed.reason, failed.done) == (pb.JOB_STATE_FAILED, "the disk is full", 3)
    assert failed.coded_reason == why
    last = none_left.bulk.GetJob(pb.GetJobRequest(job_id=made.job_id)).events[-1]
    assert (last.note, last.coded_note) == ("the disk is full", why)


def test_what_it_waits_for_has_a_code_while_it_waits(none_left: Recorded) -> None:
    made, runner = asked(none_left, job()), none_left.runner()
    runner.take()
    busy = pb.JobReason(code=Code.SERVER_BUSY)
    runner.report(made.job_id, done=3, trouble="too many requests", coded_trouble=busy)
    assert none_left.bulk.ListJobs(pb.ListJobsRequest()).jobs[0].coded_trouble == busy
    for wrong, words in (
        (pb.JobReason(code="No code"), "coded_trouble.code: 'No code' is not allowed"),
        (pb.JobReason(code="a", values={"A": ""}), "coded_trouble.values: 'A' is not allowed"),
        (pb.JobReason(code="a", values=dict.fromkeys("abcdefghi", "")), "coded_trouble.values: 9 "),
        (pb.JobReason(code="a", values={"a": 501 * "x"}), "coded_trouble.values"),
    ):
        with pytest.raises(InvalidArgument, match=re.escape(words)):
            runner.report(made.job_id, done=3, coded_trouble=wrong)
    runner.report(made.job_id, done=3)
    assert not none_left.bulk.ListJobs(pb.ListJobsRequest()).jobs[0].HasField("coded_trouble")


def test_jobs_outlive_records(tmp_path: Path) -> None:
    with recorded(tmp_path, bulk_destinations=ROOTS) as records:
        made, runner = asked(records, job()), records.runner()
        runner.take()
        runner.report(made.job_id, done=8)
        records.kill()
        records.start_again()
        assert not runner.report(made.job_id, done=9).cancel
        assert runner.take().job.done == 9
        assert records.bulk.ListJobs(pb.ListJobsRequest()).limits.runner_is_there


def test_runners_are_known_by_the_secret_and_not_offered_by_the_edge(server: Recorded) -> None:
    with pytest.raises(Unauthenticated):
        JobQueue(f"127.0.0.1:{server.environment['MAMMOGANESIS_RECORDS_PORT']}", SharedSecret("guessed-" * 4)).take()
    with grpc.insecure_channel(server.address) as channel:
        call = channel.unary_unary("/mammoganesis.v1.BulkRunnerService/TakeJob")
        with pytest.raises(grpc.RpcError) as refused:
            call(b"")
    assert refused.value.code() is StatusCode.UNIMPLEMENTED  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("", "/srv/bulk/job_1"),
        ("teaching/dense/", "/srv/bulk/teaching/dense"),
        ("s3://bucket/mammograms/a b", "s3://bucket/mammograms/a b"),
        ("/srv/bulk/deep/x", "/srv/bulk/deep/x"),
    ],
)
def test_where_jobs_may_write(wanted: str, place: str) -> None:
    assert placed(wanted, "job_1", ROOTS) == place


@pytest.mark.parametrize(
    "wanted",
    [
        "/srv/bulk",
        "/srv/bulk/",
        "/srv/bulkier/x",
        "s3://bucket/mammograms",
        "s3://other/x",
        "s3://bucket/mammograms/../x",
        "a/../../x",
        "a//b",
        "./a",
        "~/a",
        "a\\b",
        "a?b",
        "a\nb",
        "simplecache::s3://bucket/mammograms/x",
        "file:///srv/bulk/x",
        "x" * 1001,
    ],
)
def test_where_they_may_not(wanted: str) -> None:
    with pytest.raises(Exception, match=r"job\.destination"):
        placed(wanted, "job_1", ROOTS)


def test_places_that_share_files() -> None:
    assert overlap("/a/b", "/a/b")
    assert overlap("/a", "/a/b")
    assert not overlap("/a/b", "/a/bc")
